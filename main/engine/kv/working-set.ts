/**
 * What one answer attends to: the prefix, and chosen blocks behind it in document order, at contiguous positions however
 * far apart they lie in their documents.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { errorData, throwIfCancelled } from '../../../base/errors.ts';
import type { Rotation } from '../../../native-models/architectures/rotation.ts';
import { blockTokens, placeBlock } from './block-format.ts';
import type { Cache } from './cache.ts';
import type { Stream } from './stream-store.ts';

/** One block of a working set. */
export interface ChosenBlock {
  readonly stream: Stream;
  readonly block: number;
  /** How strongly it was chosen: 0 to 1. */
  readonly strength: number;
}

/**
 * What a prompt begins with and need not be computed. Each of its tokens has a mark: its id for the prefix, a negative
 * number that no other token of any block has for the others. So two prompts share what begins with the same marks.
 */
export interface Mounted {
  readonly marks: readonly number[];
  /**
   * Puts everything from mark `from` on behind what the cache holds, which is everything before it. Throws `cancelled`
   * between two blocks, `data-corrupt` and `disk`; some of the blocks may be in place then.
   */
  place(cache: Cache, from: number, signal?: AbortSignal): Promise<void>;
  /** The last mark, at or before this one, from which `place` can begin. */
  boundary(mark: number): number;
}

export interface WorkingSetOptions {
  /** By layer. */
  readonly rotations: readonly Rotation[];
  readonly prefix: Cache;
  readonly prefixTokens: Int32Array;
}

/** Gives blocks their marks. */
export interface Marks {
  /** `whole`: the block is mounted with all that its stream has. */
  of(stream: Stream, block: number, whole: boolean): number;
}

export function createMarks(): Marks {
  const known = new Map<string, number>();
  return {
    of(stream, block, whole) {
      // Only mounted whole it comes into layers with a window: what was computed behind it differs then.
      const near = whole && stream.nearFormat !== undefined;
      const key = `${stream.id}/${block}/${stream.file.records[block]?.checksum}/${near}`;
      const mark = known.get(key) ?? -1 - known.size * blockTokens;
      known.set(key, mark);
      return mark;
    },
  };
}

/**
 * A working set of these blocks, in this order. Where they are all that their streams have, layers with a window attend
 * to their last chunks too, as they would if the streams stood in the prompt; otherwise these layers have the prefix alone
 * before what comes after the set.
 */
export function mountBlocks(
  { rotations, prefix, prefixTokens }: WorkingSetOptions,
  marks: Marks,
  chosen: readonly ChosenBlock[],
  whole: boolean,
): Mounted {
  const all: number[] = [...prefixTokens];
  /** The mark at which each block begins. */
  const starts: number[] = [];
  for (const { stream, block } of chosen) {
    starts.push(all.length);
    const first = marks.of(stream, block, whole);
    for (let token = 0; token < tokensOf(stream, block); token++) all.push(first - token);
  }
  return {
    marks: all,
    boundary: (mark) => starts.findLast((start) => start <= mark) ?? 0,
    async place(cache, from, signal) {
      cache.reserve(all.length);
      if (from < prefixTokens.length) copyPrefix(prefix, cache);
      for (const [index, { stream, block }] of chosen.entries()) {
        if ((starts[index] as number) < from) continue;
        await hearStop(signal);
        const count = tokensOf(stream, block);
        placeBlock(cache, stream.format, await stream.load(block), count, cache.growFar(count), rotations);
        const near = whole && stream.nearFormat ? await stream.loadNear(block) : undefined;
        if (near && stream.nearFormat) {
          placeBlock(cache, stream.nearFormat, near, count, cache.bringNear(count), rotations);
        }
      }
    },
  };
}

const tokensOf = (stream: Stream, block: number): number => stream.file.records[block]?.tokens ?? 0;

/** The prefix always has the first positions, so it is kept as it is read. */
function copyPrefix(prefix: Cache, cache: Cache): void {
  cache.truncate(0);
  const { shape, length } = prefix;
  cache.grow(length);
  const copy = (from: readonly Float32Array[], to: readonly Float32Array[]): void => {
    for (const [layer, source] of from.entries()) {
      for (let head = 0; head < shape.heads; head++) {
        const at = head * prefix.capacityOf(layer) * shape.headSize;
        const target = head * cache.capacityOf(layer) * shape.headSize;
        to[layer]?.set(source.subarray(at, at + length * shape.headSize), target);
      }
    }
  };
  copy(prefix.keys, cache.keys);
  copy(prefix.values, cache.values);
}

/**
 * Those of the blocks that can be read; the others are remembered as damaged by their streams. Throws `cancelled` between
 * two blocks, and `disk`.
 */
export async function readable(
  chosen: readonly ChosenBlock[],
  signal: AbortSignal | undefined,
): Promise<ChosenBlock[]> {
  const kept: ChosenBlock[] = [];
  for (const one of chosen) {
    await hearStop(signal);
    try {
      await one.stream.load(one.block);
      kept.push(one);
    } catch (thrown) {
      if (errorData(thrown).code !== 'data-corrupt') throw thrown;
    }
  }
  return kept;
}

/** A long text has a hundred blocks; those in memory are taken without a pause in which Stop could be heard. */
async function hearStop(signal: AbortSignal | undefined): Promise<void> {
  await nextTurn();
  throwIfCancelled(signal);
}
