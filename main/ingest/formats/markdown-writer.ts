/** Markdown from text that is not Markdown: what it says is what is read. */

/** Escapes what Markdown would take for a mark; lines stay as they are. */
export function escapeMarkdown(text: string): string {
  return text
    .replace(/[\\`*]/g, '\\$&')
    .replace(/(^|[^\p{L}\p{N}])_|_(?=[^\p{L}\p{N}]|$)/gu, (mark) => mark.replace('_', '\\_'))
    .replace(/<(?=[A-Za-z/!?])/g, '\\<')
    .replace(/^([ \t]*)([#>+=-]|~~~)(?=[\s#>=~-]|$)/gm, '$1\\$2')
    .replace(/^([ \t]*\d{1,9})([.)])(?=\s|$)/gm, '$1\\$2');
}

const oneLine = (text: string): string => text.replace(/\s+/g, ' ').trim();

/** A heading of level 1 to 6. */
export function headingLine(level: number, text: string): string {
  return `${'#'.repeat(Math.min(6, Math.max(1, level)))} ${escapeMarkdown(oneLine(text))}`;
}

/** A list item, of a numbered list when it has a number; `depth` counts from 0. */
export function listItem(depth: number, text: string, number?: number): string {
  return `${'   '.repeat(Math.min(depth, 8))}${number === undefined ? '-' : `${number}.`} ${escapeMarkdown(oneLine(text))}`;
}

/** One row of a table, in the syntax of GitHub Flavored Markdown. */
export function tableRow(cells: readonly string[]): string {
  return `| ${cells.map((cell) => escapeMarkdown(oneLine(cell)).replace(/\|/g, '\\|')).join(' | ')} |`;
}

/** The line between a table's first row and the others. */
export const tableRule = (columns: number): string => `|${' --- |'.repeat(Math.max(1, columns))}`;

/** A table whose first row is its heading; empty for one without content. */
export function table(rows: readonly (readonly string[])[]): string {
  const filled = rows.filter((row) => row.some((cell) => cell.trim()));
  const columns = Math.max(0, ...filled.map((row) => row.length));
  const padded = filled.map((row) => tableRow([...row, ...Array<string>(columns - row.length).fill('')]));
  const [head, ...body] = padded;
  return head === undefined ? '' : [head, tableRule(columns), ...body].join('\n');
}

/** Fenced code, with a fence that the code does not hold. */
export function fenced(code: string, language: string): string {
  const longest = Math.max(2, ...(code.match(/^\s*`{3,}/gm) ?? []).map((run) => run.trim().length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}${language}\n${code}\n${fence}`;
}

/** Blocks in one text, an empty line between them; items of a list follow each other. */
export function joinBlocks(blocks: readonly string[]): string {
  const isItem = (block: string | undefined): boolean => /^ *(?:-|\d+\.) /.test(block ?? '');
  return blocks
    .filter((block) => block.trim())
    .map((block, i, all) => (i === 0 ? block : `${isItem(block) && isItem(all[i - 1]) ? '\n' : '\n\n'}${block}`))
    .join('');
}
