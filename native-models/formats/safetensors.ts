import { LonghandError } from '../../base/errors.ts';
import { damaged, openRangeFile, shown } from './file-ranges.ts';
import { type TensorType, tensorTypes } from './tensor-types.ts';

/**
 * Reader for safetensors, the format of Hugging Face models: the header's length as a 64-bit integer, a JSON
 * header, then the tensors' data. Nothing in it is believed: see `gguf.ts`.
 */

export interface SafeTensor {
  readonly name: string;
  readonly type: SafeTensorType;
  /** As in the file: the last size is the fastest-varying (a matrix is [rows, columns]; a scalar is []). */
  readonly shape: readonly number[];
  readonly elements: number;
  /** Where the data begins, in bytes from the start of the file. */
  readonly offset: number;
  readonly byteLength: number;
}

/** The types that `dequantize` can read. */
export type SafeTensorType = Extract<TensorType, 'F32' | 'F16' | 'BF16'>;

export interface SafetensorsHeader {
  /** Free texts by name (`__metadata__`). */
  readonly metadata: ReadonlyMap<string, string>;
  readonly tensors: ReadonlyMap<string, SafeTensor>;
}

export interface SafetensorsFile extends SafetensorsHeader {
  readonly path: string;
  /** The tensor's bytes as stored (see `dequantize`). Throws `not-found` for an unknown name, `bad-file` for a short read. */
  readTensor(name: string): Promise<Uint8Array<ArrayBuffer>>;
  close(): Promise<void>;
}

/** The bound of the reference implementation. */
const maximumHeader = 100_000_000;
const lengthBytes = 8;
const maximumDimensions = 8;

const types: ReadonlySet<string> = new Set<SafeTensorType>(['F32', 'F16', 'BF16']);
const isType = (type: unknown): type is SafeTensorType => typeof type === 'string' && types.has(type);
const isSize = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;
const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function readHeaderLength(bytes: Uint8Array, fileSize: number, fileName: string): number {
  if (bytes.length < lengthBytes) throw damaged(fileName, 'it is too short to be a safetensors file');
  const length = new DataView(bytes.buffer, bytes.byteOffset, lengthBytes).getBigUint64(0, true);
  if (length > BigInt(Math.min(maximumHeader, fileSize - lengthBytes))) {
    throw damaged(fileName, `it claims a header of ${length} bytes`);
  }
  return Number(length);
}

function parseJson(bytes: Uint8Array, fileName: string): Record<string, unknown> {
  try {
    const header: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    if (isRecord(header)) return header;
  } catch (cause) {
    throw damaged(fileName, 'its header is not JSON', { cause });
  }
  throw damaged(fileName, 'its header is not a JSON object');
}

function parseMetadata(value: unknown, fileName: string): Map<string, string> {
  if (!isRecord(value)) throw damaged(fileName, 'its metadata is not an object');
  return new Map(
    Object.entries(value).map(([key, text]) => {
      if (typeof text !== 'string') throw damaged(fileName, `its metadata "${shown(key)}" is not a text`);
      return [key, text];
    }),
  );
}

/** `dataOffset` and `dataLength` say where all tensors' data is in the file. */
function parseTensor(
  name: string,
  entry: unknown,
  dataOffset: number,
  dataLength: number,
  fileName: string,
): SafeTensor {
  const what = `tensor "${shown(name)}"`;
  if (!isRecord(entry)) throw damaged(fileName, `${what} is not described`);
  const { dtype, shape, data_offsets: range } = entry;
  if (!isType(dtype)) {
    throw new LonghandError(
      'unsupported',
      `The model file ${fileName} has weights of type ${shown(String(dtype))}; ${[...types].join(', ')} can be read.`,
    );
  }
  if (!Array.isArray(shape) || shape.length > maximumDimensions || !shape.every(isSize)) {
    throw damaged(fileName, `${what} has no proper shape`);
  }
  if (!Array.isArray(range) || range.length !== 2 || !range.every(isSize)) {
    throw damaged(fileName, `${what} has no proper place`);
  }
  const [begin = 0, end = 0] = range;
  const elements = shape.reduce((product, size) => product * size, 1);
  const byteLength = end - begin;
  if (byteLength < 0 || end > dataLength) throw damaged(fileName, `${what} lies outside the file`);
  if (elements * tensorTypes[dtype].bytesPerBlock !== byteLength) {
    throw damaged(fileName, `${what} has ${byteLength} bytes, which is not what ${shape.join(' x ')} ${dtype} take`);
  }
  return { name, type: dtype, shape, elements, offset: dataOffset + begin, byteLength };
}

function parseHeader(bytes: Uint8Array, fileSize: number, fileName: string): SafetensorsHeader {
  const { __metadata__: metadata = {}, ...entries } = parseJson(bytes, fileName);
  const dataOffset = lengthBytes + bytes.length;
  const dataLength = fileSize - dataOffset;
  return {
    metadata: parseMetadata(metadata, fileName),
    tensors: new Map(
      Object.entries(entries).map(([name, entry]) => [
        name,
        parseTensor(name, entry, dataOffset, dataLength, fileName),
      ]),
    ),
  };
}

/** The header of a whole safetensors file in memory. Throws `bad-file` or `unsupported`. */
export function parseSafetensors(bytes: Uint8Array, fileName: string): SafetensorsHeader {
  const length = readHeaderLength(bytes, bytes.length, fileName);
  return parseHeader(bytes.subarray(lengthBytes, lengthBytes + length), bytes.length, fileName);
}

/**
 * Opens a safetensors file and reads its header; tensors are read when asked for.
 * Throws `not-found`, `disk`, `bad-file` or `unsupported`. Close it when done.
 */
export async function openSafetensors(path: string): Promise<SafetensorsFile> {
  const file = await openRangeFile(path);
  try {
    const length = readHeaderLength(await file.read(0, Math.min(lengthBytes, file.size)), file.size, file.name);
    const header = parseHeader(await file.read(lengthBytes, length), file.size, file.name);
    return {
      ...header,
      path,
      readTensor: async (name) => {
        const tensor = header.tensors.get(name);
        if (!tensor) throw new LonghandError('not-found', `The model file ${file.name} has no tensor "${name}".`);
        return file.read(tensor.offset, tensor.byteLength);
      },
      close: file.close,
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}
