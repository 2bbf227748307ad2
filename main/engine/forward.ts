import { LonghandError } from '../../base/errors.ts';
import {
  inputName,
  type ModelConfig,
  nearLayers,
  type TokenEmbeddings,
  unrotatedEnds,
  windowsOf,
} from '../../native-models/architectures/index.ts';
import {
  flagTensor,
  floats,
  floatTensor,
  integerTensor,
  type Session,
  type Tensor,
  tensor,
} from '../../native-models/runtime.ts';
import type { FreshTokens } from './kv/block-format.ts';
import { type Cache, type CacheShape, createCache } from './kv/cache.ts';
import { createTimeline, type Timeline } from './kv/timeline.ts';
import { noteShortLived } from './unused-memory.ts';

/** Runs the model over sequences of tokens. Where a sequence's keys and values are is known here only. */
export interface Forward {
  /** An empty sequence that will hold about `expected` tokens. */
  createSequence(expected: number): Sequence;
  /** An empty cache in this process's memory for about `expected` tokens, to be mounted. */
  emptyCache(expected: number): Cache;
  /** The memory that a sequence of so many tokens takes. */
  bytesFor(tokens: number): number;
  /**
   * Reads `tokens` after what the sequence holds, and adds them to it. Returns the logits [logitRows, vocabulary] of
   * what follows the tokens at these places; none when there are none. When it throws, the sequence is as it was.
   * Reading the last token of a prompt by itself is the fastest way to its logits.
   */
  run(sequence: Sequence, tokens: Int32Array, logitRows: readonly number[]): Promise<Float32Array>;
  /** Reads as `run` does, and gives what blocks are made of: un-rotated keys, and values, of these tokens. */
  read(sequence: Sequence, tokens: Int32Array): Promise<FreshTokens>;
  /** Reads as `run` does, and gives the un-rotated queries of these tokens [layers, tokens, heads · headSize]. */
  queries(sequence: Sequence, tokens: Int32Array): Promise<Float32Array>;
  /**
   * A sequence of what the cache holds, for about `expected` tokens. On the CPU it goes on in the cache itself; a
   * device takes a copy into its own memory.
   */
  mount(cache: Cache, expected: number): Sequence;
}

export interface Sequence {
  readonly length: number;
  /** The most tokens it can ever hold. */
  readonly room: number;
  readonly bytes: number;
  truncate(length: number): void;
  /** Forgets everything, to hold about `expected` tokens next; at most `room`. */
  clear(expected: number): void;
  /** A sequence of its first tokens; absent where the device cannot copy them. */
  fork?(length: number): Sequence;
  /** The cache behind it, where it is in this process's memory: blocks are placed there. */
  readonly cache?: Cache;
  dispose(): void;
}

/** Added to the score of what must not be attended to. Finite, so that no difference of two is NaN. */
const masked = -1e30;
const noFloats = new Float32Array(0);

interface HostSequence extends Sequence {
  readonly cache: Cache;
}

function hostSequence(cache: Cache): HostSequence {
  return {
    cache,
    get length() {
      return cache.length;
    },
    room: Number.POSITIVE_INFINITY,
    get bytes() {
      return cache.bytes;
    },
    truncate: (length) => cache.truncate(length),
    clear: (expected) => cache.clear(expected),
    fork: (length) => hostSequence(cache.copy(length)),
    dispose() {},
  };
}

/** The past as tensors of a shape that a capacity gives: views that change with the cache, until its capacities do. */
function createPast(
  config: ModelConfig,
  shapeOf: (capacity: number) => readonly number[],
): (cache: Cache) => Record<string, Tensor> {
  const known = new WeakMap<Cache, { keys: Cache['keys']; tensors: Record<string, Tensor> }>();
  return (cache) => {
    const { keys, values } = cache;
    const made = known.get(cache);
    if (made?.keys.every((view, layer) => view === keys[layer])) return made.tensors;
    const tensors: Record<string, Tensor> = {};
    for (let layer = 0; layer < config.layers; layer++) {
      const shape = shapeOf(cache.capacityOf(layer));
      tensors[`key.${layer}`] = floatTensor(shape, keys[layer] as Float32Array<ArrayBuffer>);
      tensors[`value.${layer}`] = floatTensor(shape, values[layer] as Float32Array<ArrayBuffer>);
    }
    known.set(cache, { keys, tensors });
    return tensors;
  };
}

/** Makes inputs for layers without a window, and for those with one, which may have fewer tokens and less capacity. */
function inputsByWindow(
  config: ModelConfig,
  make: (tokens: { length: number; capacity: number; window: number }) => Record<string, Tensor>,
): (cache: Pick<Cache, 'length' | 'nearLength' | 'capacity' | 'nearCapacity'>) => Record<string, Tensor> {
  const windows = windowsOf(config);
  return (cache) =>
    Object.fromEntries(
      windows.flatMap((window) => {
        const inputs =
          window === undefined
            ? make({ length: cache.length, capacity: cache.capacity, window: Number.POSITIVE_INFINITY })
            : make({ length: cache.nearLength, capacity: cache.nearCapacity, window });
        return Object.entries(inputs).map(([name, made]) => [inputName(name, window), made]);
      }),
    );
}

/** Every output of a run is a new array. */
const noteOutputs = (outputs: Readonly<Record<string, Tensor>>): void =>
  noteShortLived(Object.values(outputs).reduce((sum, output) => sum + floats(output).byteLength, 0));

/** Of `count` tokens behind those that a sequence holds, for the operator that attends many at once. */
const manyInputs = (length: number, count: number, contextLength: number): Record<string, Tensor> => ({
  positions: integerTensor(
    [1, count],
    // One that is read beside the last token of all has no place of its own.
    Array.from({ length: count }, (_, index) => Math.min(length + index, contextLength - 1)),
  ),
  lastPosition: tensor('int32', [1], Int32Array.of(length + count - 1)),
  total: tensor('int32', [], Int32Array.of(length + count)),
});

/** Of a single token behind those that a sequence holds, for plain products over all of its capacity. */
function singleInputs(length: number, capacity: number, window: number): Record<string, Tensor> {
  // The unused capacity, and what lies before the window.
  const bias = new Float32Array(capacity + 1).fill(masked, length, capacity);
  bias.fill(masked, 0, Math.max(0, length + 1 - window));
  return { bias: floatTensor([1, capacity + 1], bias), sizes: integerTensor([2], [capacity, 1]) };
}

/** The same inputs where many tokens are read: a graph wants all of its inputs, used or not. */
const noSingleInputs: Readonly<Record<string, Tensor>> = {
  bias: floatTensor([1, 1], new Float32Array(1)),
  sizes: integerTensor([2], [0, 0]),
};

/** An empty cache of the model for about `expected` tokens. */
const emptyCache = (config: ModelConfig, expected: number): Cache => createCache(shapeOf(config), expected);

export const shapeOf = (config: ModelConfig): CacheShape => ({
  layers: config.layers,
  heads: config.keyValueHeads,
  headSize: config.headSize,
  nearLayers: nearLayers(config),
});

/** What a run is wanted to give besides keys and values. */
interface Wanted {
  readonly logitRows?: readonly number[];
  readonly unrotated?: 'unrotatedKeys' | 'unrotatedQueries';
}

/** Keys and values stay in this process's memory, and the graph only reads them. */
export function hostForward(config: ModelConfig, embeddings: TokenEmbeddings, session: Session): Forward {
  const { hidden, keyValueHeads, headSize, layers, contextLength } = config;
  const past = createPast(config, (capacity) => [keyValueHeads, 1, capacity, headSize]);

  async function runGraph(cache: Cache, tokens: Int32Array, { logitRows = [], unrotated }: Wanted): Promise<Outputs> {
    const count = tokens.length;
    const single = count === 1;
    const embedded = floatTensor([count, hidden], embeddings.of(tokens));
    const inputs = inputsByWindow(config, ({ length, capacity, window }) => ({
      ...manyInputs(length, count, contextLength),
      ...(single ? singleInputs(length, capacity, window) : noSingleInputs),
    }));
    const names = [...(logitRows.length > 0 ? ['logits'] : []), ...(unrotated ? [unrotated] : []), 'keys', 'values'];
    const outputs = await session.run(
      {
        ...past(cache),
        ...inputs(cache),
        embedded,
        single: flagTensor(single),
        logitRows: integerTensor([logitRows.length], logitRows),
        'logits.wanted': flagTensor(logitRows.length > 0),
        'unrotatedKeys.wanted': flagTensor(unrotated === 'unrotatedKeys'),
        'unrotatedQueries.wanted': flagTensor(unrotated === 'unrotatedQueries'),
      },
      names,
    );
    noteOutputs(outputs);
    return Object.fromEntries(names.map((name) => [name, floats(outputs[name])]));
  }

  /**
   * Reads tokens and adds them to the cache; gives what is wanted besides. What a token becomes does not depend on how
   * many are read with it, to the bit, so that a text in a prompt is what it is by itself. Only a single one would be
   * computed in another way: it is read with another behind it, which changes nothing of it. One whose logits are wanted is
   * read alone all the same, which is the fastest.
   */
  async function read(cache: Cache, tokens: Int32Array, wanted: Wanted): Promise<Outputs> {
    const { length } = tokens;
    const another = length === 1 && !wanted.logitRows?.length;
    const given = await runGraph(cache, another ? Int32Array.of(...tokens, tokens[length - 1] ?? 0) : tokens, wanted);
    const outputs = another ? mapOutputs(given, (output) => firstRows(output, layers, length)) : given;
    cache.append(outputs.keys ?? noFloats, outputs.values ?? noFloats, length);
    return outputs;
  }

  const cacheOf = (sequence: Sequence): Cache => (sequence as HostSequence).cache;

  return {
    emptyCache: (expected) => emptyCache(config, expected),
    createSequence: (expected) => hostSequence(emptyCache(config, expected)),
    bytesFor: (tokens) => tokens * bytesPerToken(config),
    run: async (sequence, tokens, logitRows) =>
      (await read(cacheOf(sequence), tokens, { logitRows })).logits ?? noFloats,
    read: async (sequence, tokens) =>
      freshTokens(await read(cacheOf(sequence), tokens, { unrotated: 'unrotatedKeys' }), tokens),
    queries: async (sequence, tokens) =>
      (await read(cacheOf(sequence), tokens, { unrotated: 'unrotatedQueries' })).unrotatedQueries ?? noFloats,
    mount: (cache) => hostSequence(cache),
  };
}

/** By name; those of each layer one after the other. */
type Outputs = Record<string, Float32Array>;

/** Makes the inputs that say of how many tokens un-rotated queries and keys are wanted. */
const unrotatedInputs =
  (config: ModelConfig) =>
  (tokens: { queries: number; keys: number }): Record<string, Tensor> =>
    Object.fromEntries(
      Object.entries(unrotatedEnds(config, tokens)).map(([name, ends]) => [name, integerTensor([2], ends)]),
    );

const freshTokens = (outputs: Outputs, { length }: Int32Array): FreshTokens => ({
  count: length,
  keys: outputs.unrotatedKeys ?? noFloats,
  values: outputs.values ?? noFloats,
});

/** The outputs of all layers changed; logits, which are not of layers, as they are. */
const mapOutputs = (outputs: Outputs, change: (output: Float32Array) => Float32Array): Outputs =>
  Object.fromEntries(
    Object.entries(outputs).map(([name, output]) => [name, name === 'logits' ? output : change(output)]),
  );

/** The first `rows` of each of so many pieces, which have one more. */
function firstRows(x: Float32Array, pieces: number, rows: number): Float32Array {
  const size = x.length / pieces;
  const kept = (size / (rows + 1)) * rows;
  const first = new Float32Array(pieces * kept);
  for (let piece = 0; piece < pieces; piece++) first.set(x.subarray(piece * size, piece * size + kept), piece * kept);
  return first;
}

interface DeviceSequence extends Sequence {
  /** Replaced when a run fails. */
  timeline: Timeline;
  /** By input name. Replaced at each run by what the run returned. */
  tensors: Record<string, Tensor>;
}

/** The outputs of a graph of the present form that stay on the device. */
export function presentNames({ layers }: ModelConfig): string[] {
  return ['presentKey', 'presentValue'].flatMap((name) =>
    Array.from({ length: layers }, (_, layer) => `${name}.${layer}`),
  );
}

/** Always all of them: one that a run does not ask for stays bound to the size that it had in an earlier run. */
const deviceOutputs = ['hidden', 'unrotatedKeys', 'unrotatedQueries', 'values'] as const;
type DeviceOutput = (typeof deviceOutputs)[number];
type DeviceOutputs = Record<DeviceOutput, Float32Array>;

/** Tokens by which a device's fixed capacity is rounded up. */
const deviceStep = 256;

/**
 * Keys and values stay in the device's memory, in buffers of a fixed capacity. More than `largestRun` tokens are read in
 * several runs.
 */
export function deviceForward(
  config: ModelConfig,
  embeddings: TokenEmbeddings,
  all: Session,
  head: Session,
  largestRun: number,
): Forward {
  const { layers, hidden, keyValueHeads, headSize } = config;
  const present = presentNames(config);
  const unrotated = unrotatedInputs(config);
  const dispose = (tensors: Record<string, Tensor>): void => {
    for (const held of Object.values(tensors)) held.dispose();
  };
  const roomFor = (tokens: number): number => Math.ceil(tokens / deviceStep) * deviceStep;

  /** A sequence that begins with the tokens of these tensors. */
  function sequenceOf(tensors: Record<string, Tensor>, timeline: Timeline, room: number): DeviceSequence {
    const sequence: DeviceSequence = {
      get length() {
        return sequence.timeline.length;
      },
      timeline,
      tensors,
      room,
      bytes: room * bytesPerToken(config),
      truncate: (kept) => sequence.timeline.truncate(kept),
      clear: () => sequence.truncate(0),
      dispose: () => dispose(sequence.tensors),
    };
    return sequence;
  }

  /** Tensors of a fixed capacity, each made of what `fill` gives for it; they go to the device at the first run. */
  function tensorsOf(room: number, fill: (kind: 'keys' | 'values', layer: number) => Float32Array<ArrayBuffer>) {
    const tensors: Record<string, Tensor> = {};
    const shape = [1, keyValueHeads, room, headSize];
    for (let layer = 0; layer < layers; layer++) {
      tensors[`key.${layer}`] = floatTensor(shape, fill('keys', layer));
      tensors[`value.${layer}`] = floatTensor(shape, fill('values', layer));
    }
    return tensors;
  }

  /** Reads tokens, in as many runs as they need. A run that fails leaves the sequence as it was before the first. */
  async function read(sequence: DeviceSequence, tokens: Int32Array): Promise<DeviceOutputs> {
    const { timeline } = sequence;
    const before = timeline.copy(timeline.length);
    const parts: DeviceOutputs[] = [];
    try {
      for (let at = 0; at < tokens.length; at += largestRun) {
        parts.push(await readAtOnce(sequence, tokens.subarray(at, at + largestRun)));
      }
    } catch (thrown) {
      sequence.timeline = before;
      throw thrown;
    }
    const joined = (name: DeviceOutput, pieces: number) =>
      joinPieces(
        parts.map((part) => part[name]),
        pieces,
      );
    return {
      hidden: joined('hidden', 1),
      unrotatedKeys: joined('unrotatedKeys', layers),
      unrotatedQueries: joined('unrotatedQueries', layers),
      values: joined('values', layers),
    };
  }

  /** Reads tokens; what the device keeps replaces what it kept. Gives the other outputs. */
  async function readAtOnce(sequence: DeviceSequence, tokens: Int32Array): Promise<DeviceOutputs> {
    const count = tokens.length;
    const total = sequence.length + count;
    if (total > sequence.room) throw new LonghandError('internal', `A sequence of ${sequence.room} is full.`);
    const outputs = await all.run(
      {
        ...sequence.tensors,
        ...inputsByWindow(config, ({ length }) => manyInputs(length, count, config.contextLength))({
          length: sequence.length,
          nearLength: sequence.timeline.nearLength,
          capacity: sequence.room,
          nearCapacity: sequence.room,
        }),
        embedded: floatTensor([count, hidden], embeddings.of(tokens)),
        ...unrotated({ queries: count, keys: count }),
      },
      [...deviceOutputs, ...present],
    );
    const kept: Record<string, Tensor> = {};
    for (let layer = 0; layer < layers; layer++) {
      kept[`key.${layer}`] = outputs[`presentKey.${layer}`] as Tensor;
      kept[`value.${layer}`] = outputs[`presentValue.${layer}`] as Tensor;
    }
    dispose(sequence.tensors);
    sequence.tensors = kept;
    sequence.timeline.append(count);
    return Object.fromEntries(deviceOutputs.map((name) => [name, floats(outputs[name])])) as DeviceOutputs;
  }

  return {
    emptyCache: (expected) => emptyCache(config, expected),
    createSequence(expected) {
      const room = roomFor(expected);
      const empty = new Float32Array(keyValueHeads * room * headSize);
      return sequenceOf(
        tensorsOf(room, () => empty),
        createTimeline(),
        room,
      );
    },
    bytesFor: (tokens) => roomFor(tokens) * bytesPerToken(config),
    async run(sequence, tokens, logitRows) {
      const outputs = await read(sequence as DeviceSequence, tokens);
      return logitsAt(head, outputs.hidden, logitRows, hidden);
    },
    async read(sequence, tokens) {
      const { unrotatedKeys, values } = await read(sequence as DeviceSequence, tokens);
      return { count: tokens.length, keys: unrotatedKeys, values };
    },
    async queries(sequence, tokens) {
      return (await read(sequence as DeviceSequence, tokens)).unrotatedQueries;
    },
    mount(cache, expected) {
      const room = roomFor(Math.max(expected, cache.length));
      const heads = Array.from({ length: keyValueHeads }, (_, head) => head);
      const near = new Set(nearLayers(config));
      const lengthOf = (layer: number): number => (near.has(layer) ? cache.nearLength : cache.length);
      const tensors = tensorsOf(room, (kind, layer) => {
        const source = cache[kind][layer] as Float32Array;
        const target = new Float32Array(keyValueHeads * room * headSize);
        for (const head of heads) {
          const from = head * cache.capacityOf(layer) * headSize;
          target.set(source.subarray(from, from + lengthOf(layer) * headSize), head * room * headSize);
        }
        return target;
      });
      return sequenceOf(tensors, cache.timeline.copy(cache.length), room);
    },
  };
}

/** What runs gave one after the other, each of so many equal pieces, as if they had been one. */
export function joinPieces(parts: readonly Float32Array[], pieces: number): Float32Array {
  const [only] = parts;
  if (parts.length === 1 && only) return only;
  const joined = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (let piece = 0; piece < pieces; piece++) {
    for (const part of parts) {
      const size = part.length / pieces;
      joined.set(part.subarray(piece * size, (piece + 1) * size), at);
      at += size;
    }
  }
  return joined;
}

/** The logits [rows, vocabulary] of what follows these rows of the hidden states. */
async function logitsAt(
  head: Session,
  states: Float32Array,
  rows: readonly number[],
  hidden: number,
): Promise<Float32Array> {
  if (rows.length === 0) return noFloats;
  const wanted = new Float32Array(rows.length * hidden);
  for (const [index, row] of rows.entries()) {
    wanted.set(states.subarray(row * hidden, (row + 1) * hidden), index * hidden);
  }
  const { logits } = await head.run({ hidden: floatTensor([rows.length, hidden], wanted) }, ['logits']);
  return floats(logits);
}

/** Of a token's keys and values in 32 bits. */
export const bytesPerToken = ({ layers, keyValueHeads, headSize }: ModelConfig): number =>
  2 * layers * keyValueHeads * headSize * Float32Array.BYTES_PER_ELEMENT;
