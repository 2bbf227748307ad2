import { Buffer } from 'node:buffer';
import { LonghandError } from '../../base/errors.ts';
import { damaged, openRangeFile, type RangeFile, shown } from './file-ranges.ts';
import { type TensorType, tensorTypeById, tensorTypes } from './tensor-types.ts';

/**
 * Reader for GGUF, the model format of llama.cpp: versions 2 and 3, little-endian.
 * Layout (ggml/docs/gguf.md): magic, version, counts, key-value metadata, tensor table, padding to
 * `general.alignment`, tensor data. Everything before the data is called the *header* here.
 *
 * A file may come from anywhere, so nothing in it is believed: every count and length is checked against
 * the bytes that are really there before anything is allocated for it.
 */

/** A number that does not fit a double exactly stays a bigint. Arrays of numbers are typed arrays. */
export type GgufValue = string | boolean | number | bigint | NumericArray | string[] | boolean[] | GgufValue[];

type NumericArray =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | Float32Array
  | Float64Array
  | BigUint64Array
  | BigInt64Array;

export interface GgufTensor {
  readonly name: string;
  readonly type: TensorType;
  /** One to four sizes as in the file: the first is the fastest-varying (a matrix is [columns, rows]). */
  readonly dimensions: readonly number[];
  readonly elements: number;
  /** Where the data begins, in bytes from the start of the file. */
  readonly offset: number;
  readonly byteLength: number;
}

/**
 * Metadata with typed access. A getter throws `bad-file` when the key is absent (and no fallback is given)
 * or holds another type; the message names the file and the key.
 */
export interface GgufMetadata {
  readonly keys: readonly string[];
  has(key: string): boolean;
  get(key: string): GgufValue | undefined;
  string(key: string, fallback?: string): string;
  boolean(key: string, fallback?: boolean): boolean;
  number(key: string, fallback?: number): number;
  strings(key: string, fallback?: readonly string[]): readonly string[];
  numbers(key: string, fallback?: readonly number[]): readonly number[];
}

export interface GgufHeader {
  readonly version: number;
  readonly metadata: GgufMetadata;
  readonly tensors: ReadonlyMap<string, GgufTensor>;
}

export interface GgufFile extends GgufHeader {
  readonly path: string;
  /** Of the whole file, in bytes. */
  readonly size: number;
  /** The tensor's bytes as stored (see `dequantize`). Throws `not-found` for an unknown name, `bad-file` for a short read. */
  readTensor(name: string): Promise<Uint8Array<ArrayBuffer>>;
  /** Fills `target` with what stands at this place of the file, at once: a row of a tensor. Throws `bad-file`. */
  readNow(offset: number, target: Uint8Array): void;
  close(): Promise<void>;
}

const megabyte = 2 ** 20;
/** The longest header accepted. The largest vocabularies in use take about 12 MB. */
const maximumHeader = 256 * megabyte;
const firstRead = 4 * megabyte;

const maximumEntries = 65_536;
const maximumKeyLength = 65_535;
const maximumNameLength = 1024;
const maximumDimensions = 4;
const maximumNesting = 4;
/**
 * The most entries that all arrays have together, since one that takes a byte in the file may take many in memory. The
 * largest vocabularies in use have 1,300,000 tokens, scores, types and merges.
 */
const maximumListed = 2 ** 22;
const defaultAlignment = 32;

/** Sizes below which no entry of the kind can be encoded: a bound for counts that needs no reading. */
const smallestEntry = { metadata: 8 + 1 + 4 + 1, tensor: 8 + 1 + 4 + 8 + 4 + 8 };

/** The header goes on past the bytes given: not an error of the file, only a reason to read more of it. */
class IncompleteHeader extends Error {}

/** A position in the header, and what may be read there. */
interface Cursor {
  readonly fileName: string;
  readonly bytes: Uint8Array<ArrayBufferLike>;
  readonly text: Buffer;
  readonly view: DataView;
  readonly fileSize: number;
  offset: number;
  /** Arrays inside arrays seen so far, because a tiny one costs more memory than file. */
  nestedArrays: number;
  /** Entries of arrays so far. */
  listed: number;
}

/** Moves past `length` bytes and returns where they begin. */
function take(cursor: Cursor, length: number, what: string): number {
  const { fileName, fileSize, bytes, offset } = cursor;
  const end = offset + length;
  if (end > fileSize) throw damaged(fileName, `it ends inside ${what}`);
  if (end > maximumHeader) throw damaged(fileName, `${what} does not end within the first 256 MB`);
  if (end > bytes.length) throw new IncompleteHeader();
  cursor.offset = end;
  return offset;
}

const readUint32 = (cursor: Cursor, what: string): number => cursor.view.getUint32(take(cursor, 4, what), true);

/** A 64-bit count, length or offset. */
function readSize(cursor: Cursor, what: string, maximum = Number.MAX_SAFE_INTEGER): number {
  const size = cursor.view.getBigUint64(take(cursor, 8, what), true);
  if (size > BigInt(maximum)) throw damaged(cursor.fileName, `${what} claims a size of ${size}`);
  return Number(size);
}

/** Refuses a count whose entries cannot all be in the rest of the file. */
function readCount(cursor: Cursor, what: string, bytesPerEntry: number, maximum?: number): number {
  const count = readSize(cursor, what, maximum);
  if (count * bytesPerEntry > cursor.fileSize - cursor.offset) {
    throw damaged(cursor.fileName, `${what} claims ${count} entries, more than the file has room for`);
  }
  return count;
}

/** The count of an array, refused when all arrays so far have too many entries. */
function readLength(cursor: Cursor, what: string, bytesPerEntry: number): number {
  const count = readCount(cursor, what, bytesPerEntry);
  cursor.listed += count;
  if (cursor.listed > maximumListed) {
    throw damaged(cursor.fileName, `with ${what} its lists have more than ${maximumListed} entries`);
  }
  return count;
}

/** Invalid UTF-8 is replaced, as everywhere in Node; a byte order mark is kept, since it may be a token. */
function readString(cursor: Cursor, what: string, maximum?: number): string {
  const length = readSize(cursor, what, maximum);
  const start = take(cursor, length, what);
  return cursor.text.toString('utf8', start, start + length);
}

const toNumber = (value: bigint): number | bigint => {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
};

interface NumericType {
  bytes: number;
  read(view: DataView, offset: number): number | bigint;
  array: new (buffer: ArrayBuffer) => NumericArray;
}

/** By the type's id in the file. Bool (7), string (8) and array (9) are not here. */
const numericTypes: ReadonlyMap<number, NumericType> = new Map<number, NumericType>([
  [0, { bytes: 1, read: (view, at) => view.getUint8(at), array: Uint8Array }],
  [1, { bytes: 1, read: (view, at) => view.getInt8(at), array: Int8Array }],
  [2, { bytes: 2, read: (view, at) => view.getUint16(at, true), array: Uint16Array }],
  [3, { bytes: 2, read: (view, at) => view.getInt16(at, true), array: Int16Array }],
  [4, { bytes: 4, read: (view, at) => view.getUint32(at, true), array: Uint32Array }],
  [5, { bytes: 4, read: (view, at) => view.getInt32(at, true), array: Int32Array }],
  [6, { bytes: 4, read: (view, at) => view.getFloat32(at, true), array: Float32Array }],
  [10, { bytes: 8, read: (view, at) => toNumber(view.getBigUint64(at, true)), array: BigUint64Array }],
  [11, { bytes: 8, read: (view, at) => toNumber(view.getBigInt64(at, true)), array: BigInt64Array }],
  [12, { bytes: 8, read: (view, at) => view.getFloat64(at, true), array: Float64Array }],
]);
const booleanType = 7;
const stringType = 8;
const arrayType = 9;

function readBoolean(cursor: Cursor, what: string): boolean {
  const byte = cursor.view.getUint8(take(cursor, 1, what));
  if (byte > 1) throw damaged(cursor.fileName, `${what} is neither true nor false`);
  return byte === 1;
}

function readValue(cursor: Cursor, type: number, what: string, depth = 0): GgufValue {
  const numeric = numericTypes.get(type);
  if (numeric) return numeric.read(cursor.view, take(cursor, numeric.bytes, what));
  if (type === booleanType) return readBoolean(cursor, what);
  if (type === stringType) return readString(cursor, what);
  if (type === arrayType) return readArray(cursor, what, depth);
  throw damaged(cursor.fileName, `${what} has the unknown type ${type}`);
}

function readArray(cursor: Cursor, what: string, depth: number): GgufValue {
  const { fileName } = cursor;
  if (depth > maximumNesting) throw damaged(fileName, `${what} is nested too deeply`);
  if (depth > 0 && ++cursor.nestedArrays > maximumEntries) throw damaged(fileName, `${what} holds too many arrays`);
  const type = readUint32(cursor, what);
  const numeric = numericTypes.get(type);
  if (numeric) {
    const count = readLength(cursor, what, numeric.bytes);
    const start = take(cursor, count * numeric.bytes, what);
    // A copy, since the array must be aligned and must not keep the whole header in memory.
    const copy = new Uint8Array(count * numeric.bytes);
    copy.set(cursor.bytes.subarray(start, cursor.offset));
    return new numeric.array(copy.buffer);
  }
  if (type === stringType) {
    return readEach(readLength(cursor, what, 8), () => readString(cursor, what));
  }
  if (type === booleanType) {
    return readEach(readLength(cursor, what, 1), () => readBoolean(cursor, what));
  }
  if (type === arrayType) {
    return readEach(readLength(cursor, what, 12), () => readArray(cursor, what, depth + 1));
  }
  throw damaged(fileName, `${what} is an array of the unknown type ${type}`);
}

/** Grows as it reads: a count is only a claim until its entries have been read. */
function readEach<Entry>(count: number, read: () => Entry): Entry[] {
  const entries: Entry[] = [];
  for (let index = 0; index < count; index++) entries.push(read());
  return entries;
}

function readMetadata(cursor: Cursor, count: number): Map<string, GgufValue> {
  const values = new Map<string, GgufValue>();
  for (let index = 0; index < count; index++) {
    const key = readString(cursor, `the name of metadata entry ${index + 1}`, maximumKeyLength);
    const what = `metadata "${shown(key)}"`;
    if (key === '') throw damaged(cursor.fileName, `metadata entry ${index + 1} has no name`);
    if (values.has(key)) throw damaged(cursor.fileName, `${what} is there twice`);
    values.set(key, readValue(cursor, readUint32(cursor, what), what));
  }
  return values;
}

/** A tensor whose offset still counts from the start of the data. */
function readTensorEntry(cursor: Cursor, index: number): GgufTensor {
  const { fileName } = cursor;
  const name = readString(cursor, `the name of tensor ${index + 1}`, maximumNameLength);
  const what = `tensor "${shown(name)}"`;
  if (name === '') throw damaged(fileName, `tensor ${index + 1} has no name`);
  const rank = readUint32(cursor, what);
  if (rank < 1 || rank > maximumDimensions) throw damaged(fileName, `${what} has ${rank} dimensions`);
  const dimensions = readEach(rank, () => readSize(cursor, what));
  const typeId = readUint32(cursor, what);
  const type = tensorTypeById.get(typeId);
  if (!type) throw damaged(fileName, `${what} has the unknown type ${typeId}`);
  const { blockSize, bytesPerBlock } = tensorTypes[type];
  const elements = dimensions.reduce((product, size) => product * size, 1);
  const [columns = 0] = dimensions;
  if (elements < 1 || columns % blockSize !== 0) {
    throw damaged(fileName, `${what} cannot have the dimensions ${dimensions.join(' x ')} with type ${type}`);
  }
  const byteLength = (elements / blockSize) * bytesPerBlock;
  // Multiplication rounds once it passes 2^53, but never down to below it.
  if (byteLength > cursor.fileSize) {
    throw damaged(fileName, `${what} would be larger than the file (${dimensions.join(' x ')}, ${type})`);
  }
  return { name, type, dimensions, elements, offset: readSize(cursor, what), byteLength };
}

function readTensorTable(cursor: Cursor, count: number): GgufTensor[] {
  const names = new Set<string>();
  return Array.from({ length: count }, (_, index) => {
    const tensor = readTensorEntry(cursor, index);
    if (names.has(tensor.name)) throw damaged(cursor.fileName, `tensor "${shown(tensor.name)}" is there twice`);
    names.add(tensor.name);
    return tensor;
  });
}

function readAlignment(metadata: GgufMetadata, fileName: string): number {
  const alignment = metadata.number('general.alignment', defaultAlignment);
  // The bound keeps the bitwise test within 32 bits.
  if (!Number.isInteger(alignment) || alignment < 1 || alignment > megabyte || (alignment & (alignment - 1)) !== 0) {
    throw damaged(fileName, `an alignment of ${alignment} is not a power of two`);
  }
  return alignment;
}

function placeTensor(tensor: GgufTensor, dataOffset: number, alignment: number, cursor: Cursor): GgufTensor {
  const what = `tensor "${shown(tensor.name)}"`;
  if (tensor.offset % alignment !== 0) throw damaged(cursor.fileName, `${what} is not aligned to ${alignment} bytes`);
  const offset = dataOffset + tensor.offset;
  if (offset + tensor.byteLength > cursor.fileSize) {
    throw damaged(cursor.fileName, `${what} lies beyond the end of the file, so the file was cut short`);
  }
  return { ...tensor, offset };
}

function checkVersion(cursor: Cursor): number {
  const magic = readUint32(cursor, 'its first bytes');
  if (magic !== 0x46554747) throw damaged(cursor.fileName, 'it is not a GGUF file');
  const version = readUint32(cursor, 'its version');
  if (version === 2 || version === 3) return version;
  // A big-endian file has the version's bytes in the other order.
  const kind = version === 1 || version > 0xffff ? 'an old or big-endian GGUF file' : `GGUF version ${version}`;
  throw new LonghandError(
    'unsupported',
    `The model file ${cursor.fileName} is ${kind}; only versions 2 and 3, little-endian, can be read.`,
  );
}

/** Parses the header that lies wholly in `bytes`, or throws `IncompleteHeader`. */
function parseHeader(bytes: Uint8Array, fileSize: number, fileName: string): GgufHeader {
  const { buffer, byteOffset, byteLength } = bytes;
  const text = Buffer.from(buffer, byteOffset, byteLength);
  const view = new DataView(buffer, byteOffset, byteLength);
  const cursor: Cursor = { fileName, bytes, text, view, fileSize, offset: 0, nestedArrays: 0, listed: 0 };
  const version = checkVersion(cursor);
  const tensorCount = readCount(cursor, 'the tensor table', smallestEntry.tensor, maximumEntries);
  const entryCount = readCount(cursor, 'the metadata', smallestEntry.metadata, maximumEntries);
  const metadata = createMetadata(readMetadata(cursor, entryCount), fileName);
  const table = readTensorTable(cursor, tensorCount);
  const alignment = readAlignment(metadata, fileName);
  const dataOffset = Math.ceil(cursor.offset / alignment) * alignment;
  const tensors = new Map(table.map((tensor) => [tensor.name, placeTensor(tensor, dataOffset, alignment, cursor)]));
  return { version, metadata, tensors };
}

/**
 * The header of a whole GGUF file in memory. Throws `bad-file` or `unsupported`.
 * `fileName` is used in messages only.
 */
export function parseGguf(bytes: Uint8Array, fileName: string): GgufHeader {
  return parseHeader(bytes, bytes.length, fileName);
}

/** Reads the header in growing pieces, so that no more than a few times its size is ever read. */
async function readHeader(file: RangeFile): Promise<GgufHeader> {
  for (let length = firstRead; ; length *= 4) {
    const bytes = await file.read(0, Math.min(length, file.size, maximumHeader));
    try {
      return parseHeader(bytes, file.size, file.name);
    } catch (error) {
      if (!(error instanceof IncompleteHeader)) throw error;
    }
  }
}

/**
 * Opens a GGUF file and reads its header; tensors are read when asked for.
 * Throws `not-found`, `disk`, `bad-file` or `unsupported`. Close it when done.
 */
export async function openGguf(path: string): Promise<GgufFile> {
  const file = await openRangeFile(path);
  try {
    const header = await readHeader(file);
    return {
      ...header,
      path,
      size: file.size,
      readTensor: async (name) => {
        const tensor = header.tensors.get(name);
        if (!tensor) throw new LonghandError('not-found', `The model file ${file.name} has no tensor "${name}".`);
        return file.read(tensor.offset, tensor.byteLength);
      },
      readNow: file.readNow,
      close: file.close,
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** Typed access to metadata values; `fileName` is used in messages only. */
function createMetadata(values: ReadonlyMap<string, GgufValue>, fileName: string): GgufMetadata {
  /** The value converted by `convert`, which gives undefined for a value of another type. */
  function read<Result>(
    key: string,
    fallback: Result | undefined,
    expected: string,
    convert: (value: GgufValue) => Result | undefined,
  ): Result {
    const value = values.get(key);
    if (value === undefined) {
      if (fallback !== undefined) return fallback;
      throw damaged(fileName, `it does not say "${key}"`);
    }
    const result = convert(value);
    if (result === undefined) throw damaged(fileName, `its "${key}" is not ${expected}`);
    return result;
  }

  return {
    keys: [...values.keys()],
    has: (key) => values.has(key),
    get: (key) => values.get(key),
    string: (key, fallback) =>
      read(key, fallback, 'a text', (value) => (typeof value === 'string' ? value : undefined)),
    boolean: (key, fallback) =>
      read(key, fallback, 'true or false', (value) => (typeof value === 'boolean' ? value : undefined)),
    number: (key, fallback) =>
      read(key, fallback, 'a number', (value) => (typeof value === 'number' ? value : undefined)),
    strings: (key, fallback) => read(key, fallback, 'a list of texts', asStrings),
    numbers: (key, fallback) => read(key, fallback, 'a list of numbers', asNumbers),
  };
}

function asStrings(value: GgufValue): readonly string[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const entries: readonly GgufValue[] = value;
  return entries.every((entry) => typeof entry === 'string') ? entries : undefined;
}

function asNumbers(value: GgufValue): readonly number[] | undefined {
  if (!ArrayBuffer.isView(value)) return undefined;
  const numbers = Array.from<number | bigint, number>(value, Number);
  const exact = typeof value[0] !== 'bigint' || numbers.every(Number.isSafeInteger);
  return exact ? numbers : undefined;
}
