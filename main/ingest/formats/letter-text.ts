/**
 * The plain text of a letter → paragraphs in one line each. Programs that send letters end lines where the window
 * did, and mark what is quoted at the beginning of each line, so that sentences are cut in the middle.
 */

interface Line {
  /** How many times it was quoted. */
  depth: number;
  text: string;
}

/** Lines of a paragraph are wrapped at some width between these; longer lines were not wrapped. */
const narrowest = 50;
const widest = 100;

const quoteMarks = /^(?:> ?)+/;
/** Lines that are not text that goes on: what is indented, rows of tables, lines of signs. */
const placed = /^[ \t]|[\t|]| {3}|^[^\p{L}\p{N}]*$/u;
/** What begins a line of its own: an item of a list, a line of a letter's head. */
const beginning = /^(?:[-*+•=_#]|\(?\d{1,3}[.)]\s|[\p{L}-]{1,20}:\s)/u;
const signatureMark = /^-- ?$/;
/** Scripts without spaces between words. */
const unspaced = /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}]/u;

/** Quoted lines that were joined with the marks of the next ones, where a line of a window ends. */
function withoutInnerMarks(text: string, depth: number): string {
  let from = 0;
  return text.replace(new RegExp(` (?:> ?){${depth}}`, 'g'), (mark: string, at: number) => {
    const isLineEnd = at - from >= narrowest && at - from <= widest;
    if (isLineEnd) from = at + mark.length;
    return isLineEnd ? ' ' : mark;
  });
}

function lineOf(written: string, isFlowed: boolean): Line {
  const [marks = ''] = quoteMarks.exec(written) ?? [];
  const depth = marks.replaceAll(' ', '').length;
  const text = written.slice(marks.length).trimEnd();
  return { depth, text: isFlowed && depth > 0 && depth < 20 ? withoutInnerMarks(text, depth) : text };
}

/** True when the end of a line is only where the window ended. */
function isSoftEnd(line: string, next: string, width: number, isQuote: boolean): boolean {
  if (width > widest || placed.test(line) || placed.test(next) || beginning.test(next)) return false;
  if (/^\p{Ll}/u.test(next)) return width >= narrowest || (isQuote && !/[.!?:]$/.test(line));
  const [word = ''] = /^\S{0,200}/.exec(next) ?? [];
  return width >= narrowest && line.length + 1 + word.length > width;
}

/** Joins the lines of a paragraph whose ends are soft. */
function unwrapped(lines: readonly string[], isQuote: boolean): string[] {
  const width = lines.reduce((most, { length }) => Math.max(most, length), 0);
  const joined: string[][] = [];
  for (const [i, line] of lines.entries()) {
    const previous = lines[i - 1];
    const isSoft = previous !== undefined && isSoftEnd(previous, line, width, isQuote);
    if (!isSoft) joined.push([line]);
    else joined.at(-1)?.push(unspaced.test(previous.slice(-1)) && unspaced.test(line.charAt(0)) ? '' : ' ', line);
  }
  return joined.map((pieces) => pieces.join(''));
}

/** Lines in paragraphs, where one is empty or the depth of quotes changes; a signature is one, and stays as it is. */
function paragraphs(lines: readonly Line[]): { depth: number; lines: string[] }[] {
  const found: { depth: number; lines: string[] }[] = [];
  let isOpen = false;
  for (const { depth, text } of lines) {
    const last = found.at(-1);
    if (!isOpen || last?.depth !== depth || signatureMark.test(text)) found.push({ depth, lines: [text] });
    else last.lines.push(text);
    isOpen = text !== '';
  }
  return found.filter((paragraph) => paragraph.lines.some((line) => line !== ''));
}

/**
 * The text of a letter, each paragraph in a line, what is quoted marked as in Markdown.
 *
 * @param isFlowed lines were joined where their writer's program had wrapped them (RFC 3676), quotes and all
 */
export function letterText(text: string, isFlowed = false): string {
  return paragraphs(text.split(/\r\n?|\n/).map((line) => lineOf(line, isFlowed)))
    .map(({ depth, lines }) => {
      const filled = lines.filter((line) => line !== '');
      const isSignature = signatureMark.test(filled[0] ?? '');
      const kept = isSignature ? filled : unwrapped(filled, depth > 0);
      return kept.map((line) => `${'> '.repeat(depth)}${line}`).join('\n');
    })
    .join('\n\n');
}
