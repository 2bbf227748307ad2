/** Cells by their names: "B3" is column 1 and row 2, counted from 0, and "A2:D40" all from one to the other. */

export interface CellRange {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

/** "A", …, "Z", "AA", …: a column's name. */
export function columnName(column: number): string {
  const rest = Math.floor(column / 26);
  return (rest > 0 ? columnName(rest - 1) : '') + String.fromCharCode(65 + (column % 26));
}

/** The column and row of a cell's name; undefined for what is none. */
export function parseCell(name: string): { column: number; row: number } | undefined {
  const [, letters, digits] = /^\$?([A-Z]{1,3})\$?(\d{1,7})$/i.exec(name) ?? [];
  if (!letters || !digits || Number(digits) < 1) return undefined;
  const column = [...letters.toUpperCase()].reduce((sum, letter) => sum * 26 + letter.charCodeAt(0) - 64, 0) - 1;
  return { column, row: Number(digits) - 1 };
}

export function formatCells({ left, top, right, bottom }: CellRange): string {
  const first = `${columnName(left)}${top + 1}`;
  const last = `${columnName(right)}${bottom + 1}`;
  return first === last ? first : `${first}:${last}`;
}

/** The range that `formatCells` wrote. */
export function parseCells(cells: string): CellRange {
  const [first = '', last = first] = cells.split(':');
  const from = parseCell(first) ?? { column: 0, row: 0 };
  const to = parseCell(last) ?? from;
  return { left: from.column, top: from.row, right: to.column, bottom: to.row };
}
