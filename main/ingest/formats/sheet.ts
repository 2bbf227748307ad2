/** Rows of a sheet → sections that are tables; every row keeps the cells it stands in. */
import { columnName, formatCells } from './cells.ts';
import type { AnchoredSpan, FoundSection } from './format.ts';
import { tableRow, tableRule } from './markdown-writer.ts';

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

const number = /^[-+]?[\d.,\s]*\d[\d.,\s]*(?:e[-+]?\d+)?\s*%?$/i;
const date = /^\d{4}-\d\d-\d\d/;

/** True for a row of names over columns: words, none of them a number or a date. */
function isHeading({ cells }: SheetRow): boolean {
  const filled = cells.filter((cell) => cell.trim());
  return filled.length > 0 && filled.every((cell) => !number.test(cell.trim()) && !date.test(cell));
}

const isFilled = (cell: string): boolean => cell.trim() !== '';

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

/** One table of `rows`, its heading repeated from the sheet's first row, or the columns' letters. */
function tableSection(
  sheet: string | null,
  heading: SheetRow | undefined,
  rows: readonly SheetRow[],
  isFirst: boolean,
): FoundSection {
  const body = rows.filter((row) => row !== heading);
  const { left, right } = columnsOf(heading ? [heading, ...rows] : rows);
  const line = ({ cells }: SheetRow): string =>
    tableRow(Array.from({ length: right - left + 1 }, (_, i) => cells[left + i] ?? ''));
  const letters = { row: 0, cells: Array.from({ length: right + 1 }, (_, column) => columnName(column)) };
  const name = isFirst && sheet ? `# ${sheet.replace(/\s+/g, ' ')}\n\n` : '';
  let text = name;
  const spans: AnchoredSpan[] = [];
  const add = (content: string, row?: number): void => {
    if (row !== undefined) {
      const cells = formatCells({ left, top: row, right, bottom: row });
      spans.push({ start: text.length, end: text.length + content.length, anchor: { kind: 'cells', sheet, cells } });
    }
    text += `${content}\n`;
  };
  const inThisPart = heading !== undefined && rows.includes(heading);
  add(line(heading ?? letters), inThisPart ? heading.row : undefined);
  add(tableRule(right - left + 1));
  for (const row of body) add(line(row), row.row);
  const top = rows[0]?.row ?? 0;
  const bottom = rows.at(-1)?.row ?? top;
  return {
    title: isFirst ? sheet : null,
    level: isFirst && sheet ? 1 : 0,
    format: 'markdown',
    text: text.trimEnd(),
    anchor: { kind: 'cells', sheet, cells: formatCells({ left, top, right, bottom }) },
    spans,
  };
}

/**
 * Divides a sheet's rows, given in order, into sections. Rows without content are passed over.
 *
 * @param sheet the sheet's name; null for the one table of a CSV file
 */
export async function* sheetSections(
  sheet: string | null,
  rows: Iterable<SheetRow> | AsyncIterable<SheetRow>,
): AsyncGenerator<FoundSection> {
  let heading: SheetRow | undefined;
  let waiting: SheetRow[] = [];
  let characters = 0;
  let isFirst = true;
  const close = (): FoundSection => {
    const section = tableSection(sheet, heading, waiting, isFirst);
    isFirst = false;
    waiting = [];
    characters = 0;
    return section;
  };
  for await (const row of rows) {
    const last = row.cells.findLastIndex(isFilled);
    if (last < 0) continue;
    const size = row.cells.slice(0, last + 1).reduce((sum, cell) => sum + cell.length + 3, 0);
    if (isFirst && waiting.length === 0 && isHeading(row) && size <= longestHeading) heading = row;
    if (waiting.length > 0 && (characters + size > fullCharacters || waiting.length >= fullRows)) yield close();
    waiting.push(row);
    characters += size;
  }
  if (waiting.length > 0) yield close();
}
