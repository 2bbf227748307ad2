import type { FileHandle } from 'node:fs/promises';
import { LonghandError } from './errors.ts';

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
