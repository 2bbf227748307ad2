/**
 * Reads a text as a stream of blocks. While it fits the window that the model was trained for, attention is full, so
 * that the blocks are those of an ordinary prefill. Past that, each chunk attends to the prefix and to a sliding window
 * of the text, placed so that no position exceeds the trained window (StreamingLLM, Xiao et al. 2024): constant cost
 * and memory for each token, however long the text.
 *
 * A chunk attends to what was read before it as it is stored, never as it was computed. So what a chunk becomes
 * depends on the stored blocks and the text only, and reading that was interrupted goes on bit for bit as if it had not been.
 */
import { LonghandError, throwIfCancelled } from '../../../base/errors.ts';
import type { Rotation } from '../../../native-models/architectures/rotation.ts';
import type { Tokenizer } from '../../../native-models/formats/tokenizer.ts';
import { type Forward, joinPieces, type Sequence } from '../forward.ts';
import type { Pace } from '../pace.ts';
import { freeUnusedMemory } from '../unused-memory.ts';
import { blockTokens, type FreshTokens, placeBlock } from './block-format.ts';
import type { Cache } from './cache.ts';
import type { BlockRecord, TextPlace } from './stream-file.ts';
import type { Stream } from './stream-store.ts';
import { characterStarts } from './token-places.ts';

/** How a model's streams are read. The same for all of a model's streams: it decides what their blocks are. */
export interface Reading {
  readonly forward: Forward;
  readonly tokenizer: Tokenizer;
  /** By layer. */
  readonly rotations: readonly Rotation[];
  /** The prefix that everything is read behind, as the attention reads it. */
  readonly prefix: Cache;
  readonly contextLength: number;
  readonly chunkBlocks: number;
  /** Tokens of the sliding window; whole chunks. */
  readonly windowTokens: number;
  /** Chunks that the window of layers that have one reaches over. */
  readonly nearChunks: number;
  /** How many tokens are read in one run; a block is a whole number of runs. */
  readonly pace: Pace;
}

export interface TextSection {
  readonly ordinal: number;
  readonly text: string;
}

export interface ReadOptions {
  readonly signal?: AbortSignal | undefined;
  /** Waits until nothing more urgent wants the model. */
  readonly giveWay: () => Promise<void>;
  /** Tokens read of this stream, after each run. */
  readonly onProgress?: (tokens: number) => void;
}

export interface StreamReader {
  /** Where the text that is wanted next begins. */
  readonly next: TextPlace;
  /**
   * Reads sections, in order, the first of them the one that `next` names. What does not fill a chunk waits for the
   * next call, or is read too when these are the `last`. A stream that is complete stays as it is. Throws `cancelled`,
   * `disk`, and `data-corrupt` when what it goes on from is damaged; whole chunks are kept then, and `next` says where to go
   * on.
   */
  read(sections: readonly TextSection[], last: boolean, options: ReadOptions): Promise<void>;
  /**
   * Reads the chunk of a damaged block again; its sections are those from the one that `mendingStart` lies in on. Throws as
   * `read`, and `data-corrupt` when it comes out differently or is read behind another damaged block.
   */
  mend(block: number, sections: readonly TextSection[], options: ReadOptions): Promise<void>;
  /** Gives back the memory of what was read; it is put together anew from the stored blocks when reading goes on. */
  rest(): void;
}

/** The most tokens that memory is asked for at once. */
const mostTokensAtOnce = 8192;
/** Text between two sections. */
const separator = '\n\n';

/** A token with the place where it begins. */
interface Pending {
  readonly section: number;
  /** Its place among the section's tokens, and the character at which it begins. */
  readonly token: number;
  readonly character: number;
  readonly id: number;
}

/** Where the text of a block begins: the token after its predecessor. */
export function placeOf(stream: Stream, block: number): TextPlace {
  return stream.file.records[block - 1]?.next ?? { section: 0, token: 0 };
}

/** The block that mending one begins with: that of its chunk, or of one before that layers with a window attend to. */
export function mendingStart(stream: Stream, { chunkBlocks, nearChunks }: Geometry, block: number): number {
  const start = block - (block % chunkBlocks);
  return stream.nearFormat ? Math.max(0, start - nearChunks * chunkBlocks) : start;
}

type Geometry = Pick<Reading, 'chunkBlocks' | 'nearChunks'>;

/** Blocks of layers with a window, from `first` on. */
interface NearSource {
  readonly first: number;
  readonly load: (block: number) => Promise<Uint8Array | undefined>;
}

/** The blocks of a chunk: of layers that attend to everything, and of those with a window. */
interface Computed {
  readonly blocks: Uint8Array[];
  readonly near: Uint8Array[];
}

/**
 * A reader that goes on where the stream ends. Memory is asked for once for a text of about `expected` tokens, when that
 * is known.
 */
export function readStream(reading: Reading, stream: Stream, expected = mostTokensAtOnce): StreamReader {
  const { forward, tokenizer, rotations, prefix, chunkBlocks, windowTokens, nearChunks, pace } = reading;
  const { file, format, nearFormat } = stream;
  const chunkTokens = chunkBlocks * blockTokens;
  /** Room for full attention, so that it need not be moved while it grows. */
  const fullTokens = Math.min(reading.contextLength, mostTokensAtOnce, prefix.length + expected + chunkTokens);
  /** The past as it was left, and how many of the stream's blocks it begins with. */
  let past: { cache: Cache; first: number; end: number } | undefined;
  let pending: Pending[] = [];

  function tokensOf({ ordinal, text }: TextSection): Pending[] {
    const lead = ordinal === 0 ? file.description.header : separator;
    const ids = tokenizer.encode(lead + text);
    const starts = characterStarts(tokenizer, ids, lead + text);
    return Array.from(ids, (id, token) => ({
      section: ordinal,
      token,
      character: Math.max(0, (starts[token] as number) - lead.length),
      id,
    }));
  }

  /** The first block that a chunk beginning with block `end` attends to. */
  function windowStart(end: number, count: number): number {
    if (prefix.length + end * blockTokens + count <= reading.contextLength) return 0;
    return Math.max(0, end - windowTokens / blockTokens);
  }

  function forget(): void {
    if (!past) return;
    past = undefined;
    freeUnusedMemory();
  }

  /** The prefix, and the blocks from `first` to `end` behind it, in a cache with room for a chunk. */
  async function pastOf(first: number, end: number): Promise<Cache> {
    const kept = past?.first === first && past.end <= end ? past : undefined;
    // Where the sliding window begins, the memory of full attention is not needed any more.
    const reused = past && past.first > 0 === first > 0 ? past.cache : undefined;
    if (!kept && !reused) forget();
    const cache = kept?.cache ?? reused ?? prefix.copy(prefix.length, first === 0 ? fullTokens : 0);
    cache.truncate(prefix.length + (kept ? (kept.end - first) * blockTokens : 0));
    past = undefined;
    cache.reserve(prefix.length + (end - first) * blockTokens + chunkTokens);
    for (let block = kept?.end ?? first; block < end; block++) {
      placeBlock(cache, format, await stream.load(block), blockTokens, cache.growFar(blockTokens), rotations);
    }
    return cache;
  }

  /** Gives layers with a window the prefix and the last chunks before block `end` of those from `first` on. */
  async function bringNear(cache: Cache, first: number, end: number, { load }: NearSource): Promise<void> {
    if (!nearFormat) return;
    cache.forgetNear(prefix.length);
    const from = Math.max(first, end - nearChunks * chunkBlocks);
    if (from === end) return;
    const place = cache.bringNear((end - from) * blockTokens);
    for (let block = from; block < end; block++) {
      const bytes = await load(block);
      if (!bytes) throw new LonghandError('data-corrupt', 'What was read last is damaged. The text is read again.');
      placeBlock(cache, nearFormat, bytes, blockTokens, place + (block - from) * blockTokens, rotations);
    }
  }

  /** Tokens of a run, of so many that are left of a block. */
  const runWithin = (left: number): number => Math.min(pace.chunk, left);

  /** The blocks of a chunk, read behind what is stored before block `end`. */
  async function computeChunk(
    tokens: Int32Array,
    end: number,
    options: ReadOptions,
    near: NearSource = { first: 0, load: stream.loadNear },
  ): Promise<Computed> {
    const first = windowStart(end, tokens.length);
    const cache = await pastOf(first, end);
    await bringNear(cache, Math.max(first, near.first), end, near);
    const sequence: Sequence = forward.mount(cache, cache.length + tokens.length);
    const blocks: Uint8Array[] = [];
    const nearBlocks: Uint8Array[] = [];
    try {
      let parts: FreshTokens[] = [];
      for (let done = 0; done < tokens.length; ) {
        await options.giveWay();
        throwIfCancelled(options.signal);
        const run = tokens.subarray(done, done + runWithin(blockTokens - (done % blockTokens)));
        const began = performance.now();
        parts.push(await forward.read(sequence, run));
        if (run.length === pace.chunk) pace.measured(run.length, performance.now() - began);
        done += run.length;
        if (done % blockTokens === 0 || done === tokens.length) {
          const join = (of: (part: FreshTokens) => Float32Array) => joinPieces(parts.map(of), cache.shape.layers);
          const fresh = {
            count: parts.reduce((sum, part) => sum + part.count, 0),
            keys: join(({ keys }) => keys),
            values: join(({ values }) => values),
          };
          blocks.push(format.encode(fresh, 0, fresh.count));
          if (nearFormat) nearBlocks.push(nearFormat.encode(fresh, 0, fresh.count));
          parts = [];
        }
        options.onProgress?.(end * blockTokens + done);
      }
    } finally {
      sequence.dispose();
    }
    // What was computed gives way to what is stored.
    cache.truncate(prefix.length + (end - first) * blockTokens);
    past = { cache, first, end };
    return { blocks, near: nearBlocks };
  }

  function recordsOf(tokens: readonly Pending[], after: TextPlace, blocks: readonly Uint8Array[]): BlockRecord[] {
    return blocks.map((block, index) => {
      const begin = tokens[index * blockTokens] as Pending;
      const next = tokens[(index + 1) * blockTokens];
      return {
        checksum: stream.checksum(block),
        tokens: Math.min(blockTokens, tokens.length - index * blockTokens),
        section: begin.section,
        character: begin.character,
        next: next ? { section: next.section, token: next.token } : after,
      };
    });
  }

  const idsOf = (tokens: readonly Pending[]): Int32Array => Int32Array.from(tokens, ({ id }) => id);

  return {
    get next() {
      const last = pending.at(-1);
      return last ? { section: last.section + 1, token: 0 } : placeOf(stream, file.records.length);
    },
    async read(sections, last, options) {
      if (file.complete) return;
      try {
        for (const section of sections) {
          const { section: wanted, token } = pending.length > 0 ? { section: -1, token: 0 } : this.next;
          const tokens = tokensOf(section);
          pending.push(...(section.ordinal === wanted ? tokens.slice(token) : tokens));
          await readChunks(section.ordinal + 1, false, options);
        }
        if (last) {
          await readChunks((sections.at(-1)?.ordinal ?? 0) + 1, true, options);
          await file.finish();
          forget();
        }
      } catch (thrown) {
        pending = [];
        throw thrown;
      }
    },
    async mend(block, sections, options) {
      const start = mendingStart(stream, reading, block);
      const { token } = placeOf(stream, start);
      let tokens = sections.flatMap(tokensOf).slice(token);
      // What layers with a window had of the chunks before is there no longer, so these are read again first.
      const near = new Map<number, Uint8Array>();
      for (let end = start; end <= block; end += chunkBlocks) {
        const count = file.records.slice(end, end + chunkBlocks).reduce((sum, record) => sum + record.tokens, 0);
        if (tokens.length < count)
          throw new LonghandError('data-corrupt', 'The text is shorter than what was read of it.');
        const made = await computeChunk(idsOf(tokens.slice(0, count)), end, options, {
          first: start,
          load: async (index) => near.get(index),
        });
        for (const [offset, bytes] of made.near.entries()) near.set(end + offset, bytes);
        tokens = tokens.slice(count);
        if (end + chunkBlocks <= block) continue;
        for (const [offset, bytes] of made.blocks.entries()) await stream.mend(end + offset, bytes);
      }
    },
    rest: forget,
  };

  /** Reads what is pending, chunk by chunk; `next` is the section behind it. */
  async function readChunks(next: number, all: boolean, options: ReadOptions): Promise<void> {
    while (pending.length >= chunkTokens || (all && pending.length > 0)) {
      const chunk = pending.slice(0, chunkTokens);
      const { blocks, near } = await computeChunk(idsOf(chunk), file.records.length, options);
      const following = pending[chunk.length];
      const after = following ?? { section: next, token: 0 };
      await stream.append(blocks, recordsOf(chunk, { section: after.section, token: after.token }, blocks), near);
      pending = pending.slice(chunk.length);
    }
  }
}
