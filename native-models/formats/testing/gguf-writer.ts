import { writeFile } from 'node:fs/promises';
import { type TensorType, tensorTypes } from '../tensor-types.ts';

/** Writes small GGUF files (version 3) for tests. Not a tool for real models: it builds the file in memory. */

/** A plain number is written as uint32, or int32 when negative; use `{ float32 }` for what is a float. */
export type MetadataInput =
  | string
  | boolean
  | number
  | { readonly float32: number }
  | { readonly uint64: bigint }
  | readonly string[]
  | Int32Array
  | Uint32Array
  | Float32Array;

export interface TensorInput {
  readonly name: string;
  readonly type: 'F32' | 'F16' | 'Q8_0' | 'Q4_1';
  /** Fastest-varying first, as GGUF has it: a matrix is [columns, rows]. */
  readonly dimensions: readonly number[];
  readonly data: Float32Array;
}

type Encoded = Uint8Array<ArrayBuffer>;

const bytesOf = (view: ArrayBufferView): Encoded =>
  new Uint8Array(view.buffer as ArrayBuffer, view.byteOffset, view.byteLength);
const uint32 = (value: number): Encoded => bytesOf(Uint32Array.of(value));
const uint64 = (value: number | bigint): Encoded => bytesOf(BigUint64Array.of(BigInt(value)));

/** Texts one after the other, each with its length before it. */
function texts(values: readonly string[]): Encoded {
  const encoded = values.map((value) => new TextEncoder().encode(value));
  const result = new Uint8Array(encoded.reduce((length, bytes) => length + 8 + bytes.length, 0));
  const view = new DataView(result.buffer);
  let offset = 0;
  for (const bytes of encoded) {
    view.setBigUint64(offset, BigInt(bytes.length), true);
    result.set(bytes, offset + 8);
    offset += 8 + bytes.length;
  }
  return result;
}

const array = (type: number, count: number, entries: Encoded[]): Encoded[] => [
  uint32(9),
  uint32(type),
  uint64(count),
  ...entries,
];

/** The value with its type before it. */
function encodeValue(value: MetadataInput): Encoded[] {
  if (typeof value === 'string') return [uint32(8), texts([value])];
  if (typeof value === 'boolean') return [uint32(7), Uint8Array.of(Number(value))];
  if (typeof value === 'number') {
    return value < 0 ? [uint32(5), bytesOf(Int32Array.of(value))] : [uint32(4), uint32(value)];
  }
  if (value instanceof Uint32Array) return array(4, value.length, [bytesOf(value)]);
  if (value instanceof Int32Array) return array(5, value.length, [bytesOf(value)]);
  if (value instanceof Float32Array) return array(6, value.length, [bytesOf(value)]);
  if ('float32' in value) return [uint32(6), bytesOf(Float32Array.of(value.float32))];
  if ('uint64' in value) return [uint32(10), uint64(value.uint64)];
  return array(8, value.length, [texts(value)]);
}

const floatBits = new Float32Array(1);
const integerBits = new Uint32Array(floatBits.buffer);

/** The bits of the half-precision float nearest to `value`, ties to even; too large becomes infinity. */
export function halfBits(value: number): number {
  floatBits[0] = value;
  const bits = integerBits[0] ?? 0;
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = Math.abs(floatBits[0] ?? 0);
  if (Number.isNaN(magnitude)) return sign | 0x7e00;
  if (magnitude >= 65520) return sign | 0x7c00;
  const exponent = Math.max(Math.floor(Math.log2(magnitude || 2 ** -24)), -14);
  const steps = roundToEven(magnitude / 2 ** (exponent - 10));
  // Steps beyond the fraction carry into the exponent by themselves.
  return sign | ((exponent + 14) * 1024 + steps);
}

function roundToEven(value: number): number {
  const rounded = Math.round(value);
  return rounded - value === 0.5 && rounded % 2 === 1 ? rounded - 1 : rounded;
}

type Encoder = (data: Float32Array) => Encoded;

const encodeF16: Encoder = (data) => bytesOf(Uint16Array.from(data, halfBits));

/** One scale a block: the largest magnitude becomes 127. */
const encodeQ8_0: Encoder = (data) =>
  blocks(data, 'Q8_0', (values, block) => {
    const scale = Math.max(...values.map(Math.abs)) / 127;
    block.setUint16(0, halfBits(scale), true);
    values.forEach((value, index) => {
      block.setInt8(2 + index, scale === 0 ? 0 : Math.round(value / scale));
    });
  });

/** One scale and one minimum a block: the range becomes 0 to 15. */
const encodeQ4_1: Encoder = (data) =>
  blocks(data, 'Q4_1', (values, block) => {
    const minimum = Math.min(...values);
    const scale = (Math.max(...values) - minimum) / 15;
    const level = (value = minimum) => (scale === 0 ? 0 : Math.round((value - minimum) / scale));
    block.setUint16(0, halfBits(scale), true);
    block.setUint16(2, halfBits(minimum), true);
    for (let index = 0; index < 16; index++) {
      block.setUint8(4 + index, level(values[index]) | (level(values[index + 16]) << 4));
    }
  });

function blocks(data: Float32Array, type: TensorType, encode: (values: number[], block: DataView) => void): Encoded {
  const { blockSize, bytesPerBlock } = tensorTypes[type];
  const result = new Uint8Array((data.length / blockSize) * bytesPerBlock);
  for (let block = 0; block < data.length / blockSize; block++) {
    const values = [...data.subarray(block * blockSize, (block + 1) * blockSize)];
    encode(values, new DataView(result.buffer, block * bytesPerBlock, bytesPerBlock));
  }
  return result;
}

const encoders: Record<TensorInput['type'], Encoder> = {
  F32: bytesOf,
  F16: encodeF16,
  Q8_0: encodeQ8_0,
  Q4_1: encodeQ4_1,
};

const alignment = 32;
const padding = (length: number): Encoded => new Uint8Array(-length & (alignment - 1));

function concatenate(parts: readonly Encoded[]): Encoded {
  const result = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    result.set(part, offset);
    offset += part.length;
  }
  return result;
}

/** A GGUF file's bytes. */
export function encodeGguf(
  metadata: Readonly<Record<string, MetadataInput>>,
  tensors: readonly TensorInput[] = [],
): Encoded {
  const data: Encoded[] = [];
  const table: Encoded[] = [];
  let offset = 0;
  for (const { name, type, dimensions, data: values } of tensors) {
    table.push(texts([name]), uint32(dimensions.length), ...dimensions.map(uint64));
    table.push(uint32(tensorTypes[type].id), uint64(offset));
    const encoded = encoders[type](values);
    data.push(encoded, padding(encoded.length));
    offset += encoded.length + padding(encoded.length).length;
  }
  const entries = Object.entries(metadata);
  const header = concatenate([
    new TextEncoder().encode('GGUF'),
    uint32(3),
    uint64(tensors.length),
    uint64(entries.length),
    ...entries.flatMap(([key, value]) => [texts([key]), ...encodeValue(value)]),
    ...table,
  ]);
  return concatenate([header, padding(header.length), ...data]);
}

/** Writes the file at `path`, replacing what is there. */
export async function writeGguf(
  path: string,
  metadata: Readonly<Record<string, MetadataInput>>,
  tensors: readonly TensorInput[],
): Promise<void> {
  await writeFile(path, encodeGguf(metadata, tensors));
}
