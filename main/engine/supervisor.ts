/**
 * Keeps the engine process alive: starts it, loads the model, hands requests over, and starts it
 * again when it is lost. Requests wait while a model is loading, so nobody else has to.
 */
import { join } from 'node:path';
import { errorData, LonghandError } from '../../base/errors.ts';
import { type Client, connect, type ParamsInput, type Progress, type RequestOptions } from '../../base/rpc.ts';
import type { Fork, UtilityProcess } from '../../base/utility-process.ts';
import { engineEnvironment, engineYoungMiB } from './environment.ts';
import {
  type BlockFormatName,
  type EngineContract,
  engineContract,
  type Generation,
  type MountedGeneration,
  type Prompt,
  type StreamState,
} from './protocol.ts';
import type { DevicePreference, EngineInfo, EngineStatus } from './schema.ts';

export interface EngineChoice {
  modelId: string;
  modelPath: string;
  device: DevicePreference;
  threads: number | null;
}

export type GenerateParams = ParamsInput<EngineContract, 'generate'>;
export type GenerateProgress = Progress<EngineContract, 'generate'>;

export type AnswerParams = ParamsInput<EngineContract, 'answer'>;

export interface WritingOptions extends RequestOptions<GenerateProgress> {
  /**
   * The model that it was prepared for, as `ready` gave it. When another start of the engine would write instead, it throws
   * `process-lost` before anything is read.
   */
  readonly preparedFor?: EngineInfo;
}

/** What the engine keeps of documents; see streams.ts. Everything throws `process-lost` when the engine is. */
export interface EngineStreams {
  open(params: ParamsInput<EngineContract, 'openStream'>): Promise<StreamState>;
  read(params: ParamsInput<EngineContract, 'readStream'>, options: RequestOptions<number>): Promise<StreamState>;
  mend(params: ParamsInput<EngineContract, 'mendStream'>, options: RequestOptions<never>): Promise<StreamState>;
  reopen(id: string): Promise<StreamState>;
  compact(id: string): Promise<StreamState>;
  remove(id: string, everywhere?: boolean): Promise<void>;
  /** Bytes on disk by stream, and of all that other models keep. */
  sizes(): Promise<{ own: Map<string, number>; others: number }>;
  /** Deletes what other models keep. */
  removeOthers(): Promise<void>;
}

export interface EngineSupervisor {
  status(): EngineStatus;
  /** The loaded model's figures, as soon as there are any. */
  ready(signal?: AbortSignal): Promise<EngineInfo>;
  countTokens(texts: string[], signal?: AbortSignal): Promise<number[]>;
  countPrompt(prompt: Prompt, signal?: AbortSignal): Promise<number>;
  /** One generation at a time; others wait for their turn. */
  generate(params: GenerateParams, options: WritingOptions): Promise<Generation>;
  /** Answers from what is kept of documents; takes its turn as `generate` does. */
  answer(params: AnswerParams, options: WritingOptions): Promise<MountedGeneration>;
  readonly streams: EngineStreams;
  /** Starts the process anew, with what is chosen now. */
  restart(): void;
  close(): void;
}

export interface SupervisorOptions {
  fork: Fork;
  processFolder: string;
  /** Where prepared weights are kept. */
  cacheFolder: string;
  /**
   * Where what was read is kept, and how what is read next is, asked at each start; left out where text is only
   * completed.
   */
  streams?: { folder: string; system: string; format(): BlockFormatName };
  /** What to load; asked at each start. When it throws, the status says why. */
  choose(): Promise<EngineChoice>;
  onStatus(status: EngineStatus): void;
}

/** Losses in a row, without a generation in between, after which it is not started again by itself. */
const maximumLosses = 3;

const stopped = 'The engine stopped in the middle of this answer. It is being started again; try once more.';
const startedAnew = 'The engine was started anew in the middle of this answer. Try once more.';

interface Running {
  process: UtilityProcess;
  client: Client<EngineContract>;
  loaded: Promise<EngineInfo>;
}

export function superviseEngine(options: SupervisorOptions): EngineSupervisor {
  let status: EngineStatus = { state: 'loading', fraction: null };
  let losses = 0;
  let closed = false;
  let running = start();
  let turn: Promise<unknown> = Promise.resolve();
  /** Those whose end was wanted, as another model was chosen. */
  const wanted = new WeakSet<Running>();

  function report(next: EngineStatus): void {
    status = next;
    options.onStatus(next);
  }

  function start(): Running {
    const process = options.fork(join(options.processFolder, 'engine.js'), {
      env: engineEnvironment,
      youngMiB: engineYoungMiB,
    });
    const client = connect(process.channel, engineContract);
    const loaded = options.choose().then((choice) =>
      client.request(
        'load',
        {
          ...choice,
          cacheFolder: options.cacheFolder,
          streams: options.streams ? { ...options.streams, format: options.streams.format() } : null,
        },
        { onProgress: (fraction) => running === started && report({ state: 'loading', fraction }) },
      ),
    );
    const started: Running = { process, client, loaded };
    loaded.then(
      (info) => running === started && report({ state: 'ready', info }),
      (thrown) => {
        const { code, message } = errorData(thrown);
        // A lost process is reported by its exit, below.
        if (running === started && code !== 'process-lost') report({ state: 'failed', reason: message });
      },
    );
    process.onExit((reason) => lost(started, reason));
    return started;
  }

  function lost(started: Running, reason: string): void {
    if (closed || running !== started || status.state === 'failed') return;
    losses++;
    if (losses > maximumLosses) {
      report({
        state: 'failed',
        reason: `The engine stopped ${losses} times in a row (${reason}). Restart it, or choose another model or device in the settings.`,
      });
      return;
    }
    report({ state: 'restarting', reason: `The engine stopped unexpectedly: ${reason}. It is being started again.` });
    running = start();
  }

  function replace(): void {
    const old = running;
    wanted.add(old);
    losses = 0;
    running = start();
    report({ state: 'loading', fraction: null });
    old.process.kill();
  }

  async function loaded(signal: AbortSignal | undefined): Promise<Running> {
    if (status.state === 'failed') throw new LonghandError('process-lost', status.reason);
    const current = running;
    await untilAborted(current.loaded, signal);
    return current;
  }

  const client = async (signal: AbortSignal | undefined): Promise<Client<EngineContract>> =>
    (await loaded(signal)).client;

  function inTurn<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    const before = turn;
    const mine = untilAborted(before, signal).then(work);
    turn = Promise.allSettled([before, mine]);
    return mine;
  }

  /** Writes when its turn has come; a lost engine is told as what it means for the answer. */
  function write<T>(
    work: (connection: Client<EngineContract>) => Promise<T>,
    { signal, preparedFor }: WritingOptions,
  ): Promise<T> {
    return inTurn(signal, async () => {
      const current = await loaded(signal);
      if (preparedFor && (await current.loaded) !== preparedFor) throw new LonghandError('process-lost', startedAnew);
      try {
        const written = await work(current.client);
        losses = 0;
        return written;
      } catch (thrown) {
        if (errorData(thrown).code !== 'process-lost') throw thrown;
        throw new LonghandError('process-lost', wanted.has(current) ? startedAnew : stopped, { cause: thrown });
      }
    });
  }

  return {
    status: () => status,
    ready: (signal) => untilAborted(running.loaded, signal),
    countTokens: async (texts, signal) => (await client(signal)).request('countTokens', { texts }, { signal }),
    countPrompt: async (prompt, signal) => (await client(signal)).request('countPrompt', { prompt }, { signal }),
    generate: (params, request) => write((connection) => connection.request('generate', params, request), request),
    answer: (params, request) => write((connection) => connection.request('answer', params, request), request),
    streams: {
      open: async (params) => (await client(undefined)).request('openStream', params),
      async read(params, request) {
        const state = await (await client(request.signal)).request('readStream', params, request);
        losses = 0;
        return state;
      },
      mend: async (params, request) => (await client(request.signal)).request('mendStream', params, request),
      reopen: async (id) => (await client(undefined)).request('reopenStream', { id }),
      compact: async (id) => (await client(undefined)).request('compactStream', { id }),
      remove: async (id, everywhere = false) =>
        void (await (await client(undefined)).request('removeStream', { id, everywhere })),
      async sizes() {
        const { own, others } = await (await client(undefined)).request('streamSizes', {});
        return { own: new Map(own.map(({ id, bytes }) => [id, bytes])), others };
      },
      removeOthers: async () => void (await (await client(undefined)).request('removeOtherStreams', {})),
    },
    restart: replace,
    close() {
      closed = true;
      running.process.kill();
    },
  };
}

/** Waits for `promise`, or rejects as cancelled when the signal fires first. */
function untilAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise;
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(new LonghandError('cancelled', 'Stopped.'));
    if (signal.aborted) {
      abort();
      return;
    }
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
