import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dequantize } from './formats/dequantize.ts';
import { openGguf } from './formats/gguf.ts';
import { type TensorType, tensorTypes } from './formats/tensor-types.ts';
import { halfBits, type TensorInput } from './formats/testing/gguf-writer.ts';
import { input } from './graph/graph.ts';
import { createSession, floats, floatTensor } from './runtime.ts';
import { memoryStore } from './tensor-store.ts';
import { largestDifference, numbers, productTransposed } from './testing/numbers.ts';
import { sourceOf } from './testing/source.ts';
import { blockSize, type Linear, openWeights, type PackedMatrix, packMatrices } from './weights.ts';

const bundled = 'native-models/bundled/smollm2-135m-instruct/SmolLM2-135M-Instruct.Q4_1.gguf';

/** What a packed matrix means, by the formula that the kernels compute with. */
function unpack({ rows, columns, bits, blockSize, quants, scales, offsets }: PackedMatrix): Float32Array {
  const blocks = Math.ceil(columns / blockSize);
  return Float32Array.from({ length: rows * columns }, (_, index) => {
    const block = Math.floor(index / columns) * blocks + Math.floor((index % columns) / blockSize);
    const at = block * blockSize + ((index % columns) % blockSize);
    const quant =
      bits === 8 ? (quants[at] as number) - 128 : (((quants[at >> 1] as number) >> (4 * (at & 1))) & 15) - 8;
    return quant * (scales[block] as number) + (offsets?.[block] ?? 0);
  });
}

const matrix = (type: TensorType, rows: number, columns: number, bytes: Uint8Array<ArrayBuffer>) => ({
  type,
  rows,
  columns,
  bytes,
});

const bytesOf = (data: Float32Array<ArrayBuffer>): Uint8Array<ArrayBuffer> => new Uint8Array(data.buffer);

/** Random whole blocks of a type whose first `halves` fields of two bytes are floats of magnitude 2⁻⁶ to 1. */
function randomBlocks(type: TensorType, halves: number): fc.Arbitrary<Uint8Array<ArrayBuffer>> {
  const { bytesPerBlock } = tensorTypes[type];
  const block = fc
    .tuple(
      fc.array(fc.tuple(fc.boolean(), fc.double({ min: 2 ** -6, max: 1, noNaN: true })), {
        minLength: halves,
        maxLength: halves,
      }),
      fc.uint8Array({ minLength: bytesPerBlock, maxLength: bytesPerBlock }),
    )
    .map(([parameters, bytes]) => {
      const view = new DataView(bytes.buffer, bytes.byteOffset);
      for (const [index, [negative, magnitude]] of parameters.entries()) {
        view.setUint16(2 * index, halfBits(negative ? -magnitude : magnitude), true);
      }
      return [...bytes];
    });
  return fc.array(block, { minLength: 4, maxLength: 4 }).map((blocks) => Uint8Array.from(blocks.flat()));
}

describe('packing a matrix', () => {
  it.each([
    { type: 'Q4_0', halves: 1, bits: 4 },
    { type: 'Q4_1', halves: 2, bits: 4 },
    { type: 'Q8_0', halves: 1, bits: 8 },
  ] as const)('of $type loses nothing', ({ type, halves, bits }) => {
    fc.assert(
      fc.property(randomBlocks(type, halves), (bytes) => {
        const packed = packMatrices([matrix(type, 2, 2 * blockSize, bytes)], 'stored');
        expect(packed.bits).toBe(bits);
        expect(packed.offsets !== undefined).toBe(type === 'Q4_1');
        expect(largestDifference(unpack(packed), dequantize(type, bytes))).toBe(0);
      }),
      { numRuns: 50 },
    );
  });

  it('of the model that ships loses nothing', async () => {
    const file = await openGguf(bundled);
    for (const name of ['token_embd.weight', 'blk.0.attn_q.weight', 'blk.29.ffn_down.weight']) {
      const { type, dimensions } = file.tensors.get(name) ?? { type: 'F32', dimensions: [] };
      const [columns = 0] = dimensions;
      // Some rows are enough.
      const rows = 64;
      const { bytesPerBlock, blockSize: perBlock } = tensorTypes[type];
      const bytes = (await file.readTensor(name)).slice(0, ((rows * columns) / perBlock) * bytesPerBlock);
      expect(type).toMatch(/^Q4_1$|^Q8_0$/);
      const packed = packMatrices([matrix(type, rows, columns, bytes)], 'stored');
      expect(largestDifference(unpack(packed), dequantize(type, bytes))).toBe(0);
    }
    await file.close();
  });

  it('of Q4_1 whose minimum is far from its scale errs by no more than the rounding of a float', () => {
    const block = fc.tuple(
      fc.float({ min: -60000, max: 60000, noNaN: true }),
      fc.float({ min: -60000, max: 60000, noNaN: true }),
      fc.uint8Array({ minLength: 16, maxLength: 16 }),
    );
    fc.assert(
      fc.property(block, ([scale, minimum, nibbles]) => {
        const bytes = new Uint8Array(20);
        const view = new DataView(bytes.buffer);
        view.setUint16(0, halfBits(scale), true);
        view.setUint16(2, halfBits(minimum), true);
        bytes.set(nibbles, 4);
        const packed = packMatrices([matrix('Q4_1', 1, blockSize, bytes)], 'stored');
        // m + 8 · d is rounded once, and what is compared with once more.
        const largest = Math.abs(minimum) + 15 * Math.abs(scale);
        expect(largestDifference(unpack(packed), dequantize('Q4_1', bytes))).toBeLessThanOrEqual(
          3 * largest * 2 ** -24,
        );
      }),
    );
  });

  it.each([32, 64])('of any other type in blocks of %i errs by half a step at most, in short last ones too', (size) => {
    const data = fc.array(fc.float({ min: -1000, max: 1000, noNaN: true }), { minLength: 96, maxLength: 96 });
    fc.assert(
      fc.property(data, (values) => {
        const columns = 48;
        const rows = Float32Array.from(values);
        const packed = packMatrices([matrix('F32', 2, columns, bytesOf(rows))], 'stored', size);
        expect(packed.bits).toBe(8);
        const unpacked = unpack(packed);
        for (const [index, value] of rows.entries()) {
          const row = Math.floor(index / columns);
          const start = row * columns + Math.floor((index % columns) / size) * size;
          const block = rows.subarray(start, Math.min(start + size, (row + 1) * columns));
          const step = Math.max(...block.map(Math.abs)) / 127;
          // The scale is a float: it, and the product with up to 127 of it, are rounded.
          expect(Math.abs((unpacked[index] as number) - value)).toBeLessThanOrEqual((0.5 + 127 * 2 ** -22) * step);
        }
      }),
      { numRuns: 50 },
    );
  });

  it('gives padding of short blocks no weight', () => {
    const { quants } = packMatrices([matrix('F32', 1, 40, bytesOf(numbers(40)))], 'stored');
    expect([...quants.subarray(40)]).toEqual(new Array(24).fill(128));
  });

  it('puts matrices below each other, in 4 bits when all of them can be and in 8 otherwise', () => {
    const [q4_0, q4_1, q8_0] = (['Q4_0', 'Q4_1', 'Q8_0'] as const).map((type, seed) => {
      const bytes = Uint8Array.from(numbers(tensorTypes[type].bytesPerBlock, seed + 1), (value) => (value + 1) * 128);
      const view = new DataView(bytes.buffer);
      for (const at of [0, 2]) if (type === 'Q4_1' || at === 0) view.setUint16(at, halfBits(0.25 + at), true);
      return matrix(type, 1, blockSize, bytes);
    });
    const meant = (...parts: (typeof q4_0)[]) =>
      parts.flatMap((part) => [...dequantize(part?.type ?? 'F32', part?.bytes ?? new Uint8Array())]);
    if (!q4_0 || !q4_1 || !q8_0) throw new Error('Not three.');
    const small = packMatrices([q4_0, q4_1], 'stored');
    expect(small.bits).toBe(4);
    expect([...unpack(small)]).toEqual(meant(q4_0, q4_1));
    const mixed = packMatrices([q4_1, q8_0], 'stored');
    expect(mixed.bits).toBe(8);
    expect([...unpack(mixed).subarray(blockSize)]).toEqual(meant(q8_0));
    const step = Math.max(...meant(q4_1).map(Math.abs)) / 127;
    expect(largestDifference(unpack(mixed).subarray(0, blockSize), meant(q4_1))).toBeLessThan(0.51 * step);
  });
});

const columns = 64;
const weightsInput = (name: string, type: TensorInput['type'], rows: number, seed: number): TensorInput => ({
  name,
  type,
  dimensions: [columns, rows],
  data: numbers(rows * columns, seed),
});

/** What stands in the file. */
async function meantBy(source: ReturnType<typeof sourceOf>, ...names: string[]): Promise<number[]> {
  const parts: number[] = [];
  for (const name of names) {
    parts.push(...dequantize(source.tensors.get(name)?.type ?? 'F32', await source.readTensor(name)));
  }
  return parts;
}

async function applied(linear: Linear, x: Float32Array<ArrayBuffer>): Promise<Float32Array> {
  const value = linear(input('x', 'float32', ['tokens', columns]));
  const session = await createSession([{ name: 'y', type: 'float32', value }], { device: 'cpu', threads: 1 });
  const { y } = await session.run({ x: floatTensor([x.length / columns, columns], x) }, ['y']);
  await session.dispose();
  return floats(y);
}

/** Sums of 64 products of numbers below 1, in floats. */
const rounding = 64 * 2 ** -23;
/** Half a step of activations of 8 bits whose largest is 1, over the sum of a row's 64 weights of at most 1. */
const activationError = (64 / 127 / 2) * 1.01;

describe('a linear map', () => {
  const source = sourceOf(
    weightsInput('a', 'Q4_1', 3, 1),
    weightsInput('b', 'Q4_1', 2, 2),
    weightsInput('c', 'Q8_0', 2, 3),
    weightsInput('d', 'F16', 2, 4),
  );
  const x = numbers(5 * columns, 5);

  it.each([
    { names: ['a', 'b'], kind: 'Q4_1' },
    { names: ['c'], kind: 'Q8_0' },
    { names: ['d'], kind: 'F16' },
    { names: ['a', 'c', 'd'], kind: 'mixed types' },
  ])('by weights of $kind is the product with each matrix, one below the other', async ({ names }) => {
    const exact = productTransposed(x, await meantBy(source, ...names), columns);
    const reference = openWeights(source, memoryStore(), 'float');
    expect(largestDifference(await applied(await reference.linear(...names), x), exact)).toBeLessThan(rounding);
    // Weights that are packed to 8 bits err by half a step of 1 / 127 too.
    const stored = names.includes('d') || names.length === 3 ? 2 * activationError : activationError;
    const int8 = names.join('') === 'c' ? activationError : 2 * activationError;
    for (const [precision, bound] of Object.entries({ stored, int8 }) as ['stored' | 'int8', number][]) {
      const quantized = openWeights(source, memoryStore(), precision);
      expect(largestDifference(await applied(await quantized.linear(...names), x), exact)).toBeLessThan(bound);
    }
  });

  it.each([
    { rounding: { blockSize: 64 }, parts: 'blocks a d', shape: [5, 1, 64] },
    { rounding: { largestInput: 1 }, parts: 'rows a d', shape: [64, 5] },
  ])('is packed as the source says that it may be rounded: $rounding', async ({ rounding: allowed, parts, shape }) => {
    const store = memoryStore();
    const exact = productTransposed(x, await meantBy(source, 'a', 'd'), columns);
    const rounded = openWeights({ ...source, rounding: () => allowed }, store, 'int8');
    expect(largestDifference(await applied(await rounded.linear('a', 'd'), x), exact)).toBeLessThan(
      2 * activationError,
    );
    expect((await store.tensors(parts, async () => ({}))).quants?.shape).toEqual(shape);
  });

  it('adds the biases of the matrices that have one, in the order of their rows', async () => {
    const bias: TensorInput = { name: 'm.bias', type: 'F32', dimensions: [2], data: Float32Array.of(10, 20) };
    const [m, n] = [weightsInput('m.weight', 'F16', 2, 8), weightsInput('n.weight', 'F16', 2, 9)];
    const biased = sourceOf(m, n, bias);
    const names = ['m.weight', 'n.weight'];
    const [ofM, ofN] = [await meantBy(biased, 'm.weight'), await meantBy(biased, 'n.weight')];
    const plain = productTransposed(x, [...ofM, ...ofN], columns);
    const added = (biases: readonly number[], values: readonly number[]) =>
      values.map((value, at) => value + (biases[at % 4] as number));
    const bounds = { float: rounding, stored: 2 * activationError, int8: 2 * activationError };
    for (const precision of ['float', 'stored', 'int8'] as const) {
      const weights = openWeights(biased, memoryStore(), precision);
      const near = async (linear: Linear, exact: readonly number[]) =>
        expect(largestDifference(await applied(linear, x), exact)).toBeLessThan(bounds[precision]);
      await near(await weights.linear(...names), added([10, 20, 0, 0], plain));
    }
    const short = sourceOf(m, { ...bias, dimensions: [1], data: Float32Array.of(1) });
    await expect(openWeights(short, memoryStore(), 'float').linear('m.weight')).rejects.toMatchObject({
      code: 'bad-file',
      message: expect.stringContaining('"m.bias" has 1 values for 2 rows'),
    });
  });

  it('reads each matrix once for all graphs that share a store', async () => {
    const own = sourceOf(weightsInput('a', 'Q4_1', 3, 1));
    const store = memoryStore();
    await openWeights(own, store, 'stored').linear('a');
    await openWeights(own, store, 'stored').linear('a');
    expect(own.reads).toEqual(['a']);
  });

  it('by weights that the file lacks names them', async () => {
    const weights = openWeights(source, memoryStore(), 'stored');
    expect(weights.has('a')).toBe(true);
    expect(weights.has('z')).toBe(false);
    for (const attempt of [weights.linear('a', 'z'), weights.vector('z')]) {
      await expect(attempt).rejects.toMatchObject({ code: 'bad-file', message: expect.stringContaining('"z"') });
    }
  });
});

describe('other tensors', () => {
  it('are floats as they stand in the file, or computed from those, once', async () => {
    const vector: TensorInput = { name: 'v', type: 'F32', dimensions: [3], data: Float32Array.of(1, 2, 3) };
    const weights = openWeights(sourceOf(vector), memoryStore(), 'stored');
    expect(await weights.vector('v')).toMatchObject({ type: 'float32', shape: [3], data: Float32Array.of(1, 2, 3) });
    let computed = 0;
    const double = async () =>
      weights.computed('doubled', async (read) => {
        computed++;
        return { it: { type: 'float32', shape: [3], data: (await read('v')).map((value) => 2 * value) } };
      });
    expect((await double()).it?.data).toEqual(Float32Array.of(2, 4, 6));
    expect((await double()).it?.data).toEqual(Float32Array.of(2, 4, 6));
    expect(computed).toBe(1);
  });
});
