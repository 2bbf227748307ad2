/**
 * What a passage is to be read behind when the text before it is not there: rows of a table say little without the names
 * of their columns, and lines of code are none of prose.
 */

/** In sections longer than this, which no reader makes of usual documents, nothing is looked for. */
export const longestLookedThrough = 32_000;
/** Names of columns that are longer than this would take more room than the rows. */
const longestHeader = 300;

const row = /^[ \t]*\|/;
const rule = /^[ \t]*\|(?=[^\n]*-)[\s:|-]+$/;
const fence = /^ {0,3}(`{3,}(?=[^`]*$)|~{3,})/;

export const isTableRow = (line: string): boolean => row.test(line);

/** The first row of the table in whose further rows the character at `start` stands; undefined when it stands in none. */
export function tableHeaderBefore(text: string, start: number): string | undefined {
  if (start > longestLookedThrough) return undefined;
  const lineStart = start === 0 ? 0 : text.lastIndexOf('\n', start - 1) + 1;
  if (!isTableRow(text.slice(lineStart, start + 1))) return undefined;
  const lines = text.slice(0, lineStart).split('\n').slice(0, -1);
  const [header, below = ''] = lines.slice(lines.findLastIndex((line) => !isTableRow(line)) + 1);
  return header !== undefined && header.length <= longestHeader && rule.test(below) ? header.trim() : undefined;
}

/** The fence of code that is open after a line, when `open` was before it. */
export function fenceAfter(open: string | undefined, line: string): string | undefined {
  const mark = fence.exec(line)?.[1];
  if (mark === undefined) return open;
  if (open === undefined) return line.trim();
  // It ends with as many of the same marks, or more, and nothing behind them.
  const opened = fence.exec(open)?.[1] ?? open;
  return mark.startsWith(opened) && line.trim() === mark ? undefined : open;
}

/** The fence that begins the code in which the character at `start` stands; undefined when it stands in none. */
function fenceBefore(text: string, start: number): string | undefined {
  const before = text.slice(0, start);
  if (start > longestLookedThrough || !/`{3}|~{3}/.test(before)) return undefined;
  return before.split('\n').slice(0, -1).reduce<string | undefined>(fenceAfter, undefined);
}

/** The line that a passage which begins at `start` is to be read behind, if there is one. */
export function leadOf(text: string, start: number): string | undefined {
  return tableHeaderBefore(text, start) ?? fenceBefore(text, start);
}
