import { expect, test } from 'vitest';
import { inverseMdct } from './inverse-mdct.ts';

test.each([64, 256])('the transform of %i is what its definition says', (size) => {
  const values = Float32Array.from({ length: size / 2 }, (_, k) => Math.sin(k * k + 1));
  const expected = Array.from({ length: size }, (_, n) =>
    values.reduce((sum, x, k) => sum + x * Math.cos((Math.PI / (2 * size)) * (2 * n + 1 + size / 2) * (2 * k + 1)), 0),
  );
  inverseMdct(size)(values).forEach((value, n) => {
    expect(value).toBeCloseTo(expected[n] ?? Number.NaN, 3);
  });
});
