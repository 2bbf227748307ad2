import { existsSync, mkdirSync, statSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { dirname, extname } from 'node:path';
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

/** Bytes of a file name that no system refuses, with room for what is put behind it. */
const mostNameBytes = 200;
/** Bytes that an ending has at most, its dot included: what is longer is no ending. */
const mostEndingBytes = 20;

/** A file name that a person chose, cut between two characters where systems refuse one so long; its ending stays. */
export function shortFileName(name: string): string {
  if (Buffer.byteLength(name) <= mostNameBytes) return name;
  const extension = extname(name);
  const ending = Buffer.byteLength(extension) <= mostEndingBytes ? extension : '';
  let room = mostNameBytes - Buffer.byteLength(ending);
  let cut = '';
  for (const character of name.slice(0, name.length - ending.length)) {
    room -= Buffer.byteLength(character);
    if (room < 0) break;
    cut += character;
  }
  return cut + ending;
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
