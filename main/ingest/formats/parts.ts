/** Long stretches of text without headings → parts of a few pages, so that reader and outline stay usable. */

export interface Range {
  start: number;
  end: number;
}

/** A part is cut at the last good place before this many characters… */
const longestPart = 12_000;
/** …but not before this many. */
const shortestPart = 6_000;

/** Good places to cut, best first: between paragraphs, lines, sentences, words. */
const cuts = ['\n\n', '\n', '. ', ' '];

/** `range` without white space at its ends. */
export function trimmed(text: string, { start, end }: Range): Range {
  const content = text.slice(start, end);
  const from = start + (content.length - content.trimStart().length);
  return { start: from, end: Math.max(from, start + content.trimEnd().length) };
}

function cutBefore(text: string, start: number): number {
  // Looked for in a piece: in all of the text, a search back would go to its beginning each time.
  const from = start + shortestPart;
  const piece = text.slice(from, start + longestPart);
  for (const mark of cuts) {
    const at = piece.lastIndexOf(mark);
    if (at >= 0) return from + at + mark.length;
  }
  // Never between the halves of a surrogate pair.
  const end = start + longestPart;
  return text.codePointAt(end - 1) === text.charCodeAt(end - 1) ? end : end - 1;
}

/** Divides characters `start` to `end` into parts; white space between them belongs to none. */
export function parts(text: string, start: number, end: number): Range[] {
  const ranges: Range[] = [];
  let at = start;
  while (at < end) {
    const cut = end - at <= longestPart ? end : cutBefore(text, at);
    const range = trimmed(text, { start: at, end: cut });
    if (range.end > range.start) ranges.push(range);
    at = cut;
  }
  return ranges;
}
