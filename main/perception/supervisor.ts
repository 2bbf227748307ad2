/**
 * Keeps the perception process: starts it when it is first needed, and again when it was lost. Nothing in Longhand
 * stands or falls with it: whoever asks it is told when it cannot answer, and goes on without.
 */
import { join } from 'node:path';
import { type ErrorCode, errorData, LonghandError } from '../../base/errors.ts';
import { type Client, connect } from '../../base/rpc.ts';
import type { Fork, UtilityProcess } from '../../base/utility-process.ts';
import { type PerceptionContract, perceptionContract } from './protocol.ts';

export type PerceptionStatus =
  | { state: 'idle' } // not needed yet
  | { state: 'running' }
  | { state: 'failed'; reason: string }; // a sentence; it is not tried again in this run

export interface Perception {
  status(): PerceptionStatus;
  /**
   * An embedding of length 1 (384 numbers) for each text, in order. A process that is lost meanwhile is started again,
   * and the texts are given to it once more.
   * Throws `cancelled` when the signal fires, `process-lost` when the process was lost too often, and
   * `missing-weights`, `bad-file`, `device` or `no-memory` when its model cannot be loaded.
   */
  embed(texts: readonly string[], signal?: AbortSignal): Promise<Float32Array[]>;
  close(): void;
}

export interface PerceptionOptions {
  fork: Fork;
  /** Folder of the built process, perception.js. */
  processFolder: string;
  /** Folder of the embedding model. */
  embeddingModel: string;
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
  let losses = 0;
  let closed = false;

  function report(next: PerceptionStatus): void {
    status = next;
    options.onStatus(next);
  }

  function fail(error: LonghandError): void {
    failure = error;
    running?.process.kill();
    running = undefined;
    report({ state: 'failed', reason: `Searching by meaning is off, words are searched for. ${error.message}` });
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
    if (losses > maximumLosses)
      fail(
        new LonghandError(
          'process-lost',
          `The process for it stopped ${losses} times in a row (${reason}). Start Longhand again to try anew.`,
        ),
      );
  }

  async function embed(texts: readonly string[], signal?: AbortSignal): Promise<Float32Array[]> {
    for (;;) {
      const process = started();
      try {
        const params = { folder: options.embeddingModel, texts: [...texts] };
        const embeddings = await process.client.request('embed', params, { signal });
        losses = 0;
        if (embeddings.length !== texts.length)
          throw new LonghandError('internal', `There are ${embeddings.length} embeddings of ${texts.length} texts.`);
        return embeddings;
      } catch (thrown) {
        const { code, message } = errorData(thrown);
        if (closed || (code !== 'process-lost' && !lasting.has(code))) throw thrown;
        // Its exit is told with a better reason, if it comes first.
        if (code === 'process-lost') lost(process, 'the connection was lost');
        else if (running === process) fail(new LonghandError(code, message, { cause: thrown }));
      }
    }
  }

  return {
    status: () => status,
    embed,
    close() {
      closed = true;
      running?.process.kill();
    },
  };
}
