/** ODS: spreadsheets of LibreOffice and others, every sheet as tables. */
import { LonghandError } from '../../../base/errors.ts';
import type { ReadSummary } from '../../library/library.ts';
import { startsZip, zipSaysType } from './document-zip.ts';
import { namingErrors, noText } from './failures.ts';
import type { Format, FormatInput, FoundSections } from './format.ts';
import { inlineText, openOpenDocument, repeated } from './open-document.ts';
import { type SheetRow, sheetSections } from './sheet.ts';
import { elementsOf, type MetElement, type XmlElement, xmlElements } from './xml.ts';

const mediaType = 'application/vnd.oasis.opendocument.spreadsheet';
const maximumColumns = 16_384;
const maximumRows = 1_048_576;
/** A row with content that says it stands for more is bounded by this. */
const mostRepeatedRows = 1_000;

/** A cell as it is shown, but dates as ISO dates, whatever the language of the sheet. */
function cellText(cell: XmlElement): string {
  const { attributes } = cell;
  const date = attributes['office:date-value'];
  if (date) return date.replace('T', ' ').replace(/(?: 00:00:00|:00)$/, '');
  const paragraphs = elementsOf(cell, 'p').map((paragraph) => inlineText(paragraph).trim());
  return paragraphs.length > 0 ? paragraphs.join(' ') : (attributes['office:value'] ?? '');
}

function cellsOf(row: XmlElement): string[] {
  const cells: string[] = [];
  for (const cell of elementsOf(row)) {
    if (cell.name !== 'table-cell' && cell.name !== 'covered-table-cell') continue;
    const text = cell.name === 'table-cell' ? cellText(cell) : '';
    const count = repeated(cell, 'table:number-columns-repeated', maximumColumns);
    if (cells.length + count > maximumColumns && text)
      throw new LonghandError('too-large', `a row has more than ${maximumColumns} columns`);
    for (let i = 0; i < count && cells.length < maximumColumns; i++) cells.push(text);
  }
  return cells;
}

/** The tables of a document, each with its rows, which are to be read to their end before the next. */
function* sheetsOf(source: string): Generator<{ name: string; rows: Generator<SheetRow> }> {
  const met = xmlElements(source, new Set(['table-row', 'shapes', 'tracked-changes']));
  let next: MetElement | undefined = met.next().value ?? undefined;
  const step = (): MetElement | undefined => {
    const { value, done } = met.next();
    return done ? undefined : value;
  };
  const isSheet = ({ element, whole }: MetElement): boolean => !whole && element.name === 'table';

  function* rows(): Generator<SheetRow> {
    let row = 0;
    for (next = step(); next && !isSheet(next); next = step()) {
      const { element, whole } = next;
      if (!whole || element.name !== 'table-row') continue;
      const cells = cellsOf(element);
      const isFilled = cells.some((cell) => cell.trim());
      const count = repeated(element, 'table:number-rows-repeated', maximumRows);
      for (let i = 0; isFilled && i < Math.min(count, mostRepeatedRows); i++) yield { row: row + i, cells };
      row += count;
    }
  }

  while (next)
    if (isSheet(next)) yield { name: next.element.attributes['table:name'] ?? '', rows: rows() };
    else next = step();
}

async function* readOds(input: FormatInput): AsyncGenerator<FoundSections, ReadSummary> {
  const document = await openOpenDocument(input);
  try {
    const source = await document.source('content.xml');
    let found = 0;
    let sheets = 0;
    for (const { name, rows } of sheetsOf(source)) {
      for await (const section of sheetSections(name, rows)) {
        found += 1;
        yield { sections: [section], done: sheets, total: sheets + 1, unit: 'sheets' };
      }
      sheets += 1;
    }
    if (found === 0) throw noText();
    return { ...(await document.summary()), emptySections: 0 };
  } finally {
    await document.close();
  }
}

export const ods: Format = {
  kind: 'ods',
  name: 'OpenDocument spreadsheet (ODS)',
  extensions: ['ods', 'ots'],
  mediaType,
  maximumBytes: 512 * 1024 ** 2,
  signature: startsZip,
  sniff: (start) => zipSaysType(start, mediaType),
  read: namingErrors('an OpenDocument spreadsheet', readOds),
};
