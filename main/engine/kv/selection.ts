/**
 * Which blocks an answer attends to, when not all of them fit. Search makes a shortlist of passages; the model's own
 * attention refines it; neighbours of the winners come along, so that nothing is cut at a block's edge.
 *
 * The attention of a question to a block is that of its un-rotated queries to the block's un-rotated keys: the largest
 * product over the block's tokens, softmax over the blocks, summed over the question's tokens, heads and layers. Means of
 * keys do not find facts; single tokens do (compare ReAttention, Liu et al. 2025; InfLLM, Xiao et al. 2024).
 */
import { input } from '../../../native-models/graph/graph.ts';
import type { Output } from '../../../native-models/graph/onnx.ts';
import { matMulTransposed, reduceMax, reshape } from '../../../native-models/graph/operators.ts';
import { floats, floatTensor, type Session } from '../../../native-models/runtime.ts';
import { blockTokens } from './block-format.ts';
import type { CacheShape } from './cache.ts';
import type { Stream } from './stream-store.ts';

/** A passage that the search found: characters of a section of a stream's text. */
export interface Candidate {
  readonly stream: Stream;
  readonly section: number;
  readonly start: number;
  readonly end: number;
}

/** A block that may be chosen, with its place in the search's order, from 0. */
export interface Shortlisted {
  readonly stream: Stream;
  readonly block: number;
  readonly rank: number;
}

/** The most blocks that attention is asked about. */
const shortlistBlocks = 64;

/** The blocks that hold the candidates, best first; the search's order decides which come in. */
export function shortlist(candidates: readonly Candidate[]): Shortlisted[] {
  const found: Shortlisted[] = [];
  const seen = new Set<string>();
  for (const [rank, candidate] of candidates.entries()) {
    for (const block of blocksOf(candidate)) {
      const key = `${candidate.stream.id}/${block}`;
      if (seen.has(key)) continue;
      if (found.length === shortlistBlocks) return found;
      seen.add(key);
      found.push({ stream: candidate.stream, block, rank });
    }
  }
  return found;
}

/** The blocks with tokens of these characters. */
export function blocksOf({ stream, section, start, end }: Omit<Candidate, 'rank'>): number[] {
  const { records } = stream.file;
  /** The first block that begins behind a character. */
  const behind = (character: number): number => {
    let low = 0;
    let high = records.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const record = records[middle] as { section: number; character: number };
      if (record.section > section || (record.section === section && record.character > character)) high = middle;
      else low = middle + 1;
    }
    return low;
  };
  const first = Math.max(0, behind(start) - 1);
  const last = behind(Math.max(start, end - 1)) - 1;
  // What is not read yet has no blocks.
  const read = stream.file.records.at(-1);
  if (!read || (!stream.file.complete && first === records.length - 1 && section > read.next.section)) return [];
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => first + index);
}

/** Blocks scored in one run. */
const blocksInRun = 16;

/**
 * The graph from `queries` [layers · keyValueHeads, rows, headSize] and `keys` [layers · keyValueHeads, 16 · 64, headSize]
 * to `largest` [layers · keyValueHeads, rows, 16]: the largest product of each query with a block's keys.
 */
export function scoringGraph({ layers, heads, headSize }: CacheShape): Output[] {
  const pairs = layers * heads;
  const queries = input('queries', 'float32', [pairs, 'rows', headSize]);
  const keys = input('keys', 'float32', [pairs, blocksInRun * blockTokens, headSize]);
  const products = reshape(matMulTransposed(queries, keys), pairs, -1, blocksInRun, blockTokens);
  return [{ name: 'largest', type: 'float32', value: reduceMax(products, 3) }];
}

/** The attention that `queries` [layers, tokens, queryHeads · headSize] give each block; the sum is 1. */
export type Attention = (queries: Float32Array, blocks: readonly Shortlisted[]) => Promise<Float64Array>;

export interface BlockAttentionOptions {
  readonly shape: CacheShape;
  readonly queryHeads: number;
  /** What products of queries and keys are multiplied by. */
  readonly queryScale: number;
  /** The layers that attend to everything: what others attend to says nothing about distant blocks. */
  readonly scoredLayers: readonly number[];
}

/** Attention computed by a session of the scoring graph, which is made for the scored layers. */
export function blockAttention(
  session: Session,
  { shape, queryHeads, queryScale, scoredLayers }: BlockAttentionOptions,
): Attention {
  const { layers, heads, headSize } = shape;
  const group = queryHeads / heads;
  const pairs = scoredLayers.length * heads;
  const keys = new Float32Array(pairs * blocksInRun * blockTokens * headSize);

  /** Rows of one pair are its queries: [pairs, group · tokens, headSize], scaled. */
  function arrange(queries: Float32Array, tokens: number): Float32Array<ArrayBuffer> {
    const arranged = new Float32Array(pairs * group * tokens * headSize);
    let to = 0;
    for (const layer of scoredLayers) {
      for (let head = 0; head < heads; head++) {
        for (let member = 0; member < group; member++) {
          for (let token = 0; token < tokens; token++) {
            const from = ((layer * tokens + token) * queryHeads + head * group + member) * headSize;
            for (let channel = 0; channel < headSize; channel++, to++) {
              arranged[to] = (queries[from + channel] as number) * queryScale;
            }
          }
        }
      }
    }
    return arranged;
  }

  async function loadKeys(blocks: readonly Shortlisted[]): Promise<void> {
    for (const [index, { stream, block }] of blocks.entries()) {
      const bytes = await stream.load(block);
      const count = stream.file.records[block]?.tokens ?? 0;
      for (let pair = 0; pair < pairs; pair++) {
        const at = (pair * blocksInRun + index) * blockTokens * headSize;
        stream.format.decodeKeys(
          bytes,
          scoredLayers[Math.floor(pair / heads)] as number,
          pair % heads,
          keys,
          at,
          count,
        );
        // A short block repeats its first token, which changes no maximum.
        for (let token = count; token < blockTokens; token++) {
          keys.copyWithin(at + token * headSize, at, at + headSize);
        }
      }
    }
  }

  return async (queries, blocks) => {
    const tokens = queries.length / (layers * queryHeads * headSize);
    const rows = group * tokens;
    const arranged = floatTensor([pairs, rows, headSize], arrange(queries, tokens));
    const largest = new Float32Array(pairs * rows * blocks.length);
    for (let first = 0; first < blocks.length; first += blocksInRun) {
      const part = blocks.slice(first, first + blocksInRun);
      await loadKeys(part);
      const run = await session.run(
        { queries: arranged, keys: floatTensor([pairs, blocksInRun * blockTokens, headSize], keys) },
        ['largest'],
      );
      const found = floats(run.largest);
      for (let row = 0; row < pairs * rows; row++) {
        for (let index = 0; index < part.length; index++) {
          largest[row * blocks.length + first + index] = found[row * blocksInRun + index] as number;
        }
      }
    }
    return sumOfSoftmaxes(largest, pairs * rows, blocks.length);
  };
}

function sumOfSoftmaxes(largest: Float32Array, rows: number, blocks: number): Float64Array {
  const sums = new Float64Array(blocks);
  for (let row = 0; row < rows; row++) {
    const products = largest.subarray(row * blocks, (row + 1) * blocks);
    const top = products.reduce((most, product) => Math.max(most, product), Number.NEGATIVE_INFINITY);
    let total = 0;
    for (const product of products) total += Math.exp(product - top);
    for (const [block, product] of products.entries()) {
      sums[block] = (sums[block] as number) + Math.exp(product - top) / total;
    }
  }
  return rows > 0 ? sums.map((sum) => sum / rows) : sums;
}

export interface Ranked extends Shortlisted {
  /** 0 to 1; the best has 1. */
  readonly strength: number;
}

/** How much a place in the attention's order counts beside one in the search's (reciprocal rank fusion, Cormack et al. 2009). */
const attentionWeight = 0.5;
const rankConstant = 8;

/** The shortlist by search and attention together, best first. */
export function fuse(blocks: readonly Shortlisted[], attention: ArrayLike<number>): Ranked[] {
  const byAttention = blocks.map((_, index) => index).sort((a, b) => (attention[b] ?? 0) - (attention[a] ?? 0));
  const place = new Map(byAttention.map((index, rank) => [index, rank]));
  const scored = blocks.map((block, index) => ({
    ...block,
    score: 1 / (rankConstant + block.rank) + attentionWeight / (rankConstant + (place.get(index) ?? blocks.length)),
  }));
  const sorted = scored.sort((a, b) => b.score - a.score);
  const best = sorted[0]?.score ?? 1;
  return sorted.map(({ score, ...block }) => ({ ...block, strength: score / best }));
}

/**
 * The best blocks, each with its neighbours, until there are `limit`. Blocks that follow each other in their text stay
 * together; the stretches so made are ordered by strength, the strongest last, where it is closest to the question: a
 * small model answers best from what it has read last (measured: ../../../e2e/evals/README.md).
 */
export function choose(
  ranked: readonly Ranked[],
  limit: number,
): { stream: Stream; block: number; strength: number }[] {
  const chosen = new Map<string, { stream: Stream; block: number; strength: number }>();
  const take = (stream: Stream, block: number, strength: number): void => {
    const key = `${stream.id}/${block}`;
    const held = chosen.get(key);
    if (held) held.strength = Math.max(held.strength, strength);
    else if (chosen.size < limit && stream.file.records[block] && !stream.damaged.has(block)) {
      chosen.set(key, { stream, block, strength });
    }
  };
  for (const { stream, block, strength } of ranked) {
    if (chosen.size >= limit) break;
    take(stream, block, strength);
    for (const neighbour of [block + 1, block - 1]) take(stream, neighbour, strength / 2);
  }
  const inOrder = [...chosen.values()].sort((a, b) => a.stream.id.localeCompare(b.stream.id) || a.block - b.block);
  const stretches: (typeof inOrder)[] = [];
  for (const one of inOrder) {
    const stretch = stretches.at(-1);
    const last = stretch?.at(-1);
    if (last?.stream === one.stream && last.block + 1 === one.block) stretch?.push(one);
    else stretches.push([one]);
  }
  const strengthOf = (stretch: typeof inOrder): number => Math.max(...stretch.map(({ strength }) => strength));
  return stretches.sort((a, b) => strengthOf(a) - strengthOf(b)).flat();
}
