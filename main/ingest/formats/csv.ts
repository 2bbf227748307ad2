/** CSV and TSV: one table, read as a stream (RFC 4180, with any of the usual delimiters). */
import { LonghandError } from '../../../base/errors.ts';
import type { ReadSummary } from '../../library/library.ts';
import { namingErrors, noText } from './failures.ts';
import type { Format, FormatInput, FoundSections } from './format.ts';
import { type SheetRow, sheetSections } from './sheet.ts';
import { textChunks } from './text.ts';

/** Those first that stand least in the text of a field. */
const delimiters = ['\t', ';', ',', '|'];
const maximumFieldCharacters = 1_000_000;
const maximumColumns = 16_384;
/** Lines that the delimiter is guessed from. */
const sampleLines = 20;

/** The delimiter that stands as often in most of the first lines, outside quotation marks. */
export function delimiterOf(start: string): string {
  const lines = start
    .replace(/"(?:[^"]|"")*"/g, '')
    .split(/\r\n?|\n/)
    .filter((line) => line.trim())
    .slice(0, sampleLines);
  const evenness = (delimiter: string): number => {
    const counts = lines.map((line) => line.split(delimiter).length - 1);
    const linesWith = new Map<number, number>();
    for (const count of counts) if (count > 0) linesWith.set(count, (linesWith.get(count) ?? 0) + 1);
    return Math.max(0, ...Array.from(linesWith, ([count, alike]) => alike * 1000 + Math.min(999, count)));
  };
  return delimiters.reduce((best, next) => (evenness(next) > evenness(best) ? next : best));
}

/** Excel's line before the table that names its delimiter, which is no part of it. */
const delimiterLine = /^("?)sep=([\t!#-/:-@[-`{-~])\1(?:\r\n?|\n)/i;

/** How a table begins: its delimiter, named or guessed, and where its first row does. */
function openingOf(start: string): { delimiter: string; tableStart: number } {
  const [line = '', , delimiter = delimiterOf(start)] = delimiterLine.exec(start) ?? [];
  return { delimiter, tableStart: line.length };
}

/** Fields and rows out of pieces of text, whatever place the text is cut at. */
class CsvParser {
  private cells: string[] = [];
  private field = '';
  private state: 'start' | 'plain' | 'quoted' | 'quote' = 'start';
  private afterReturn = false;
  private next = 0;

  /** What ends a field that began without a quotation mark. */
  private readonly fieldEnd: RegExp;

  constructor(private readonly delimiter: string) {
    this.fieldEnd = new RegExp(`[\\${delimiter}\\r\\n]`, 'g');
  }

  /** The rows that end in this piece. */
  *push(piece: string): Generator<SheetRow> {
    let at = 0;
    while (at < piece.length) {
      if (this.state === 'quoted') {
        const quote = piece.indexOf('"', at);
        this.take(piece.slice(at, quote < 0 ? piece.length : quote));
        if (quote < 0) return;
        this.state = 'quote';
        at = quote + 1;
        continue;
      }
      const character = piece[at] ?? '';
      const isLineFeed = character === '\n';
      if (isLineFeed && this.afterReturn) {
        this.afterReturn = false;
        at += 1;
        continue;
      }
      this.afterReturn = false;
      if (character === '"' && this.state === 'start') {
        this.state = 'quoted';
      } else if (character === '"' && this.state === 'quote') {
        this.take('"');
        this.state = 'quoted';
      } else if (character === this.delimiter) {
        this.endField();
      } else if (isLineFeed || character === '\r') {
        this.afterReturn = character === '\r';
        yield this.endRow();
      } else {
        this.fieldEnd.lastIndex = at + 1;
        const end = this.fieldEnd.exec(piece)?.index ?? piece.length;
        this.take(piece.slice(at, end));
        this.state = 'plain';
        at = end;
        continue;
      }
      at += 1;
    }
  }

  /** The last row, when the text does not end with a line's end. */
  *end(): Generator<SheetRow> {
    if (this.field !== '' || this.cells.length > 0) yield this.endRow();
  }

  private take(text: string): void {
    this.field += text;
    if (this.field.length > maximumFieldCharacters)
      throw new LonghandError(
        'too-large',
        `the field in row ${this.next + 1} is longer than ${maximumFieldCharacters} characters`,
      );
  }

  private endField(): void {
    this.cells.push(this.field);
    this.field = '';
    this.state = 'start';
    if (this.cells.length > maximumColumns)
      throw new LonghandError('too-large', `row ${this.next + 1} has more than ${maximumColumns} columns`);
  }

  private endRow(): SheetRow {
    this.endField();
    const row = { row: this.next, cells: this.cells };
    this.cells = [];
    this.next += 1;
    return row;
  }
}

async function* rowsOf(chunks: AsyncGenerator<string>): AsyncGenerator<SheetRow> {
  let parser: CsvParser | undefined;
  for await (const chunk of chunks) {
    let piece = chunk;
    if (!parser) {
      const { delimiter, tableStart } = openingOf(chunk);
      parser = new CsvParser(delimiter);
      piece = chunk.slice(tableStart);
    }
    yield* parser.push(piece);
  }
  if (parser) yield* parser.end();
}

async function* readCsv(input: FormatInput): AsyncGenerator<FoundSections, ReadSummary> {
  let done = 0;
  const counted = textChunks(input, (bytes) => {
    done += bytes;
  });
  let found = false;
  for await (const section of sheetSections(null, rowsOf(counted))) {
    found = true;
    yield { sections: [section], done, total: input.byteSize, unit: 'bytes' };
  }
  if (!found) throw noText();
  return { title: null, metadata: { author: null, language: null, createdAt: null }, emptySections: 0 };
}

export const csv: Format = {
  kind: 'csv',
  name: 'CSV',
  extensions: ['csv', 'tsv', 'tab'],
  mediaType: 'text/csv',
  maximumBytes: 256 * 1024 ** 2,
  sniff: () => false,
  read: namingErrors('a table', readCsv),
};
