import { readFileSync, statSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LonghandError } from '../../../base/errors.ts';
import type { NewSection } from '../../library/section-table.ts';
import { readDocument } from '../reader.ts';
import { fixture, type ReadResult, readAll, readBytes, samplesFolder, twentyPages } from '../testing/read.ts';

const readPdf = (path: string): Promise<ReadResult> => readAll(path, 'pdf', statSync(path).size);

/** What Poppler's pdftotext reads, and the text the fixture was made from: see fixtures/make.mjs. */
const reference: { pages: Record<string, [string, number, number, number, number][]>; text: string[] } = JSON.parse(
  readFileSync(fixture('twenty-pages.json'), 'utf8'),
);

const wordsOf = (text: string): string[] => text.split(/\s+/).filter(Boolean);

/** The share of `wanted` that is in `found`, counting each word as often as it occurs. */
function recall(wanted: string[], found: string[]): number {
  const left = new Map<string, number>();
  for (const word of found) left.set(word, (left.get(word) ?? 0) + 1);
  const hits = wanted.filter((word) => {
    const count = left.get(word) ?? 0;
    left.set(word, count - 1);
    return count > 0;
  });
  return hits.length / wanted.length;
}

describe('the twenty pages', async () => {
  const { sections, summary, progress } = await readPdf(twentyPages);
  const page = (number: number): NewSection => {
    const section = sections[number - 1];
    if (!section) throw new Error(`There is no page ${number}.`);
    return section;
  };

  test('one section a page, with the titles of the outline, and what the document says of itself', () => {
    expect(sections.map(({ anchor }) => anchor.kind === 'page' && anchor.page)).toEqual(
      Array.from({ length: 20 }, (_, i) => i + 1),
    );
    expect([page(1).title, page(4).title, page(8).title]).toEqual([
      'A Guide to the Twenty Islands',
      'The island of Corvane',
      'How the survey was made',
    ]);
    expect(summary).toMatchObject({
      title: 'A Guide to the Twenty Islands',
      emptySections: 0,
      metadata: { author: 'Ilse Varga' },
    });
    expect(summary.metadata.createdAt).toMatch(/^\d{4}-\d{2}-\d{2}$/);
    expect(progress.at(-1)).toEqual({ done: 20, total: 20, unit: 'pages' });
  });

  test('every page has the words it was made from, in their order', () => {
    const shares = reference.text.map((text, i) => recall(wordsOf(text), wordsOf(page(i + 1).text)));
    expect(Math.min(...shares)).toBeGreaterThanOrEqual(0.99);
    expect(page(4).text).toContain(
      'The island is known for the abbey library, where 2,316 manuscripts survived the fire of 1771.',
    );
  });

  test('nothing else: the running title and the page number are not text', () => {
    const added = reference.text.map((text, i) => 1 - recall(wordsOf(page(i + 1).text), wordsOf(text)));
    expect(Math.max(...added)).toBeLessThanOrEqual(0.01);
  });

  test('two columns are read one after the other, paragraphs whole', () => {
    const paragraphs = page(8).text.split('\n\n');
    expect(paragraphs).toHaveLength(7);
    expect(paragraphs[3]).toMatch(/^Her method was simple .* not there\.$/);
    expect(paragraphs[6]).toMatch(/^The results were printed .* before votes\.$/);
  });

  test('a table keeps its rows', () => {
    expect(page(20).text).toContain('Estrella Minor \t1.4 \tthe Beacon \t39 \t7\n');
  });

  test.each(
    Object.keys(reference.pages).map(Number),
  )('the boxes of page %i cover the words of each passage', (number) => {
    const words = reference.pages[number] ?? [];
    for (const { start, end, anchor } of page(number).passages) {
      if (anchor.kind !== 'page') throw new Error('not on a page');
      const inside = words.filter(([, left, top, right, bottom]) =>
        anchor.boxes.some(
          (box) =>
            box.x <= (left + right) / 2 &&
            (left + right) / 2 <= box.x + box.width &&
            box.y <= (top + bottom) / 2 &&
            (top + bottom) / 2 <= box.y + box.height,
        ),
      );
      const expected = wordsOf(page(number).text.slice(start, end));
      const found = inside.map(([word]) => word);
      // A word at a passage's edge may fall to its neighbour: letters are not equally wide.
      expect(recall(expected, found)).toBeGreaterThanOrEqual(0.97);
      expect(recall(found, expected)).toBeGreaterThanOrEqual(0.97);
    }
  });

  test('boxes stay on the page and are about a line high', () => {
    for (const { passages } of sections)
      for (const { anchor } of passages)
        for (const box of anchor.kind === 'page' ? anchor.boxes : []) {
          expect(Math.min(box.x, box.y)).toBeGreaterThanOrEqual(0);
          expect(Math.max(box.x + box.width, box.y + box.height)).toBeLessThanOrEqual(1 + 1e-9);
          expect(box.height).toBeLessThan(0.06);
        }
  });
});

test('the sample document is read whole', async () => {
  const { sections, summary } = await readPdf(`${samplesFolder}/a-short-history-of-the-lighthouse.pdf`);
  expect(summary.title).toBe('A Short History of the Lighthouse');
  expect(sections).toHaveLength(6);
  const source = readFileSync(fixture('sources/a-short-history-of-the-lighthouse.html'), 'utf8');
  const body = source.replace(/[\s\S]*<body>/, '').replace(/<[^>]+>/g, ' ');
  expect(
    recall(
      wordsOf(body),
      sections.flatMap(({ text }) => wordsOf(text)),
    ),
  ).toBeGreaterThanOrEqual(0.99);
});

test('an encrypted file says that it needs a password', async () => {
  await expect(readPdf(fixture('encrypted.pdf'))).rejects.toMatchObject({
    code: 'needs-password',
    message: expect.stringMatching(/“encrypted\.pdf” needs a password/),
  });
});

test('an encrypted file is opened by its password, and by no other', async () => {
  const path = fixture('encrypted.pdf');
  const input = { path, fileName: 'encrypted.pdf', kind: 'pdf' as const, byteSize: statSync(path).size };
  const step = await readDocument({ ...input, password: 'secret' }).next();
  expect(
    recall(wordsOf(reference.text[1] ?? ''), wordsOf(step.done ? '' : (step.value.sections[0]?.text ?? ''))),
  ).toBeGreaterThan(0.99);
  await expect(readDocument({ ...input, password: 'wrong' }).next()).rejects.toMatchObject({
    code: 'needs-password',
    message: expect.stringContaining('not opened by this password'),
  });
});

test('a scan says that it holds no text', async () => {
  await expect(readPdf(fixture('scan.pdf'))).rejects.toMatchObject({
    code: 'unsupported',
    message: expect.stringMatching(/“scan\.pdf” holds no text/),
  });
});

test('scanned pages between others are counted', async () => {
  const { sections, summary } = await readPdf(fixture('half-scanned.pdf'));
  expect(summary.emptySections).toBe(1);
  expect(sections.map(({ text }) => text === '')).toEqual([false, false, true]);
});

test('a truncated file gives what there is of it, or a clear error', async () => {
  const bytes = readFileSync(twentyPages);
  for (const share of [0.9, 0.5, 0.02]) {
    const result = await readBytes('cut.pdf', bytes.subarray(0, bytes.length * share), 'pdf').catch(
      (thrown: unknown) => thrown,
    );
    if (result instanceof Error)
      expect(result).toMatchObject({ name: 'LonghandError', message: expect.stringContaining('cut.pdf') });
    else expect((result as ReadResult).sections.length).toBeGreaterThan(0);
  }
});

/** A PDF small enough to see what is mutated: one page, one font, uncompressed. */
function smallPdf(content: string): string {
  return pdfOf([
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] /Contents 4 0 R /Resources << /Font << /F 5 0 R >> >> >>',
    `<< /Length ${content.length} >>\nstream\n${content}\nendstream`,
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
  ]);
}

function pdfOf(objects: readonly string[]): string {
  let text = '%PDF-1.4\n';
  const offsets = objects.map((object, i) => {
    const offset = text.length;
    text += `${i + 1} 0 obj\n${object}\nendobj\n`;
    return `${String(offset).padStart(10, '0')} 00000 n \n`;
  });
  const xref = text.length;
  return `${text}xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${offsets.join('')}trailer\n<< /Size ${objects.length + 1} /Root 1 0 R >>\nstartxref\n${xref}\n%%EOF\n`;
}

const lines = 'BT /F 12 Tf 20 100 Td (Height of the tower: 55 m) Tj 0 -14 Td (Built about 100 AD) Tj ET';

test('a font that is not embedded is measured, and its text found', async () => {
  const { sections } = await readBytes('small.pdf', smallPdf(lines), 'pdf');
  expect(sections[0]?.text).toBe('Height of the tower: 55 m Built about 100 AD');
  const anchor = sections[0]?.passages[0]?.anchor;
  expect(anchor?.kind === 'page' && anchor.boxes).toMatchObject([
    { x: expect.closeTo(0.1, 2), y: expect.closeTo(0.5 - 0.05, 1) },
    { x: expect.closeTo(0.1, 2) },
  ]);
});

test('text outside the page is left out, turned text is kept', async () => {
  const content =
    'BT /F 12 Tf 20 100 Td (seen) Tj 500 0 Td (hidden) Tj ET BT /F 12 Tf 0 1 -1 0 180 20 Tm (Turned) Tj ET';
  const { sections } = await readBytes('small.pdf', smallPdf(content), 'pdf');
  expect(sections[0]?.text).toBe('seen\n\nTurned');
});

test('a million pages, all of them the same, are refused', async () => {
  const thousand = (reference: string): string => Array<string>(1000).fill(reference).join(' ');
  const file = pdfOf([
    '<< /Type /Catalog /Pages 2 0 R >>',
    `<< /Type /Pages /Kids [${thousand('3 0 R')}] /Count 1000000 >>`,
    `<< /Type /Pages /Parent 2 0 R /Kids [${thousand('4 0 R')}] /Count 1000 >>`,
    '<< /Type /Page /Parent 3 0 R /MediaBox [0 0 200 200] >>',
  ]);
  await expect(readBytes('endless.pdf', file, 'pdf')).rejects.toMatchObject({
    code: 'too-large',
    message: expect.stringContaining('1000000 pages'),
  });
});

test('mutated files end in bounded text or in a clear error', async () => {
  const original = Buffer.from(smallPdf(lines), 'latin1');
  const edit = fc.tuple(
    fc.nat(original.length - 1),
    fc.oneof(fc.nat(255), fc.constantFrom(...Buffer.from('0<>[]()/ R9-'))),
  );
  const mutated = fc
    .tuple(fc.array(edit, { maxLength: 12 }), fc.nat(original.length), fc.nat(40))
    .map(([edits, from, length]) => {
      const bytes = Buffer.from(original);
      for (const [at, value] of edits) bytes[at] = value;
      return Buffer.concat([bytes.subarray(0, from), bytes.subarray(from + length)]);
    });
  await fc.assert(
    fc.asyncProperty(mutated, async (bytes) => {
      const result = await readBytes('fuzz.pdf', bytes, 'pdf').catch((thrown: unknown) => thrown);
      if (result instanceof Error) expect(result).toBeInstanceOf(LonghandError);
      else expect((result as ReadResult).sections.length).toBeLessThan(100);
    }),
    { numRuns: 150 },
  );
});
