import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LonghandError } from '../../base/errors.ts';
import { dequantize } from './dequantize.ts';
import { openGguf, parseGguf } from './gguf.ts';
import { encodeGguf, halfBits, type TensorInput, writeGguf } from './testing/gguf-writer.ts';

const bundled = 'native-models/bundled/smollm2-135m-instruct/SmolLM2-135M-Instruct.Q4_1.gguf';

const ramp = (length: number): Float32Array => Float32Array.from({ length }, (_, index) => (index - length / 3) / 16);
const tensors: TensorInput[] = [
  { name: 'plain', type: 'F32', dimensions: [3, 5], data: ramp(15) },
  { name: 'half', type: 'F16', dimensions: [7], data: ramp(7) },
  { name: 'eight', type: 'Q8_0', dimensions: [64, 2], data: ramp(128) },
  { name: 'four', type: 'Q4_1', dimensions: [32, 2, 2], data: ramp(128) },
];
const metadata = {
  'general.name': 'Tïny 😀',
  'a.flag': true,
  'a.count': 7,
  'a.negative': -7,
  'a.base': { float32: 10000.5 },
  'a.large': { uint64: 2n ** 60n },
  'a.size': { uint64: 2n ** 40n },
  'a.texts': ['one', '', '\ufeffthree'],
  'a.scores': Float32Array.of(0.5, -1),
  'a.types': Int32Array.of(1, -3),
};
const small = encodeGguf(metadata, tensors);

/** What `parse` throws; anything but a `LonghandError` fails the test. */
function refusal(parse: () => unknown): LonghandError | undefined {
  try {
    parse();
    return undefined;
  } catch (error) {
    if (error instanceof LonghandError) return error;
    throw error;
  }
}

/** A copy of the small file in which the bytes after the first occurrence of `marker` are replaced. */
function patched(marker: string, skip: number, bytes: ArrayLike<number>): Uint8Array {
  const copy = Buffer.from(small);
  const at = copy.indexOf(marker);
  expect(at).toBeGreaterThanOrEqual(0);
  copy.set(bytes, at + marker.length + skip);
  return copy;
}

const uint64 = (value: bigint): Uint8Array => new Uint8Array(BigUint64Array.of(value).buffer);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'longhand-gguf-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('openGguf', () => {
  it('reads what was written', async () => {
    const path = join(folder, 'small.gguf');
    await writeGguf(path, metadata, tensors);
    const file = await openGguf(path);
    expect(file.size).toBe(small.length);
    for (const { name, type, dimensions, data } of tensors) {
      expect(file.tensors.get(name)).toMatchObject({ name, type, dimensions, elements: data.length });
      const weights = dequantize(type, await file.readTensor(name));
      // A step of a Q4_1 block of these ramps is 31/16/15 = 0.13.
      const tolerance = { F32: 0, F16: 0.005, Q8_0: 0.05, Q4_1: 0.07 }[type];
      expect(Math.max(...weights.map((weight, index) => Math.abs(weight - (data[index] ?? 0))))).toBeLessThanOrEqual(
        tolerance,
      );
    }
    await expect(file.readTensor('other')).rejects.toMatchObject({ code: 'not-found' });
    await file.close();
  });

  it('reads the bundled model', async () => {
    const file = await openGguf(bundled);
    expect(file.metadata.string('general.architecture')).toBe('llama');
    expect(file.metadata.strings('tokenizer.ggml.tokens').length).toBe(49152);
    expect(file.metadata.strings('tokenizer.ggml.merges')[0]).toBe('Ġ t');
    expect(file.tensors.size).toBe(272);
    expect(file.tensors.get('blk.0.ffn_down.weight')).toMatchObject({ dimensions: [1536, 576], type: 'Q4_1' });
    const norm = dequantize('F32', await file.readTensor('output_norm.weight'));
    expect(norm.length).toBe(576);
    expect(norm.every(Number.isFinite)).toBe(true);
    await file.close();
  });

  it('reads a header that is longer than the first read', async () => {
    const path = join(folder, 'long-header.gguf');
    const text = 'long '.repeat(2 ** 20);
    await writeGguf(path, { text, ...metadata }, tensors);
    const file = await openGguf(path);
    expect(file.metadata.string('text')).toBe(text);
    expect(dequantize('F32', await file.readTensor('plain'))).toEqual(ramp(15));
    await file.close();
  });

  it('says what is wrong with a path', async () => {
    await expect(openGguf(join(folder, 'none.gguf'))).rejects.toMatchObject({ code: 'not-found' });
    await expect(openGguf(folder)).rejects.toMatchObject({ code: 'bad-file' });
    const empty = join(folder, 'empty.gguf');
    await writeFile(empty, '');
    await expect(openGguf(empty)).rejects.toMatchObject({ code: 'bad-file', message: /empty\.gguf.*ends/ });
  });

  it('notices a file that is cut while it is open', async () => {
    const path = join(folder, 'shrinking.gguf');
    await writeGguf(path, metadata, tensors);
    const file = await openGguf(path);
    await truncate(path, small.length - 100);
    await expect(file.readTensor('four')).rejects.toMatchObject({ code: 'bad-file', message: /became shorter/ });
    await file.close();
  });
});

describe('metadata', () => {
  const read = parseGguf(small, 'small.gguf').metadata;

  it('gives typed values', () => {
    expect(read.string('general.name')).toBe('Tïny 😀');
    expect(read.boolean('a.flag')).toBe(true);
    expect(read.number('a.count')).toBe(7);
    expect(read.number('a.negative')).toBe(-7);
    expect(read.number('a.base')).toBe(10000.5);
    expect(read.number('a.size')).toBe(2 ** 40);
    expect(read.get('a.large')).toBe(2n ** 60n);
    expect(read.strings('a.texts')).toEqual(['one', '', '\ufeffthree']);
    expect(read.numbers('a.scores')).toEqual([0.5, -1]);
    expect(read.numbers('a.types')).toEqual([1, -3]);
    expect(read.keys).toEqual(Object.keys(metadata));
  });

  it('falls back only for what is absent', () => {
    expect(read.number('b', 3)).toBe(3);
    expect(read.boolean('b', false)).toBe(false);
    expect(() => read.number('general.name', 3)).toThrow('"general.name" is not a number');
  });

  it('names the key and the file in its errors', () => {
    expect(() => read.string('b')).toThrow(/small\.gguf.*"b"/);
    expect(() => read.strings('a.scores')).toThrow('"a.scores" is not a list of texts');
    expect(() => read.numbers('a.texts')).toThrow('"a.texts" is not a list of numbers');
    expect(() => read.number('a.large')).toThrow('"a.large" is not a number');
  });
});

describe('hostile files', () => {
  const cases: [string, Uint8Array, RegExp][] = [
    ['no magic', Buffer.from('not a model at all'), /not a GGUF file/],
    ['a huge tensor count', patched('GGUF', 4, uint64(2n ** 63n)), /tensor table claims/],
    ['more tensors than room', patched('GGUF', 4, uint64(60_000n)), /more than the file has room for/],
    ['a huge metadata count', patched('GGUF', 12, uint64(2n ** 40n)), /metadata claims/],
    ['a huge string', patched('general.name', 4, uint64(2n ** 50n)), /ends inside metadata "general.name"/],
    ['a string beyond 2^53', patched('general.name', 4, uint64(2n ** 63n)), /claims a size of 9223372036854775808/],
    ['a huge array', patched('a.scores', 8, uint64(2n ** 32n)), /"a.scores" claims 4294967296 entries/],
    ['an unknown value type', patched('a.count', 0, [77, 0, 0, 0]), /"a.count" has the unknown type 77/],
    ['an unknown array type', patched('a.scores', 4, [77, 0, 0, 0]), /array of the unknown type 77/],
    ['a strange boolean', patched('a.flag', 4, [2]), /neither true nor false/],
    ['no dimensions', patched('plain', 0, [0, 0, 0, 0]), /has 0 dimensions/],
    ['too many dimensions', patched('plain', 0, [5, 0, 0, 0]), /has 5 dimensions/],
    ['an empty dimension', patched('plain', 4, uint64(0n)), /cannot have the dimensions 0 x 5/],
    ['a huge dimension', patched('plain', 4, uint64(2n ** 52n)), /larger than the file/],
    ['an unknown tensor type', patched('plain', 20, [99]), /"plain" has the unknown type 99/],
    ['a row of part of a block', patched('eight', 4, [65]), /cannot have the dimensions 65 x 2 with type Q8_0/],
    ['an unaligned offset', patched('eight', 24, [1]), /not aligned to 32/],
    ['an offset outside', patched('eight', 24, uint64(2n ** 52n)), /beyond the end of the file/],
  ];

  it.each(cases)('refuses %s', (_, bytes, message) => {
    const error = refusal(() => parseGguf(bytes, 'evil.gguf'));
    expect(error?.code).toBe('bad-file');
    expect(error?.message).toMatch(message);
    expect(error?.message).toContain('evil.gguf');
  });

  it('refuses other versions', () => {
    for (const version of [
      [1, 0, 0, 0],
      [4, 0, 0, 0],
      [0, 0, 0, 3],
    ]) {
      expect(refusal(() => parseGguf(patched('GGUF', 0, version), 'old.gguf'))?.code).toBe('unsupported');
    }
  });

  it('refuses names that occur twice', () => {
    expect(() => parseGguf(patched('a.coun', 0, [...Buffer.from('t')]), 'x')).not.toThrow();
    const twice = encodeGguf({ 'a.b': 1, 'a.c': 2 }, []);
    twice.set(Buffer.from('a.b'), Buffer.from(twice).indexOf('a.c'));
    expect(() => parseGguf(twice, 'x')).toThrow('"a.b" is there twice');
    const [tensor] = tensors;
    expect(() => parseGguf(encodeGguf({}, tensor ? [tensor, tensor] : []), 'x')).toThrow('"plain" is there twice');
  });

  it('refuses bad alignments', () => {
    for (const alignment of [0, 3, 2 ** 31]) {
      expect(() => parseGguf(encodeGguf({ 'general.alignment': alignment }, tensors), 'x')).toThrow(/power of two/);
    }
    expect(parseGguf(encodeGguf({ 'general.alignment': 16 }, tensors.slice(0, 1)), 'x').tensors.size).toBe(1);
  });

  it('refuses endless nesting and floods of tiny arrays', () => {
    // key, type array, then arrays of one array each
    const nested = (depth: number) => {
      const level = [9, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0];
      return Buffer.concat([
        encodeGguf({ deep: 1 }, []).subarray(0, 36),
        Buffer.from([9, 0, 0, 0]),
        Buffer.from(Array.from({ length: depth }, () => level).flat()),
        Buffer.alloc(64),
      ]);
    };
    expect(() => parseGguf(nested(2000), 'x')).toThrow(/nested too deeply/);
    const flood = Buffer.concat([
      encodeGguf({ wide: 1 }, []).subarray(0, 36),
      Buffer.from([9, 0, 0, 0, 9, 0, 0, 0]),
      uint64(100_000n),
      Buffer.alloc(1_200_000),
    ]);
    expect(() => parseGguf(flood, 'x')).toThrow(/too many arrays/);
  });

  it('refuses more entries of arrays than memory has room for', () => {
    const flags = (count: number) =>
      Buffer.concat([
        encodeGguf({ wide: 1 }, []).subarray(0, 36),
        Buffer.from([9, 0, 0, 0, 7, 0, 0, 0]),
        uint64(BigInt(count)),
        Buffer.alloc(count + 64),
      ]);
    const most = 2 ** 22;
    const refused = { code: 'bad-file', message: expect.stringMatching(/"wide" its lists have more than 4194304/) };
    expect(refusal(() => parseGguf(flags(most), 'wide.gguf'))).toBeUndefined();
    expect(refusal(() => parseGguf(flags(most + 1), 'wide.gguf'))).toMatchObject(refused);
    const [first, wide] = [new Int32Array(most / 2), new Int32Array(most / 2 + 1)];
    expect(refusal(() => parseGguf(encodeGguf({ first, wide }), 'two.gguf'))).toMatchObject(refused);
  });

  it('answers every mutation with a header or a clear error', () => {
    const edge = fc.constantFrom(0n, 1n, 2n ** 31n, 2n ** 32n - 1n, 2n ** 53n, 2n ** 63n, 2n ** 64n - 1n);
    const mutation = fc.oneof(
      fc.record({ at: fc.nat(small.length - 1), bytes: fc.uint8Array({ minLength: 1, maxLength: 4 }) }),
      fc.record({ at: fc.nat(small.length - 1), bytes: edge.map(uint64) }),
    );
    fc.assert(
      fc.property(fc.array(mutation, { maxLength: 4 }), fc.nat(small.length), (mutations, cut) => {
        const copy = new Uint8Array(small.length + 8);
        copy.set(small);
        for (const { at, bytes } of mutations) copy.set(bytes, at);
        const bytes = copy.subarray(0, mutations.length === 0 ? cut : small.length);
        const error = refusal(() => {
          const header = parseGguf(bytes, 'mutated.gguf');
          for (const tensor of header.tensors.values()) {
            expect(tensor.offset + tensor.byteLength).toBeLessThanOrEqual(bytes.length);
          }
        });
        if (error) expect(['bad-file', 'unsupported']).toContain(error.code);
      }),
      { numRuns: 3000 },
    );
  });

  it('refuses every truncation', () => {
    for (let length = 0; length < small.length - 31; length++) {
      expect(refusal(() => parseGguf(small.subarray(0, length), 'cut.gguf'))?.code).toBe('bad-file');
    }
  });
});

describe('halfBits', () => {
  it('inverts the reading of halves', () => {
    const bits = Uint16Array.from({ length: 2 ** 16 }, (_, index) => index).filter(
      (value) => (value & 0x7c00) !== 0x7c00,
    );
    const values = dequantize('F16', new Uint8Array(bits.buffer));
    expect(Uint16Array.from(values, halfBits)).toEqual(bits);
  });
});
