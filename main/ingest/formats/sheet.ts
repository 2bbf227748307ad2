/** Rows of a sheet → sections that are tables; every row keeps the cells it stands in. */
import { columnName, formatCells } from './cells.ts';
import type { AnchoredSpan, FoundSection } from './format.ts';
import { escapeMarkdown, tableRow, tableRule } from './markdown-writer.ts';

/** A row of a sheet; empty cells are empty texts. */
export interface SheetRow {
  /** Counted from 0. */
  row: number;
  cells: readonly string[];
}

/** A section is closed when it holds this many characters… */
const fullCharacters = 6_000;
/** …or this many rows. */
const fullRows = 100;
/** A heading row longer than this is not repeated in every section. */
const longestHeading = 1_500;

const isFilled = (cell: string): boolean => cell.trim() !== '';
const filledCells = ({ cells }: SheetRow): number => cells.filter(isFilled).length;

const currency = `(?:\\p{Sc}|${Intl.supportedValuesOf('currency').join('|')})?`;
const number = new RegExp(
  `^[-+(]?\\s*${currency}\\s*[-+]?[\\d.,\\s'’]*\\d[\\d.,\\s'’]*(?:[eE][-+]?\\d+)?\\s*(?:%|${currency})\\)?-?$`,
  'u',
);
/** A longer cell is no number, whatever it looks like. */
const longestNumber = 40;
const date = /^\d{4}-\d\d-\d\d/;
const year = /^(?:19\d\d|20\d\d|2100)$/;

const isYear = (cell = ''): boolean => year.test(cell.trim());

function isName(cell: string): boolean {
  const content = cell.trim();
  return content.length > longestNumber || !(number.test(content) || date.test(content));
}

/** True for a row of names over columns: words, and years where the row below has other things. */
function namesColumns({ cells }: SheetRow, below: SheetRow | undefined): boolean {
  const years = cells.flatMap((cell, column) => (isYear(cell) ? [column] : []));
  return (
    cells.every((cell) => !isFilled(cell) || isYear(cell) || isName(cell)) &&
    (years.length === 0 || (below !== undefined && years.some((column) => !isYear(below.cells[column]))))
  );
}

/** Rows that tell how wide the table below a row is. */
const rowsCompared = 10;
/** A table's row has at least this share of the cells that its rows have as a rule. */
const tableShare = 2 / 3;

/** Whether a row is as wide as the table that follows it; one of a single cell is where all others are, too. */
function isAsWideAs(row: SheetRow, after: readonly SheetRow[]): boolean {
  const widths = after.map(filledCells).sort((a, b) => a - b);
  const filled = filledCells(row);
  const usual = widths[Math.floor(widths.length / 2)] ?? filled;
  return filled >= Math.min(2, widths.at(-1) ?? filled) && filled >= tableShare * usual;
}

/** What stands above a table: its caption, row by row, and the row that names its columns if one does. */
interface Top {
  caption: readonly SheetRow[];
  heading: SheetRow | undefined;
}

/** The top of the table that begins in these rows. */
function topOf(rows: readonly SheetRow[]): Top {
  const first = rows.findIndex((row, i) => isAsWideAs(row, rows.slice(i + 1, i + 1 + rowsCompared)));
  const row = rows[first];
  if (!row) return { caption: [], heading: undefined };
  const isHeading = namesColumns(row, rows[first + 1]) && sizeOf(row) <= longestHeading;
  return { caption: rows.slice(0, first), heading: isHeading ? row : undefined };
}

/** Characters of a row's table row, about. */
function sizeOf({ cells }: SheetRow): number {
  return cells.slice(0, cells.findLastIndex(isFilled) + 1).reduce((sum, cell) => sum + cell.length + 3, 0);
}

interface Columns {
  left: number;
  right: number;
}

/** The first and last column with content in any row. */
function columnsOf(rows: readonly SheetRow[]): Columns {
  let left = Number.POSITIVE_INFINITY;
  let right = 0;
  for (const { cells } of rows) {
    const first = cells.findIndex(isFilled);
    if (first < 0) continue;
    left = Math.min(left, first);
    right = Math.max(right, cells.findLastIndex(isFilled));
  }
  return { left: Number.isFinite(left) ? left : 0, right };
}

/** A row above a table as a paragraph. */
const captionLine = ({ cells }: SheetRow): string =>
  escapeMarkdown(cells.filter(isFilled).join(' ').replace(/\s+/g, ' ').trim()).replace(/^\|/, '\\|');

/** One table of `rows`, its heading repeated from the sheet's first one, or the columns' letters. */
function tableSection(
  sheet: string | null,
  { caption, heading }: Top,
  rows: readonly SheetRow[],
  isFirst: boolean,
): FoundSection {
  const above = new Set(isFirst ? caption : []);
  const body = rows.filter((row) => row !== heading && !above.has(row));
  const { left, right } = columnsOf(heading ? [heading, ...body] : body);
  const line = ({ cells }: SheetRow): string =>
    tableRow(Array.from({ length: right - left + 1 }, (_, i) => cells[left + i] ?? ''));
  const letters = { row: 0, cells: Array.from({ length: right + 1 }, (_, column) => columnName(column)) };
  let text = isFirst && sheet ? `# ${sheet.replace(/\s+/g, ' ')}\n\n` : '';
  const spans: AnchoredSpan[] = [];
  const add = (content: string, row: SheetRow, columns: Columns): void => {
    const cells = formatCells({ ...columns, top: row.row, bottom: row.row });
    spans.push({ start: text.length, end: text.length + content.length, anchor: { kind: 'cells', sheet, cells } });
    text += `${content}\n`;
  };
  for (const row of above) {
    add(captionLine(row), row, columnsOf([row]));
    text += '\n';
  }
  if (heading && rows.includes(heading)) add(line(heading), heading, { left, right });
  else text += `${line(heading ?? letters)}\n`;
  text += `${tableRule(right - left + 1)}\n`;
  for (const row of body) add(line(row), row, { left, right });
  const all = columnsOf(heading ? [heading, ...rows] : rows);
  const top = rows[0]?.row ?? 0;
  const bottom = rows.at(-1)?.row ?? top;
  return {
    title: isFirst ? sheet : null,
    level: isFirst && sheet ? 1 : 0,
    format: 'markdown',
    text: text.trimEnd(),
    anchor: { kind: 'cells', sheet, cells: formatCells({ ...all, top, bottom }) },
    spans,
  };
}

/**
 * Divides a sheet's rows, given in order, into sections. Rows without content are passed over. The first row that is
 * about as wide as those after it names the columns, if it does, and what is above it is the table's caption.
 *
 * @param sheet the sheet's name; null for the one table of a CSV file
 */
export async function* sheetSections(
  sheet: string | null,
  rows: Iterable<SheetRow> | AsyncIterable<SheetRow>,
): AsyncGenerator<FoundSection> {
  /** Known with the rows of the first section. */
  let top: Top | undefined;
  let waiting: SheetRow[] = [];
  let characters = 0;
  const close = (): FoundSection => {
    const isFirst = top === undefined;
    top ??= topOf(waiting);
    const section = tableSection(sheet, top, waiting, isFirst);
    waiting = [];
    characters = 0;
    return section;
  };
  for await (const row of rows) {
    if (!row.cells.some(isFilled)) continue;
    const size = sizeOf(row);
    if (waiting.length > 0 && (characters + size > fullCharacters || waiting.length >= fullRows)) yield close();
    waiting.push(row);
    characters += size;
  }
  if (waiting.length > 0) yield close();
}
