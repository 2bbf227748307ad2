import { createHash } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { basename, extname, join } from 'node:path';
import { throwIfCancelled } from '../../base/errors.ts';
import { type Architecture, architecture, type ModelConfig } from '../../native-models/architectures/index.ts';
import { type ChatMessage, encodeChat, renderChat } from '../../native-models/formats/chat-template.ts';
import { type GgufFile, openGguf } from '../../native-models/formats/gguf.ts';
import { createTokenizer, type Tokenizer } from '../../native-models/formats/tokenizer.ts';
import type { Output } from '../../native-models/graph/onnx.ts';
import {
  chooseDevice,
  createSession,
  type Device,
  type DeviceChoice,
  type Session,
} from '../../native-models/runtime.ts';
import { memoryStore, type TensorStore, withFileStore } from '../../native-models/tensor-store.ts';
import { openWeights, type Precision, type WeightSource, type Weights } from '../../native-models/weights.ts';
import { deviceForward, type Forward, hostForward, presentNames } from './forward.ts';
import { createPace, type GenerateOptions, type Generation, generate } from './generate.ts';
import { keepSequences } from './kv/sequences.ts';
import { findOutliers, probeText } from './outliers.ts';

export interface LoadOptions {
  readonly modelPath: string;
  readonly device: DeviceChoice;
  /** Null chooses by the machine. */
  readonly threads: number | null;
  /** Bounds the window below what the model was trained for. */
  readonly contextLength?: number;
  /** float keeps all weights and activations in 32 bits: slow and large, the reference in tests. */
  readonly precision?: Precision;
  /** Where prepared weights are kept, so that loading again is fast and takes less memory. */
  readonly cacheFolder?: string;
  /** The fraction done. */
  readonly onProgress?: (fraction: number) => void;
  readonly signal?: AbortSignal;
}

export interface EngineInfo {
  /** A fingerprint of the file's header and size: keys and values are valid for one model only. */
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
  dispose(): Promise<void>;
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
    return await loadFrom(file, options);
  } finally {
    await file.close();
    throwIfCancelled(signal);
  }
}

async function loadFrom(file: GgufFile, options: LoadOptions): Promise<Engine> {
  const began = performance.now();
  const { precision = 'quantized', onProgress, signal } = options;
  const threads = options.threads ?? defaultThreads();
  const { metadata, tensors } = file;
  const name = metadata.string('general.architecture');
  const family = architecture(name);
  const trained = family.readConfig(file);
  const contextLength = Math.min(trained.contextLength, options.contextLength ?? trained.contextLength);
  const config = { ...trained, contextLength };
  const tokenizer = createTokenizer(metadata);
  const template = metadata.has('tokenizer.chat_template') ? metadata.string('tokenizer.chat_template') : undefined;

  const { device, reason } = await chooseDevice(options.device);
  const source = watched(file, onProgress, signal);
  const id = fingerprint(file);
  const folder = options.cacheFolder && join(options.cacheFolder, `${id}-${precision}-${contextLength}`);
  const model: Model = {
    config,
    family,
    device,
    threads,
    folder,
    open: (store) => openWeights(source, store, precision),
  };
  const probe = tokenizer.encode(probeText, { addBos: tokenizer.addsBos });
  const { forward, dispose } = await (device === 'cpu' ? startOnHost(model, probe) : startOnDevice(model));
  throwIfCancelled(signal);
  onProgress?.(1);
  const sequences = keepSequences(forward, keptSequences);
  const generator = { forward, sequences, tokenizer, contextLength, pace: createPace() };
  let turn: Promise<unknown> = Promise.resolve();

  const weights = [...tensors.values()];
  return {
    info: {
      id,
      name: metadata.string('general.name', basename(file.path, extname(file.path))),
      architecture: name,
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
    generate(request) {
      const result = turn.then(() => generate(generator, request));
      turn = result.catch(() => undefined);
      return result;
    },
    async dispose() {
      await turn;
      sequences.dispose();
      await dispose();
    },
  };
}

interface Model {
  readonly config: ModelConfig;
  readonly family: Architecture;
  readonly device: Device;
  readonly threads: number;
  /** Where prepared weights are kept. */
  readonly folder: string | undefined;
  open(store: TensorStore): Weights;
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

/** On the CPU: a graph for single tokens, another for many, and, when it is needed, one for the logits of many. */
async function startOnHost(model: Model, probe: Int32Array): Promise<Started> {
  const { config, family } = model;
  const { start, dispose } = createSessions(model);
  try {
    const single = await withWeights(model, 'token', async (weights) => ({
      token: await family.build(config, weights, 'token', noOutliers),
      head: await family.head(config, weights),
    }));
    const token = await start(single.graphs.token, single.folder);
    const outliers = once(() => findOutliers(config, token, probe));
    const many = await withWeights(model, 'chunk', (weights) =>
      family.build(config, weights, 'chunk', async (row) => (await outliers())[row] ?? []),
    );
    const chunk = await start(many.graphs, many.folder);
    const head = once(() => start(single.graphs.head, single.folder));
    return { forward: hostForward(config, { token, chunk, head }), dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

/** On a device that keeps keys and values itself: one graph for any number of tokens. */
async function startOnDevice(model: Model): Promise<Started> {
  const { config, family } = model;
  const { start, dispose } = createSessions(model);
  try {
    const { graphs, folder } = await withWeights(model, 'device', async (weights) => ({
      all: await family.build(config, weights, 'present', noOutliers),
      head: await family.head(config, weights),
    }));
    const all = await start(graphs.all, folder, presentNames(config));
    return { forward: deviceForward(config, all, await start(graphs.head, folder)), dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

const noOutliers = async (): Promise<readonly number[]> => [];

/** The function's result, computed at the first call. */
function once<Result>(compute: () => Promise<Result>): () => Promise<Result> {
  let result: Promise<Result> | undefined;
  return () => {
    result ??= compute();
    return result;
  };
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

function fingerprint(file: GgufFile): string {
  const hash = createHash('sha256').update(`${file.size}`);
  for (const { name, type, dimensions, offset } of file.tensors.values()) {
    hash.update(`\n${name} ${type} ${dimensions.join('x')} ${offset}`);
  }
  for (const key of file.metadata.keys) {
    const value = file.metadata.get(key);
    if (typeof value === 'string' || typeof value === 'number') hash.update(`\n${key}=${value}`);
  }
  return hash.digest('hex').slice(0, 32);
}
