import { readSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { basename } from 'node:path';
import { LonghandError } from '../../base/errors.ts';
import { isAbsent } from '../../base/files.ts';

/** Reading parts of model files, which are too large to be read whole. */

/** Node reads at most 2 GiB at once. */
const maximumRead = 2 ** 30;

/** What is wrong with a model file, as an error that names it. */
export function damaged(fileName: string, problem: string, options?: ErrorOptions): LonghandError {
  const message = `The model file ${fileName} cannot be used: ${problem}. Get the file again.`;
  return new LonghandError('bad-file', message, options);
}

/** A name from a file as it can stand in a message: short, and without control characters. */
export function shown(name: string): string {
  return name.slice(0, 80).replace(/\p{C}/gu, '?');
}

/** A regular file that is open for reading. */
export interface RangeFile {
  /** The last part of its path. */
  readonly name: string;
  /** In bytes, when it was opened. */
  readonly size: number;
  /** Throws `bad-file` when the file has become shorter than that. */
  read(offset: number, length: number): Promise<Uint8Array<ArrayBuffer>>;
  /** Fills `target` at once, for a few bytes that must not wait for anything. Throws as `read`. */
  readNow(offset: number, target: Uint8Array): void;
  close(): Promise<void>;
}

/** Throws `not-found`, `disk`, or `bad-file` for anything but a regular file. */
export async function openRangeFile(path: string): Promise<RangeFile> {
  const handle = await openForReading(path);
  const name = basename(path);
  const stats = await handle.stat();
  if (!stats.isFile()) {
    await handle.close();
    throw damaged(name, 'it is not a regular file');
  }
  return {
    name,
    size: stats.size,
    read: (offset, length) => readRange(handle, offset, length, name),
    readNow(offset, target) {
      if (readSync(handle.fd, target, 0, target.length, offset) < target.length) {
        throw damaged(name, 'it became shorter while it was read');
      }
    },
    close: () => handle.close(),
  };
}

async function openForReading(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'r');
  } catch (cause) {
    const missing = isAbsent(cause);
    throw missing
      ? new LonghandError('not-found', `There is no model file ${path}.`, { cause })
      : new LonghandError('disk', `The model file ${path} cannot be opened: ${String(cause)}`, { cause });
  }
}

async function readRange(
  handle: FileHandle,
  offset: number,
  length: number,
  name: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(length);
  for (let done = 0; done < length; ) {
    const { bytesRead } = await handle.read(bytes, done, Math.min(length - done, maximumRead), offset + done);
    if (bytesRead === 0) throw damaged(name, 'it became shorter while it was read');
    done += bytesRead;
  }
  return bytes;
}
