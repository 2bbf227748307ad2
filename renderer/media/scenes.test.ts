import { expect, test } from 'vitest';
import { createSceneFinder, sketchHeight, sketchWidth } from './scenes.ts';

const cells = sketchWidth * sketchHeight;
const plain = (value: number): Uint8Array => new Uint8Array(cells).fill(value);
/** A slide with so many lines of text. */
const slide = (lines: number): Uint8Array => {
  const sketch = plain(240);
  for (let line = 0; line < lines; line++)
    sketch.fill(60, (4 + 6 * line) * sketchWidth + 6, (4 + 6 * line) * sketchWidth + 40);
  return sketch;
};
/** Something that moves all the time. */
const speaker = (second: number): Uint8Array => {
  const sketch = plain(120);
  for (let i = 0; i < cells; i++) if ((i * 7 + second * 31) % 13 === 0) sketch[i] = 200;
  return sketch;
};

function chosen(sketches: Uint8Array[]): number[] {
  const finder = createSceneFinder();
  return sketches.flatMap((sketch, second) => (finder.take(sketch, second) ? [second] : []));
}

test('the first picture is chosen, and no other like it', () => {
  expect(chosen([slide(1), slide(1), slide(1)])).toEqual([0]);
});

test('so is a slide with another line, once it is at rest', () => {
  expect(chosen([slide(1), slide(1), slide(2), slide(2), slide(2), slide(3), slide(3)])).toEqual([0, 3, 6]);
});

test('so is the first picture after a cut', () => {
  expect(chosen([slide(1), slide(1), plain(20), plain(20)])).toEqual([0, 2]);
});

test('noise is no change', () => {
  const noisy = (second: number): Uint8Array => slide(2).map((value, i) => value + ((i * 13 + second * 7) % 9) - 4);
  expect(chosen(Array.from({ length: 20 }, (_, second) => noisy(second)))).toEqual([0]);
});

test('what never comes to rest is looked at now and then', () => {
  expect(chosen(Array.from({ length: 25 }, (_, second) => speaker(second)))).toEqual([0, 10, 20]);
});
