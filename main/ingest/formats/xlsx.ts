/** XLSX: every sheet as tables; cells as they are shown, dates as dates (ECMA-376 part 1, chapter 18). */
import { LonghandError } from '../../../base/errors.ts';
import type { ReadSummary } from '../../library/library.ts';
import { parseCell } from './cells.ts';
import { startsZip, zipNamesFolder } from './document-zip.ts';
import { namingErrors, noText } from './failures.ts';
import type { Format, FormatInput, FoundSections } from './format.ts';
import { longestCode, numberFormat, plainNumber } from './number-format.ts';
import { type OfficePackage, openOfficePackage } from './office-package.ts';
import { type SheetRow, sheetSections } from './sheet.ts';
import { descendants, elementOf, elementsOf, textOf, type XmlElement, xmlElements } from './xml.ts';

const maximumColumns = 16_384;
const maximumRows = 1_048_576;

const dayMs = 86_400_000;

/** A serial number of days as an ISO date, with the time where there is one; a time alone below one day. */
export function dateOfSerial(serial: number, from1904: boolean): string {
  // Day 60 of the older calendar is 29 February 1900, which never was.
  const days = from1904 ? serial + 1462 : serial < 60 ? serial + 1 : serial;
  const moment = new Date(Date.UTC(1899, 11, 30) + Math.round(days * 86_400) * 1000);
  if (serial < 0 || Number.isNaN(moment.getTime())) return String(serial);
  const iso = moment.toISOString();
  const time = iso.slice(11, 19).replace(/:00$/, '');
  if (serial < 1 && !from1904) return time;
  return moment.getTime() % dayMs === 0 ? iso.slice(0, 10) : `${iso.slice(0, 10)} ${time}`;
}

/** A number of days as hours and minutes, and as seconds where they are shown. */
function durationOfDays(days: number, to: 'minutes' | 'seconds'): string {
  const seconds = Math.round(days * 86_400);
  if (!Number.isSafeInteger(seconds)) return plainNumber(days);
  const whole = Math.abs(seconds);
  const within = [Math.floor(whole / 60) % 60, whole % 60].slice(0, to === 'seconds' ? 2 : 1);
  const parts = [Math.floor(whole / 3600), ...within.map((part) => String(part).padStart(2, '0'))];
  return `${seconds < 0 ? '-' : ''}${parts.join(':')}`;
}

/** How a number is shown: a date, a duration or a number with what its format puts around it. */
type Shown = (value: number, from1904: boolean) => string;

const duration =
  (to: 'minutes' | 'seconds'): Shown =>
  (value) =>
    durationOfDays(value, to);

/**
 * Number formats that every workbook knows without naming them (18.8.30). The currency of those that have one is that of
 * the machine that shows them, which is not known.
 */
const builtIn = new Map<number, Shown>(
  (
    [
      [dateOfSerial, 14, 15, 16, 17, 18, 19, 20, 21, 22, 45, 47],
      [duration('seconds'), 46],
      [numberFormat('0'), 1],
      [numberFormat('0.00'), 2],
      [numberFormat('#,##0'), 3, 5, 6, 37, 38, 41, 42],
      [numberFormat('#,##0.00'), 4, 7, 8, 39, 40, 43, 44],
      [numberFormat('0%'), 9],
      [numberFormat('0.00%'), 10],
    ] satisfies [Shown, ...number[]][]
  ).flatMap(([shown, ...ids]) => ids.map((id) => [id, shown] as const)),
);

/** What a format's code shows: its letters count outside quotation marks and brackets, and not behind digits. */
function shownBy(code: string): Shown {
  if (code.length > longestCode) return plainNumber;
  const [bare = ''] = code
    .replace(/"[^"]*"|\\.|_.|\*./g, '')
    .replace(/\[(?!h+\]|m+\]|s+\])[^\]]*\]/gi, '')
    .split(';');
  // A unit in brackets is counted on where a day would be full.
  if (/\[[hms]+\]/i.test(bare)) return duration(/s/i.test(bare) ? 'seconds' : 'minutes');
  if (/^[^#0]*[ymdhs]/i.test(bare) && !/general|#/i.test(bare)) return dateOfSerial;
  return numberFormat(code);
}

/** What each style of the workbook shows. */
async function shownByStyle(office: OfficePackage, path: string | undefined): Promise<Shown[]> {
  const styles = path === undefined ? undefined : await office.xml(path);
  const formats = elementOf(styles, 'numFmts');
  const named = new Map(
    (formats ? elementsOf(formats, 'numFmt') : []).map(({ attributes }) => [
      Number(attributes.numFmtId),
      shownBy(attributes.formatCode ?? ''),
    ]),
  );
  const cells = elementOf(styles, 'cellXfs');
  return (cells ? elementsOf(cells, 'xf') : []).map(({ attributes }) => {
    const id = Number(attributes.numFmtId ?? 0);
    return named.get(id) ?? builtIn.get(id) ?? plainNumber;
  });
}

function shownNumber(text: string, shown: Shown, from1904: boolean): string {
  const value = Number(text);
  return text.trim() === '' || !Number.isFinite(value) ? text : shown(value, from1904);
}

/** A text with its formatted runs joined; how it is pronounced is left out. */
function richText(element: XmlElement): string {
  return elementsOf(element)
    .map((part) => (part.name === 't' ? textOf(part) : part.name === 'r' ? textOf(elementOf(part, 't')) : ''))
    .join('')
    .replace(/_x([\da-f]{4})_/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
}

interface Workbook {
  sharedStrings: string[];
  shown: Shown[];
  from1904: boolean;
}

function cellText(cell: XmlElement, { sharedStrings, shown, from1904 }: Workbook): string {
  const value = textOf(elementOf(cell, 'v'));
  const { t: type = 'n', s: style = '' } = cell.attributes;
  switch (type) {
    case 's':
      return sharedStrings[Number(value)] ?? '';
    case 'inlineStr': {
      const inline = elementOf(cell, 'is');
      return inline ? richText(inline) : '';
    }
    case 'b':
      return value === '1' ? 'TRUE' : 'FALSE';
    case 'n':
      return shownNumber(value, shown[Number(style)] ?? plainNumber, from1904);
    default:
      return value;
  }
}

/** The rows of a sheet, as they come. */
function* rowsOf(source: string, workbook: Workbook): Generator<SheetRow> {
  let next = 0;
  for (const { element, whole } of xmlElements(source, new Set(['row']))) {
    if (!whole) continue;
    const row = Number(element.attributes.r ?? next + 1) - 1;
    if (!(row >= 0 && row < maximumRows)) throw new LonghandError('bad-file', 'a row has an impossible number');
    next = row + 1;
    const cells: string[] = [];
    for (const cell of elementsOf(element, 'c')) {
      const column = parseCell(cell.attributes.r ?? '')?.column ?? cells.length;
      if (column >= maximumColumns) throw new LonghandError('bad-file', 'a cell has an impossible column');
      while (cells.length < column) cells.push('');
      cells[column] = cellText(cell, workbook);
    }
    yield { row, cells };
  }
}

async function sharedStringsOf(office: OfficePackage, path: string | undefined): Promise<string[]> {
  const strings: string[] = [];
  if (path === undefined || office.find(path) === undefined) return strings;
  for (const { element, whole } of xmlElements(await office.source(path), new Set(['si'])))
    if (whole) strings.push(richText(element));
  return strings;
}

async function* readXlsx(input: FormatInput): AsyncGenerator<FoundSections, ReadSummary> {
  const office = await openOfficePackage(input);
  try {
    const book = await office.xml(office.main);
    const relations = await office.relations(office.main);
    const target = (type: string): string | undefined =>
      [...relations.values()].find((relation) => relation.type === type)?.target;
    const workbook: Workbook = {
      sharedStrings: await sharedStringsOf(office, target('sharedStrings')),
      shown: await shownByStyle(office, target('styles')),
      from1904: /^(?:1|true)$/.test(elementOf(book, 'workbookPr')?.attributes.date1904 ?? ''),
    };
    const sheets = [...(book ? descendants(book, 'sheet') : [])].flatMap(({ attributes }) => {
      const relation = relations.get(attributes['r:id'] ?? '');
      return relation?.type === 'worksheet' ? { name: attributes.name ?? '', path: relation.target } : [];
    });
    if (sheets.length === 0) throw new LonghandError('bad-file', 'it holds no sheet');
    let found = 0;
    for (const [i, { name, path }] of sheets.entries()) {
      for await (const section of sheetSections(name, rowsOf(await office.source(path), workbook))) {
        found += 1;
        yield { sections: [section], done: i, total: sheets.length, unit: 'sheets' };
      }
    }
    if (found === 0) throw noText();
    yield { sections: [], done: sheets.length, total: sheets.length, unit: 'sheets' };
    return { ...(await office.summary()), emptySections: 0 };
  } finally {
    await office.close();
  }
}

export const xlsx: Format = {
  kind: 'xlsx',
  name: 'Excel (XLSX)',
  extensions: ['xlsx', 'xlsm', 'xltx'],
  mediaType: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  maximumBytes: 512 * 1024 ** 2,
  signature: startsZip,
  sniff: (start) => zipNamesFolder(start, 'xl/'),
  read: namingErrors('an Excel workbook', readXlsx),
};
