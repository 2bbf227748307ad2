/** Finding text in a document: which sections hold it, and where it stands on the page. */
import type { Box } from '../../main/ipc/contract.ts';

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

/** Where `query` stands in the sections, in reading order; at most so many places. */
export function findMatches(
  sections: readonly { ordinal: number; text: string }[],
  query: string,
  most: number = mostMatches,
): Match[] {
  const pattern = findPattern(query);
  if (!pattern) return [];
  const matches: Match[] = [];
  for (const { ordinal, text } of sections) {
    let index = 0;
    for (const _ of text.matchAll(pattern)) {
      if (matches.length >= most) return matches;
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

/** A stretch of text pieces, as positions in them; the end is exclusive. */
export interface Span {
  start: { piece: number; offset: number };
  end: { piece: number; offset: number };
}

/** Pieces as one text without white space, and what leads back from its characters to the pieces. */
function joined(pieces: readonly string[]): { text: string; span(from: number, to: number): Span } {
  const whole = squeeze(pieces.join(''));
  const starts: number[] = [];
  let length = 0;
  for (const piece of pieces) {
    starts.push(length);
    length += piece.length;
  }
  const place = (position: number): Span['start'] => {
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((starts[middle] ?? 0) <= position) low = middle;
      else high = middle - 1;
    }
    return { piece: low, offset: position - (starts[low] ?? 0) };
  };
  return {
    text: foldCase(whole.text),
    span(from, to) {
      const last = place(whole.at[to - 1] ?? 0);
      return { start: place(whole.at[from] ?? 0), end: { piece: last.piece, offset: last.offset + 1 } };
    },
  };
}

/**
 * Where the query stands among text pieces (the text nodes of a page), as positions in them. White
 * space is ignored: a page's lines are pieces without any between them.
 */
export function findInPieces(pieces: readonly string[], query: string): Span[] {
  const wanted = foldCase(squeeze(query).text);
  if (wanted === '') return [];
  const { text, span } = joined(pieces);
  const found: Span[] = [];
  for (let at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, at + wanted.length))
    found.push(span(at, at + wanted.length));
  return found;
}

/** Characters by which the beginning and the end of a passage are recognized, and how far apart they are tried. */
const probeLength = 20;
const probeStep = 5;

/**
 * Where a passage stands among text pieces that say the same in slightly other characters: a page has
 * the hyphens of its line ends, its text does not. The passage is recognized by its beginning and its
 * end; null when neither stands there.
 */
export function findPassage(pieces: readonly string[], passage: string): Span | null {
  const [exact] = findInPieces(pieces, passage);
  if (exact) return exact;
  const wanted = foldCase(squeeze(passage).text);
  const { text, span } = joined(pieces);
  const last = wanted.length - probeLength;
  let from = -1;
  for (let at = 0; at <= last && from < 0; at += probeStep) {
    const found = text.indexOf(wanted.slice(at, at + probeLength));
    if (found >= 0) from = Math.max(0, found - at);
  }
  if (from < 0) return null;
  let to = -1;
  for (let at = last; at >= 0 && to < 0; at -= probeStep) {
    const found = text.indexOf(wanted.slice(at, at + probeLength), from);
    if (found >= 0) to = Math.min(text.length, found + wanted.length - at);
  }
  return to > from ? span(from, to) : null;
}

function textNodes(element: Element): Text[] {
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  const nodes: Text[] = [];
  for (let node = walker.nextNode(); node; node = walker.nextNode()) if (node instanceof Text) nodes.push(node);
  return nodes;
}

/** The ranges in which the query stands below an element. */
export function findRanges(element: Element, query: string): Range[] {
  const nodes = textNodes(element);
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

/** The boxes that a passage covers on a page, in fractions of it; none when it does not stand in its text layer. */
export function findBoxes(page: Element, textLayer: Element, passage: string): Box[] {
  const nodes = textNodes(textLayer);
  const pieces = nodes.map(({ data }) => data);
  const span = findPassage(pieces, passage);
  if (!span) return [];
  const { start, end } = span;
  const around = page.getBoundingClientRect();
  const range = new Range();
  return nodes.slice(start.piece, end.piece + 1).flatMap((node, index) => {
    range.setStart(node, index === 0 ? start.offset : 0);
    range.setEnd(node, start.piece + index === end.piece ? end.offset : node.length);
    return [...range.getClientRects()]
      .filter(({ width, height }) => width > 0 && height > 0)
      .map(({ left, top, width, height }) => ({
        x: (left - around.left) / around.width,
        y: (top - around.top) / around.height,
        width: width / around.width,
        height: height / around.height,
      }));
  });
}
