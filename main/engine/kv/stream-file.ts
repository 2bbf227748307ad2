/**
 * The blocks of one stream on disk: a document (or conversation) as one model read it.
 *
 * A folder with three files, and for models that have layers with a window a fourth (near-file.ts). All of it is there
 * or nothing. `stream.json` says what it is. `blocks` holds the blocks, all of one size, one after the other. `index`
 * holds a record of 32 bytes for each: its checksum, where in the text it begins and ends, and a checksum of its own. A
 * chunk of blocks is written and flushed before its records are, so whatever ends the process, the records that can be
 * read tell of blocks that are whole; what lies behind them is overwritten when reading goes on.
 */
import { type FileHandle, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { crc32 } from 'node:zlib';
import { errorData, LonghandError } from '../../../base/errors.ts';
import { isAbsent, writeAll } from '../../../base/files.ts';
import type { FilePool, PooledFile } from './open-files.ts';

/** A place in a stream's text: a section, and how many of its tokens come before. */
export interface TextPlace {
  readonly section: number;
  readonly token: number;
}

export interface BlockRecord {
  readonly checksum: number;
  /** 1 to 64; only the last block of a stream may have fewer. */
  readonly tokens: number;
  /** The section that the first token belongs to, and the character of its text at which the token begins. */
  readonly section: number;
  readonly character: number;
  /** What follows the block. */
  readonly next: TextPlace;
}

/** What a stream is; a stream of another description is another stream. */
export interface StreamDescription {
  readonly version: number;
  /** The model, its tokenizer and the prefix that everything is read behind. */
  readonly fingerprint: string;
  readonly format: string;
  readonly blockBytes: number;
  /** Blocks that are committed together. */
  readonly chunkBlocks: number;
  /** Text that is read before the first section. */
  readonly header: string;
}

export interface StreamFile {
  readonly description: StreamDescription;
  readonly records: readonly BlockRecord[];
  readonly tokens: number;
  /** All of its text is read. */
  readonly complete: boolean;
  /** Bytes on disk. */
  readonly bytes: number;
  /** Reads a block. Throws `data-corrupt` when it is not what was written, and `disk`. */
  readBlock(index: number): Promise<Uint8Array<ArrayBuffer>>;
  /** Adds a chunk, flushed to the disk. Throws `disk`; what was there before stays. */
  commit(blocks: readonly Uint8Array[], records: readonly BlockRecord[]): Promise<void>;
  /** Says that all of the text is read. Throws `disk`. */
  finish(): Promise<void>;
  /**
   * Writes a block again that was damaged. Unless it may differ, it must be the very same: throws `data-corrupt` when it
   * is not.
   */
  mend(index: number, block: Uint8Array, mayDiffer: boolean): Promise<void>;
  /** Forgets everything from a block on: a stream whose text goes on is read on from its last whole chunk. */
  truncate(blocks: number): Promise<void>;
  close(): Promise<void>;
}

const recordBytes = 32;
const descriptionFile = 'stream.json';
const blocksFile = 'blocks';
const indexFile = 'index';

/** Above what any stream has; keeps a damaged index from asking for huge memory. */
const mostBlocks = 2 ** 24;

/** The end of the text is a record without tokens. */
const endRecord: BlockRecord = { checksum: 0, tokens: 0, section: 0, character: 0, next: { section: 0, token: 0 } };

function encodeRecord(record: BlockRecord): Buffer {
  const bytes = Buffer.alloc(recordBytes);
  const { checksum, tokens, section, character, next } = record;
  for (const [index, value] of [checksum, tokens, section, character, next.section, next.token].entries()) {
    bytes.writeUInt32LE(value, 4 * index);
  }
  bytes.writeUInt32LE(crc32(bytes.subarray(0, recordBytes - 4)), recordBytes - 4);
  return bytes;
}

function decodeRecord(bytes: Buffer): BlockRecord | undefined {
  if (crc32(bytes.subarray(0, recordBytes - 4)) !== bytes.readUInt32LE(recordBytes - 4)) return undefined;
  const [checksum = 0, tokens = 0, section = 0, character = 0, nextSection = 0, token = 0] = Array.from(
    { length: 6 },
    (_, index) => bytes.readUInt32LE(4 * index),
  );
  return { checksum, tokens, section, character, next: { section: nextSection, token } };
}

/** Does work on files in this folder; what the system throws becomes a sentence. Throws `disk`. */
export async function onDisk<Result>(folder: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (cause) {
    throw diskError(folder, cause);
  }
}

/** The error for what the disk answered; a full one is named. */
function diskError(folder: string, cause: unknown): LonghandError {
  if (cause instanceof LonghandError) return cause;
  const full = (cause as NodeJS.ErrnoException).code === 'ENOSPC';
  const what = full
    ? 'The disk is full. Free some space, or lower the space for what was read in the settings'
    : `What was read cannot be kept in ${folder}: ${errorData(cause).message}`;
  return new LonghandError('disk', `${what}.`, { cause });
}

/**
 * Opens a stream's folder, or makes it. One of another description, or one that lacks a file, is made anew; its
 * format may be any of those in `formats` (bytes of a block by name). Throws `disk`; what cannot be looked at stays.
 */
export function openStreamFile(
  folder: string,
  wanted: StreamDescription,
  formats: Readonly<Record<string, number>>,
  files: FilePool,
): Promise<StreamFile> {
  return onDisk(folder, async () => {
    const usable = await usableDescription(folder, wanted, formats);
    if (!usable) await create(folder, wanted);
    return openFiles(folder, usable ?? wanted, files);
  });
}

/** Whether a folder holds a stream that `openStreamFile` would go on with. Throws `disk`. */
export function isStreamFolder(
  folder: string,
  wanted: WantedDescription,
  formats: Readonly<Record<string, number>>,
): Promise<boolean> {
  return onDisk(folder, async () => (await usableDescription(folder, wanted, formats)) !== undefined);
}

/** What of a description has to be as it is wanted. */
type WantedDescription = Pick<StreamDescription, 'version' | 'fingerprint' | 'chunkBlocks'>;

/** What the folder holds, if that can be gone on with: a removal that was broken off may have left a part of it. */
async function usableDescription(
  folder: string,
  wanted: WantedDescription,
  formats: Readonly<Record<string, number>>,
): Promise<StreamDescription | undefined> {
  const found = await readDescription(folder);
  if (!found || !isUsable(found, wanted, formats)) return undefined;
  const files = await Promise.all([blocksFile, indexFile].map((name) => isThere(join(folder, name))));
  return files.every(Boolean) ? found : undefined;
}

async function isThere(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch (cause) {
    if (isAbsent(cause)) return false;
    throw cause;
  }
}

/** The header may differ: it was made from a title that may have changed since. */
function isUsable(
  found: StreamDescription,
  wanted: WantedDescription,
  formats: Readonly<Record<string, number>>,
): boolean {
  const same = (['version', 'fingerprint', 'chunkBlocks'] as const).every((key) => found[key] === wanted[key]);
  return same && typeof found.header === 'string' && formats[found.format] === found.blockBytes;
}

/** What the folder says that it holds; undefined when it says nothing that can be understood, or is not there. */
async function readDescription(folder: string): Promise<StreamDescription | undefined> {
  try {
    return JSON.parse(await readFile(join(folder, descriptionFile), 'utf8')) as StreamDescription;
  } catch (cause) {
    if (isAbsent(cause) || cause instanceof SyntaxError) return undefined;
    throw cause;
  }
}

async function create(folder: string, description: StreamDescription): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  const temporary = `${folder}.new`;
  await rm(temporary, { recursive: true, force: true });
  await mkdir(temporary, { recursive: true });
  await writeFile(join(temporary, blocksFile), '');
  await writeFile(join(temporary, indexFile), '');
  await writeFile(join(temporary, descriptionFile), JSON.stringify(description), { flush: true });
  await mkdir(dirname(folder), { recursive: true });
  await rename(temporary, folder);
}

/** The records of whole chunks, up to the first that is damaged or that the blocks' file is too short for. */
async function readRecords(
  index: FileHandle,
  blocksSize: number,
  { blockBytes, chunkBlocks }: StreamDescription,
): Promise<{ records: BlockRecord[]; complete: boolean }> {
  const { size } = await index.stat();
  const count = Math.min(Math.floor(size / recordBytes), mostBlocks);
  const bytes = Buffer.alloc(count * recordBytes);
  await index.read(bytes, 0, bytes.length, 0);
  const records: BlockRecord[] = [];
  for (let at = 0; at < bytes.length; at += recordBytes) {
    const record = decodeRecord(bytes.subarray(at, at + recordBytes));
    if (record?.tokens === 0) return { records, complete: true };
    if (!record || (records.length + 1) * blockBytes > blocksSize) break;
    records.push(record);
  }
  return { records: records.slice(0, records.length - (records.length % chunkBlocks)), complete: false };
}

async function openFiles(folder: string, description: StreamDescription, files: FilePool): Promise<StreamFile> {
  const { blockBytes } = description;
  const blocks = files.file(join(folder, blocksFile), 'r+');
  const index = files.file(join(folder, indexFile), 'r+');
  const { size } = await stat(join(folder, blocksFile));
  let { records, complete } = await index
    .use((file) => readRecords(file, size, description))
    .catch(async (cause: unknown) => {
      await index.close();
      throw cause;
    });
  let tokens = records.reduce((sum, record) => sum + record.tokens, 0);

  const guarded = <Result>(work: () => Promise<Result>): Promise<Result> => onDisk(folder, work);

  /** Writes to a file, and flushes it. */
  const write = (file: PooledFile, bytes: readonly Uint8Array[], position: number): Promise<void> =>
    file.use(async (handle) => {
      let at = position;
      for (const part of bytes) {
        await writeAll(handle, part, at);
        at += part.length;
      }
      await handle.datasync();
    });

  return {
    description,
    get records() {
      return records;
    },
    get tokens() {
      return tokens;
    },
    get complete() {
      return complete;
    },
    get bytes() {
      return records.length * (blockBytes + recordBytes);
    },
    async readBlock(at) {
      const record = records[at];
      if (!record) throw new LonghandError('internal', `There is no block ${at} in ${folder}.`);
      const bytes = new Uint8Array(blockBytes);
      const { bytesRead } = await guarded(() => blocks.use((file) => file.read(bytes, 0, blockBytes, at * blockBytes)));
      if (bytesRead === blockBytes && crc32(bytes) === record.checksum) return bytes;
      throw new LonghandError('data-corrupt', `Block ${at} in ${folder} is damaged. That part will be read again.`);
    },
    commit(added, addedRecords) {
      return guarded(async () => {
        await write(blocks, added, records.length * blockBytes);
        await write(index, [Buffer.concat(addedRecords.map(encodeRecord))], records.length * recordBytes);
        records = [...records, ...addedRecords];
        tokens += addedRecords.reduce((sum, record) => sum + record.tokens, 0);
      });
    },
    finish() {
      return guarded(async () => {
        await write(index, [encodeRecord(endRecord)], records.length * recordBytes);
        complete = true;
      });
    },
    mend(at, block, mayDiffer) {
      return guarded(async () => {
        const record = records[at];
        const same = crc32(block) === record?.checksum;
        if (!record || !(same || mayDiffer)) {
          throw new LonghandError('data-corrupt', `Block ${at} in ${folder} came out differently when read again.`);
        }
        await write(blocks, [block], at * blockBytes);
        if (same) return;
        const next = { ...record, checksum: crc32(block) };
        await write(index, [encodeRecord(next)], at * recordBytes);
        records = records.with(at, next);
      });
    },
    truncate(kept) {
      return guarded(async () => {
        records = records.slice(0, kept);
        tokens = records.reduce((sum, record) => sum + record.tokens, 0);
        complete = false;
        await index.use(async (file) => {
          await file.truncate(records.length * recordBytes);
          await file.datasync();
        });
      });
    },
    async close() {
      await blocks.close();
      await index.close();
    },
  };
}
