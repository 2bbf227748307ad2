/**
 * Doubles of the utility processes, in this one: files are read as ever, and the engine writes what a test says. What
 * it answers is checked against its contract by main, as that of a real one.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { type Channel, channelPair, type Handlers, serve } from '../../base/rpc.ts';
import type { Fork } from '../../base/utility-process.ts';
import { unpack } from '../ingest/containers/unpack.ts';
import { protocol as readingProtocol } from '../ingest/protocol.ts';
import { readDocument } from '../ingest/reader.ts';
import { temporaryFolder } from '../library/testing/temporary-folder.ts';
import { bundledModelId } from '../models/models.ts';
import { dimensions } from '../perception/protocol.ts';

/** What the engine does with a prompt: gives pieces of text, or writes the first and never comes to an end. */
export type Writing = { pieces: string[]; endless?: boolean };

export interface EngineRequest {
  method: string;
  params: Record<string, unknown>;
}

export interface FakeProcesses {
  fork: Fork;
  /** What was asked of the engine, over all of its processes. */
  asked: EngineRequest[];
  /** The processes that run now, by module. */
  running(): string[];
  /** Ends the engine that runs now as a crash does. */
  loseEngine(): void;
}

interface EngineOptions {
  writes?: (request: EngineRequest) => Writing;
  /** Refuses to load a model. */
  refuses?: (params: Record<string, unknown>) => Error | undefined;
}

interface ProcessOptions extends EngineOptions {
  /** Embeds any text, all alike; otherwise nothing is found by its meaning. */
  embeds?: boolean;
}

/** Anything may come and go: main checks it. */
const loose = { params: z.record(z.string(), z.unknown()), result: z.unknown(), progress: z.unknown() };
const engineRequests = {
  load: loose,
  countTokens: loose,
  countPrompt: loose,
  generate: loose,
  answer: loose,
  openStream: loose,
  readStream: loose,
  mendStream: loose,
  reopenStream: loose,
  compactStream: loose,
  removeStream: loose,
  streamSizes: loose,
  removeOtherStreams: loose,
};
const looseContract = { requests: engineRequests, events: {} };
type EngineHandlers = Handlers<typeof looseContract>;

const words = (text: unknown): number => String(text).split(/\s+/).filter(Boolean).length;

/** All of a stream is kept as soon as it is opened. */
const keptStream = { tokens: 8, complete: true, bytes: 64, next: { section: 1, token: 0 }, damaged: [] };

/** One block holds all of a stream. */
const wholeBlock = { block: 0, strength: 1, tokens: 8, firstToken: 0, section: 0, character: 0, next: null };

function engineHandlers(asked: EngineRequest[], { writes, refuses }: EngineOptions): EngineHandlers {
  const note =
    (method: string, answer: EngineHandlers['load']): EngineHandlers['load'] =>
    (params, context) => {
      asked.push({ method, params });
      return answer(params, context);
    };

  const write =
    (method: string): EngineHandlers['load'] =>
    (params, { signal, progress }) => {
      const { pieces, endless = false } = writes?.({ method, params }) ?? { pieces: ['Yes.'] };
      progress({ kind: 'prefill', done: 4, total: 8, reused: 0 });
      for (const text of pieces) progress({ kind: 'text', text });
      const { logprobs } = params;
      const streams = (params.streams ?? []) as string[];
      const written = {
        text: pieces.join(''),
        tokens: pieces.map((_, index) => index),
        finishReason: 'end',
        promptTokens: 8,
        reusedTokens: 2,
        remounts: 0,
        attendedTokens: 10,
        prefillMs: 100,
        firstTokenMs: 120,
        decodeMs: 50,
        decodeTokens: pieces.length,
        ...(logprobs !== undefined && { logprobs: [[{ id: 3, token: ' a', logit: 1.5 }]] }),
        whole: true,
        attended: streams.map((stream) => ({ ...wholeBlock, stream })),
        mounted: streams.map((stream) => ({ stream, tokens: 8, complete: true, damaged: false })),
      };
      if (!endless) return written;
      return new Promise((_resolve, reject) =>
        signal.addEventListener('abort', () => reject(new DOMException('Stopped.', 'AbortError'))),
      );
    };

  return {
    load: note('load', ({ modelId, modelPath, device, threads }) => {
      const refusal = refuses?.({ modelId, device, threads });
      if (refusal) throw refusal;
      return {
        modelId,
        modelName: `Model ${basename(dirname(String(modelPath)))}`,
        architecture: 'llama',
        contextLength: 2048,
        vocabularySize: 97,
        parameters: 1000,
        device: device === 'webgpu' ? 'webgpu' : 'cpu',
        deviceReason: 'A test says so.',
        threads: threads ?? 2,
        memoryBytes: 1,
        loadMs: 1,
      };
    }),
    countTokens: note('countTokens', ({ texts }) => (texts as string[]).map(words)),
    countPrompt: note('countPrompt', () => 8),
    generate: note('generate', write('generate')),
    answer: note('answer', write('answer')),
    openStream: note('openStream', () => keptStream),
    readStream: note('readStream', () => keptStream),
    mendStream: note('mendStream', () => keptStream),
    reopenStream: note('reopenStream', () => keptStream),
    compactStream: note('compactStream', () => keptStream),
    removeStream: note('removeStream', () => ({})),
    streamSizes: note('streamSizes', () => ({ own: [], others: 0 })),
    removeOtherStreams: note('removeOtherStreams', () => ({})),
  };
}

function serveReading(channel: Channel): void {
  let reading: ReturnType<typeof readDocument> | undefined;
  serve(
    readingProtocol,
    {
      unpack,
      start(input) {
        reading = readDocument(input);
        return {};
      },
      async next() {
        const step = await reading?.next();
        if (!step) throw new Error('No file is being read.');
        return step.done ? { kind: 'end' as const, summary: step.value } : { kind: 'sections' as const, ...step.value };
      },
    },
    channel,
  );
}

const embeddingContract = { requests: { embed: loose }, events: {} };
const embed = ({ texts }: Record<string, unknown>): Float32Array[] =>
  (texts as string[]).map(() => new Float32Array(dimensions).fill(dimensions ** -0.5));

export function fakeProcesses(options: ProcessOptions = {}): FakeProcesses {
  const asked: EngineRequest[] = [];
  const running: { module: string; end(reason: string): void }[] = [];

  const fork: Fork = (path) => {
    const [near, far] = channelPair();
    const module = basename(path, '.js');
    if (module === 'engine') serve(looseContract, engineHandlers(asked, options), far);
    else if (module === 'ingest') serveReading(far);
    else if (module === 'perception' && options.embeds) serve(embeddingContract, { embed }, far);
    else serve({ requests: {}, events: {} }, {}, far); // Knows nothing, and says so.
    const listeners: ((reason: string) => void)[] = [];
    const started = {
      module,
      end(reason: string): void {
        const index = running.indexOf(started);
        if (index < 0) return;
        running.splice(index, 1);
        near.close();
        for (const listener of listeners) listener(reason);
      },
    };
    running.push(started);
    return {
      pid: undefined,
      channel: near,
      onExit: (listener) => void listeners.push(listener),
      kill: () => started.end('it was ended by SIGKILL'),
    };
  };

  return {
    fork,
    asked,
    running: () => running.map(({ module }) => module).sort(),
    loseEngine: () => running.find(({ module }) => module === 'engine')?.end('it was ended by SIGSEGV'),
  };
}

/** The header of a GGUF file (version 3) that says nothing, and has no tensors. */
const emptyGguf = Buffer.concat([Buffer.from('GGUF'), Uint8Array.of(3, 0, 0, 0), Buffer.alloc(16)]);

/** A folder of models as it ships, with files that nobody reads on in: the usual model, and one named `other`. */
export function fakeModels(): string {
  const folder = temporaryFolder();
  for (const id of [bundledModelId, 'other']) {
    mkdirSync(join(folder, id));
    writeFileSync(join(folder, id, 'weights.gguf'), Buffer.concat([emptyGguf, Buffer.from(id)]));
  }
  return folder;
}
