/** Finding text in a document: which sections hold it, and where it stands on the page. */

export interface Match {
  /** Ordinal of the section. */
  ordinal: number;
  /** Which match in that section, from 0. */
  index: number;
}

export const mostMatches = 5000;

/** A pattern for `query` in which any white space stands for any other; null when there is nothing to find. */
export function findPattern(query: string): RegExp | null {
  const words = query.trim().split(/\s+/).filter(Boolean);
  if (words.length === 0) return null;
  const escaped = words.map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(escaped.join('\\s+'), 'giu');
}

/** Where `query` stands in the sections, in reading order. */
export function findMatches(sections: readonly { ordinal: number; text: string }[], query: string): Match[] {
  const pattern = findPattern(query);
  if (!pattern) return [];
  const matches: Match[] = [];
  for (const { ordinal, text } of sections) {
    let index = 0;
    for (const _ of text.matchAll(pattern)) {
      if (matches.length >= mostMatches) return matches;
      matches.push({ ordinal, index });
      index += 1;
    }
  }
  return matches;
}

/** Text without white space, and where each of its characters stood. */
export function squeeze(text: string): { text: string; at: number[] } {
  let squeezed = '';
  const at: number[] = [];
  for (let index = 0; index < text.length; index++) {
    const character = text.charAt(index);
    if (/\s/.test(character)) continue;
    squeezed += character;
    at.push(index);
  }
  return { text: squeezed, at };
}

/** Lower case that keeps every character's place. */
function foldCase(text: string): string {
  const folded = text.toLowerCase();
  return folded.length === text.length ? folded : text;
}

/**
 * Where the query stands among text pieces (the text nodes of a page), as positions in them. White
 * space is ignored: a page's lines are pieces without any between them.
 */
export function findInPieces(
  pieces: readonly string[],
  query: string,
): { start: { piece: number; offset: number }; end: { piece: number; offset: number } }[] {
  const wanted = foldCase(squeeze(query).text);
  if (wanted === '') return [];
  const whole = squeeze(pieces.join(''));
  const starts: number[] = [];
  let length = 0;
  for (const piece of pieces) {
    starts.push(length);
    length += piece.length;
  }
  const place = (position: number): { piece: number; offset: number } => {
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((starts[middle] ?? 0) <= position) low = middle;
      else high = middle - 1;
    }
    return { piece: low, offset: position - (starts[low] ?? 0) };
  };
  const found = [];
  const text = foldCase(whole.text);
  for (let at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, at + wanted.length)) {
    const first = place(whole.at[at] ?? 0);
    const last = place(whole.at[at + wanted.length - 1] ?? 0);
    found.push({ start: first, end: { piece: last.piece, offset: last.offset + 1 } });
  }
  return found;
}

/** The ranges in which the query stands below an element. */
export function findRanges(element: Element, query: string): Range[] {
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  const nodes: Text[] = [];
  for (let node = walker.nextNode(); node; node = walker.nextNode()) if (node instanceof Text) nodes.push(node);
  const pieces = nodes.map(({ data }) => data);
  return findInPieces(pieces, query).flatMap(({ start, end }) => {
    const first = nodes[start.piece];
    const last = nodes[end.piece];
    if (!first || !last) return [];
    const range = new Range();
    range.setStart(first, start.offset);
    range.setEnd(last, end.offset);
    return [range];
  });
}
