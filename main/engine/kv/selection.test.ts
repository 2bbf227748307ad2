import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createSession } from '../../../native-models/runtime.ts';
import { type BlockFormat, blockFormat, blockTokens } from './block-format.ts';
import {
  blockAttention,
  blocksOf,
  choose,
  fuse,
  type Ranked,
  type Shortlisted,
  scoringGraph,
  shortlist,
} from './selection.ts';
import type { Stream } from './stream-store.ts';

const shape = { layers: 2, heads: 2, headSize: 8 };
const queryHeads = 4;
const format = blockFormat('int16', shape, [...Array(shape.layers).keys()]);

/** A stream of blocks, each of which begins at these characters of section 0, or of the one that is named. */
function streamOf(
  id: string,
  starts: readonly (number | [section: number, character: number])[],
  blocks: Uint8Array[] = [],
) {
  const places = starts.map((start) => (typeof start === 'number' ? ([0, start] as const) : start));
  const records = places.map(([section, character], index) => ({
    checksum: index,
    tokens: blockTokens,
    section,
    character,
    next: { section: places[index + 1]?.[0] ?? section + 1, token: 0 },
  }));
  return {
    id,
    format,
    damaged: new Set<number>(),
    file: { records, complete: true },
    load: async (block: number) => blocks[block] ?? new Uint8Array(format.bytes),
  } as unknown as Stream & { damaged: Set<number>; format: BlockFormat };
}

const evenly = (count: number): number[] => Array.from({ length: count }, (_, index) => index * 100);

describe('the blocks of a passage', () => {
  it('are those that hold any of its characters', () => {
    const stream = streamOf('a', [0, 100, 200, [1, 40], [3, 10]]);
    const blocks = (section: number, start: number, end: number) => blocksOf({ stream, section, start, end });
    expect(blocks(0, 10, 50)).toEqual([0]);
    expect(blocks(0, 50, 150)).toEqual([0, 1]);
    expect(blocks(0, 100, 101)).toEqual([1]);
    expect(blocks(0, 250, 900)).toEqual([2]);
    // The beginning of a section may lie in the block that began in the one before.
    expect(blocks(1, 0, 60)).toEqual([2, 3]);
    expect(blocks(2, 5, 10)).toEqual([3]);
  });
});

describe('the shortlist', () => {
  it('has each block once, in the order of the search', () => {
    const stream = streamOf('a', evenly(10));
    const candidates = [
      { stream, section: 0, start: 410, end: 450 },
      { stream, section: 0, start: 350, end: 450 },
      { stream, section: 0, start: 0, end: 10 },
    ];
    expect(shortlist(candidates).map(({ block, rank }) => [block, rank])).toEqual([
      [4, 0],
      [3, 1],
      [0, 2],
    ]);
  });
});

describe('search and attention together', () => {
  it('put first what both put first, and search before attention where they differ', () => {
    const stream = streamOf('a', evenly(4));
    const listed: Shortlisted[] = [0, 1, 2, 3].map((block) => ({ stream, block, rank: block }));
    expect(fuse(listed, [0.7, 0.1, 0.1, 0.1]).map(({ block }) => block)[0]).toBe(0);
    const order = fuse(listed, [0, 0, 0, 1]).map(({ block }) => block);
    expect(order.indexOf(0)).toBeLessThan(order.indexOf(2));
    expect(order.indexOf(3)).toBeLessThan(order.indexOf(2));
    expect(fuse(listed, [0, 0, 0, 1])[0]?.strength).toBe(1);
  });
});

describe('the chosen blocks', () => {
  const ranked = (stream: Stream, ...blocks: number[]): Ranked[] =>
    blocks.map((block, rank) => ({ stream, block, rank, strength: 1 / (1 + rank) }));

  it('come with their neighbours, in the text’s order, the strongest stretch last', () => {
    const stream = streamOf('a', evenly(20));
    expect(choose(ranked(stream, 12, 3), 6).map(({ block }) => block)).toEqual([2, 3, 4, 11, 12, 13]);
    expect(choose(ranked(stream, 3, 12), 6).map(({ block }) => block)).toEqual([11, 12, 13, 2, 3, 4]);
  });

  it('are never more than allowed, never damaged, never outside the text, and each once', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(29), { maxLength: 20 }),
        fc.integer({ min: 1, max: 16 }),
        fc.array(fc.nat(29), { maxLength: 5 }),
        (blocks, limit, damaged) => {
          const stream = streamOf('a', evenly(25));
          for (const block of damaged) stream.damaged.add(block);
          const chosen = choose(ranked(stream, ...blocks), limit).map(({ block }) => block);
          expect(chosen.length).toBeLessThanOrEqual(limit);
          expect(new Set(chosen).size).toBe(chosen.length);
          for (const block of chosen) {
            expect(block).toBeLessThan(25);
            expect(damaged).not.toContain(block);
          }
        },
      ),
    );
  });
});

describe('the attention of a question to blocks', () => {
  it('is what plain arithmetic gives: largest products, softmax over blocks, mean over heads, layers and tokens', async () => {
    const session = await createSession(scoringGraph(shape), { device: 'cpu', threads: 1 });
    onTestFinished(() => session.dispose());
    let state = 7;
    const random = (count: number) =>
      Float32Array.from({ length: count }, () => {
        state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
        return state / 2 ** 30 - 1;
      });
    const row = shape.heads * shape.headSize;
    const fresh = Array.from({ length: 20 }, () => ({
      count: blockTokens,
      keys: random(shape.layers * blockTokens * row),
      values: random(shape.layers * blockTokens * row),
    }));
    const stream = streamOf(
      'a',
      evenly(20),
      fresh.map((tokens) => format.encode(tokens, 0, blockTokens)),
    );
    const listed = fresh.map((_, block) => ({ stream, block, rank: block }));
    const tokens = 3;
    const queries = random(shape.layers * tokens * queryHeads * shape.headSize);

    const expected = new Float64Array(fresh.length);
    for (let layer = 0; layer < shape.layers; layer++)
      for (let token = 0; token < tokens; token++)
        for (let head = 0; head < queryHeads; head++) {
          const query = queries
            .subarray(((layer * tokens + token) * queryHeads + head) * shape.headSize)
            .subarray(0, shape.headSize);
          const keyHead = head / (queryHeads / shape.heads);
          const largest = fresh.map(({ keys }) => {
            let most = Number.NEGATIVE_INFINITY;
            for (let key = 0; key < blockTokens; key++) {
              const at = (layer * blockTokens + key) * row + Math.floor(keyHead) * shape.headSize;
              const product = query.reduce((sum, value, index) => sum + value * (keys[at + index] ?? 0), 0);
              most = Math.max(most, product / Math.sqrt(shape.headSize));
            }
            return most;
          });
          const powers = largest.map(Math.exp);
          const total = powers.reduce((sum, power) => sum + power, 0);
          for (const [block, power] of powers.entries())
            expected[block] = (expected[block] ?? 0) + power / total / (shape.layers * tokens * queryHeads);
        }
    const attention = await blockAttention(session, {
      shape,
      queryHeads,
      queryScale: 1 / Math.sqrt(shape.headSize),
      scoredLayers: [...Array(shape.layers).keys()],
    })(queries, listed);
    expect(attention.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 6);
    for (const [block, share] of attention.entries()) expect(share).toBeCloseTo(expected[block] ?? 0, 4);
  });
});
