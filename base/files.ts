import { existsSync, mkdirSync, statSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { LonghandError } from './errors.ts';

/**
 * Makes a folder that may be there, and the folders that it lies in. Node's own way of doing so never ends where the system
 * makes no folder and says that there is no such place, as /proc does. Throws what the system says.
 */
export function makeFolder(path: string, mode?: number): void {
  const parent = dirname(path);
  if (parent !== path && !existsSync(parent)) makeFolder(parent, mode);
  try {
    mkdirSync(path, mode);
  } catch (thrown) {
    if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) throw thrown;
  }
}

/** Writes all of the bytes; the system may take them in parts. Throws `disk` when it takes no more. */
export async function writeAll(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, position + done);
    if (bytesWritten === 0) throw new LonghandError('disk', 'The disk takes no more: it may be full. Free some space.');
    done += bytesWritten;
  }
}

/** Whether the system says that a file is not there, and not only that it cannot be had now. */
export function isAbsent(cause: unknown): boolean {
  return cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
}
