import { expect, test } from 'vitest';
import { readBytes } from '../testing/read.ts';
import { textPages } from './text-pages.ts';

const page = (n: number, body: string): string =>
  `Tarnwick Trust\n\n${body}\n\nAnnual Report 2017                              Page ${n}\n\f`;

test('the pages of a text are its sections, with their numbers, and headers are read once', async () => {
  const bodies = ['Wetland one.', 'Peat two.', '', 'Reeds 2017 four.', 'Total 5'];
  const { sections } = await readBytes('a.txt', bodies.map((body, i) => page(i + 5, body)).join(''), 'text');
  expect(sections.map(({ anchor, text }) => [anchor.kind === 'page' && anchor.page, text])).toEqual([
    [1, 'Tarnwick Trust\n\nWetland one.\n\nAnnual Report 2017                              Page 5'],
    [2, 'Peat two.'],
    [3, 'Tarnwick Trust\n\n\n\nAnnual Report 2017                              Page 7'],
    [4, 'Reeds 2017 four.'],
    [5, 'Total 5'],
  ]);
  for (const { passages } of sections)
    for (const { anchor } of passages) expect(anchor).toMatchObject({ kind: 'page', boxes: [] });
});

test('what differs from page to page is no header', () => {
  const pages = [120, 45, 80, 7].map((sum) => `Invoice\nOil\n\nTotal ${sum}.50`);
  expect(textPages(pages.join('\f')).map((text) => text.split('\n').at(-1))).toEqual([
    'Total 120.50',
    'Total 45.50',
    'Total 80.50',
    'Total 7.50',
  ]);
});

test('words that a line’s end divides are put together', () => {
  const [text] = textPages(
    'The lake of Tarn-\nwick, a well-known one, is well-\nknown to walk-\ners. Main-\nand side roads, 2017-\n2018, Anglo-\nSaxon.\f',
  );
  expect(text).toBe(
    'The lake of Tarnwick,\na well-known one, is well-known\nto walkers.\nMain-\nand side roads, 2017-\n2018, Anglo-\nSaxon.',
  );
});

test('a text without pages stays as it is', async () => {
  const { sections } = await readBytes('a.txt', 'Tarn-\nwick', 'text');
  expect(sections).toMatchObject([{ text: 'Tarn-\nwick', anchor: { kind: 'range', start: 0, end: 10 } }]);
});
