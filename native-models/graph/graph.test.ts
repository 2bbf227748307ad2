import { describe, expect, it } from 'vitest';
import { input, integers, node, nodesOf, type Result, type Value } from './graph.ts';

const x = input('x', 'float32', [2]);
const made = (operator: string, ...inputs: (Value | undefined)[]): Result => node(operator, inputs)[0] as Result;

describe('a graph', () => {
  it('lists every node after those it depends on, and once however often it is used', () => {
    const a = made('A', x);
    const b = made('B', a, a);
    const c = made('C', x);
    const d = made('D', c, b, a);
    expect(nodesOf([d]).map(({ operator }) => operator)).toEqual(['C', 'A', 'B', 'D']);
    expect(nodesOf([d, a, b])).toEqual(nodesOf([d]));
  });

  it('holds what its outputs reach, and nothing else', () => {
    const a = made('A', x);
    made('Unused', a);
    expect(nodesOf([a]).map(({ operator }) => operator)).toEqual(['A']);
    expect(nodesOf([x, integers(1)])).toEqual([]);
  });

  it('is reached through optional inputs that are left out', () => {
    expect(nodesOf([made('B', undefined, made('A', x))]).map(({ operator }) => operator)).toEqual(['A', 'B']);
  });

  it('keeps the results of a node together', () => {
    const [first, second, ...more] = node('Split', [x], {}, { outputs: 2 });
    expect(more).toEqual([]);
    expect(first?.node).toBe(second?.node);
    expect([first?.index, second?.index]).toEqual([0, 1]);
    expect(nodesOf([second as Result, first as Result])).toHaveLength(1);
  });

  it('holds what branches share, and not what only a branch needs', () => {
    const shared = made('Shared', x);
    const yes = made('Yes', shared);
    const no = made('No', made('OnlyNo', x));
    const [either] = node('If', [x], {}, { branches: { results: { yes, no }, shared: [shared] } }) as [Result];
    expect(nodesOf([either]).map(({ operator }) => operator)).toEqual(['Shared', 'If']);
    expect(nodesOf([yes], new Set([shared.node])).map(({ operator }) => operator)).toEqual(['Yes']);
  });

  it('may be as deep as the largest models are', () => {
    // 126 layers of about 25 nodes, one after the other.
    let value: Value = x;
    for (let depth = 0; depth < 126 * 25; depth++) value = made('A', value);
    expect(nodesOf([value])).toHaveLength(126 * 25);
  });
});
