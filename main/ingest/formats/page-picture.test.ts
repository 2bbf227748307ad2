import fc from 'fast-check';
import { expect, test } from 'vitest';
import { coveredShare, type Matrix, multiply, type PlacedPicture, pagePicture } from './page-picture.ts';

/** A picture of two rows of three: one to six, tenfold. */
const six = (place: Matrix): PlacedPicture => ({
  width: 3,
  height: 2,
  pixels: Uint8Array.of(10, 20, 30, 40, 50, 60),
  place,
});

test.each<[string, { width: number; height: number }, Matrix, number[][]]>([
  [
    'upright',
    { width: 3, height: 2 },
    [3, 0, 0, -2, 0, 2],
    [
      [10, 20, 30],
      [40, 50, 60],
    ],
  ],
  [
    'upside down',
    { width: 3, height: 2 },
    [-3, 0, 0, 2, 3, 0],
    [
      [60, 50, 40],
      [30, 20, 10],
    ],
  ],
  [
    'mirrored',
    { width: 3, height: 2 },
    [-3, 0, 0, -2, 3, 2],
    [
      [30, 20, 10],
      [60, 50, 40],
    ],
  ],
  [
    'turned',
    { width: 2, height: 3 },
    [0, 3, 2, 0, 0, 0],
    [
      [40, 10],
      [50, 20],
      [60, 30],
    ],
  ],
])('a picture that lies %s is drawn as it is seen', (_, page, place, rows) => {
  expect(coveredShare(page, [six(place)])).toBe(1);
  const { width, pixels } = pagePicture(page, [six(place)]);
  expect(rows.flat()).toEqual([...pixels]);
  expect(width).toBe(page.width);
});

test('the page is white where nothing is, and later pictures lie over earlier ones as far as they cover', () => {
  const page = { width: 6, height: 2 };
  const left: Matrix = [3, 0, 0, -2, 0, 2];
  const over = { ...six(left), pixels: new Uint8Array(6), cover: Uint8Array.of(255, 0, 0, 0, 0, 51) };
  expect(coveredShare(page, [six(left)])).toBe(0.5);
  expect([...pagePicture(page, [six(left), over]).pixels]).toEqual([
    0, 20, 30, 255, 255, 255, 40, 50, 48, 255, 255, 255,
  ]);
});

test('a picture much denser than what is read is made smaller by taking means', () => {
  const side = 6000;
  const pixels = new Uint8Array(side * side).map((_, i) => (i % 2 ? 255 : 0));
  const place: Matrix = [600, 0, 0, -600, 0, 600];
  const small = pagePicture({ width: 600, height: 600 }, [{ width: side, height: side, pixels, place }]);
  expect([small.width, small.height]).toEqual([2560, 2560]);
  const mean = small.pixels.reduce((sum, value) => sum + value, 0) / small.pixels.length;
  expect(mean).toBeGreaterThan(117);
  expect(mean).toBeLessThan(138);
});

test('whatever the place, the picture of the page is bounded', () => {
  const number = fc.double({ min: -1e9, max: 1e9, noNaN: true });
  const side = fc.double({ min: 1, max: 20_000, noNaN: true });
  fc.assert(
    fc.property(fc.tuple(number, number, number, number, number, number), side, side, (place, width, height) => {
      const picture = pagePicture({ width, height }, [six(place)]);
      expect(Math.max(picture.width, picture.height)).toBeLessThanOrEqual(2560);
      expect(picture.pixels).toHaveLength(picture.width * picture.height);
    }),
    { numRuns: 20 },
  );
});

test('one matrix after the other is their product', () => {
  expect(multiply([2, 0, 0, 2, 10, 20], [0, 1, -1, 0, 5, 6])).toEqual([0, 2, -2, 0, 20, 32]);
});
