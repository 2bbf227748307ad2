/**
 * The reading queue: one document at a time through a process of its own, and, beside it, one recording at a time. A
 * file that brings the process down fails alone, and the next one gets a fresh process.
 */
import { errorData, LonghandError, throwIfCancelled } from '../../base/errors.ts';
import type { Fork } from '../../base/utility-process.ts';
import type { Library } from '../library/library.ts';
import { type DocumentEntry, documentKind, sensedKinds } from '../library/schema.ts';
import type { TextLine } from '../perception/ocr.ts';
import { createLane, type Queue } from './lane.ts';
import { createRecordingLane, type RecordingOptions } from './media/recording-lane.ts';
import { progressTeller } from './progress.ts';
import { protocol } from './protocol.ts';
import { createWorker } from './worker.ts';

export interface QueueOptions {
  library: Library;
  /** The passwords that were given for documents, by their ids; each is used once. */
  passwords: Map<string, string>;
  /** What hears recordings and reads pictures; without it recordings stay in the queue, and scanned pages empty. */
  recordings?: RecordingOptions;
  fork: Fork;
  /** Folder of the built reading processes, ingest.js and media.js. */
  processFolder: string;
  /** Hears of errors that stop the queue as a whole, such as a full disk. */
  onError(error: LonghandError): void;
  /** Longest time for one step of reading, in milliseconds. */
  stepTimeoutMs?: number;
}

const heapMiB = 1024;
const textKinds = documentKind.options.filter((kind) => !sensedKinds.includes(kind));

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

export function createQueue(options: QueueOptions): Queue {
  const { recordings } = options;
  const lanes = [createTextLane(options), ...(recordings ? [createRecordingLane({ ...options, ...recordings })] : [])];
  const all = async (act: (lane: Queue) => Promise<void>): Promise<void> => {
    await Promise.all(lanes.map(act));
  };
  return {
    run: () => lanes.forEach((lane) => void lane.run()),
    stop: (id) => lanes.forEach((lane) => void lane.stop(id)),
    idle: () => all((lane) => lane.idle()),
    close: () => all((lane) => lane.close()),
  };
}

/** What is read by its bytes alone. */
function createTextLane({
  library,
  passwords,
  recordings,
  fork,
  processFolder,
  onError,
  stepTimeoutMs = 120_000,
}: QueueOptions): Queue {
  const worker = createWorker({ fork, processFolder, module: 'ingest.js', protocol, heapMiB });

  async function read({ id, fileName, kind, byteSize }: DocumentEntry, signal: AbortSignal): Promise<'read'> {
    // Nothing is worth waiting for: a reader in the midst of a step would only notice at its end.
    signal.addEventListener('abort', worker.end, { once: true });
    await library.discardSections(id);
    const client = worker.start();
    const tellProgress = progressTeller(library, id);
    const tooSlow = new LonghandError(
      'bad-file',
      `“${fileName}” was given up: a step of reading it took longer than ${stepTimeoutMs / 1000} seconds.`,
    );
    const step = <T>(work: Promise<T>): Promise<T> => within(work, stepTimeoutMs, tooSlow, worker.end);
    const password = passwords.get(id);
    passwords.delete(id);
    const file = { path: library.filePath(id), fileName, kind, byteSize };
    await step(client.request('start', { ...file, ...(password !== undefined && { password }) }));
    let lines: TextLine[] = [];
    let leftOut: string | null = null;
    for (;;) {
      const found = await step(client.request('next', { lines }));
      lines = [];
      if (signal.aborted) return 'read';
      if (found.kind === 'end') {
        library.finish(id, { ...found.summary, leftOut });
        return 'read';
      }
      if (found.kind === 'sections') await library.addSections(id, found.sections);
      if (signal.aborted) return 'read';
      tellProgress(found.progress);
      if (found.kind === 'picture' && recordings && leftOut === null)
        lines = await recordings.senses.readText(found.picture, signal).catch((thrown: unknown) => {
          throwIfCancelled(signal);
          leftOut = `The text of its scanned pages was not read: ${errorData(thrown).message}`;
          return [];
        });
    }
  }

  return createLane({
    library,
    next: () => library.nextQueued(textKinds),
    read,
    failure({ id, fileName }, thrown) {
      const { code, message } = errorData(thrown);
      if (code === 'needs-password') library.setLocked(id);
      if (code === 'process-lost')
        return `“${fileName}” brought down the process that reads files: it may be damaged, or need more memory than the ${heapMiB / 1024} GiB there are for it.`;
      return code === 'internal' ? `“${fileName}” could not be read: ${message.replace(/\.$/, '')}.` : message;
    },
    onIdle: worker.end,
    onError,
  });
}
