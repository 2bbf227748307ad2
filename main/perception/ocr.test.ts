import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { decodeScores, openTextReader, type TextReader } from './ocr.ts';
import { textModelId } from './protocol.ts';
import { readPgm } from './testing/read-pgm.ts';
import { textBoxes } from './text-boxes.ts';
import { straightened } from './tilt.ts';

const model = join(import.meta.dirname, '../../native-models/bundled', textModelId);
const slide = readPgm(join(import.meta.dirname, 'fixtures/slide.pgm'));

let reader: TextReader;
beforeAll(async () => {
  reader = await openTextReader(model, 1);
});
afterAll(() => reader.dispose());

describe('text in pictures', () => {
  test('is read without a character wrong, from top to bottom', async () => {
    const lines = await reader.read(slide);
    expect(lines.map(({ text }) => text)).toEqual([
      'Quarterly Review 2026',
      'Electricity costs doubled to 48,300 euros',
      'Next step: replace the old machines',
    ]);
    for (const { x, y, width, height } of lines) {
      expect(x).toBeCloseTo(0.06, 1);
      expect(x + width).toBeLessThan(1);
      expect(y).toBeGreaterThan(0.05);
      expect(height).toBeLessThan(0.2);
    }
  });

  test('is read white on black too', async () => {
    const lines = await reader.read({ ...slide, pixels: slide.pixels.map((value) => 255 - value) });
    expect(lines[0]?.text).toBe('Quarterly Review 2026');
    expect(lines).toHaveLength(3);
  });

  test.each([0.02, -0.035])('is read where it is tilted by %d, and is found in its place', async (slope) => {
    const level = await reader.read(slide);
    const tilted = await reader.read(straightened(slide, -slope));
    expect(tilted.map(({ text }) => text)).toEqual(level.map(({ text }) => text));
    for (const [i, { x, y, width }] of tilted.entries()) {
      const line = level[i];
      // The middle of a line falls with its distance from the middle of the picture.
      const fall = (x + width / 2 - 0.5) * slope * (slide.width / slide.height);
      expect(Math.abs(y - fall - (line?.y ?? 0))).toBeLessThan(0.02);
      expect(Math.abs(x - (line?.x ?? 0))).toBeLessThan(0.03);
    }
  });

  test('is not found where there is none', async () => {
    expect(await reader.read({ width: 320, height: 200, pixels: new Uint8Array(64_000).fill(200) })).toEqual([]);
    const gradient = Uint8Array.from({ length: 64_000 }, (_, i) => (i % 320) / 2);
    expect(await reader.read({ width: 320, height: 200, pixels: gradient })).toEqual([]);
    expect(await reader.read({ width: 1, height: 1, pixels: new Uint8Array(1) })).toEqual([]);
  });

  test('is given up when it is no longer wanted, and a picture has all its pixels', async () => {
    const controller = new AbortController();
    const reading = reader.read(slide, controller.signal);
    controller.abort();
    await expect(reading).rejects.toMatchObject({ code: 'cancelled' });
    await expect(reader.read({ ...slide, width: 2 })).rejects.toMatchObject({ code: 'bad-request' });
  });

  test('needs its models, and names what is missing', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'longhand-ocr-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const refusal = (): Promise<unknown> => openTextReader(folder, 1).catch((thrown: unknown) => thrown);
    expect(await refusal()).toMatchObject({ code: 'missing-weights', message: expect.stringContaining('characters') });
    await writeFile(join(folder, 'characters.txt'), 'a\n');
    expect(await refusal()).toMatchObject({ code: 'missing-weights', message: expect.stringContaining('detection') });
  });
});

test('characters that follow each other are one, unless there is a gap', () => {
  const characters = ['', 'a', 'b', ' '];
  const scores = (steps: number[]): Float32Array =>
    Float32Array.from(steps.flatMap((step) => characters.map((_, i) => (i === step ? 0.9 : 0.02))));
  expect(decodeScores(scores([0, 1, 1, 0, 1, 2, 2, 3, 1]), characters)).toMatchObject({ text: 'aab a' });
  expect(decodeScores(scores([0, 0]), characters)).toEqual({ text: '', confidence: 0 });
});

test('boxes lie in the map, and hold all that is marked in a line', () => {
  const place = fc.record({
    x: fc.nat(80),
    y: fc.nat(40),
    w: fc.integer({ min: 4, max: 40 }),
    h: fc.integer({ min: 4, max: 12 }),
  });
  fc.assert(
    fc.property(place, ({ x, y, w, h }) => {
      const [width, height] = [128, 64];
      const map = new Float32Array(width * height);
      for (let row = y; row < y + h; row++) map.fill(0.9, row * width + x, row * width + x + w);
      const { boxes, slope } = textBoxes(map, width, height);
      expect(slope).toBeCloseTo(0);
      expect(boxes).toHaveLength(1);
      const [box] = boxes;
      expect(box?.left).toBeLessThanOrEqual(x);
      expect(box?.right).toBeGreaterThanOrEqual(x + w);
      expect(box?.top).toBeGreaterThanOrEqual(0);
      expect(box?.bottom).toBeLessThanOrEqual(height);
    }),
  );
});
