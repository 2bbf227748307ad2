/**
 * ZIP files, which also hold DOCX, PPTX, XLSX, EPUB and OpenDocument: the directory is read, and an
 * entry is inflated when it is asked for, within bounds (APPNOTE.TXT 6.3.10, sections 4.3 to 4.5).
 * What a directory claims is never believed: bytes are counted as they come, and checksums compared.
 */
import { type FileHandle, open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { crc32, createInflateRaw } from 'node:zlib';
import { LonghandError } from '../../../base/errors.ts';
import { sizeInWords } from '../../library/files.ts';

export interface ZipLimits {
  /** Entries in the directory. */
  entries: number;
  /** Bytes of one entry, inflated. */
  entryBytes: number;
  /** Bytes of all entries that are read, inflated. */
  totalBytes: number;
}

/** Bounds for a document: the largest books and workbooks are some tenths of this. */
const documentLimits: ZipLimits = { entries: 50_000, entryBytes: 256 * 1024 ** 2, totalBytes: 768 * 1024 ** 2 };

export interface ZipEntry {
  /** Its path in the ZIP, as it is written there. */
  name: string;
  isFolder: boolean;
  encrypted: boolean;
  /** Bytes it is said to have, inflated. */
  byteSize: number;
  compressedSize: number;
}

export interface Zip {
  /** Of two entries with one name the last one counts. */
  entries: ReadonlyMap<string, ZipEntry>;
  /** An entry's bytes as they are inflated. */
  stream(name: string): AsyncGenerator<Uint8Array>;
  /** All of an entry; throws `bad-file` when there is none of this name. */
  bytes(name: string): Promise<Uint8Array>;
  close(): Promise<void>;
}

interface Located extends ZipEntry {
  method: number;
  checksum: number;
  /** Where its local header stands. */
  offset: number;
}

const signatures = { entry: 0x02014b50, local: 0x04034b50, end: 0x06054b50, end64: 0x06064b50, locator64: 0x07064b50 };
const endLength = 22;
const longestComment = 0xffff;
const absent32 = 0xffffffff;
const absent16 = 0xffff;

const damaged = (what: string): LonghandError => new LonghandError('bad-file', what);
const tooLarge = (what: string): LonghandError => new LonghandError('too-large', what);

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length);
  const { bytesRead } = await file.read(bytes, 0, length, position);
  if (position < 0 || bytesRead < length) throw damaged('it ends too early');
  return bytes;
}

const number64 = (bytes: Buffer, at: number): number => Number(bytes.readBigUInt64LE(at));

/** Where the directory stands and how much it holds, from the record at the file's end. */
async function findDirectory(file: FileHandle, byteSize: number) {
  const tailStart = Math.max(0, byteSize - endLength - longestComment);
  const tail = await readAt(file, tailStart, byteSize - tailStart);
  for (let at = tail.length - endLength; at >= 0; at--) {
    if (tail.readUInt32LE(at) !== signatures.end) continue;
    const short = {
      entries: tail.readUInt16LE(at + 10),
      length: tail.readUInt32LE(at + 12),
      start: tail.readUInt32LE(at + 16),
    };
    const is64 = short.entries === absent16 || short.length === absent32 || short.start === absent32;
    const locator = at - 20;
    if (!is64 || locator < 0 || tail.readUInt32LE(locator) !== signatures.locator64) return short;
    const record = await readAt(file, number64(tail, locator + 8), 56);
    if (record.readUInt32LE(0) !== signatures.end64) throw damaged('its directory is damaged');
    return { entries: number64(record, 32), length: number64(record, 40), start: number64(record, 48) };
  }
  throw damaged('it is no ZIP file, or its end is missing');
}

/** Sizes past 4 GiB stand in an extra field, in the order of the fields that they replace. */
function sizes64(extra: Buffer, fields: { byteSize: number; compressedSize: number; offset: number }) {
  for (let at = 0; at + 4 <= extra.length; at += 4 + extra.readUInt16LE(at + 2)) {
    if (extra.readUInt16LE(at) !== 1) continue;
    const content = extra.subarray(at + 4, at + 4 + extra.readUInt16LE(at + 2));
    let next = 0;
    const wide = (value: number): number => {
      if (value !== absent32 || next + 8 > content.length) return value;
      next += 8;
      return number64(content, next - 8);
    };
    const byteSize = wide(fields.byteSize);
    const compressedSize = wide(fields.compressedSize);
    return { byteSize, compressedSize, offset: wide(fields.offset) };
  }
  return fields;
}

/** A name in UTF-8, or in the code page of old programs, of which ASCII is what can be known. */
function decodeName(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return bytes.toString('latin1');
  }
}

function parseDirectory(directory: Buffer, count: number): Map<string, Located> {
  const entries = new Map<string, Located>();
  let at = 0;
  for (let i = 0; i < count; i++) {
    if (at + 46 > directory.length || directory.readUInt32LE(at) !== signatures.entry)
      throw damaged('its directory is damaged');
    const [nameEnd, extraLength, commentLength] = [
      at + 46 + directory.readUInt16LE(at + 28),
      directory.readUInt16LE(at + 30),
      directory.readUInt16LE(at + 32),
    ];
    const name = decodeName(directory.subarray(at + 46, nameEnd));
    const flags = directory.readUInt16LE(at + 8);
    entries.set(name, {
      name,
      isFolder: name.endsWith('/'),
      encrypted: (flags & 1) !== 0,
      method: directory.readUInt16LE(at + 10),
      checksum: directory.readUInt32LE(at + 16),
      ...sizes64(directory.subarray(nameEnd, nameEnd + extraLength), {
        byteSize: directory.readUInt32LE(at + 24),
        compressedSize: directory.readUInt32LE(at + 20),
        offset: directory.readUInt32LE(at + 42),
      }),
    });
    at = nameEnd + extraLength + commentLength;
  }
  return entries;
}

const chunkBytes = 1 << 18;

async function* stored(file: FileHandle, start: number, length: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < length; at += chunkBytes)
    yield await readAt(file, start + at, Math.min(chunkBytes, length - at));
}

/**
 * Opens a ZIP file; what cannot be read is thrown as `bad-file` or `too-large` with a clause that says why.
 * The bounds are those of a document unless others are given.
 */
export async function openZip(path: string, byteSize: number, limits: ZipLimits = documentLimits): Promise<Zip> {
  const file = await open(path);
  try {
    const directory = await findDirectory(file, byteSize);
    if (directory.entries > limits.entries)
      throw tooLarge(`it has ${directory.entries} entries, and at most ${limits.entries} are read`);
    if (directory.start + directory.length > byteSize) throw damaged('its directory is damaged');
    const entries = parseDirectory(await readAt(file, directory.start, directory.length), directory.entries);
    return zipOf(file, entries, limits);
  } catch (thrown) {
    await file.close();
    throw thrown;
  }
}

function zipOf(file: FileHandle, entries: ReadonlyMap<string, Located>, limits: ZipLimits): Zip {
  let totalBytes = 0;

  async function* stream(name: string): AsyncGenerator<Uint8Array> {
    const entry = entries.get(name);
    if (!entry) throw damaged(`the part ${name} is missing`);
    if (entry.encrypted) throw new LonghandError('unsupported', `${name} in it is encrypted`);
    if (entry.method !== 0 && entry.method !== 8)
      throw new LonghandError(
        'unsupported',
        `${name} in it is compressed in a way that is not known (${entry.method})`,
      );
    const local = await readAt(file, entry.offset, 30);
    if (local.readUInt32LE(0) !== signatures.local) throw damaged(`the part ${name} is not where it should be`);
    const start = entry.offset + 30 + local.readUInt16LE(26) + local.readUInt16LE(28);
    const raw = stored(file, start, entry.compressedSize);
    const content = entry.method === 0 ? raw : inflated(raw, name);
    let checksum = 0;
    let size = 0;
    for await (const chunk of content) {
      size += chunk.length;
      totalBytes += chunk.length;
      if (size > limits.entryBytes) throw tooLarge(`${name} in it holds more than ${sizeInWords(limits.entryBytes)}`);
      if (totalBytes > limits.totalBytes) throw tooLarge(`it holds more than ${sizeInWords(limits.totalBytes)}`);
      checksum = crc32(chunk, checksum);
      yield chunk;
    }
    if (checksum !== entry.checksum) throw damaged(`the part ${name} is damaged`);
  }

  return {
    entries,
    stream,
    async bytes(name) {
      const chunks: Uint8Array[] = [];
      for await (const chunk of stream(name)) chunks.push(chunk);
      return Buffer.concat(chunks);
    },
    close: () => file.close(),
  };
}

async function* inflated(raw: AsyncGenerator<Uint8Array>, name: string): AsyncGenerator<Uint8Array> {
  const inflater = createInflateRaw({ chunkSize: chunkBytes });
  const source = Readable.from(raw);
  source.on('error', (error) => inflater.destroy(error));
  source.pipe(inflater);
  try {
    for await (const chunk of inflater) yield chunk as Uint8Array;
  } catch (thrown) {
    throw thrown instanceof LonghandError ? thrown : damaged(`the part ${name} is damaged`);
  } finally {
    source.destroy();
    inflater.destroy();
  }
}
