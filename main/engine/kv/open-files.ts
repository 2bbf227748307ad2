/**
 * Files that are opened when they are used, and stay open while few others do: a library has more of them than a process
 * may have open at once.
 */
import { type FileHandle, open } from 'node:fs/promises';
import { LonghandError } from '../../../base/errors.ts';

export interface PooledFile {
  /** Does work on the file, which stays open meanwhile. */
  use<Result>(work: (file: FileHandle) => Promise<Result>): Promise<Result>;
  /** It cannot be used from then on. */
  close(): Promise<void>;
}

export interface FilePool {
  /** A file that is opened with these flags whenever it is used and not open. */
  file(path: string, flags: string | number): PooledFile;
}

/** A pool that leaves so many files open which are not in use; those used least recently are closed first. */
export function createFilePool(mostIdle: number): FilePool {
  /** What closes each file that is open and not in use; a Set keeps the order, so the one used last comes last. */
  const idle = new Set<() => Promise<void>>();

  async function closeOldest(): Promise<void> {
    for (const close of idle) {
      if (idle.size <= mostIdle) return;
      // What was written is flushed already.
      await close().catch(() => undefined);
    }
  }

  return {
    file(path, flags) {
      let handle: Promise<FileHandle> | undefined;
      let closing: Promise<void> = Promise.resolve();
      let users = 0;
      let closed = false;

      function opened(): Promise<FileHandle> {
        handle ??= open(path, flags).catch((cause: unknown) => {
          handle = undefined;
          throw cause;
        });
        return handle;
      }

      function closeHandle(): Promise<void> {
        idle.delete(closeHandle);
        const held = handle;
        handle = undefined;
        const before = closing;
        // Who waits for one end waits for those before it too.
        closing = (async () => {
          await before.catch(() => undefined);
          await (await held?.catch(() => undefined))?.close();
        })();
        return closing;
      }

      return {
        async use(work) {
          if (closed) throw new LonghandError('internal', `${path} was used after it was closed.`);
          users++;
          idle.delete(closeHandle);
          try {
            return await work(await opened());
          } finally {
            users--;
            if (users === 0 && handle) idle.add(closeHandle);
            await closeOldest();
          }
        },
        close() {
          closed = true;
          return closeHandle();
        },
      };
    },
  };
}
