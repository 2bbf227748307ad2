import { createHash } from 'node:crypto';
import { availableParallelism, totalmem } from 'node:os';
import { basename, extname, join } from 'node:path';
import { LonghandError, throwIfCancelled } from '../../base/errors.ts';
import {
  decoder,
  decoderHead,
  globalLayers,
  type ModelConfig,
  readModelConfig,
  rotationsOf,
  windowsOf,
} from '../../native-models/architectures/index.ts';
import { type Rotation, rotate } from '../../native-models/architectures/rotation.ts';
import {
  type ChatMessage,
  encodeChat,
  encodeChatsBehind,
  renderChat,
} from '../../native-models/formats/chat-template.ts';
import { type GgufFile, openGguf } from '../../native-models/formats/gguf.ts';
import { createTokenizer, type Tokenizer } from '../../native-models/formats/tokenizer.ts';
import type { Output } from '../../native-models/graph/onnx.ts';
import { type Exactness, type PlacedModel, placeModel } from '../../native-models/placed-model.ts';
import {
  chooseDevice,
  createSession,
  type Device,
  type DeviceChoice,
  type Session,
} from '../../native-models/runtime.ts';
import { memoryStore, type TensorStore, withFileStore } from '../../native-models/tensor-store.ts';
import type { WeightSource, Weights } from '../../native-models/weights.ts';
import { bytesPerToken, deviceForward, type Forward, hostForward, presentNames, shapeOf } from './forward.ts';
import { type GenerateOptions, type Generation, type Generator, generate } from './generate.ts';
import { type BlockFormatName, blockTokens } from './kv/block-format.ts';
import { type Cache, type CacheShape, createCache } from './kv/cache.ts';
import { blockAttention, scoringGraph } from './kv/selection.ts';
import { keepSequences } from './kv/sequences.ts';
import type { Reading } from './kv/stream-reader.ts';
import { openStreamStore } from './kv/stream-store.ts';
import { largestCorrectRun } from './largest-correct-run.ts';
import { adoptFolder, folderForModel } from './made-for-model.ts';
import { modelFingerprint } from './model-fingerprint.ts';
import { createPace, fixedPace } from './pace.ts';
import { keepLastUsed } from './prepared-weights.ts';
import { createScheduler, type Scheduler } from './scheduler.ts';
import { createStreams, type Streams } from './streams.ts';
import { freeUnusedMemory } from './unused-memory.ts';

export interface LoadOptions {
  readonly modelPath: string;
  readonly device: DeviceChoice;
  /** Null chooses by the machine. */
  readonly threads: number | null;
  /** Bounds the window below what the model was trained for; otherwise the machine's memory does. */
  readonly contextLength?: number;
  /** float keeps all weights and activations in 32 bits: slow and large, the reference in tests. */
  readonly precision?: Exactness;
  /** Where prepared weights are kept, so that loading again is fast and takes less memory. */
  readonly cacheFolder?: string;
  /** Where what was read is kept, and how; without it, nothing can be read into streams. */
  readonly streams?: StreamOptions | undefined;
  /** The fraction done. */
  readonly onProgress?: (fraction: number) => void;
  readonly signal?: AbortSignal;
}

export interface StreamOptions {
  readonly folder: string;
  readonly format: BlockFormatName;
  /** The system message that every stream is read behind. */
  readonly system: string;
}

export interface EngineInfo {
  /** A fingerprint of the model's file: keys and values are valid for one model only. */
  readonly id: string;
  readonly name: string;
  readonly architecture: string;
  readonly contextLength: number;
  readonly vocabularySize: number;
  readonly parameters: number;
  readonly device: Device;
  /** Why this device: a sentence. */
  readonly deviceReason: string;
  readonly threads: number;
  /** Of the stored weights. */
  readonly weightsBytes: number;
  /** Of this process after loading. */
  readonly memoryBytes: number;
  readonly loadMs: number;
}

export interface Engine {
  readonly info: EngineInfo;
  readonly tokenizer: Tokenizer;
  renderChat(messages: readonly ChatMessage[]): string;
  encodeChat(messages: readonly ChatMessage[]): Int32Array;
  /** The tokens of a text that is not a prompt of its own: control tokens are plain text, and no BOS is added. */
  countTokens(text: string): number;
  /** One generation at a time; others wait for their turn. See `generate` for errors. */
  generate(options: GenerateOptions): Promise<Generation>;
  /** Documents that are read once and kept. Throws `internal` for an engine that was loaded without. */
  readonly streams: Streams;
  dispose(): Promise<void>;
}

/** The share of the machine's memory that one sequence's keys and values may take. */
const sequenceShare = 1 / 8;
/** Fewer tokens than this are no use to anyone. */
const smallestContext = 2048;

/** How many tokens may be attended to at once on a machine with so much memory; whole thousands, of 1,024. */
export function affordableContext(bytesOfToken: number, memory: number): number {
  return Math.max(smallestContext, Math.floor((memory * sequenceShare) / bytesOfToken / 1024) * 1024);
}

/** Kept sequences, the one in use included: a long conversation, or a few short ones. */
const keptSequences = { count: 4, bytes: 128 * 2 ** 20 };

/**
 * Loads a GGUF model. Throws `not-found`, `bad-file`, `unsupported`, `device`, `no-memory` or `cancelled`; nothing is
 * left behind then.
 */
export async function loadEngine(options: LoadOptions): Promise<Engine> {
  const { modelPath, signal } = options;
  const file = await openGguf(modelPath);
  try {
    const engine = await loadFrom(file, options);
    throwIfCancelled(signal);
    return engine;
  } catch (thrown) {
    await file.close();
    throwIfCancelled(signal);
    throw thrown;
  }
}

async function loadFrom(file: GgufFile, options: LoadOptions): Promise<Engine> {
  const began = performance.now();
  const { precision = 'quantized', onProgress, signal } = options;
  const threads = options.threads ?? defaultThreads();
  const { metadata, tensors } = file;
  const trained = readModelConfig(file);
  const contextLength = Math.min(
    trained.contextLength,
    options.contextLength ?? affordableContext(bytesPerToken(trained), totalmem()),
  );
  const config = { ...trained, contextLength };
  const tokenizer = createTokenizer(metadata);
  const template = metadata.has('tokenizer.chat_template') ? metadata.string('tokenizer.chat_template') : undefined;

  const { device, reason } = await chooseDevice(options.device);
  const source = watched(file, onProgress, signal);
  const id = await modelFingerprint(file);
  const folder = options.cacheFolder && folderForModel(options.cacheFolder, id, `${precision}-${contextLength}`);
  const model: Model = {
    config,
    ...placeModel(file, source, config, device, precision),
    device,
    threads,
    folder,
  };
  const { forward, dispose } = await (device === 'cpu' ? startOnHost(model) : startOnDevice(model));
  throwIfCancelled(signal);
  freeUnusedMemory();
  // What cannot be removed now is at another start.
  if (folder) await keepLastUsed(folder).catch(() => undefined);
  onProgress?.(1);
  const sequences = keepSequences(forward, keptSequences);
  const generator = { forward, sequences, tokenizer, contextLength, pace: createPace() };
  const scheduler = createScheduler();
  const streams =
    options.streams &&
    (await startStreams({ ...model, precision, id, template, generator, scheduler, source: file }, options.streams));

  const weights = [...tensors.values()];
  return {
    info: {
      id,
      name: basename(file.path, extname(file.path)),
      architecture: metadata.string('general.architecture'),
      contextLength,
      vocabularySize: tokenizer.vocabularySize,
      parameters: weights.reduce((sum, { elements }) => sum + elements, 0),
      device,
      deviceReason: reason,
      threads,
      weightsBytes: weights.reduce((sum, { byteLength }) => sum + byteLength, 0),
      memoryBytes: process.memoryUsage.rss(),
      loadMs: performance.now() - began,
    },
    tokenizer,
    renderChat: (messages) => renderChat(template, messages, { addGenerationPrompt: true }),
    encodeChat: (messages) => encodeChat(tokenizer, template, messages),
    countTokens: (text) => tokenizer.encode(text).length,
    generate: (request) => scheduler.question(() => generate(generator, request)),
    get streams() {
      if (streams) return streams.streams;
      throw new LonghandError('internal', 'This engine was loaded without a folder for streams.');
    },
    async dispose() {
      await scheduler.idle();
      await streams?.dispose();
      sequences.dispose();
      await dispose();
      await file.close();
    },
  };
}

/** Blocks in memory, of the documents that were asked last. */
const cachedBlockBytes = 64 * 2 ** 20;
/** Tokens of the sliding window, and of a chunk, where the model's window has room for them. */
const windowTokens = 1024;
const chunkTokens = 512;
/** Changes whenever blocks of before can no longer be used. */
const streamVersion = 3;

/**
 * Names the streams that can be used: those of this version of blocks, by this model, read this way behind this
 * prefix. Streams of another version lie in another folder, so that their texts are read anew.
 */
export function streamsFingerprint(
  version: number,
  modelId: string,
  geometry: Pick<Reading, 'chunkBlocks' | 'windowTokens'>,
  prefixTokens: Int32Array,
): string {
  return createHash('sha256')
    .update(`${version} ${modelId} ${JSON.stringify(geometry)} ${prefixTokens.join(' ')}`)
    .digest('hex')
    .slice(0, 32);
}

interface StreamsOf extends Model {
  readonly precision: Exactness;
  readonly id: string;
  readonly template: string | undefined;
  readonly generator: Generator;
  readonly scheduler: Scheduler;
  readonly source: WeightSource;
}

async function startStreams(
  { config, device, threads, precision, id, template, generator, scheduler, source }: StreamsOf,
  { folder, format: formatName, system }: StreamOptions,
): Promise<{ streams: Streams; dispose(): Promise<void> }> {
  const { forward, tokenizer, contextLength } = generator;
  const shape = shapeOf(config);
  const { before: prefixTokens, encodeAfter } = encodeChatsBehind(tokenizer, template, system);
  const rotations = await rotationsOf(config, source);
  const prefix = await readPrefix(forward, rotations, shape, prefixTokens);
  const quarter = Math.floor(contextLength / 4 / blockTokens) * blockTokens;
  const geometry = {
    chunkBlocks: Math.max(1, Math.min(chunkTokens, quarter) / blockTokens),
    windowTokens: Math.max(blockTokens, Math.min(windowTokens, quarter)),
  };
  const widest = Math.max(0, ...windowsOf(config).map((window) => window ?? 0));
  const nearChunks = Math.ceil(widest / (geometry.chunkBlocks * blockTokens));
  const fingerprint = streamsFingerprint(streamVersion, id, geometry, prefixTokens);
  const streamsFolder = folderForModel(folder, id, fingerprint);
  await adoptFolder(join(folder, fingerprint), streamsFolder);
  const store = await openStreamStore(streamsFolder, {
    description: { version: streamVersion, fingerprint, chunkBlocks: geometry.chunkBlocks },
    shape,
    nearChunks,
    cacheBytes: cachedBlockBytes,
  });
  const scoredLayers = globalLayers(config);
  const scoring = await createSession(scoringGraph({ ...shape, layers: scoredLayers.length }), { device, threads });
  const streams = createStreams({
    store,
    scheduler,
    generator,
    forward,
    tokenizer,
    wholeFormat: wholeFormat(device, precision, formatName),
    longFormat: formatName,
    rotations,
    prefix,
    prefixTokens,
    contextLength,
    geometry: { ...geometry, nearChunks },
    // Reading that was broken off goes on as if it had not been: on a device, only in runs of the same size.
    pace: device === 'cpu' ? generator.pace : fixedPace(blockTokens),
    attention: blockAttention(scoring, {
      shape,
      queryHeads: config.heads,
      queryScale: config.queryScale,
      scoredLayers,
    }),
    calibrationFolder: streamsFolder,
    encodeAfter,
  });
  const ending = new AbortController();
  const calibrating = streams.calibrate(ending.signal).catch(() => {
    // It is measured at the next start; until then the usual number serves.
  });
  return {
    streams,
    async dispose() {
      ending.abort();
      await calibrating;
      await streams.close();
      await scoring.dispose();
    },
  };
}

/**
 * The format of texts that can be attended to whole, whose answers are to be those of an ordinary prefill. With 8-bit
 * activations the last bit of a key decides how one is rounded, and every layer multiplies that: so everything is kept.
 * Floats forgive 16 bits. A person who chose 4 bits wants space.
 */
function wholeFormat(device: Device, precision: Exactness, chosen: BlockFormatName): BlockFormatName {
  if (chosen === 'int4') return chosen;
  return device === 'cpu' && precision === 'quantized' ? 'float32' : 'int16';
}

/** The prefix as attention reads it, at the first positions. */
async function readPrefix(
  forward: Forward,
  rotations: readonly Rotation[],
  shape: CacheShape,
  tokens: Int32Array,
): Promise<Cache> {
  const sequence = forward.createSequence(tokens.length);
  const prefix = createCache(shape, tokens.length);
  for (let at = 0; at < tokens.length; at += blockTokens) {
    const { keys, values, count } = await forward.read(sequence, tokens.subarray(at, at + blockTokens));
    const size = shape.headSize;
    const row = shape.heads * size;
    const rotated = Float32Array.from(keys);
    for (const [layer, rotation] of rotations.entries()) {
      for (let token = 0; token < count; token++) {
        for (let head = 0; head < shape.heads; head++) {
          rotate(rotation, rotated, (layer * count + token) * row + head * size, at + token, 1);
        }
      }
    }
    prefix.append(rotated, values, count);
  }
  sequence.dispose();
  return prefix;
}

interface Model extends PlacedModel {
  readonly config: ModelConfig;
  readonly device: Device;
  readonly threads: number;
  /** Where prepared weights are kept. */
  readonly folder: string | undefined;
}

interface Started {
  readonly forward: Forward;
  dispose(): Promise<void>;
}

/** Builds graphs over weights that are kept in a part of the model's folder, or in memory when it has none. */
async function withWeights<Graphs>(
  { folder, open }: Model,
  part: string,
  build: (weights: Weights) => Promise<Graphs>,
): Promise<{ graphs: Graphs; folder: string | undefined }> {
  const inFolder = folder && join(folder, part);
  const prepare = (store: TensorStore) => build(open(store));
  return { graphs: await (inFolder ? withFileStore(inFolder, prepare) : prepare(memoryStore())), folder: inFolder };
}

/** Sessions that end together, also when one of them cannot be started. */
function createSessions({ device, threads }: Model) {
  const started: Promise<Session>[] = [];
  return {
    start(outputs: readonly Output[], folder: string | undefined, keepOnDevice: readonly string[] = []) {
      const session = createSession(outputs, { device, threads, folder, keepOnDevice });
      started.push(session);
      return session;
    },
    async dispose(): Promise<void> {
      for (const session of started) await session.then((it) => it.dispose()).catch(() => undefined);
    },
  };
}

/** On the CPU: one graph for everything. */
async function startOnHost(model: Model): Promise<Started> {
  const { config, embeddings } = model;
  const { start, dispose } = createSessions(model);
  try {
    const { graphs, folder } = await withWeights(model, 'host', (weights) => decoder(config, weights, 'host'));
    return { forward: hostForward(config, embeddings, await start(graphs, folder)), dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

/** On a device that keeps keys and values itself: one graph for any number of tokens. */
async function startOnDevice(model: Model): Promise<Started> {
  const { config, embeddings } = model;
  const { start, dispose } = createSessions(model);
  try {
    const { graphs, folder } = await withWeights(model, 'device', async (weights) => ({
      all: await decoder(config, weights, 'device'),
      head: await decoderHead(config, weights),
    }));
    const all = await start(graphs.all, folder, presentNames(config));
    const head = await start(graphs.head, folder);
    return {
      forward: deviceForward(config, embeddings, all, head, await largestCorrectRun(config, model.device)),
      dispose,
    };
  } catch (error) {
    await dispose();
    throw error;
  }
}

/** Hyper-threads share the units that the kernels keep busy, so of many, half are used. */
function defaultThreads(): number {
  const available = availableParallelism();
  return available <= 4 ? available : Math.ceil(available / 2);
}

/** Reports reading as most of the work, and stops it when cancelled. */
function watched(file: GgufFile, onProgress: LoadOptions['onProgress'], signal: AbortSignal | undefined): WeightSource {
  const readingShare = 0.6;
  const total = [...file.tensors.values()].reduce((sum, { byteLength }) => sum + byteLength, 0);
  let done = 0;
  return {
    tensors: file.tensors,
    async readTensor(name) {
      throwIfCancelled(signal);
      const bytes = await file.readTensor(name);
      done += bytes.length;
      onProgress?.(Math.min(1, done / total) * readingShare);
      return bytes;
    },
  };
}
