/**
 * Everything the engine does with streams: reads texts into blocks, keeps them, and answers from them. One is made for
 * each loaded model.
 */
import { errorData, LonghandError, throwIfCancelled } from '../../base/errors.ts';
import type { Rotation } from '../../native-models/architectures/rotation.ts';
import type { ChatMessage } from '../../native-models/formats/chat-template.ts';
import type { Tokenizer } from '../../native-models/formats/tokenizer.ts';
import { calibrate, calibrationText, readCalibration, writeCalibration } from './calibration.ts';
import type { Forward } from './forward.ts';
import { checkLength, type GenerateOptions, type Generation, type Generator, generate } from './generate.ts';
import { type BlockFormatName, blockTokens } from './kv/block-format.ts';
import type { Cache } from './kv/cache.ts';
import { type Attention, blocksOf, type Candidate, choose, fuse, type Ranked, shortlist } from './kv/selection.ts';
import type { BlockRecord, TextPlace } from './kv/stream-file.ts';
import {
  mendingStart,
  placeOf,
  type Reading,
  readStream,
  type StreamReader,
  type TextSection,
} from './kv/stream-reader.ts';
import type { Stream, StreamStore } from './kv/stream-store.ts';
import { type ChosenBlock, createMarks, type Mounted, mountBlocks, readable } from './kv/working-set.ts';
import type { Pace } from './pace.ts';
import type { Scheduler } from './scheduler.ts';
import { freeUnusedMemory } from './unused-memory.ts';

export interface StreamState {
  readonly tokens: number;
  /** All of its text is read. */
  readonly complete: boolean;
  readonly bytes: number;
  /** What each further token takes. */
  readonly bytesPerToken: number;
  /** Where the text that is wanted next begins. */
  readonly next: TextPlace;
  /** Damaged blocks in order, each with the sections that the text of its chunk begins and ends in. */
  readonly damaged: { block: number; from: number; to: number }[];
}

/** What search found: characters of a section of a stream. */
export interface FoundPassage {
  readonly stream: string;
  readonly section: number;
  readonly start: number;
  readonly end: number;
}

/**
 * auto: everything when it fits the trained window, else what is chosen. chosen: always chosen. found: chosen by the search
 * alone. latest: the last blocks, which is what a sliding window keeps; for comparison. window: the blocks that are named.
 */
export type SelectionMode = 'auto' | 'chosen' | 'found' | 'latest' | 'window';

export interface MountedRequest extends Omit<GenerateOptions, 'tokens' | 'mounted' | 'remount'> {
  /** The conversation without its system message; the last message is the question. */
  readonly messages: readonly ChatMessage[];
  /** In the order in which they are attended to. */
  readonly streams: readonly string[];
  /** Best first. */
  readonly found: readonly FoundPassage[];
  /** The question alone, for the attention that selects. */
  readonly question: string;
  readonly selection: SelectionMode;
  /** Blocks of the first stream, for the selection of that name. */
  readonly window?: { readonly first: number; readonly count: number } | undefined;
  /** At most so many blocks are chosen; the model's own number when left out. */
  readonly blocks?: number | undefined;
}

/** A block that was attended to, and where it stands in its document. */
export interface AttendedBlock {
  readonly stream: string;
  readonly block: number;
  readonly strength: number;
  readonly tokens: number;
  /** Its first token's place among the stream's. */
  readonly firstToken: number;
  readonly section: number;
  readonly character: number;
  /**
   * Where the next block begins: the section, and its character; null at the end of the text. The last block of a text
   * that is still being read goes at least so far.
   */
  readonly next: { readonly section: number; readonly character: number } | null;
}

export interface MountedGeneration extends Generation {
  /** All of all the streams that were asked for was attended to. */
  readonly whole: boolean;
  readonly attended: AttendedBlock[];
  /** Tokens of each stream that could have been attended to. */
  readonly mounted: { stream: string; tokens: number; complete: boolean; damaged: boolean }[];
}

export interface Streams {
  /** `expected`: about how many tokens it will have; left out when its text may grow. */
  open(id: string, header: string, expected: number | undefined): Promise<StreamState>;
  read(
    id: string,
    sections: readonly TextSection[],
    last: boolean,
    options: { signal?: AbortSignal | undefined; onProgress?: (tokens: number) => void },
  ): Promise<StreamState>;
  mend(
    id: string,
    block: number,
    sections: readonly TextSection[],
    options: { signal?: AbortSignal | undefined },
  ): Promise<StreamState>;
  /** Lets a stream's text go on: what does not fill a chunk is read again. */
  reopen(id: string): Promise<StreamState>;
  /**
   * Keeps a text that is kept to the bit in fewer bits from now on, as longer ones are; where it is in them already, or
   * damaged, nothing changes.
   */
  compact(id: string): Promise<StreamState>;
  /** Deletes a stream; `everywhere`, what other models keep of it, too. */
  remove(id: string, everywhere?: boolean): Promise<void>;
  /** Bytes on disk by stream, and of all that other models keep. */
  sizes(): Promise<{ own: Map<string, number>; others: number }>;
  /** Deletes what other models keep. */
  removeOthers(): Promise<void>;
  /** Finds how many blocks the model answers well from, unless that is known; gives way to questions. */
  calibrate(signal: AbortSignal): Promise<void>;
  answer(request: MountedRequest): Promise<MountedGeneration>;
  close(): Promise<void>;
}

export interface StreamsOptions {
  readonly store: StreamStore;
  readonly scheduler: Scheduler;
  readonly generator: Generator;
  readonly forward: Forward;
  readonly tokenizer: Tokenizer;
  /** Of streams that can be attended to whole, and of those that are too long for it. */
  readonly wholeFormat: BlockFormatName;
  readonly longFormat: BlockFormatName;
  /** By layer. */
  readonly rotations: readonly Rotation[];
  readonly prefix: Cache;
  readonly prefixTokens: Int32Array;
  readonly contextLength: number;
  readonly geometry: Pick<Reading, 'chunkBlocks' | 'windowTokens' | 'nearChunks'>;
  readonly pace: Pace;
  readonly attention: Attention;
  /** Where the number of blocks that the model answers well from is kept. */
  readonly calibrationFolder: string;
  /** The tokens of a conversation behind what is mounted. */
  encodeAfter(messages: readonly ChatMessage[]): Int32Array;
}

export function createStreams(options: StreamsOptions): Streams {
  const { store, scheduler, generator, forward, tokenizer, rotations, prefix, prefixTokens } = options;
  const { contextLength, geometry, pace, attention } = options;
  const reading: Reading = { forward, tokenizer, rotations, prefix, contextLength, pace, ...geometry };
  const readers = new Map<Stream, StreamReader>();
  const marks = createMarks();
  /** What most small models answer well from, until it is measured. */
  let chosenBlocks = 16;

  async function known(id: string): Promise<Stream> {
    const stream = await store.find(id);
    if (!stream) throw new LonghandError('not-found', `Nothing was read of ${id} yet.`);
    return stream;
  }

  function readerOf(stream: Stream, expected?: number): StreamReader {
    const reader = readers.get(stream) ?? readStream(reading, stream, expected);
    readers.set(stream, reader);
    return reader;
  }

  /** The reader of a stream that is read now; the others need no memory meanwhile. */
  function activeReader(stream: Stream): StreamReader {
    const active = readerOf(stream);
    for (const reader of readers.values()) if (reader !== active) reader.rest();
    return active;
  }

  function stateOf(stream: Stream, expected?: number): StreamState {
    const { records, tokens, complete, bytes } = stream.file;
    const { chunkBlocks } = geometry;
    return {
      tokens,
      complete,
      bytes,
      bytesPerToken: stream.format.bytes / blockTokens,
      next: readerOf(stream, expected).next,
      damaged: [...stream.damaged]
        .toSorted((a, b) => a - b)
        .map((block) => {
          const start = block - (block % chunkBlocks);
          const last = records[Math.min(records.length, start + chunkBlocks) - 1];
          return {
            block,
            from: placeOf(stream, mendingStart(stream, geometry, block)).section,
            to: last?.next.section ?? 0,
          };
        }),
    };
  }

  /** Whether what layers with a window need to go on from is there. */
  async function keepsNear(stream: Stream): Promise<boolean> {
    const { length } = stream.file.records;
    const { chunkBlocks, nearChunks } = geometry;
    if (!stream.nearFormat) return true;
    const first = Math.max(0, (Math.ceil(length / chunkBlocks) - nearChunks) * chunkBlocks);
    for (let block = first; block < length; block += chunkBlocks) if (!(await stream.loadNear(block))) return false;
    return true;
  }

  /** The blocks to attend to, of at most `room` tokens. */
  async function select(
    request: MountedRequest,
    streams: readonly Stream[],
    room: number,
  ): Promise<{ whole: boolean; chosen: ChosenBlock[]; ranked: Ranked[] }> {
    const all = streams.reduce((sum, { file }) => sum + file.tokens, 0);
    const everything = (): ChosenBlock[] =>
      streams.flatMap((stream) => stream.file.records.map((_, block) => ({ stream, block, strength: 1 })));
    if (request.selection === 'auto' && all <= room) return { whole: true, chosen: everything(), ranked: [] };
    if (request.selection === 'window') {
      const { first = 0, count = 0 } = request.window ?? {};
      const chosen = everything().slice(first, first + Math.min(count, Math.floor(room / blockTokens)));
      return { whole: false, chosen, ranked: [] };
    }
    const limit = Math.min(Math.floor(room / blockTokens), request.blocks ?? chosenBlocks);
    if (request.selection === 'latest') return { whole: false, chosen: everything().slice(-limit), ranked: [] };
    const byId = new Map(streams.map((stream) => [stream.id, stream]));
    const candidates = request.found.flatMap(({ stream: id, ...place }): Candidate[] => {
      const stream = byId.get(id);
      return stream ? [{ stream, ...place }] : [];
    });
    const listed = shortlist(candidates);
    // What cannot be read is remembered as damaged.
    await readable(
      listed.map((block) => ({ ...block, strength: 0 })),
      request.signal,
    );
    const shortlisted = listed.filter(({ stream, block }) => !stream.damaged.has(block));
    if (shortlisted.length === 0) return { whole: false, chosen: [], ranked: [] };
    const asked = tokenizer.encode(request.question).slice(-askedTokens);
    // Without a word there is nothing to attend with: the search alone decides.
    const byAttention = request.selection !== 'found' && asked.length > 0;
    const weights = byAttention
      ? await attention(await queriesOf(asked), shortlisted)
      : new Float64Array(shortlisted.length);
    const ranked = fuse(shortlisted, weights);
    return { whole: false, chosen: choose(ranked, limit), ranked };
  }

  /** The queries of tokens that are read behind the prefix alone. */
  async function queriesOf(tokens: Int32Array): Promise<Float32Array> {
    const sequence = forward.mount(prefix.copy(prefix.length), prefix.length + tokens.length);
    try {
      return await forward.queries(sequence, tokens);
    } finally {
      sequence.dispose();
    }
  }

  async function answer(request: MountedRequest): Promise<MountedGeneration> {
    throwIfCancelled(request.signal);
    const streams: Stream[] = [];
    // One after the other: there may be more than a process can open at once.
    for (const id of request.streams) {
      const stream = await store.find(id);
      if (stream) streams.push(stream);
    }
    const tokens = options.encodeAfter(request.messages);
    checkLength(prefixTokens.length + tokens.length, contextLength);
    const room = contextLength - prefixTokens.length - tokens.length - request.maxTokens;
    const { whole, chosen, ranked } = await select(request, streams, room);
    let attended = await readable(chosen, request.signal);
    const isWhole = whole && attended.length === chosen.length;
    const setOf = (blocks: readonly ChosenBlock[]): Mounted =>
      mountBlocks({ rotations, prefix, prefixTokens }, marks, blocks, isWhole);
    const remount = ranked.length > attended.length ? remounter(ranked, attended) : undefined;
    const generated = await generate(generator, {
      ...request,
      tokens,
      mounted: setOf(attended),
      remount:
        remount &&
        (async (made) => {
          const other = await remount(made);
          if (!other) return undefined;
          attended = await readable(other, request.signal);
          return setOf(attended);
        }),
    });
    return {
      ...generated,
      // Of a text that is still being read, or not begun, all that there is is not all of it.
      whole: isWhole && streams.length === request.streams.length && streams.every(({ file }) => file.complete),
      attended: attended.map(described),
      mounted: streams.map(({ id, file, damaged }) => ({
        stream: id,
        tokens: file.tokens,
        complete: file.complete,
        damaged: damaged.size > 0,
      })),
    };
  }

  async function measureBlocks(signal: AbortSignal): Promise<number> {
    const giveWay = scheduler.giveWay;
    const { text, trials } = calibrationText(calibrationSentences);
    const stream = await store.open(calibrationStream, '', options.longFormat);
    try {
      const reader = readStream(reading, stream, tokenizer.encode(text).length);
      await reader.read([{ ordinal: 0, text }], true, { signal, giveWay });
      const all = stream.file.records.length;
      const most = Math.min(all, Math.floor((contextLength - prefixTokens.length - calibrationRoom) / blockTokens));
      const cache = forward.emptyCache(prefixTokens.length + most * blockTokens + calibrationRoom);
      return await calibrate(most, async (blocks) => {
        let sum = 0;
        for (const { ask, answer, start, end } of trials) {
          await giveWay();
          throwIfCancelled(signal);
          const [first = 0] = blocksOf({ stream, section: 0, start, end });
          // The right block and its neighbour, and others evenly from the whole text.
          const chosen = new Set([first, Math.min(all - 1, first + 1)]);
          for (let other = 0; chosen.size < blocks; other++) {
            chosen.add(Math.floor((other * all) / blocks + other / blocks) % all);
            if (other > 4 * all) break;
          }
          const set = [...chosen].sort((a, b) => a - b).map((block) => ({ stream, block, strength: 1 }));
          sum += await answerLoss(cache, set, ask, answer);
        }
        return sum / trials.length;
      });
    } finally {
      await store.remove(calibrationStream);
      freeUnusedMemory();
    }
  }

  /** Mean loss (nats) of an answer's tokens, asked with these blocks mounted in the cache. */
  async function answerLoss(
    cache: Cache,
    chosen: readonly ChosenBlock[],
    ask: string,
    answer: string,
  ): Promise<number> {
    const before = options.encodeAfter([{ role: 'user', content: ask }]);
    const wanted = tokenizer.encode(answer);
    const mounted = mountBlocks({ rotations, prefix, prefixTokens }, marks, chosen, false);
    cache.truncate(0);
    await mounted.place(cache, 0);
    const sequence = forward.mount(cache, mounted.marks.length + before.length + wanted.length);
    try {
      const rows = Array.from(wanted, (_, index) => before.length - 1 + index);
      const logits = await forward.run(sequence, Int32Array.from([...before, ...wanted]), rows);
      const size = logits.length / wanted.length;
      return (
        wanted.reduce((sum, id, row) => sum + crossEntropy(logits.subarray(row * size, (row + 1) * size), id), 0) /
        wanted.length
      );
    } finally {
      sequence.dispose();
    }
  }

  /** Looks whether what is written attends to blocks that are not there, and chooses anew when it does. */
  function remounter(
    ranked: readonly Ranked[],
    first: readonly ChosenBlock[],
  ): (made: readonly number[]) => Promise<ChosenBlock[] | undefined> {
    let present = new Set(first.map(({ stream, block }) => `${stream.id}/${block}`));
    const limit = first.length;
    return async (made) => {
      const recent = Int32Array.from(made.slice(-recentTokens));
      const weights = await attention(await queriesOf(recent), ranked);
      const inside = ranked.reduce(
        (sum, { stream, block }, index) => sum + (present.has(`${stream.id}/${block}`) ? (weights[index] ?? 0) : 0),
        0,
      );
      if (inside >= attentionKept) return undefined;
      const chosen = choose(fuse(ranked, weights), limit);
      const next = new Set(chosen.map(({ stream, block }) => `${stream.id}/${block}`));
      if ([...next].every((key) => present.has(key))) return undefined;
      present = next;
      return chosen;
    };
  }

  /**
   * Where a block ends that is the last so far. While its text is still being read, that is known in tokens only: then it
   * is said to go to the end of the section before, or else no further than its beginning.
   */
  function endSoFar({ file }: Stream, record: BlockRecord | undefined): AttendedBlock['next'] {
    if (!record || file.complete) return null;
    const { section, character, next } = record;
    return next.section > section ? { section: next.section, character: 0 } : { section, character };
  }

  function described({ stream, block, strength }: ChosenBlock): AttendedBlock {
    const { records } = stream.file;
    const record = records[block];
    const following = records[block + 1];
    return {
      stream: stream.id,
      block,
      strength,
      tokens: record?.tokens ?? 0,
      firstToken: block * blockTokens,
      section: record?.section ?? 0,
      character: record?.character ?? 0,
      next: following ? { section: following.section, character: following.character } : endSoFar(stream, record),
    };
  }

  return {
    async open(id, header, expected) {
      const whole = expected !== undefined && prefixTokens.length + expected <= contextLength;
      const stream = await store.open(id, header, whole ? options.wholeFormat : options.longFormat);
      // Without what it would go on from, it can only be read from its beginning.
      if (!(await keepsNear(stream))) await stream.truncate(0);
      return stateOf(stream, expected);
    },
    async read(id, sections, last, { signal, onProgress }) {
      const stream = await known(id);
      await activeReader(stream).read(sections, last, {
        signal,
        giveWay: scheduler.giveWay,
        ...(onProgress && { onProgress }),
      });
      return stateOf(stream);
    },
    async mend(id, block, sections, { signal }) {
      const stream = await known(id);
      await activeReader(stream).mend(block, sections, { signal, giveWay: scheduler.giveWay });
      return stateOf(stream);
    },
    async reopen(id) {
      const stream = await known(id);
      const { records } = stream.file;
      await stream.truncate(records.length - (records.length % geometry.chunkBlocks));
      readers.delete(stream);
      return stateOf(stream);
    },
    compact: (id) =>
      // An answer may be reading the files.
      scheduler.question(async () => {
        const stream = await known(id);
        const smaller = await store.compact(id, options.longFormat).catch((thrown: unknown) => {
          if (errorData(thrown).code === 'data-corrupt') return false;
          throw thrown;
        });
        if (smaller) readers.delete(stream);
        return stateOf(await known(id));
      }),
    remove: (id, everywhere) =>
      // An answer may be reading the files.
      scheduler.question(async () => {
        for (const stream of readers.keys()) if (stream.id === id) readers.delete(stream);
        await store.remove(id, everywhere);
      }),
    async sizes() {
      const { own, others } = await store.sizes();
      own.delete(calibrationStream);
      return { own, others };
    },
    removeOthers: () => store.removeOthers(),
    async calibrate(signal) {
      const known = await readCalibration(options.calibrationFolder);
      chosenBlocks = known ?? (await measureBlocks(signal));
      if (known === undefined) await writeCalibration(options.calibrationFolder, chosenBlocks);
    },
    answer: (request) => scheduler.question(() => answer(request)),
    close: () => store.close(),
  };
}

function crossEntropy(logits: Float32Array, id: number): number {
  const top = logits.reduce((most, logit) => Math.max(most, logit), Number.NEGATIVE_INFINITY);
  const total = logits.reduce((sum, logit) => sum + Math.exp(logit - top), 0);
  return Math.log(total) + top - (logits[id] as number);
}

/** The stream that calibration reads, and what it leaves of the window for the question. */
const calibrationStream = 'ca11b7a7e';
const calibrationSentences = 150;
const calibrationRoom = 128;

/** The last tokens of a question, by whose attention blocks are ranked: the scores of all queries are in memory at once. */
const askedTokens = 64;
/** Written tokens whose attention tells whether an answer has drifted, and how much of it must stay on what is mounted. */
const recentTokens = 48;
const attentionKept = 0.25;
