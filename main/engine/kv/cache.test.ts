import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Cache, type CacheShape, createCache, step } from './cache.ts';

const shape: CacheShape = { layers: 2, heads: 3, headSize: 2 };

/** What the cache must hold: for each token a number, from which every element of its keys and values follows. */
const element = (token: number, layer: number, head: number, at: number, kind: number): number =>
  token * 1000 + layer * 100 + head * 10 + at * 2 + kind;

function fresh(tokens: readonly number[], kind: number): Float32Array {
  const { layers, heads, headSize } = shape;
  const values: number[] = [];
  for (let layer = 0; layer < layers; layer++) {
    for (const token of tokens) {
      for (let head = 0; head < heads; head++) {
        for (let at = 0; at < headSize; at++) values.push(element(token, layer, head, at, kind));
      }
    }
  }
  return Float32Array.from(values);
}

function append(cache: Cache, tokens: readonly number[]): void {
  cache.append(fresh(tokens, 0), fresh(tokens, 1), tokens.length);
}

function expectTokens(cache: Cache, tokens: readonly number[]): void {
  const { layers, heads, headSize } = shape;
  expect(cache.length).toBe(tokens.length);
  expect(cache.capacity % step).toBe(0);
  for (let layer = 0; layer < layers; layer++) {
    for (const [kind, views] of [cache.keys, cache.values].entries()) {
      const view = views[layer] as Float32Array;
      expect(view.length).toBe(heads * cache.capacity * headSize);
      for (let head = 0; head < heads; head++) {
        const start = head * cache.capacity * headSize;
        const expected = tokens.flatMap((token) => [0, 1].map((at) => element(token, layer, head, at, kind)));
        expect([...view.subarray(start, start + tokens.length * headSize)]).toEqual(expected);
      }
    }
  }
}

describe('a cache', () => {
  it('holds what was appended, through growing, truncating and copying', () => {
    const actions = fc.oneof(
      fc.record({ kind: fc.constant('append' as const), count: fc.integer({ min: 1, max: 2 * step }) }),
      fc.record({ kind: fc.constant('truncate' as const), count: fc.nat(4 * step) }),
      fc.record({ kind: fc.constant('copy' as const), count: fc.nat(4 * step) }),
      fc.record({ kind: fc.constant('clear' as const), count: fc.nat(4 * step) }),
    );
    fc.assert(
      fc.property(fc.array(actions, { maxLength: 8 }), fc.nat(3 * step), (steps, expected) => {
        let cache = createCache(shape, expected);
        let tokens: number[] = [];
        let next = 1;
        for (const { kind, count } of steps) {
          if (kind === 'append') {
            const added = Array.from({ length: count }, () => next++);
            append(cache, added);
            tokens = [...tokens, ...added];
          } else if (kind === 'clear') {
            cache.clear(count);
            tokens = [];
          } else {
            const kept = Math.min(count, tokens.length);
            if (kind === 'truncate') cache.truncate(kept);
            else cache = cache.copy(kept);
            tokens = tokens.slice(0, kept);
          }
          expectTokens(cache, tokens);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('gives layers with a window what is near alone, at places of their own', () => {
    const cache = createCache({ ...shape, nearLayers: [1] }, 10);
    append(cache, [1, 2, 3]);
    const first = cache.growFar(2);
    expect([first, cache.length, cache.nearLength]).toEqual([3, 5, 3]);
    expect(cache.bringNear(1)).toBe(3);
    append(cache, [6]);
    expect([cache.length, cache.nearLength]).toEqual([6, 5]);
    const tokenAt = (layer: number, place: number): number =>
      Math.floor(((cache.keys[layer] as Float32Array)[place * shape.headSize] as number) / 1000);
    expect([0, 1, 2, 5].map((place) => tokenAt(0, place))).toEqual([1, 2, 3, 6]);
    expect([0, 1, 2, 4].map((place) => tokenAt(1, place))).toEqual([1, 2, 3, 6]);
    const copy = cache.copy(5);
    expect([copy.length, copy.nearLength]).toEqual([5, 4]);
    cache.truncate(4);
    expect([cache.length, cache.nearLength]).toEqual([4, 3]);
    append(cache, [7]);
    cache.forgetNear(2);
    expect([cache.length, cache.nearLength]).toEqual([5, 2]);
    expect([0, 1].map((place) => tokenAt(1, place))).toEqual([1, 2]);
  });

  it('that is a copy shares nothing with the original', () => {
    const cache = createCache(shape, 10);
    append(cache, [1, 2]);
    const copy = cache.copy(1);
    append(copy, [3]);
    expectTokens(cache, [1, 2]);
    expectTokens(copy, [1, 3]);
  });
});
