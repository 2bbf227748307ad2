/**
 * How well pictures of text are read: pages of books, drawn by a browser in several ways, whose characters are known. They
 * are added as a person's would be, decoded by a window and read by the real processes.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Services } from '../../main/index.ts';
import { addFile, launchBrowser, openLonghand } from '../longhand.ts';
import { readBooks } from './books.ts';
import { editDistance } from './edit-distance.ts';
import { escaped } from './plot.ts';
import { tableOf } from './report.ts';

export interface OcrRow {
  /** How the pages look. */
  look: string;
  pages: number;
  characters: number;
  /** Wrong characters over all. */
  characterErrorRate: number;
  /** The share of lines without a wrong character. */
  linesRight: number;
  secondsPerPage: number;
}

/** Published for the model, by lines: all of a line's characters have to be right. Its own test set, mostly Chinese. */
export const publishedLinesRight = 0.8328;

/** As CSS. */
const looks: Readonly<Record<string, string>> = {
  'a printed page': 'font: 26px/1.5 serif',
  'small print': 'font: 17px/1.4 serif',
  'a web page': 'font: 24px/1.5 sans-serif',
  typewriter: 'font: 24px/1.5 monospace',
  'a pale copy': 'font: 26px/1.5 serif; color: #777; background: #ddd',
  'a blurred, tilted scan': 'font: 26px/1.5 serif; filter: blur(1px); transform: rotate(1deg)',
};
const pagesOfLook = 4;
const linesOfPage = 30;
const charactersOfLine = 64;

/** What can be typed on an English keyboard. */
const plain = (text: string): string =>
  text
    .replace(/[\u2018\u2019]/g, "'")
    .replace(/[\u201c\u201d]/g, '"')
    .replace(/[\u2013\u2014]/g, '-')
    .replace(/[^ -~]/g, '');

/** Prose in lines. */
async function* linesOfBooks(): AsyncGenerator<string> {
  for (const { paragraphs } of await readBooks())
    for (const paragraph of paragraphs) {
      let line = '';
      for (const word of plain(paragraph).split(/\s+/).filter(Boolean)) {
        if (line.length + word.length >= charactersOfLine) {
          yield line;
          line = '';
        }
        line += line === '' ? word : ` ${word}`;
      }
    }
}

const pageOf = (lines: readonly string[], style: string): string =>
  `<body style="margin: 0; background: white"><main style="padding: 90px; white-space: nowrap; ${style}">
  ${lines.map((line) => `<div>${escaped(line)}</div>`).join('')}</main></body>`;

/** What the app reads in a picture. */
async function textIn({ ingest, library }: Services, path: string): Promise<string> {
  const { id } = await addFile({ ingest, library }, path);
  const text = library
    .sections(id, 0, 1)
    .map((section) => section.text)
    .join('\n');
  await ingest.remove(id);
  return text;
}

/** Spaces are compared too, the ends of lines as one. */
const charactersOf = (text: string): string[] => [...text.replace(/\s+/g, ' ').trim()];

/** Draws and reads pages of every look; gives one row each. */
export async function evaluateOcr(): Promise<OcrRow[]> {
  const folder = await mkdtemp(join(tmpdir(), 'longhand-pages-'));
  const { services, close } = await openLonghand({ window: true });
  const browser = await launchBrowser();
  try {
    const page = await browser.newPage({ viewport: { width: 1240, height: 1400 } });
    const prose = linesOfBooks();
    const rows: OcrRow[] = [];
    for (const [look, style] of Object.entries(looks)) {
      const sums = { characters: 0, errors: 0, lines: 0, right: 0, seconds: 0 };
      for (let number = 0; number < pagesOfLook; number++) {
        const lines: string[] = [];
        while (lines.length < linesOfPage) lines.push((await prose.next()).value);
        await page.setContent(pageOf(lines, style));
        const path = join(folder, `${look} ${number}.png`);
        await page.screenshot({ path });
        const began = performance.now();
        const text = await textIn(services, path);
        sums.seconds += (performance.now() - began) / 1000;
        const truth = charactersOf(lines.join('\n'));
        const read = new Set(text.split('\n').map((line) => line.trim()));
        sums.characters += truth.length;
        sums.errors += editDistance(truth, charactersOf(text));
        sums.lines += lines.length;
        sums.right += lines.filter((line) => read.has(line)).length;
      }
      const row = {
        look,
        pages: pagesOfLook,
        characters: sums.characters,
        characterErrorRate: round(sums.errors / sums.characters, 4),
        linesRight: round(sums.right / sums.lines, 3),
        secondsPerPage: round(sums.seconds / pagesOfLook, 2),
      };
      process.stderr.write(`${look}: ${row.characterErrorRate} of the characters wrong\n`);
      rows.push(row);
    }
    return rows;
  } finally {
    await browser.close();
    await close();
    await rm(folder, { recursive: true, force: true });
  }
}

const round = (value: number, digits: number): number => Number(value.toFixed(digits));

/** The rows as a table of Markdown. */
export function ocrTable(rows: readonly OcrRow[]): string {
  const head = ['look', 'pages', 'characters', 'character error rate', 'lines right', 'seconds a page'];
  const lines = rows.map(({ look, pages, characters, characterErrorRate, linesRight, secondsPerPage }) => [
    look,
    pages,
    characters,
    characterErrorRate,
    linesRight,
    secondsPerPage,
  ]);
  return `${tableOf(head, lines)}
Published for the model: ${publishedLinesRight} of the lines right, on a harder set of its own that is mostly Chinese.\n`;
}
