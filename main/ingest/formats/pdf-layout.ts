/**
 * The text of a page from the pieces a PDF draws: a PDF knows glyphs at places, no words, lines or
 * columns. Pieces are joined into runs, runs into rows; columns are found by the gutter between
 * them (a simple form of the recursive XY cut: Nagy and Seth, "Hierarchical representation of
 * optically scanned documents", 1984), and rows are joined into paragraphs.
 *
 * Lengths are fractions of the page, from its top left corner: x of its width, y of its height.
 */
import type { TextBox } from './format.ts';

/** A string drawn at one place; a space may follow it. */
export interface Piece {
  text: string;
  left: number;
  right: number;
  /** Where the letters stand. */
  baseline: number;
  top: number;
  bottom: number;
  /** Width of an em, in fractions of the page's width. */
  em: number;
  rightToLeft: boolean;
}

/** Pieces of one row that belong together: no gap wider than a word space divides them. */
interface Run {
  pieces: Piece[];
  left: number;
  right: number;
  top: number;
  bottom: number;
  baseline: number;
  em: number;
  characters: number;
}

/** A line of text: its runs in reading order. */
export interface Row {
  runs: Run[];
  left: number;
  right: number;
  top: number;
  bottom: number;
  baseline: number;
}

/** Rows that are read together, in one column. */
type Block = Row[];

/** A gap wider than this many ems divides runs: columns, cells of a table. */
const runGap = 1.2;
/** A gap wider than this many ems is a space between words. */
const wordGap = 0.16;
/** Columns of running text have at least this many rows, of about this many characters. */
const columnRows = 4;
const columnCharacters = 18;
/** Columns within columns within columns: no page has more. */
const maximumDepth = 4;

const height = (box: { top: number; bottom: number }): number => box.bottom - box.top;

function extent<T extends { left: number; right: number; top: number; bottom: number }>(items: readonly T[]) {
  const box = { left: 1, right: 0, top: 1, bottom: 0 };
  for (const { left, right, top, bottom } of items) {
    box.left = Math.min(box.left, left);
    box.right = Math.max(box.right, right);
    box.top = Math.min(box.top, top);
    box.bottom = Math.max(box.bottom, bottom);
  }
  return box;
}

function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? 0;
}

/** True when two boxes stand on the same line: superscripts and small capitals included. */
function sameLine(a: { top: number; bottom: number }, b: { top: number; bottom: number }): boolean {
  const overlap = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
  return overlap > 0.6 * Math.min(height(a), height(b));
}

function makeRun(pieces: Piece[]): Run {
  // The largest piece carries the line; a footnote mark beside it does not move it.
  const main = pieces.reduce((best, piece) => (height(piece) > height(best) ? piece : best));
  return {
    pieces,
    ...extent(pieces),
    baseline: main.baseline,
    em: main.em,
    characters: pieces.reduce((sum, { text }) => sum + text.length, 0),
  };
}

/** Groups what stands on the same line, top to bottom, each line in reading direction. */
function linesOf<T extends { left: number; top: number; bottom: number; baseline: number }>(
  items: readonly T[],
  rightToLeft: boolean,
): T[][] {
  const lines: T[][] = [];
  for (const item of items.toSorted((a, b) => a.baseline - b.baseline)) {
    // A line's items follow each other closely in this order; further back than a few there is none.
    const line = lines.slice(-4).findLast(([first]) => first && sameLine(first, item));
    if (line) line.push(item);
    else lines.push([item]);
  }
  for (const line of lines) line.sort((a, b) => (rightToLeft ? b.left - a.left : a.left - b.left));
  return lines;
}

/** Gap between two neighbours on a line, whichever comes first; negative when they overlap. */
function gap(a: { left: number; right: number }, b: { left: number; right: number }): number {
  return Math.max(a.left, b.left) - Math.min(a.right, b.right);
}

/** Pieces of the page joined into runs. Text drawn twice at one place, for bold, counts once. */
function runsOf(pieces: readonly Piece[], rightToLeft: boolean): Run[] {
  const seen = new Set<string>();
  const once = pieces.filter(({ text, left, baseline }) => {
    const key = `${Math.round(left * 1000)} ${Math.round(baseline * 1000)} ${text}`;
    return !seen.has(key) && seen.add(key);
  });
  return linesOf(once, rightToLeft).flatMap((line) => {
    const runs: Piece[][] = [];
    for (const piece of line) {
      const last = runs.at(-1)?.at(-1);
      if (last && gap(last, piece) < runGap * Math.max(last.em, piece.em)) runs.at(-1)?.push(piece);
      else runs.push([piece]);
    }
    return runs.map(makeRun);
  });
}

function rowsOf(runs: readonly Run[], rightToLeft: boolean): Row[] {
  return linesOf(runs, rightToLeft).map((line) => ({ runs: line, ...extent(line), baseline: line[0]?.baseline ?? 0 }));
}

/** True for the text of a column: enough rows of enough characters. */
function isColumn(runs: readonly Run[], rightToLeft: boolean): boolean {
  const rows = rowsOf(runs, rightToLeft);
  const lengths = rows.map((row) => row.runs.reduce((sum, run) => sum + run.characters, 0));
  return rows.length >= columnRows && median(lengths) >= columnCharacters;
}

/** Where a gutter may be: the middle of the gap between two runs of a line, in order of how many lines have it. */
function gutters(runs: readonly Run[], rightToLeft: boolean): number[] {
  const gaps = linesOf(runs, rightToLeft).flatMap((line) =>
    line.slice(1).flatMap((run, i) => {
      const previous = line[i];
      if (!previous) return [];
      return [{ from: Math.min(previous.right, run.right), to: Math.max(previous.left, run.left) }];
    }),
  );
  const votes = (x: number): number => gaps.filter(({ from, to }) => from < x && x < to).length;
  const candidates = [...new Set(gaps.map(({ from, to }) => Math.round(50 * (from + to)) / 100))];
  return candidates
    .map((x) => ({ x, count: votes(x) }))
    .filter(({ count }) => count >= columnRows)
    .sort((a, b) => b.count - a.count)
    .slice(0, 5)
    .map(({ x }) => x);
}

/** Between the runs that cross the gutter: the bands that hold columns, and the rest, top to bottom. */
function bandsAt(x: number, runs: readonly Run[]): { crossing: boolean; runs: Run[] }[] {
  const bands: { crossing: boolean; runs: Run[] }[] = [];
  for (const run of runs.toSorted((a, b) => a.baseline - b.baseline)) {
    const crossing = run.left < x && run.right > x;
    const last = bands.at(-1);
    if (last && last.crossing === crossing) last.runs.push(run);
    else bands.push({ crossing, runs: [run] });
  }
  return bands;
}

/** Runs in the order they are read: columns one after the other where a gutter divides them, else row by row. */
function blocksOf(runs: readonly Run[], rightToLeft: boolean, depth = 0): Block[] {
  if (runs.length === 0) return [];
  if (depth < maximumDepth)
    for (const x of gutters(runs, rightToLeft)) {
      const bands = bandsAt(x, runs).map((band) => {
        const sides = [band.runs.filter((run) => run.right <= x), band.runs.filter((run) => run.left >= x)];
        return { ...band, sides, columns: !band.crossing && sides.every((side) => isColumn(side, rightToLeft)) };
      });
      if (!bands.some(({ columns }) => columns)) continue;
      const blocks: Block[] = [];
      let between: Run[] = [];
      for (const band of bands) {
        if (!band.columns) {
          between.push(...band.runs);
          continue;
        }
        blocks.push(...blocksOf(between, rightToLeft, depth + 1));
        between = [];
        const sides = rightToLeft ? band.sides.toReversed() : band.sides;
        blocks.push(...sides.flatMap((side) => blocksOf(side, rightToLeft, depth + 1)));
      }
      blocks.push(...blocksOf(between, rightToLeft, depth + 1));
      return blocks;
    }
  return [rowsOf(runs, rightToLeft)];
}

/** Rows at the very top and bottom that stand apart from the rest: headers, footers, page numbers. */
function marginRows(rows: readonly Row[]): { header: number; footer: number } {
  const pitch = median(rows.slice(1).map((row, i) => row.baseline - (rows[i]?.baseline ?? 0)));
  const apart = (a: Row | undefined, b: Row | undefined): boolean =>
    a !== undefined && b !== undefined && b.baseline - a.baseline > 1.5 * Math.max(pitch, height(a));
  const header = [1, 2].find((n) => n < rows.length && apart(rows[n - 1], rows[n])) ?? 0;
  const footer = [1, 2].find((n) => n < rows.length - header && apart(rows.at(-n - 1), rows.at(-n))) ?? 0;
  return { header, footer };
}

/** The page's blocks of rows, in reading order. */
export function pageBlocks(pieces: readonly Piece[]): Block[] {
  const visible = pieces.filter(({ text }) => text.trim() !== '');
  const rightToLeft = visible.filter((piece) => piece.rightToLeft).length > visible.length / 2;
  const runs = runsOf(visible, rightToLeft);
  const rows = rowsOf(runs, rightToLeft);
  const { header, footer } = marginRows(rows);
  const body = rows.slice(header, rows.length - footer).flatMap((row) => row.runs);
  return [rows.slice(0, header), ...blocksOf(body, rightToLeft), rows.slice(rows.length - footer)].filter(
    (block) => block.length > 0,
  );
}

/** What a row says, for comparing it with other pages' rows. */
export function rowText(row: Row): string {
  return row.runs.map((run) => run.pieces.map(({ text }) => text).join('')).join(' ');
}

/** Collects a page's text together with the places of its pieces. */
class PageText {
  text = '';
  readonly boxes: TextBox[] = [];

  append(text: string): void {
    this.text += text;
  }

  /** Appends a piece; its box covers its words, without white space around them. */
  place({ text, left, right, top, bottom }: Piece): void {
    const start = this.text.length + (text.length - text.trimStart().length);
    this.boxes.push({ start, end: start + text.trim().length, left, right, top, bottom });
    this.text += text;
  }

  /** Takes back the last character, a hyphen. */
  dropLast(): void {
    this.text = this.text.slice(0, -1);
    const last = this.boxes.at(-1);
    if (last && last.end > this.text.length) {
      const kept = (this.text.length - last.start) / Math.max(1, last.end - last.start);
      last.right = last.left + kept * (last.right - last.left);
      last.end = this.text.length;
    }
  }
}

function placeRow(page: PageText, row: Row): void {
  row.runs.forEach((run, n) => {
    // A tab keeps the cells of a table's row apart.
    if (n > 0) page.append('\t');
    run.pieces.forEach((piece, i) => {
      const previous = run.pieces[i - 1];
      const spaced = !previous || /\s$/.test(page.text) || /^\s/.test(piece.text);
      if (previous && !spaced && gap(previous, piece) > wordGap * piece.em) page.append(' ');
      page.place(piece);
    });
  });
}

/** A word divided at a line's end: its two halves are letters, and the second begins in lower case. */
const dividedWord = /\p{L}[-\u00ad\u2010]$/u;
const continuesWord = /^\p{Ll}/u;

/** What begins an item of a list or a line of a table of contents. */
const listItem = /^\s*(?:[•◦▪‣·–—*-]|\(?(?:\d{1,3}|\p{L})[.)]|\d{1,3}(?:\.\d{1,3})+\.?)\s/u;

/** The white space between two rows of a block: a paragraph's end, a line's end that was meant, or a word space. */
function separator(block: Block, previous: Row, row: Row, pitch: number): '\n\n' | '\n' | ' ' {
  const { left, right } = extent(block);
  const width = right - left;
  const em = row.runs[0]?.em ?? 0;
  const sizes = height(row) / Math.max(1e-6, height(previous));
  if (row.baseline - previous.baseline > 1.35 * pitch || sizes > 1.2 || sizes < 0.83) return '\n\n';
  if (previous.runs.length > 1 || row.runs.length > 1) return '\n';
  const indented = row.left - left > 0.8 * em && previous.left - left < 0.4 * em && row.left - left < 0.25 * width;
  if (indented) return '\n\n';
  if (listItem.test(rowText(row))) return '\n';
  const short = right - previous.right > 0.2 * width;
  return short ? '\n' : ' ';
}

function placeBlock(page: PageText, block: Block): void {
  const pitches = block.slice(1).map((row, i) => row.baseline - (block[i]?.baseline ?? 0));
  block.forEach((row, i) => {
    const previous = block[i - 1];
    if (previous) {
      // The usual distance between rows hereabouts: a table's is not a paragraph's.
      const pitch = median(pitches.slice(Math.max(0, i - 5), i + 4));
      const space = separator(block, previous, row, pitch);
      page.text = page.text.trimEnd();
      if (space !== '\n\n' && dividedWord.test(page.text) && continuesWord.test(rowText(row))) page.dropLast();
      else page.append(space);
    }
    placeRow(page, row);
  });
}

/** The text of blocks of rows, paragraphs divided by blank lines, with the place of each piece. */
export function blocksText(blocks: readonly Block[]): { text: string; boxes: TextBox[] } {
  const page = new PageText();
  for (const block of blocks) {
    page.text = page.text.trimEnd();
    const last = page.text.at(-1);
    // A column's last paragraph goes on in the next one unless a sentence has ended.
    const goesOn =
      last !== undefined && /[\p{L},;\-\u00ad\u2010]/u.test(last) && continuesWord.test(rowText(block[0] as Row));
    if (goesOn && dividedWord.test(page.text)) page.dropLast();
    else if (page.text) page.append(goesOn ? '\n' : '\n\n');
    placeBlock(page, block);
  }
  const text = page.text.trimEnd();
  return { text, boxes: page.boxes };
}
