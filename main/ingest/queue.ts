/**
 * The reading queue: one document at a time through a process of its own. Its state is the
 * documents' state in the database, so it goes on after a restart where it stood; a file that brings
 * the process down fails alone, and the next one gets a fresh process.
 */
import { join } from 'node:path';
import { errorData, LonghandError } from '../../base/errors.ts';
import { type Client, connect } from '../../base/rpc.ts';
import type { Fork, UtilityProcess } from '../../base/utility-process.ts';
import type { Library } from '../library/library.ts';
import type { DocumentEntry } from '../library/schema.ts';
import { type Protocol, protocol, type ReadProgress } from './protocol.ts';

export interface QueueOptions {
  library: Library;
  fork: Fork;
  /** Folder of the built reading process, ingest.js. */
  processFolder: string;
  /** Hears of errors that stop the queue as a whole, such as a full disk. */
  onError(error: LonghandError): void;
  /** Longest time for one step of reading, in milliseconds. */
  stepTimeoutMs?: number;
}

export interface Queue {
  /** Reads what is queued, if nothing is being read. */
  run(): void;
  /** Stops reading a document at once, or takes it out of the queue; its state is the caller's to change first. */
  stop(id: string): void;
  /** Resolves when nothing is queued or being read. */
  idle(): Promise<void>;
  close(): Promise<void>;
}

const heapMiB = 1024;
/** Documents tell of their progress at most this often. */
const progressIntervalMs = 200;
/** No estimate before this much work has been seen. */
const estimateAfterMs = 1000;

interface ReadingProcess {
  process: UtilityProcess;
  client: Client<Protocol>;
}

/** `work`, or `error` when it takes longer than `milliseconds`; `giveUp` is called then. */
async function within<T>(work: Promise<T>, milliseconds: number, error: Error, giveUp: () => void): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(error);
      giveUp();
    }, milliseconds);
  });
  try {
    return await Promise.race([work, timeout]);
  } finally {
    clearTimeout(timer);
  }
}

export function createQueue({ library, fork, processFolder, onError, stepTimeoutMs = 120_000 }: QueueOptions): Queue {
  let worker: ReadingProcess | undefined;
  /** The document being read; `stopped` once it is to be given up. */
  let current: { id: string; stopped: boolean } | undefined;
  let running: Promise<void> | undefined;
  let closed = false;

  function startWorker(): ReadingProcess {
    if (worker) return worker;
    const started = fork(join(processFolder, 'ingest.js'), { heapMiB });
    const mine = { process: started, client: connect(started.channel, protocol) };
    started.onExit(() => {
      if (worker === mine) worker = undefined;
    });
    worker = mine;
    return mine;
  }

  function endWorker(): void {
    worker?.process.kill();
    worker = undefined;
  }

  /** Tells of progress now and then, with the time left at the pace so far. */
  function progressOf(id: string): (progress: ReadProgress) => void {
    const started = performance.now();
    let told = Number.NEGATIVE_INFINITY;
    return ({ done, total, unit }) => {
      const now = performance.now();
      if (now - told < progressIntervalMs) return;
      told = now;
      const known = done > 0 && now - started > estimateAfterMs;
      const secondsLeft = known ? ((now - started) * (total - done)) / done / 1000 : null;
      library.setProgress(id, { done, total, unit, secondsLeft });
    };
  }

  async function read({ id, fileName, kind, byteSize }: DocumentEntry): Promise<void> {
    await library.discardSections(id);
    const { client } = startWorker();
    const tellProgress = progressOf(id);
    const tooSlow = new LonghandError(
      'bad-file',
      `“${fileName}” was given up: a step of reading it took longer than ${stepTimeoutMs / 1000} seconds.`,
    );
    const step = <T>(work: Promise<T>): Promise<T> => within(work, stepTimeoutMs, tooSlow, endWorker);
    await step(client.request('start', { path: library.filePath(id), fileName, kind, byteSize }));
    for (;;) {
      const found = await step(client.request('next', {}));
      if (current?.stopped) return;
      if (found.kind === 'end') {
        library.finish(id, found.summary);
        return;
      }
      await library.addSections(id, found.sections);
      if (current?.stopped) return;
      tellProgress(found.progress);
    }
  }

  /** The sentence for a document that could not be read. */
  function failure(fileName: string, thrown: unknown): string {
    const { code, message } = errorData(thrown);
    if (code === 'process-lost')
      return `“${fileName}” brought down the process that reads files: it may be damaged, or need more memory than the ${heapMiB / 1024} GiB there are for it.`;
    return code === 'internal' ? `“${fileName}” could not be read: ${message.replace(/\.$/, '')}.` : message;
  }

  async function readNext(document: DocumentEntry): Promise<void> {
    const mine = { id: document.id, stopped: false };
    current = mine;
    try {
      library.setState(document.id, 'reading');
      await read(document);
    } catch (thrown) {
      if (!mine.stopped) {
        library.setState(document.id, 'failed', failure(document.fileName, thrown));
        await library.discardSections(document.id);
      }
    } finally {
      current = undefined;
    }
  }

  async function drain(): Promise<void> {
    // Not before `running` is set: an empty queue would otherwise end before it began.
    await Promise.resolve();
    try {
      for (let next = library.nextQueued(); next && !closed; next = library.nextQueued()) await readNext(next);
    } catch (thrown) {
      const { code, message } = errorData(thrown);
      onError(new LonghandError(code, message, { cause: thrown }));
    } finally {
      running = undefined;
      endWorker();
    }
  }

  return {
    run() {
      if (!closed) running ??= drain();
    },
    stop(id) {
      if (current?.id !== id) return;
      current.stopped = true;
      // Nothing is worth waiting for: a reader in the midst of a step would only notice at its end.
      endWorker();
    },
    async idle() {
      while (running) await running;
    },
    async close() {
      closed = true;
      if (current) current.stopped = true;
      endWorker();
      await running;
    },
  };
}
