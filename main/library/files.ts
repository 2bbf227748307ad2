/**
 * The documents' files, copied into the data folder and named by their content: `files/SHA256`.
 * What is there under its name is whole, because a copy is written aside and renamed.
 */
import { createHash, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { errorData, LonghandError, throwIfCancelled } from '../../base/errors.ts';

export interface StoredFile {
  /** SHA-256 of the bytes, in hexadecimal. */
  hash: string;
  byteSize: number;
}

export interface WriteLimits {
  maximumBytes: number;
  /** How the file is called in an error's sentence. */
  name: string;
  signal?: AbortSignal | undefined;
}

/**
 * Writes a stream of bytes to a new file at `path`, hashing on the way; nothing is left there on an error.
 * Throws `too-large` past the limit, `cancelled`, or `disk`.
 */
export async function writeStream(
  path: string,
  bytes: AsyncIterable<Uint8Array>,
  { maximumBytes, name, signal }: WriteLimits,
): Promise<StoredFile> {
  const hash = createHash('sha256');
  let byteSize = 0;
  try {
    const file = await open(path, 'wx');
    try {
      for await (const chunk of bytes) {
        throwIfCancelled(signal);
        byteSize += chunk.byteLength;
        if (byteSize > maximumBytes)
          throw new LonghandError(
            'too-large',
            `“${name}” is larger than ${sizeInWords(maximumBytes)}, the most that can be added.`,
          );
        hash.update(chunk);
        await file.writeFile(chunk);
      }
      throwIfCancelled(signal);
      await file.sync();
    } finally {
      await file.close();
    }
  } catch (thrown) {
    await rm(path, { force: true });
    if (thrown instanceof LonghandError || errorData(thrown).code === 'cancelled') throw thrown;
    throw new LonghandError('disk', `“${name}” could not be copied into the library: ${(thrown as Error).message}.`, {
      cause: thrown,
    });
  }
  return { hash: hash.digest('hex'), byteSize };
}

/** A size for a sentence: "4 GiB", "64 MiB". */
export function sizeInWords(bytes: number): string {
  const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'];
  const power = Math.min(units.length - 1, Math.floor(Math.log2(Math.max(1, bytes)) / 10));
  return `${Number((bytes / 1024 ** power).toFixed(1))} ${units[power]}`;
}

export interface FileStore {
  /** Copies a stream of bytes into the store; a file with the same content is kept once. */
  add(bytes: AsyncIterable<Uint8Array>, limits: WriteLimits): Promise<StoredFile>;
  /** Moves a file that `writeStream` wrote, on the same disk, into the store. */
  adopt(file: string, hash: string): Promise<void>;
  path(hash: string): string;
  /** Removes a file; one that is held open by another program goes at the next start instead. */
  remove(hash: string): void;
  /**
   * Removes the stored files that are not named and were stored since a time (milliseconds): those of a library whose
   * database was moved away, and whatever else lies there, stay.
   */
  keepOnly(hashes: ReadonlySet<string>, since: number): void;
}

/** The name of a stored file, or of one that is being stored. */
const storedName = /^([0-9a-f]{64}|[0-9a-f-]{36}\.part)$/;

/** Whether the data folder holds files of documents. */
export function holdsFiles(dataFolder: string): boolean {
  const folder = join(dataFolder, 'files');
  return existsSync(folder) && readdirSync(folder).some((name) => storedName.test(name));
}

/** The store in `dataFolder`/files, which is made when it is missing. */
export function openFileStore(dataFolder: string): FileStore {
  const folder = join(dataFolder, 'files');
  mkdirSync(folder, { recursive: true });
  const path = (hash: string): string => join(folder, hash);
  const removeFile = (name: string): void => {
    try {
      rmSync(path(name), { force: true });
    } catch {
      // Held open: keepOnly removes it at the next start.
    }
  };
  const adopt = async (file: string, hash: string): Promise<void> => {
    // The same content may be open in a reader: it is not replaced.
    if (existsSync(path(hash))) await rm(file, { force: true });
    else await rename(file, path(hash));
  };
  return {
    path,
    async add(bytes, limits) {
      const temporary = join(folder, `${randomUUID()}.part`);
      const stored = await writeStream(temporary, bytes, limits);
      await adopt(temporary, stored.hash);
      return stored;
    },
    adopt,
    remove: removeFile,
    keepOnly(hashes, since) {
      for (const name of readdirSync(folder))
        if (!hashes.has(name) && storedName.test(name) && statSync(path(name)).mtimeMs >= since) removeFile(name);
    },
  };
}
