/**
 * Reads the documents of some kinds, one at a time. Its state is the documents' state in the database, so that it goes
 * on after a restart where it stood; a document that cannot be read fails alone.
 */
import { asLonghandError, type LonghandError } from '../../base/errors.ts';
import type { Library } from '../library/library.ts';
import type { DocumentEntry } from '../library/schema.ts';

export interface LaneOptions {
  library: Library;
  /** The document that is read next, of those that are queued. */
  next(): DocumentEntry | undefined;
  /**
   * Reads a document to its end, or says that it has to wait; `next` must not give it then. When the signal fires it
   * ends at once, in whatever way.
   */
  read(document: DocumentEntry, signal: AbortSignal): Promise<'read' | 'postponed'>;
  /** Called when a document that has to wait is queued again. */
  onPostponed?(): void;
  /** The sentence for a document whose reading has thrown. */
  failure(document: DocumentEntry, thrown: unknown): string;
  /** Called when there is nothing left to be read, and when it is closed. */
  onIdle(): void;
  /** Hears of errors that stop the lane as a whole, such as a full disk. */
  onError(error: LonghandError): void;
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

export function createLane({ library, next, read, onPostponed, failure, onIdle, onError }: LaneOptions): Queue {
  /** The document being read. */
  let current: { id: string; controller: AbortController } | undefined;
  let running: Promise<void> | undefined;
  let closed = false;

  async function readNext(document: DocumentEntry): Promise<void> {
    const controller = new AbortController();
    current = { id: document.id, controller };
    try {
      library.setState(document.id, 'reading');
      const outcome = await read(document, controller.signal);
      if (outcome === 'postponed' && !controller.signal.aborted) {
        library.setState(document.id, 'queued');
        onPostponed?.();
      }
    } catch (thrown) {
      if (!controller.signal.aborted) {
        library.setState(document.id, 'failed', failure(document, thrown));
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
      for (let document = next(); document && !closed; document = next()) await readNext(document);
    } catch (thrown) {
      onError(asLonghandError(thrown));
    } finally {
      running = undefined;
      onIdle();
    }
  }

  return {
    run() {
      if (!closed) running ??= drain();
    },
    stop(id) {
      if (current?.id === id) current.controller.abort();
    },
    async idle() {
      while (running) await running;
    },
    async close() {
      closed = true;
      current?.controller.abort();
      await running;
      onIdle();
    },
  };
}
