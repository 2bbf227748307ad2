import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createMixing, isMixable } from './mixing.ts';
import { largestDifference, numbers } from './testing/numbers.ts';

/** Sizes of real models' residual streams, and small ones. */
const sizes = [1, 2, 3, 12, 64, 576, 896, 1024];

const dot = (a: Float32Array, b: Float32Array): number => a.reduce((sum, value, at) => sum + value * (b[at] ?? 0), 0);

describe('mixing', () => {
  it.each(sizes)('keeps lengths and angles of vectors of %i', (size) => {
    const { apply } = createMixing(size);
    const [a, b] = [numbers(size, 1), numbers(size, 2)];
    const before = [dot(a, a), dot(b, b), dot(a, b)];
    apply(a);
    apply(b);
    // Sums of up to 1024 products of numbers below 1.
    expect(largestDifference([dot(a, a), dot(b, b), dot(a, b)], before)).toBeLessThan(1024 * 2 ** -20);
  });

  it.each(sizes.filter((size) => size >= 64))('leaves nothing large of a single large element among %i', (size) => {
    fc.assert(
      fc.property(fc.nat(size - 1), (at) => {
        const x = new Float32Array(size);
        x[at] = 1;
        createMixing(size).apply(x);
        // A cosine transform of an odd factor makes some elements √2 times the others: 3 · 3 and 7 are such.
        expect(Math.max(...x.map(Math.abs))).toBeLessThanOrEqual(1.0001 * Math.sqrt(4 / size));
      }),
      { numRuns: 20 },
    );
  });

  it('does not make a common part of all elements a single large one', () => {
    const x = new Float32Array(576).fill(1);
    createMixing(576).apply(x);
    expect(Math.max(...x.map(Math.abs))).toBeLessThan(4);
  });

  it('is only offered for sizes that have no large prime factor', () => {
    expect(sizes.filter(isMixable)).toEqual(sizes);
    expect([61 * 64, 67 * 64, 32_749].map(isMixable)).toEqual([true, false, false]);
  });

  it('maps every row, or every column of a matrix', () => {
    const { apply } = createMixing(6);
    const rows = numbers(4 * 6, 3);
    const columns = Float32Array.from({ length: 24 }, (_, at) => rows[(at % 4) * 6 + Math.floor(at / 4)] as number);
    const single = Array.from({ length: 4 }, (_, row) => {
      const one = rows.slice(6 * row, 6 * row + 6);
      apply(one);
      return [...one];
    });
    apply(rows);
    apply(columns, 4);
    expect([...rows]).toEqual(single.flat());
    expect(Array.from(rows.keys(), (at) => columns[(at % 6) * 4 + Math.floor(at / 6)])).toEqual([...rows]);
  });
});
