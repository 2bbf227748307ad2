import { readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LonghandError } from '../../base/errors.ts';
import { dequantize } from './dequantize.ts';
import { openSafetensors, parseSafetensors } from './safetensors.ts';

const tinyLlama = 'native-models/fixtures/tiny-llama.safetensors';

function encode(header: unknown, dataLength: number): Uint8Array {
  const json = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  return Buffer.concat([Buffer.from(BigUint64Array.of(BigInt(json.length)).buffer), json, Buffer.alloc(dataLength)]);
}

const small = encode(
  {
    __metadata__: { format: 'pt' },
    a: { dtype: 'F32', shape: [2, 3], data_offsets: [0, 24] },
    b: { dtype: 'BF16', shape: [4], data_offsets: [24, 32] },
    scalar: { dtype: 'F16', shape: [], data_offsets: [32, 34] },
  },
  34,
);

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

describe('openSafetensors', () => {
  it('reads the tiny model', async () => {
    const file = await openSafetensors(tinyLlama);
    expect(file.tensors.get('model.embed_tokens.weight')).toMatchObject({ type: 'F32', shape: [97, 48] });
    const bytes = await readFile(tinyLlama);
    const whole = parseSafetensors(bytes, 'tiny');
    expect([...file.tensors]).toEqual([...whole.tensors]);
    for (const { name, offset, byteLength, elements, type } of file.tensors.values()) {
      const data = await file.readTensor(name);
      expect(Buffer.from(data).equals(bytes.subarray(offset, offset + byteLength))).toBe(true);
      const weights = dequantize(type, data);
      expect(weights.length).toBe(elements);
      expect(weights.every((weight) => Number.isFinite(weight) && Math.abs(weight) < 10)).toBe(true);
    }
    await expect(file.readTensor('other')).rejects.toMatchObject({ code: 'not-found' });
    await file.close();
  });

  it('says what is wrong with a path', async () => {
    await expect(openSafetensors('none.safetensors')).rejects.toMatchObject({ code: 'not-found' });
    await expect(openSafetensors('native-models')).rejects.toMatchObject({ code: 'bad-file' });
    await expect(openSafetensors('package.json')).rejects.toMatchObject({ code: 'bad-file', message: /package\.json/ });
  });
});

describe('parseSafetensors', () => {
  it('reads shapes, types and metadata', () => {
    const { metadata, tensors } = parseSafetensors(small, 'small');
    expect(metadata.get('format')).toBe('pt');
    expect(tensors.get('a')).toMatchObject({ elements: 6, byteLength: 24, offset: small.length - 34 });
    expect(tensors.get('b')).toMatchObject({ elements: 4, byteLength: 8, offset: small.length - 10 });
    expect(tensors.get('scalar')).toMatchObject({ elements: 1, shape: [], byteLength: 2 });
  });

  const tensor = (changed: object) => encode({ a: { dtype: 'F32', shape: [2], data_offsets: [0, 8], ...changed } }, 8);
  const cases: [string, Uint8Array, RegExp][] = [
    ['nothing', new Uint8Array(0), /too short/],
    ['a huge header', Buffer.alloc(64, 0xff), /claims a header of 18446744073709551615 bytes/],
    ['a header beyond the end', small.subarray(0, 40), /claims a header/],
    ['no JSON', encode('{"a":', 0), /not JSON/],
    ['bad UTF-8', Buffer.concat([Buffer.from([1, 0, 0, 0, 0, 0, 0, 0, 0xff])]), /not JSON/],
    ['an array', encode([], 0), /not a JSON object/],
    ['metadata of another kind', encode({ __metadata__: [1] }, 0), /metadata is not an object/],
    ['metadata values of another kind', encode({ __metadata__: { a: 1 } }, 0), /"a" is not a text/],
    ['a tensor without description', encode({ a: null }, 0), /"a" is not described/],
    ['a shape of another kind', tensor({ shape: 2 }), /no proper shape/],
    ['a negative size', tensor({ shape: [-2] }), /no proper shape/],
    ['too many dimensions', tensor({ shape: Array(9).fill(1) }), /no proper shape/],
    ['one offset', tensor({ data_offsets: [0] }), /no proper place/],
    ['a fractional offset', tensor({ data_offsets: [0.5, 8.5] }), /no proper place/],
    ['an offset beyond the end', tensor({ shape: [4], data_offsets: [0, 16] }), /outside the file/],
    ['an end before the beginning', tensor({ data_offsets: [8, 0] }), /outside the file/],
    ['a shape that does not fit', tensor({ shape: [3] }), /8 bytes, which is not what 3 F32 take/],
    ['a huge shape', tensor({ shape: [2 ** 52, 2 ** 52] }), /which is not what/],
  ];

  it.each(cases)('refuses %s', (_, bytes, message) => {
    const error = refusal(() => parseSafetensors(bytes, 'evil'));
    expect(error).toMatchObject({ code: 'bad-file', message: expect.stringMatching(message) });
  });

  it('names a type it cannot read', () => {
    expect(refusal(() => parseSafetensors(tensor({ dtype: 'F8_E5M2' }), 'x'))).toMatchObject({
      code: 'unsupported',
      message: expect.stringContaining('F8_E5M2'),
    });
  });

  it('answers every mutation with a header or a clear error', () => {
    const change = fc.record({ at: fc.nat(small.length - 1), byte: fc.nat(255) });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 4 }), fc.nat(small.length), (changes, cut) => {
        const copy = Uint8Array.from(small);
        for (const { at, byte } of changes) copy[at] = byte;
        const bytes = copy.subarray(0, changes.length === 0 ? cut : copy.length);
        const error = refusal(() => {
          for (const { offset, byteLength } of parseSafetensors(bytes, 'mutated').tensors.values()) {
            expect(offset + byteLength).toBeLessThanOrEqual(bytes.length);
          }
        });
        if (error) expect(['bad-file', 'unsupported']).toContain(error.code);
      }),
      { numRuns: 2000 },
    );
  });
});
