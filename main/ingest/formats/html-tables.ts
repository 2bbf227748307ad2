/**
 * Tables of a page → tables that Markdown can hold. One that only places things on the page is taken
 * apart; any other gets a cell in each column of each row, and in each cell one line of text.
 */
import { named } from './html-elements.ts';

/** What stands in a cell of a page's layout, and seldom in one of data. */
const layoutContent = 'h1, h2, h3, h4, h5, h6, hr, blockquote, pre, ul, ol, dl, table, article, section';
/** A heading of a row or column has no more characters than this. */
const longestHeading = 200;
/** A cell of more characters, in a table without headings, is a column of a page. */
const longestDatum = 600;
/** Tables within a table of data hold no more characters than this. */
const longestNested = 300;
/** Cells beside each other that are no longer together than this are one line. */
const longestLine = 200;
/** A cell that reaches over several rows is repeated in each when it is no longer than this. */
const longestRepeated = 200;

/** Lists within lists of a cell are told apart to this depth. */
const deepestList = 4;

const maximumColumns = 200;
/** Cells added for those that reach over several rows or columns, at most, in all of a page. */
const maximumAddedCells = 50_000;

interface Table {
  element: Element;
  /** What it is made of besides its cells' contents, from its beginning; tables within it have their own. */
  parts: Element[];
  /** The cells of each row. */
  rows: Element[][];
  /** How deep tables nest in it: 0 when it holds none. */
  height: number;
  /** Characters of the tables in it that hold none. */
  nestedLength: number;
}

const isTable = named(/^table$/i);
const isPart = named(/^(?:caption|col|colgroup|thead|tbody|tfoot|tr|td|th)$/i);
const isRow = named(/^tr$/i);
const isCell = named(/^t[dh]$/i);
const isHeadingCell = named(/^th$/i);
const isCaption = named(/^caption$/i);
const isList = named(/^(?:ul|ol|table)$/i);
const isItem = named(/^(?:li|tr)$/i);
/** What begins a line of its own. */
const isBlock = named(
  /^(?:address|article|aside|blockquote|caption|center|d[dlt]|details|dir|div|fieldset|fig(?:ure|caption)|footer|form|h[1-6r]|header|hgroup|li|main|menu|nav|[ou]l|output|p|pre|section|summary|table|t[dhr]|t(?:body|foot|head))$/i,
);

const isElement = (node: Node): node is Element => node.nodeType === 1;
const textOf = (node: Node): string => (node.textContent ?? '').replace(/\s+/g, ' ').trim();
const isBlank = (cell: Element): boolean => textOf(cell) === '' && !cell.querySelector('img[alt]:not([alt=""])');

function largest(numbers: readonly number[]): number {
  return numbers.reduce((most, number) => Math.max(most, number), 0);
}

/** Collects the tables in an element, those within others first, and the parts of tables that stand in none. */
function collect(element: Element, outer: Table | undefined, tables: Table[], strays: Element[]): void {
  for (const child of element.children) {
    if (isTable(child)) {
      const table: Table = { element: child, parts: [], rows: [], height: 0, nestedLength: 0 };
      collect(child, table, tables, strays);
      tables.push(table);
      if (!outer) continue;
      outer.height = Math.max(outer.height, table.height + 1);
      if (table.height === 0) outer.nestedLength += textOf(child).length;
      continue;
    }
    if (isPart(child)) (outer?.parts ?? strays).push(child);
    if (isRow(child)) outer?.rows.push([...child.children].filter(isCell));
    collect(child, outer, tables, strays);
  }
}

/** True when all that a table holds stands in its caption and in cells of its rows. */
function isWhole({ element, parts, rows }: Table): boolean {
  if (rows.flat().length !== parts.filter(isCell).length) return false;
  return [element, ...parts]
    .filter((part) => !isCell(part) && !isCaption(part))
    .every((part) => [...part.childNodes].every((node) => (isElement(node) ? isPart(node) : textOf(node) === '')));
}

/** True when a table says what its rows or columns are. */
function hasHeadings({ parts }: Table): boolean {
  if (parts.some(named(/^(?:caption|thead)$/i))) return true;
  const cells = parts.filter((part) => isCell(part) && !isBlank(part));
  return (
    cells.some((cell) => !isHeadingCell(cell)) &&
    cells.some(
      (cell) => isHeadingCell(cell) && textOf(cell).length <= longestHeading && !cell.querySelector(layoutContent),
    )
  );
}

/** True for a table of data, false for one that places things on a page. */
function isData(table: Table): boolean {
  const { element, rows, height, nestedLength } = table;
  // What nests deeper is no data; and to look at each table with all that it holds would take a time by the depth.
  if (height > 1 || /^(?:presentation|none)$/i.test(element.getAttribute('role') ?? '') || !isWhole(table))
    return false;
  const filled = rows.map((cells) => cells.filter((cell) => !isBlank(cell))).filter((cells) => cells.length > 0);
  if (filled.length < 2 || largest(filled.map((cells) => cells.length)) < 2) return false;
  if (hasHeadings(table)) return nestedLength <= longestNested;
  if (height > 0) return false;
  if (Number.parseInt(element.getAttribute('border') ?? '', 10) > 0) return true;
  return (
    !element.querySelector(layoutContent) && largest(filled.flat().map((cell) => textOf(cell).length)) <= longestDatum
  );
}

/** Puts another element, with the same contents, in an element's place. */
function convert(element: Element, name: 'div' | 'span', before = '', behind = ''): void {
  const other = element.ownerDocument.createElement(name);
  other.append(before);
  for (const child of [...element.childNodes]) other.append(child);
  other.append(behind);
  element.replaceWith(other);
}

/** Puts what an element holds in its place. */
function unwrap(element: Element): void {
  for (const child of [...element.childNodes]) element.parentNode?.insertBefore(child, element);
  element.replaceWith(' ');
}

/** Short cells that hold no blocks are read as one line. */
function isLine(cells: readonly Element[]): boolean {
  const length = cells.reduce((sum, cell) => sum + textOf(cell).length, 0);
  return length <= longestLine && cells.every((cell) => ![...cell.querySelectorAll('*')].some(isBlock));
}

/** Takes a table apart: what stands in its cells follows one another. */
function takeApart({ element, parts, rows, height }: Table): void {
  const lines = new Set(height > 0 ? [] : rows.filter(isLine).flat());
  const lineRows = new Set<Element | null>([...lines].map((cell) => cell.parentElement));
  for (const part of parts) {
    if (lines.has(part)) convert(part, 'span', '', ' ');
    else if (isCell(part) || isCaption(part) || lineRows.has(part)) convert(part, 'div');
    else unwrap(part);
  }
  unwrap(element);
}

/** Takes off the white space that text ends with; false for what holds neither text nor a picture. */
function trimEnd(node: Node): boolean {
  if (node.nodeType === 3) {
    node.textContent = (node.textContent ?? '').trimEnd();
    return node.textContent !== '';
  }
  return node.nodeName === 'IMG' || [...node.childNodes].toReversed().some(trimEnd);
}

/** The items of a list, or the rows of a table, one after the other in a line. */
function joinItems(list: Element, depth: number): void {
  const items = [...list.children].filter(isItem);
  const texts = new Map(depth > deepestList ? [] : items.map((item) => [item, textOf(item)]));
  const last = items.findLast((item) => texts.get(item));
  const separator = [...texts.values()].some((text) => text.includes(',')) ? '; ' : ', ';
  for (const item of items) {
    const isParted = item !== last && /[^.,;:!?]$/.test(texts.get(item) ?? '');
    if (isParted) trimEnd(item);
    convert(item, 'span', ' ', isParted ? separator : ' ');
  }
  convert(list, 'span', ' ', ' ');
}

/** Makes one line of what a cell holds. */
function toLine(element: Element, depth = 0): void {
  for (const child of [...element.children]) {
    const depthWithin = isList(child) ? depth + 1 : depth;
    toLine(child, depthWithin);
    if (isList(child)) joinItems(child, depthWithin);
    else if (named(/^[bh]r$/i)(child)) child.replaceWith(' ');
    else if (isBlock(child) && !(isList(element) && isItem(child))) convert(child, 'span', ' ', ' ');
  }
}

/** A cell, or the text of one that reaches here from above. */
type Square = Element | string;

function span(cell: Element, attribute: 'rowspan' | 'colspan', most: number): number {
  const written = Number.parseInt(cell.getAttribute(attribute) ?? '1', 10);
  // Zero rows are all that follow.
  return Math.min(most, written === 0 && attribute === 'rowspan' ? most : Math.max(1, written || 1));
}

/** A table's rows with a square for every column: cells that reach over several keep the others in their place. */
function squares(rows: readonly Element[][], budget: { cells: number }): Square[][] {
  /** What still reaches down, by column. */
  let above: { rows: number; text: string }[] = [];
  return rows.map((cells, r) => {
    const row: Square[] = [];
    const below: typeof above = [];
    const add = (square: Square, rowsBelow: number, text: string): void => {
      if (typeof square === 'string') budget.cells -= 1;
      if (rowsBelow > 0) below[row.length] = { rows: rowsBelow, text };
      row.push(square);
    };
    const addFromAbove = (): void => {
      for (let from = above[row.length]; from; from = above[row.length]) add(from.text, from.rows - 1, from.text);
    };
    for (const cell of cells) {
      addFromAbove();
      const most = budget.cells > 0 ? maximumColumns - row.length : 1;
      const columns = span(cell, 'colspan', Math.max(1, most));
      const rowsBelow = budget.cells > 0 ? span(cell, 'rowspan', rows.length - r) - 1 : 0;
      const text = rowsBelow > 0 ? textOf(cell) : '';
      add(cell, rowsBelow, text.length <= longestRepeated ? text : '');
      for (let i = 1; i < columns; i++) add('', rowsBelow, '');
    }
    while (row.length < above.length) {
      addFromAbove();
      if (row.length < above.length) add('', 0, '');
    }
    above = budget.cells > 0 ? below : [];
    return row;
  });
}

const isFilled = (square: Square | undefined): square is Square =>
  square !== undefined && (typeof square === 'string' ? square !== '' : !isBlank(square));

/** Writes a table of data anew: headings in its first row, in every cell a line, and no empty row or column. */
function rewrite({ element, parts, rows }: Table, budget: { cells: number }): void {
  const document = element.ownerDocument;
  for (const cell of rows.flat()) toLine(cell);
  const filled = squares(rows, budget).filter((row) => row.some(isFilled));
  const width = largest(filled.map((row) => row.length));
  const columns = Array.from({ length: width }, (_, i) => i).filter((i) => filled.some((row) => isFilled(row[i])));
  const table = document.createElement('table');
  for (const [r, row] of filled.entries()) {
    const line = document.createElement('tr');
    // What a row lacks at its end is empty; only the first one tells how many columns there are.
    for (const column of r === 0 ? columns : columns.filter((i) => i < row.length)) {
      const cell = document.createElement(r === 0 ? 'th' : 'td');
      const square = row[column] ?? '';
      if (typeof square === 'string') cell.append(square);
      else for (const node of [...square.childNodes]) cell.append(node);
      line.append(cell);
    }
    table.append(line);
  }
  for (const caption of parts.filter(isCaption)) {
    element.before(caption);
    convert(caption, 'div');
  }
  element.replaceWith(table);
}

/** Makes the tables of a page such that Markdown can hold them. */
export function plainTables(content: Element): void {
  const tables: Table[] = [];
  const strays: Element[] = [];
  collect(content, undefined, tables, strays);
  const budget = { cells: maximumAddedCells };
  for (const table of tables) {
    if (isData(table)) rewrite(table, budget);
    else takeApart(table);
  }
  for (const stray of strays) convert(stray, 'div');
}
