import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, mkdir, mkdtemp, open, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { LonghandError } from '../base/errors.ts';
import { writeAll } from '../base/files.ts';
import { type Constant, constant, type ElementType, type TensorArray } from './graph/graph.ts';
import { weightsFile } from './graph/onnx.ts';

/** Weights in the form the kernels want: made once, and kept in memory or in a file that is mapped. */

export interface MadeTensor {
  readonly type: ElementType;
  readonly shape: readonly number[];
  readonly data: TensorArray;
}

export interface TensorStore {
  /** The named tensors as constants; `make` is called when they are not there yet. */
  tensors(name: string, make: () => Promise<Record<string, MadeTensor>>): Promise<Record<string, Constant>>;
}

/** Keeps tensors in memory, so that graphs that use the same ones share them. */
export function memoryStore(): TensorStore {
  const kept = new Map<string, Promise<Record<string, Constant>>>();
  return {
    tensors(name, make) {
      const known = kept.get(name) ?? make().then((made) => mapValues(made, toConstant));
      kept.set(name, known);
      return known;
    },
  };
}

const toConstant = ({ type, shape, data }: MadeTensor): Constant => ({ kind: 'constant', type, shape, data });

function mapValues<From, To>(record: Record<string, From>, change: (value: From) => To): Record<string, To> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
}

/** Where a tensor lies in the weights file. */
interface Entry {
  readonly type: ElementType;
  readonly shape: readonly number[];
  readonly offset: number;
  readonly byteLength: number;
}

/** What the index file says. It is written last, so a folder that has one is complete. */
interface Index {
  readonly version: number;
  readonly sha256: string;
  readonly groups: Record<string, Record<string, Entry>>;
}

/** Changes whenever the form of any tensor does, or which of them graphs need. */
const formatVersion = 6;
const indexFile = 'index.json';
/** Mapped tensors begin at a page, as the mapping must. */
const alignment = 4096;

/**
 * Runs `use` with a store in the folder. The first time, tensors are made and written there; the folder appears only
 * when it is complete. A damaged folder is made anew. What ended processes left beside it goes. Throws `disk`.
 */
export async function withFileStore<Result>(
  folder: string,
  use: (store: TensorStore) => Promise<Result>,
): Promise<Result> {
  await removeLeftOvers(dirname(folder));
  const groups = await readIndex(folder);
  if (groups) return use(storedTensors(groups));
  return writeStore(folder, use).catch((cause: unknown) => {
    if (!isSystemError(cause)) throw cause;
    throw new LonghandError('disk', `The prepared weights cannot be written to ${folder}: ${cause.message}`, { cause });
  });
}

function isSystemError(cause: unknown): cause is NodeJS.ErrnoException {
  return cause instanceof Error && 'syscall' in cause;
}

function storedTensors(groups: Index['groups']): TensorStore {
  return {
    async tensors(name) {
      const group = groups[name];
      if (!group) throw new LonghandError('internal', `The prepared weights lack "${name}".`);
      return mapValues(group, ({ type, shape, offset, byteLength }) => constant(type, shape, { offset, byteLength }));
    },
  };
}

/** The index, when the folder is complete and its weights are as they were written. */
async function readIndex(folder: string): Promise<Index['groups'] | undefined> {
  try {
    const index = JSON.parse(await readFile(join(folder, indexFile), 'utf8')) as Index;
    if (index.version !== formatVersion) return undefined;
    return (await hashFile(join(folder, weightsFile))) === index.sha256 ? index.groups : undefined;
  } catch {
    return undefined;
  }
}

async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of createReadStream(path, { highWaterMark: 2 ** 20 })) hash.update(piece);
  return hash.digest('hex');
}

/** Temporary folders: `host-1234-aBcDeF`; earlier versions did not name the process. */
const temporaryName = /^[a-z]+-(?:(\d+)-)?[A-Za-z0-9]{6}$/;

/** Deletes temporary folders whose process ended before they were complete. */
async function removeLeftOvers(parent: string): Promise<void> {
  for (const name of await readdir(parent).catch(() => [])) {
    const [isTemporary, maker] = temporaryName.exec(name) ?? [];
    if (!isTemporary || (maker && isRunning(Number(maker)))) continue;
    // What cannot be deleted now is found the next time; nothing depends on it.
    await rm(join(parent, name), { recursive: true, force: true }).catch(() => undefined);
  }
}

/** Whether there is such a process, though maybe another one that has its number now. */
function isRunning(id: number): boolean {
  try {
    return process.kill(id, 0);
  } catch (cause) {
    return !(isSystemError(cause) && cause.code === 'ESRCH');
  }
}

async function writeStore<Result>(folder: string, use: (store: TensorStore) => Promise<Result>): Promise<Result> {
  await mkdir(dirname(folder), { recursive: true });
  const temporary = await mkdtemp(`${folder}-${process.pid}-`);
  try {
    const groups: Index['groups'] = {};
    const file = await open(join(temporary, weightsFile), 'w');
    const result = await use(writingStore(file, groups)).finally(() => file.close());
    const sha256 = await hashFile(join(temporary, weightsFile));
    const index: Index = { version: formatVersion, sha256, groups };
    await writeFile(join(temporary, indexFile), JSON.stringify(index), { flush: true });
    await rm(folder, { recursive: true, force: true });
    await rename(temporary, folder);
    return result;
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    throw error;
  }
}

/** Writes each tensor to the file as soon as it is made, and forgets it. */
function writingStore(file: FileHandle, groups: Index['groups']): TensorStore {
  let end = 0;
  async function write({ type, shape, data }: MadeTensor): Promise<Entry> {
    const offset = Math.ceil(end / alignment) * alignment;
    const { buffer, byteOffset, byteLength } = data;
    await writeAll(file, new Uint8Array(buffer, byteOffset, byteLength), offset);
    end = offset + byteLength;
    return { type, shape, offset, byteLength };
  }
  return {
    async tensors(name, make) {
      if (!groups[name]) {
        const entries: Record<string, Entry> = {};
        for (const [key, made] of Object.entries(await make())) entries[key] = await write(made);
        groups[name] = entries;
      }
      return storedTensors(groups).tensors(name, make);
    },
  };
}
