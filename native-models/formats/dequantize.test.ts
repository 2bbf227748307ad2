import { describe, expect, it } from 'vitest';
import fixture from '../fixtures/dequantize.json' with { type: 'json' };
import { canDequantize, dequantize } from './dequantize.ts';
import { type TensorType, tensorTypes } from './tensor-types.ts';

const decoded = (base64: string): Uint8Array<ArrayBuffer> => new Uint8Array(Buffer.from(base64, 'base64'));

describe('dequantize', () => {
  it.each(Object.entries(fixture.types))('equals the reference for %s', (type, { bytes, floats }) => {
    const expected = new Float32Array(decoded(floats).buffer);
    expect(expected.length).toBeGreaterThanOrEqual(32);
    const actual = dequantize(type as TensorType, decoded(bytes));
    // NaN would compare unequal, and the sign of zero counts: exactness is what is claimed.
    expect([...actual].every((value, index) => Object.is(value, expected[index]) || value === expected[index])).toBe(
      true,
    );
    expect(actual.length).toBe(expected.length);
  });

  it('has a fixture for every type it knows', () => {
    const known = (Object.keys(tensorTypes) as TensorType[]).filter(canDequantize);
    expect(Object.keys(fixture.types).sort()).toEqual(known.sort());
  });

  it('reads every half-precision float', () => {
    const bits = Uint16Array.from({ length: 2 ** 16 }, (_, index) => index);
    const values = dequantize('F16', new Uint8Array(bits.buffer));
    expect(values[0x3c00]).toBe(1);
    expect(values[0xc000]).toBe(-2);
    expect(values[0x7bff]).toBe(65504);
    expect(values[0x0001]).toBe(2 ** -24);
    expect(values[0x0400]).toBe(2 ** -14);
    expect(values[0x7c00]).toBe(Number.POSITIVE_INFINITY);
    expect(values[0xfc00]).toBe(Number.NEGATIVE_INFINITY);
    expect(values[0x7e00]).toBeNaN();
    // Finite values of one sign increase with their bits.
    expect(values.subarray(0, 0x7c00).every((value, index, all) => index === 0 || value > (all[index - 1] ?? 0))).toBe(
      true,
    );
  });

  it('writes into the target given, wherever it lies in its buffer', () => {
    const { bytes, floats } = fixture.types.BF16;
    const buffer = new Float32Array(40);
    dequantize('BF16', decoded(bytes), buffer.subarray(3, 35));
    expect(buffer.subarray(3, 35)).toEqual(new Float32Array(decoded(floats).buffer));
    expect([...buffer.subarray(0, 3), ...buffer.subarray(35)]).toEqual(new Array(8).fill(0));
  });

  it('refuses what does not fit', () => {
    expect(() => dequantize('IQ2_XS', new Uint8Array(74))).toThrow(/IQ2_XS cannot be read/);
    expect(() => dequantize('Q4_0', new Uint8Array(17))).toThrow(/whole number/);
    expect(() => dequantize('Q4_0', new Uint8Array(18), new Float32Array(31))).toThrow(/31 weights/);
  });
});
