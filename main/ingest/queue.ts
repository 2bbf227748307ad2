/**
 * The reading queue: one document at a time through a process of its own, and, beside it, one scan and one recording at
 * a time, which take long. A file that brings the process down fails alone, and the next one gets a fresh process.
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
  /** The only documents that are read; all that are queued when left out. It may grow. */
  only?: ReadonlySet<string> | undefined;
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
  const { library, recordings, only } = options;
  /** Documents that were found to have pages whose pictures are read. */
  const scans = new Set<string>();
  const scanLane = createTextLane(options, { next: () => library.nextQueued(textKinds, { only: [...scans] }) });
  const textLane = createTextLane(options, {
    next: () => library.nextQueued(textKinds, { ...(only && { only: [...only] }), except: [...scans] }),
    leaveScan: (id) => scans.add(id),
    onPostponed: scanLane.run,
  });
  // Each may give documents to those after it.
  const lanes = [textLane, scanLane, ...(recordings ? [createRecordingLane({ ...options, ...recordings })] : [])];
  return {
    run: () => lanes.forEach((lane) => void lane.run()),
    stop: (id) => lanes.forEach((lane) => void lane.stop(id)),
    async idle() {
      for (const lane of lanes) await lane.idle();
    },
    async close() {
      await Promise.all(lanes.map((lane) => lane.close()));
    },
  };
}

interface TextLaneRole {
  next(): DocumentEntry | undefined;
  /** Takes a document whose pages have to be looked at, which is left to another lane then. */
  leaveScan?(id: string): void;
  onPostponed?(): void;
}

/** What is read by its bytes alone, or else by the pictures of its pages. */
function createTextLane(
  { library, passwords, recordings, fork, processFolder, onError, stepTimeoutMs = 120_000 }: QueueOptions,
  { next, leaveScan, onPostponed }: TextLaneRole,
): Queue {
  const worker = createWorker({ fork, processFolder, module: 'ingest.js', protocol, heapMiB });

  async function read(
    { id, fileName, kind, byteSize }: DocumentEntry,
    signal: AbortSignal,
  ): Promise<'read' | 'postponed'> {
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
      if (found.kind !== 'picture' || !recordings) continue;
      if (leaveScan) {
        worker.end();
        leaveScan(id);
        if (password !== undefined) passwords.set(id, password);
        return 'postponed';
      }
      if (leftOut === null)
        lines = await recordings.senses.readText(found.picture, signal).catch((thrown: unknown) => {
          throwIfCancelled(signal);
          leftOut = `The text of its scanned pages was not read: ${errorData(thrown).message}`;
          return [];
        });
    }
  }

  return createLane({
    library,
    next,
    read,
    ...(onPostponed && { onPostponed }),
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
