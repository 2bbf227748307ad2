/**
 * Keeps the perception process: starts it when it is first needed, and again when it was lost. Nothing in Longhand
 * stands or falls with it: whoever asks it is told when it cannot answer, and goes on without.
 */
import { join } from 'node:path';
import { asLonghandError, type ErrorCode, LonghandError } from '../../base/errors.ts';
import { type Client, connect, type ParamsInput, type Result } from '../../base/rpc.ts';
import type { Fork, UtilityProcess } from '../../base/utility-process.ts';
import type { GreyImage, TextLine } from './ocr.ts';
import { frameSamples, type PerceptionContract, perceptionContract } from './protocol.ts';
import type { HeardSpeech } from './transcriber.ts';

type Task = keyof PerceptionContract['requests'];

export type PerceptionStatus =
  | { state: 'idle' } // not needed yet
  | { state: 'running' }
  | { state: 'failed'; reason: string }; // a sentence; it is not tried again in this run

/**
 * A process that is lost meanwhile is started again, and what was asked of it is asked once more. Each task throws
 * `cancelled` when the signal fires, `process-lost` when the process was lost too often, and `missing-weights`,
 * `bad-file`, `device` or `no-memory` when its model cannot be loaded.
 */
export interface Perception {
  status(): PerceptionStatus;
  /** An embedding of length 1 (384 numbers) for each text, in order. */
  embed(texts: readonly string[], signal?: AbortSignal): Promise<Float32Array[]>;
  /**
   * How alike each of at most 64 words is to others, at most 16,384, as a cosine [words, others]: 0 for others that the model
   * has no vector of. A word has at most 64 characters.
   */
  relateWords(words: readonly string[], others: readonly string[], signal?: AbortSignal): Promise<Float32Array>;
  /**
   * How likely each frame of 512 samples at 16 kHz is speech, and the state to go on with; at most 30 s, whole frames.
   * The state is null at the beginning.
   */
  detectVoice(
    samples: Float32Array<ArrayBuffer>,
    state: Float32Array<ArrayBuffer> | null,
    signal?: AbortSignal,
  ): Promise<{ probabilities: Float32Array; state: Float32Array<ArrayBuffer> }>;
  /** What is said in at most 30 s of sound at 16 kHz; empty when nothing is. */
  transcribe(samples: Float32Array<ArrayBuffer>, signal?: AbortSignal): Promise<HeardSpeech>;
  /** The lines of text in a picture, in reading order. */
  readText(image: GreyImage, signal?: AbortSignal): Promise<TextLine[]>;
  close(): void;
}

export interface PerceptionOptions {
  fork: Fork;
  /** Folder of the built process, perception.js. */
  processFolder: string;
  /** Folders of the models. */
  embeddingModel: string;
  voiceModel: string;
  speechModel: string;
  textModel: string;
  onStatus(status: PerceptionStatus): void;
}

/** Losses in a row, without an answer in between, after which it is not started again. */
const maximumLosses = 3;
/** What another try would not change. */
const lasting: ReadonlySet<ErrorCode> = new Set(['missing-weights', 'bad-file', 'device']);
/** The most heap that a process with these tasks needs, in MiB: its weights are native memory. */
const heapMiB = 512;

interface Running {
  process: UtilityProcess;
  client: Client<PerceptionContract>;
}

export function supervisePerception(options: PerceptionOptions): Perception {
  let status: PerceptionStatus = { state: 'idle' };
  let running: Running | undefined;
  /** Why it cannot work in this run. */
  let failure: LonghandError | undefined;
  /** Why a task cannot be done in this run: its model is not as it should be, which keeps no other from being used. */
  const failures = new Map<Task, LonghandError>();
  let losses = 0;
  let closed = false;

  function report(next: PerceptionStatus): void {
    status = next;
    options.onStatus(next);
  }

  function reportFailure({ message }: LonghandError): void {
    report({ state: 'failed', reason: `Searching by meaning is off, words are searched for. ${message}` });
  }

  /** The running process; starts it when there is none. */
  function started(): Running {
    if (closed) throw new LonghandError('process-lost', 'Longhand is being closed.');
    if (failure) throw failure;
    if (running) return running;
    const process = options.fork(join(options.processFolder, 'perception.js'), { heapMiB });
    const mine: Running = { process, client: connect(process.channel, perceptionContract) };
    running = mine;
    process.onExit((reason) => lost(mine, reason));
    report({ state: 'running' });
    return mine;
  }

  function lost(process: Running, reason: string): void {
    if (closed || running !== process) return;
    running = undefined;
    losses++;
    if (losses <= maximumLosses) return;
    failure = new LonghandError(
      'process-lost',
      `The process for it stopped ${losses} times in a row (${reason}). Start Longhand again to try anew.`,
    );
    reportFailure(failure);
  }

  async function ask<T extends Task>(
    task: T,
    params: ParamsInput<PerceptionContract, T>,
    signal?: AbortSignal,
  ): Promise<Result<PerceptionContract, T>> {
    for (;;) {
      const known = failures.get(task);
      if (known) throw known;
      const process = started();
      try {
        const result = await process.client.request(task, params, { signal });
        losses = 0;
        return result;
      } catch (thrown) {
        const error = asLonghandError(thrown);
        const { code } = error;
        if (closed || (code !== 'process-lost' && !lasting.has(code))) throw thrown;
        // Its exit is told with a better reason, if it comes first.
        if (code === 'process-lost') lost(process, 'the connection was lost');
        else if (!failures.has(task)) {
          failures.set(task, error);
          if (task === 'embed') reportFailure(error);
        }
      }
    }
  }

  return {
    status: () => status,
    async embed(texts, signal) {
      const embeddings = await ask('embed', { folder: options.embeddingModel, texts: [...texts] }, signal);
      if (embeddings.length !== texts.length)
        throw new LonghandError('internal', `There are ${embeddings.length} embeddings of ${texts.length} texts.`);
      return embeddings;
    },
    async relateWords(words, others, signal) {
      const likeness = await ask(
        'relateWords',
        { folder: options.embeddingModel, words: [...words], others: [...others] },
        signal,
      );
      if (likeness.length !== words.length * others.length)
        throw new LonghandError('internal', `There are ${likeness.length} likenesses of ${words.length} words.`);
      return likeness;
    },
    async detectVoice(samples, state, signal) {
      const found = await ask('detectVoice', { folder: options.voiceModel, samples, state }, signal);
      if (found.probabilities.length * frameSamples !== samples.length)
        throw new LonghandError(
          'internal',
          `There are ${found.probabilities.length} probabilities of ${samples.length} samples.`,
        );
      return found;
    },
    transcribe: (samples, signal) => ask('transcribe', { folder: options.speechModel, samples }, signal),
    readText: (image, signal) => ask('readText', { folder: options.textModel, image }, signal),
    close() {
      closed = true;
      running?.process.kill();
    },
  };
}
