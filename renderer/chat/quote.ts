/** The words of a quotation that the question asked for. */

export interface Piece {
  /** Where it begins. */
  at: number;
  text: string;
  matched: boolean;
}

const word = /[\p{L}\p{N}][\p{L}\p{N}'’-]*/gu;
/** Words of a question that are shorter are mostly "who", "was" and the like. */
const shortestWord = 4;

/** A word without its ending: enough to see that "oaths" answers "oath". */
function stem(value: string): string {
  const lower = value
    .toLocaleLowerCase()
    .replace(/['’]\p{L}*$/u, '')
    .replace(/(?:es|s)$/, '');
  return lower.length > 6 ? lower.slice(0, Math.max(5, lower.length - 3)) : lower;
}

/** The quotation cut into pieces, those marked that share a word with the question. */
export function matchedPieces(quote: string, question: string, shortest: number = shortestWord): Piece[] {
  const wanted = new Set(
    [...question.matchAll(word)]
      .map(([found]) => found)
      .filter((found) => found.length >= shortest || /\p{N}/u.test(found))
      .map(stem),
  );
  const pieces: Piece[] = [];
  let at = 0;
  for (const match of quote.matchAll(word)) {
    if (!wanted.has(stem(match[0]))) continue;
    if (match.index > at) pieces.push({ at, text: quote.slice(at, match.index), matched: false });
    pieces.push({ at: match.index, text: match[0], matched: true });
    at = match.index + match[0].length;
  }
  if (at < quote.length) pieces.push({ at, text: quote.slice(at), matched: false });
  return pieces;
}

/** Markdown on one line, without the marks that mean something only when they are drawn. */
function withoutMarks(markdown: string): string {
  return markdown
    .replace(/^[ \t]*\|[\s:|-]*-[\s:|-]*\|[ \t]*$/gm, ' ')
    .replace(/^\s*(?:#{1,6}|>|[-*+])\s+/gm, '')
    .replace(/\s*\|\s*/g, '  ')
    .replace(/(\*{1,3}|`+|~~)(?=\S)([^\n]*?\S)\1/g, '$2')
    .replace(/\s+/g, ' ')
    .trim();
}

/**
 * The stretch of at most `length` characters that holds the most matched words, cut at words, with
 * ellipses where something was cut.
 */
export function excerpt(quote: string, question: string, length: number, shortest: number = shortestWord): Piece[] {
  const flat = withoutMarks(quote);
  if (flat.length <= length) return matchedPieces(flat, question, shortest);
  const matches = matchedPieces(flat, question, shortest).flatMap(({ at, matched }) => (matched ? [at] : []));
  const lead = Math.floor(length / 6);
  const count = (from: number): number => matches.filter((at) => at >= from && at < from + length - lead).length;
  const best = matches.reduce((winner, at) => (count(at) > count(winner) ? at : winner), matches[0] ?? 0);
  const wantedStart = Math.min(Math.max(0, best - lead), flat.length - length);
  const start = wantedStart === 0 ? 0 : flat.indexOf(' ', wantedStart) + 1;
  const wantedEnd = Math.min(start + length, flat.length);
  const space = flat.lastIndexOf(' ', wantedEnd);
  const end = wantedEnd === flat.length || space <= start ? wantedEnd : space;
  const before = start > 0 ? '… ' : '';
  const after = end < flat.length ? ' …' : '';
  return matchedPieces(before + flat.slice(start, end) + after, question, shortest);
}
