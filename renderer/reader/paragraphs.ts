/** Plain text in paragraphs, each cut where a highlighted range begins and ends. */

export interface PlainPiece {
  /** Where the piece stands in the text. */
  at: number;
  text: string;
  marked: boolean;
}

export interface Paragraph {
  at: number;
  pieces: PlainPiece[];
}

function pieces(text: string, at: number, start: number, end: number): PlainPiece[] {
  const cuts = [0, start - at, end - at, text.length].map((cut) => Math.min(Math.max(cut, 0), text.length));
  const [, from = 0, to = 0] = cuts;
  return [
    { at, text: text.slice(0, from), marked: false },
    { at: at + from, text: text.slice(from, to), marked: true },
    { at: at + to, text: text.slice(to), marked: false },
  ].filter((piece) => piece.text !== '');
}

/** Splits at empty lines; `start` to `end` (characters of the text) is marked. */
export function paragraphs(text: string, start = 0, end = 0): Paragraph[] {
  const found: Paragraph[] = [];
  for (const match of text.matchAll(/[^\n](?:.|\n(?![ \t]*\n))*/g))
    found.push({ at: match.index, pieces: pieces(match[0], match.index, start, Math.max(start, end)) });
  return found;
}
