import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { NewSection } from '../../library/section-table.ts';
import { temporaryFolder } from '../../library/testing/temporary-folder.ts';
import { type GreyImage, openTextReader, type TextReader } from '../../perception/ocr.ts';
import { textModelId } from '../../perception/protocol.ts';
import { readDocument } from '../reader.ts';
import { fixture } from '../testing/read.ts';

const model = join(import.meta.dirname, '../../../native-models/bundled', textModelId);
const reference: { pages: Record<string, [string, number, number, number, number][]>; text: string[] } = JSON.parse(
  readFileSync(fixture('twenty-pages.json'), 'utf8'),
);
const wordsOf = (text: string): string[] => text.match(/[\p{L}\p{N}]+/gu) ?? [];
const shareIn = (wanted: string[], found: string[]): number =>
  wanted.filter((word) => found.includes(word)).length / wanted.length;

async function readScan(name: string, readText: (picture: GreyImage) => ReturnType<TextReader['read']>) {
  return readScanAt(fixture(name), readText);
}

async function readScanAt(path: string, readText: (picture: GreyImage) => ReturnType<TextReader['read']>) {
  const name = basename(path);
  const asked: { picture: GreyImage; done: number; total: number }[] = [];
  const reading = readDocument({
    path,
    fileName: name,
    kind: 'pdf',
    byteSize: statSync(path).size,
    readText(picture, { done, total }) {
      asked.push({ picture, done, total });
      return readText(picture);
    },
  });
  const sections: NewSection[] = [];
  for (;;) {
    const step = await reading.next();
    if (step.done) return { asked, sections, summary: step.value };
    sections.push(...step.value.sections);
  }
}

describe('a scanned PDF', () => {
  let reader: TextReader;
  let scan: Awaited<ReturnType<typeof readScan>>;
  beforeAll(async () => {
    reader = await openTextReader(model, 1);
    scan = await readScan('scanned.pdf', (picture) => reader.read(picture));
  }, 60_000);
  afterAll(() => reader.dispose());

  test('is read page by page, none of which is empty', () => {
    expect(scan.asked.map(({ done, total }) => [done, total])).toEqual([
      [0, 2],
      [1, 2],
    ]);
    expect(scan.sections).toHaveLength(2);
    expect(scan.summary.emptySections).toBe(0);
  });

  test('has the words of a page in black and white that is scanned in strips, in paragraphs', () => {
    const text = scan.sections[0]?.text ?? '';
    expect(shareIn(wordsOf(reference.text[1] ?? ''), wordsOf(text))).toBeGreaterThanOrEqual(0.95);
    expect(text).not.toMatch(/\p{L}-\s\p{Ll}/u);
  });

  test('has the words of a page that lies on its side', () => {
    expect(scan.sections[1]?.text).toContain('Corvane');
    const words = wordsOf(scan.sections[1]?.text ?? '');
    expect(shareIn(words, wordsOf(reference.text[3] ?? ''))).toBeGreaterThanOrEqual(0.9);
  });

  test('is cited where the words stand', () => {
    for (const { start, end, anchor } of scan.sections[0]?.passages ?? []) {
      if (anchor.kind !== 'page') throw new Error('not on a page');
      const inside = (reference.pages[2] ?? []).filter(([, left, top, right, bottom]) =>
        anchor.boxes.some(
          (box) =>
            box.x <= (left + right) / 2 &&
            (left + right) / 2 <= box.x + box.width &&
            box.y <= (top + bottom) / 2 &&
            (top + bottom) / 2 <= box.y + box.height,
        ),
      );
      const expected = wordsOf(scan.sections[0]?.text.slice(start, end) ?? '');
      expect(
        shareIn(
          expected,
          inside.flatMap(([word]) => wordsOf(word)),
        ),
      ).toBeGreaterThan(0.85);
    }
  });
});

test('only pages without text are looked at', async () => {
  const line = { text: 'Read from a picture', confidence: 1, x: 0.1, y: 0.1, width: 0.3, height: 0.02 };
  const { asked, sections, summary } = await readScan('half-scanned.pdf', async () => [line]);
  expect(asked.map(({ done, total }) => [done, total])).toEqual([[2, 3]]);
  expect(sections[2]).toMatchObject({
    text: 'Read from a picture',
    passages: [
      { anchor: { page: 3, boxes: [{ x: 0.1, y: 0.1, width: expect.closeTo(0.3), height: expect.closeTo(0.02) }] } },
    ],
  });
  expect(summary.emptySections).toBe(0);
});

test('pages in whose pictures nothing can be read are counted, and a document of nothing else is refused', async () => {
  const { summary } = await readScan('half-scanned.pdf', async () => []);
  expect(summary.emptySections).toBe(1);
  await expect(readScan('scan.pdf', async () => [])).rejects.toMatchObject({ code: 'unsupported' });
});

/** A page of one picture, with a text drawn over it. */
function stampedPage(stamp: string, size = 10): string {
  const path = join(temporaryFolder(), 'stamped.pdf');
  const image = '/Width 1 /Height 1 /BitsPerComponent 8 /ColorSpace /DeviceGray /Length 1';
  const content = `q 200 0 0 200 0 0 cm /P Do Q BT /F ${size} Tf 20 20 Td (${stamp}) Tj ET`;
  const resources =
    '<< /XObject << /P 5 0 R >> /Font << /F << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >>';
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] /Contents 4 0 R /Resources ${resources} >>`,
    `<< /Length ${content.length} >>\nstream\n${content}\nendstream`,
    `<< /Type /XObject /Subtype /Image ${image} >>\nstream\nx\nendstream`,
  ];
  const body = objects.map((object, i) => `${i + 1} 0 obj\n${object}\nendobj\n`).join('');
  writeFileSync(path, `%PDF-1.4\n${body}trailer\n<< /Root 1 0 R >>\n`);
  return path;
}

test('a page with a stamp is read too, without what is drawn over its picture; one with text is not', async () => {
  const place = { confidence: 1, x: 0.1, width: 0.4, height: 0.05 };
  const lines = [
    { ...place, text: 'The first line of the scan', y: 0.2 },
    { ...place, text: 'Scanned with an app', y: 0.87 },
  ];
  const stamped = await readScanAt(stampedPage('Scanned with an app'), async () => lines);
  expect(stamped.asked.map(({ picture }) => picture.pixels[0])).toEqual(['x'.charCodeAt(0)]);
  expect(stamped.sections[0]?.text).toMatch(/^The first line of the scan\s+Scanned with an app$/);
  const written = await readScanAt(stampedPage('Words on a photograph. '.repeat(9), 1), async () => lines);
  expect(written.asked).toEqual([]);
});
