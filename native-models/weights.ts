import { LonghandError } from '../base/errors.ts';
import { dequantize } from './formats/dequantize.ts';
import type { GgufFile } from './formats/gguf.ts';
import type { TensorType } from './formats/tensor-types.ts';
import type { Constant, Value } from './graph/graph.ts';
import { add, blockSums, gemmTransposed, matMul, matMulBlocks, matMulIntegers } from './graph/operators.ts';
import type { MadeTensor, TensorStore } from './tensor-store.ts';

/** Brings stored weights into the form the kernels want. Matrices stay quantized, in blocks along their columns or by row. */

/** Where weights come from: a GGUF file, or anything that looks like one. */
export interface WeightSource extends Pick<GgufFile, 'tensors' | 'readTensor'> {
  /** How a matrix may be rounded to 8 bits; in blocks of 32 where this is absent. */
  rounding?(name: string): Rounding;
}

/**
 * How a matrix and what it is multiplied by are rounded to 8 bits.
 * - Both in blocks along the columns, each of which has a scale: `blockSize` is a power of two from 32 on.
 * - Each row of the matrix with a scale, and what it is multiplied by with one for all: elements above `largestInput` are
 *   cut. Products are twice as fast so, and exact for what is rounded.
 */
export type Rounding = { readonly blockSize: number } | { readonly largestInput: number };

/** A matrix [rows, columns] in blocks along its columns. */
export interface PackedMatrix {
  readonly rows: number;
  readonly columns: number;
  readonly bits: 4 | 8;
  readonly blockSize: number;
  /** [rows, blocks, blockSize · bits / 8]; of two 4-bit quants in a byte, the first is the lower. */
  readonly quants: Uint8Array<ArrayBuffer>;
  /** [rows, blocks] */
  readonly scales: Float32Array<ArrayBuffer>;
  /** [rows, blocks], added to every weight of the block; absent when all are zero. */
  readonly offsets?: Float32Array<ArrayBuffer>;
}

/** A linear map of a graph value [tokens, columns] to [tokens, rows]. */
export type Linear = (x: Value) => Value;

/**
 * What matrices become:
 * - float: 32-bit floats, the reference in tests.
 * - stored: 4 bits, when every stored value is (quant - 8) · scale + offset with 4-bit quants: exact, nothing is lost.
 *   Otherwise 8 bits, exact for Q8_0, else (quant - 128) · scale with scale = max|w| / 127, which adds far less error
 *   than the stored quantization has.
 * - int8: always 8 bits, as the source says that they may be rounded, which is faster where weights are not what takes
 *   the time: 4-bit quants are unpacked for every product, and offsets are products of their own.
 */
export type Precision = 'float' | 'stored' | 'int8';

/** Of what is stored in blocks, and the least for all. */
export const blockSize = 32;

/** What the name of a matrix's bias has in the place of `.weight`. */
const biasEnding = '.bias';

/** Reads the four parts of a type's blocks exactly, without rounding. */
interface ExactPacking {
  readonly bits: 4 | 8;
  readonly hasOffsets: boolean;
  /** Packs whole blocks from `source` into `target`, the first of them block `first`. */
  pack(source: Uint8Array, target: PackedMatrix, first: number): void;
}

const half = new Float32Array(2 ** 16);
for (let bits = 0; bits < half.length; bits++) {
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  const magnitude = exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15);
  half[bits] = (bits & 0x8000 ? -1 : 1) * magnitude;
}

const halfAt = (source: Uint8Array, at: number): number =>
  half[(source[at] as number) | ((source[at + 1] as number) << 8)] as number;

/** ggml keeps element i beside element i + 16; the kernels want neighbours beside each other. */
function interleaveNibbles(source: Uint8Array, from: number, target: Uint8Array, to: number): void {
  for (let pair = 0; pair < 8; pair++) {
    const first = source[from + 2 * pair] as number;
    const second = source[from + 2 * pair + 1] as number;
    target[to + pair] = (first & 15) | ((second & 15) << 4);
    target[to + 8 + pair] = (first >> 4) | (second & 0xf0);
  }
}

const packQ4 =
  (bytesPerBlock: number, offsetOf: ((source: Uint8Array, at: number, scale: number) => number) | undefined) =>
  (source: Uint8Array, { quants, scales, offsets }: PackedMatrix, first: number): void => {
    for (let at = 0, block = first; at < source.length; at += bytesPerBlock, block++) {
      const scale = halfAt(source, at);
      scales[block] = scale;
      if (offsets && offsetOf) offsets[block] = offsetOf(source, at, scale);
      interleaveNibbles(source, at + bytesPerBlock - 16, quants, block * 16);
    }
  };

function packQ8(source: Uint8Array, { quants, scales }: PackedMatrix, first: number): void {
  for (let at = 0, block = first; at < source.length; at += 34, block++) {
    scales[block] = halfAt(source, at);
    const to = block * blockSize;
    // Signed bytes become unsigned ones around 128.
    for (let index = 0; index < blockSize; index++) quants[to + index] = (source[at + 2 + index] as number) ^ 128;
  }
}

/** The types whose blocks the kernels can use without any rounding. */
const exactPackings: Partial<Record<TensorType, ExactPacking>> = {
  Q4_0: { bits: 4, hasOffsets: false, pack: packQ4(18, undefined) },
  // q · d + m = (q - 8) · d + (m + 8 · d)
  Q4_1: { bits: 4, hasOffsets: true, pack: packQ4(20, (source, at, scale) => halfAt(source, at + 2) + 8 * scale) },
  Q8_0: { bits: 8, hasOffsets: false, pack: packQ8 },
};

/** The largest magnitude among the elements from `start` to `end`. */
function largestMagnitude(values: Float32Array, start: number, end: number): number {
  let largest = 0;
  for (let at = start; at < end; at++) largest = Math.max(largest, Math.abs(values[at] as number));
  return largest;
}

/** Packs rows of floats to 8 bits; the last block of a row may be short. */
function packFloats(source: Float32Array, target: PackedMatrix, firstRow: number): void {
  const { columns, blockSize: size, quants, scales } = target;
  const blocks = Math.ceil(columns / size);
  const rows = source.length / columns;
  for (let row = 0; row < rows; row++) {
    for (let index = 0; index < blocks; index++) {
      const block = (firstRow + row) * blocks + index;
      const start = row * columns + index * size;
      const end = Math.min(start + size, (row + 1) * columns);
      const scale = largestMagnitude(source, start, end) / 127;
      scales[block] = scale;
      const inverse = scale > 0 ? 1 / scale : 0;
      const to = block * size - start;
      for (let at = start; at < end; at++) quants[to + at] = 128 + Math.round((source[at] as number) * inverse);
    }
  }
}

interface StoredMatrix {
  readonly type: TensorType;
  readonly rows: number;
  readonly columns: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** The size of the matrices below each other. All have the same number of columns. */
const stackedSize = (matrices: readonly StoredMatrix[]): { rows: number; columns: number } => ({
  rows: matrices.reduce((sum, matrix) => sum + matrix.rows, 0),
  columns: matrices[0]?.columns ?? 0,
});

async function readMatrix(source: WeightSource, name: string): Promise<StoredMatrix> {
  const tensor = source.tensors.get(name);
  if (!tensor) throw new LonghandError('bad-file', `The model lacks the weights "${name}". Get the file again.`);
  const [columns = 0, rows = 1] = tensor.dimensions;
  return { type: tensor.type, rows, columns, bytes: await source.readTensor(name) };
}

/** The matrices below each other, packed in one. */
export function packMatrices(
  matrices: readonly StoredMatrix[],
  precision: Exclude<Precision, 'float'>,
  size: number = blockSize,
): PackedMatrix {
  const { rows, columns } = stackedSize(matrices);
  const blocks = Math.ceil(columns / size);
  const exact = matrices.map(({ type }) => (size === blockSize ? exactPackings[type] : undefined));
  const bits = precision === 'stored' && exact.every((packing) => packing?.bits === 4) ? 4 : 8;
  const target: PackedMatrix = {
    rows,
    columns,
    bits,
    blockSize: size,
    quants: new Uint8Array((rows * blocks * size * bits) / 8).fill(bits === 8 ? 128 : 0),
    scales: new Float32Array(rows * blocks),
    ...(bits === 4 && exact.some((packing) => packing?.hasOffsets) && { offsets: new Float32Array(rows * blocks) }),
  };
  let firstRow = 0;
  for (const [index, matrix] of matrices.entries()) {
    const packing = exact[index];
    if (packing?.bits === bits) packing.pack(matrix.bytes, target, firstRow * blocks);
    else packFloats(dequantize(matrix.type, matrix.bytes), target, firstRow);
    firstRow += matrix.rows;
  }
  return target;
}

/** The matrices below each other with a scale by row, as the [columns, rows] matrix that `matMulIntegers` wants. */
function packRows(matrices: readonly StoredMatrix[]): { quants: MadeTensor; scales: MadeTensor } {
  const { rows, columns } = stackedSize(matrices);
  const quants = new Int8Array(rows * columns);
  const scales = new Float32Array(rows);
  let row = 0;
  for (const matrix of matrices) {
    const values = dequantize(matrix.type, matrix.bytes);
    for (let start = 0; start < values.length; start += columns, row++) {
      const largest = largestMagnitude(values, start, start + columns);
      scales[row] = largest / 127;
      const inverse = largest > 0 ? 127 / largest : 0;
      for (let column = 0; column < columns; column++) {
        quants[column * rows + row] = Math.round((values[start + column] as number) * inverse);
      }
    }
  }
  return {
    quants: { type: 'int8', shape: [columns, rows], data: quants },
    scales: { type: 'float32', shape: [rows], data: scales },
  };
}

/** The parts of a packed matrix as tensors. */
function packedTensors(packed: PackedMatrix): Record<string, MadeTensor> {
  const { rows, columns, bits, blockSize: size, quants, scales, offsets } = packed;
  const blocks = Math.ceil(columns / size);
  return {
    quants: { type: 'uint8', shape: [rows, blocks, (size * bits) / 8], data: quants },
    scales: { type: 'float32', shape: [rows, blocks], data: scales },
    ...(offsets && { offsets: { type: 'float32', shape: [rows, blocks], data: offsets } }),
  };
}

/** W·x = (scaled quants)·x + offsets·(sums of x over each block): the offsets cost 1/32 of a matrix. */
function blockLinear({ quants, scales, offsets }: Record<string, Constant>, columns: number, size: number): Linear {
  const [rows = 0, , blobSize = 0] = (quants as Constant).shape;
  const weights = {
    rows,
    columns,
    bits: (8 * blobSize) / size,
    blockSize: size,
    quants: quants as Constant,
    scales: scales as Constant,
  };
  const product: Linear = (x) => matMulBlocks(x, weights, 4);
  return offsets ? (x) => gemmTransposed(blockSums(x, columns, size), offsets, product(x)) : product;
}

/** The matrices below each other, as the [columns, rows] matrix that MatMul wants. */
function transposed(matrices: readonly StoredMatrix[]): MadeTensor {
  const { rows, columns } = stackedSize(matrices);
  const data = new Float32Array(rows * columns);
  let row = 0;
  for (const matrix of matrices) {
    const values = dequantize(matrix.type, matrix.bytes);
    for (let index = 0; index < matrix.rows; index++, row++) {
      for (let column = 0; column < columns; column++) {
        data[column * rows + row] = values[index * columns + column] as number;
      }
    }
  }
  return { type: 'float32', shape: [columns, rows], data };
}

/** The prepared weights of a model, by the names they have in the file. */
export interface Weights {
  has(name: string): boolean;
  /** The linear map by the named matrices, one below the other, and by their biases where the file has some. */
  linear(...names: string[]): Promise<Linear>;
  /** A vector as floats. */
  vector(name: string): Promise<Constant>;
  /** Tensors that are computed from others, as floats; kept like them under the name. */
  computed(
    name: string,
    compute: (read: (name: string) => Promise<Float32Array>) => Promise<Record<string, MadeTensor>>,
  ): Promise<Record<string, Constant>>;
}

/** Weights from `source`, kept in `store` in the wanted precision. Reading throws what these throw. */
export function openWeights(source: WeightSource, store: TensorStore, precision: Precision): Weights {
  const read = async (name: string): Promise<Float32Array<ArrayBuffer>> => {
    const { type, bytes } = await readMatrix(source, name);
    return dequantize(type, bytes);
  };
  const one = async (name: string, make: () => Promise<MadeTensor>): Promise<Constant> =>
    (await store.tensors(name, async () => ({ it: await make() }))).it as Constant;
  const columnsOf = (name: string): number => source.tensors.get(name)?.dimensions[0] ?? 0;

  /** The biases of the named matrices in the order of their rows; undefined when none has one. */
  async function biasOf(names: readonly string[]): Promise<Constant | undefined> {
    const biases = names.map((name) => name.replace(/\.weight$/, biasEnding));
    if (!biases.some((name) => name.endsWith(biasEnding) && source.tensors.has(name))) return undefined;
    return one(`bias ${names.join(' ')}`, async () => {
      const parts = await Promise.all(
        biases.map(async (name, index) => {
          const rows = source.tensors.get(names[index] ?? '')?.dimensions[1] ?? 0;
          const data = source.tensors.has(name) ? await read(name) : new Float32Array(rows);
          if (data.length === rows) return data;
          throw new LonghandError('bad-file', `The model's "${name}" has ${data.length} values for ${rows} rows.`);
        }),
      );
      const data = Float32Array.from(parts.flatMap((part) => [...part]));
      return { type: 'float32', shape: [data.length], data };
    });
  }

  async function product(names: readonly string[]): Promise<Linear> {
    const matrices = () => Promise.all(names.map((name) => readMatrix(source, name)));
    if (precision === 'float') {
      const weights = await one(`float ${names.join(' ')}`, async () => transposed(await matrices()));
      return (x) => matMul(x, weights);
    }
    // What is multiplied together has one input, and is rounded alike.
    const rounding = source.rounding?.(names[0] ?? '') ?? { blockSize };
    if ('largestInput' in rounding) {
      const { quants, scales } = await store.tensors(`rows ${names.join(' ')}`, async () => packRows(await matrices()));
      return (x) =>
        matMulIntegers(x, { quants: quants as Constant, scales: scales as Constant }, rounding.largestInput);
    }
    const size = rounding.blockSize;
    const parts = await store.tensors(`blocks ${names.join(' ')}`, async () =>
      packedTensors(packMatrices(await matrices(), precision, size)),
    );
    return blockLinear(parts, columnsOf(names[0] ?? ''), size);
  }

  return {
    has: (name) => source.tensors.has(name),
    async linear(...names) {
      const linear = await product(names);
      const bias = await biasOf(names);
      return bias ? (x) => add(linear(x), bias) : linear;
    },
    vector(name) {
      return one(`vector ${name}`, async () => {
        const data = await read(name);
        return { type: 'float32', shape: [data.length], data };
      });
    },
    computed: (name, compute) => store.tensors(name, () => compute(read)),
  };
}
