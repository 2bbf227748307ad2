/**
 * Section text → passages: a few whole sentences each, about as long as a paragraph, which is what
 * is searched and cited. Passages cover all text but white space, in order, without overlap.
 */
import type { Anchor, Box } from '../library/schema.ts';
import { sentenceRanges } from '../library/sentences.ts';
import type { FoundSection, TextBox } from './formats/format.ts';
import { joinAnchors } from './formats/join-anchors.ts';
import { type Range, trimmed } from './formats/parts.ts';

/** How long passages are, in words. */
interface PassageSize {
  /** A passage is closed at the first sentence's end past this many… */
  full: number;
  /** …or at a paragraph's end past this many… */
  paragraph: number;
  /** …or before a sentence that would make it longer than this, if it has `paragraph` already. */
  most: number;
  /** A remainder of fewer than this joins the passage before it. */
  few: number;
}

const written: PassageSize = { full: 80, paragraph: 50, most: 120, few: 20 };
/** What is said is cited to the second: a passage is a sentence, and short ones go with the next. */
const spoken: PassageSize = { full: 8, paragraph: 8, most: 120, few: 3 };

/** Scripts without spaces: two characters count as a word. */
const unspaced = /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}]/gu;
/** A "word" of this many characters counts as several: an address, a line of code, a run of dots. */
const longWord = 24;

/** Words of a text, for measuring it. */
function wordCount(text: string): number {
  const characters = text.match(unspaced)?.length ?? 0;
  const words = text.replace(unspaced, ' ').match(/\S+/g) ?? [];
  return characters / 2 + words.reduce((sum, word) => sum + Math.max(1, word.length / longWord), 0);
}

/** A word with the white space before it; unspaced scripts break after their commas, and no word has 400 characters. */
const atom = /\s*(?:[^\s，、；：]{1,400}[，、；：]?|[，、；：])/gu;

/** Divides a sentence that is too long for a passage between words, best at a line's end. */
function* bounded(text: string, { start, end }: Range, { paragraph, most }: PassageSize): Generator<Range> {
  const sentence = text.slice(start, end);
  if (wordCount(sentence) <= most) {
    yield { start, end };
    return;
  }
  let from = start;
  let words = 0;
  for (const match of sentence.matchAll(atom)) {
    const at = start + match.index;
    const size = wordCount(match[0]);
    if (words + size > most || (words >= paragraph && match[0].startsWith('\n'))) {
      yield { start: from, end: at };
      from = at;
      words = 0;
    }
    words += size;
  }
  yield { start: from, end };
}

interface HeadingKind {
  line: RegExp;
  /** Words that it has at most. */
  most: number;
  /** How the text before the line ends, and how the one after it begins. */
  before: RegExp;
  after: RegExp;
}

const lineStart = /\n[ \t]*$/;
const blankLineBefore = /\n[ \t]*\n\s*$/;

/** Lines that what follows belongs to, and what precedes does not. */
const headings: readonly HeadingKind[] = [
  // A paragraph of one short line that is no sentence.
  { line: /^[^\t|]*[^\t|.!?:;,…]$/u, most: 12, before: blankLineBefore, after: /^\n[ \t]*\n/ },
  // A question, but not what someone says.
  { line: /^[^"“”„‘’'«»‹›–—-].*\?[*_)]*$/u, most: 20, before: blankLineBefore, after: /^\n/ },
  // A line in bold.
  { line: /^(?:\*\*[^*]+\*\*|__[^_]+__):?$/, most: 20, before: lineStart, after: /^\n/ },
];
/** A line of more characters is no heading. */
const longestHeading = 240;

/** True where what a range begins with is a line that begins a passage. */
function isHeading(text: string, range: Range): boolean {
  const { start, end } = trimmed(text, range);
  if (start === end) return false;
  const [content = ''] = text.slice(start, start + longestHeading).split('\n', 1);
  const line = content.trimEnd();
  // A section begins as after an empty line.
  const before = `${start < 8 ? '\n\n' : ''}${text.slice(Math.max(0, start - 8), start)}`;
  const after = text.slice(start + line.length, start + line.length + 8).replace(/^[ \t]+/, '');
  const words = wordCount(line);
  return headings.some(
    (kind) => words <= kind.most && kind.line.test(line) && kind.before.test(before) && kind.after.test(after),
  );
}

/** A sentence of more words is divided where a span with a time of its own begins. */
const longSentence = 20;

/** The sentences of what is said, long ones divided by the times that are known of them. */
function* spokenRanges({ text, spans = [] }: Pick<FoundSection, 'text' | 'spans'>): Generator<Range> {
  for (const { start, end } of sentenceRanges(text)) {
    const isLong = wordCount(text.slice(start, end)) > longSentence;
    const cuts = isLong ? spans.map((span) => span.start).filter((cut) => cut > start && cut < end) : [];
    for (const [i, from] of [start, ...cuts].entries()) yield { start: from, end: cuts[i] ?? end };
  }
}

/** A paragraph's end is that of a table's row, too. */
const endsParagraph = /\n\s*\n\s*$|^[ \t]*\|/;

/** Characters of a section's text that each passage covers; `sentences` are those of the text unless given. */
export function passageRanges(
  text: string,
  size: PassageSize = written,
  sentences: Iterable<Range> = sentenceRanges(text),
): Range[] {
  const { full, paragraph, most, few } = size;
  const passages: (Range & { words: number })[] = [];
  let open = false;
  for (const sentence of sentences)
    for (const range of bounded(text, sentence, size)) {
      const content = text.slice(range.start, range.end);
      const words = wordCount(content);
      const last = passages.at(-1);
      if (last && last.words >= few && isHeading(text, range)) open = false;
      if (!last || !open || (last.words >= paragraph && last.words + words > most)) passages.push({ ...range, words });
      else {
        last.end = range.end;
        last.words += words;
      }
      const now = passages.at(-1)?.words ?? 0;
      open = now < full && !(now >= paragraph && endsParagraph.test(content));
    }
  const last = passages.at(-1);
  const beforeLast = passages.at(-2);
  if (last && beforeLast && last.words < few) {
    beforeLast.end = last.end;
    passages.pop();
  }
  return passages.map(({ start, end }) => trimmed(text, { start, end })).filter(({ start, end }) => end > start);
}

/** No highlight needs more boxes than this; a page of single letters placed one by one could have thousands. */
const maximumBoxes = 400;

/** The part of a box that covers characters `start` to `end`, as if they were equally wide. */
function clipped(box: TextBox, { start, end }: Range): Box {
  const length = Math.max(1, box.end - box.start);
  const at = (character: number): number =>
    box.left + ((Math.min(box.end, Math.max(box.start, character)) - box.start) / length) * (box.right - box.left);
  return { x: at(start), y: box.top, width: at(end) - at(start), height: box.bottom - box.top };
}

/** True when `next` goes on where `box` ends, on the same line. */
function continues(box: Box, next: Box): boolean {
  const overlap = Math.min(box.y + box.height, next.y + next.height) - Math.max(box.y, next.y);
  const gap = Math.max(box.x, next.x) - Math.min(box.x + box.width, next.x + next.width);
  return overlap > 0.5 * Math.min(box.height, next.height) && gap < 0.02;
}

function union(a: Box, b: Box): Box {
  const x = Math.min(a.x, b.x);
  const y = Math.min(a.y, b.y);
  return {
    x,
    y,
    width: Math.max(a.x + a.width, b.x + b.width) - x,
    height: Math.max(a.y + a.height, b.y + b.height) - y,
  };
}

/** The boxes that a range of the section's text covers on its page, one a line and column. */
function boxesOf(boxes: readonly TextBox[], range: Range): Box[] {
  const covered: Box[] = [];
  for (const box of boxes) {
    if (box.end <= range.start || box.start >= range.end) continue;
    const next = clipped(box, range);
    const last = covered.at(-1);
    if (last && continues(last, next)) covered[covered.length - 1] = union(last, next);
    else covered.push(next);
    if (covered.length >= maximumBoxes) break;
  }
  return covered;
}

/** The narrowest anchor of a range of the section's text. */
function anchorOf({ anchor, boxes = [], spans = [] }: FoundSection, range: Range): Anchor {
  if (anchor.kind === 'page') return { ...anchor, boxes: boxesOf(boxes, range) };
  if (anchor.kind === 'range')
    return { kind: 'range', start: anchor.start + range.start, end: anchor.start + range.end };
  const covered = spans.filter(({ start, end }) => start < range.end && end > range.start);
  return covered.length === 0 ? anchor : covered.map((span) => span.anchor).reduce(joinAnchors);
}

/** Divides a section into passages, each with its anchor: boxes on the page, characters, cells or a time. */
export function passagesOf(section: FoundSection): (Range & { anchor: Anchor })[] {
  const isSpoken = section.anchor.kind === 'time' && section.spans !== undefined;
  const ranges = isSpoken ? passageRanges(section.text, spoken, spokenRanges(section)) : passageRanges(section.text);
  return ranges.map((range) => ({ ...range, anchor: anchorOf(section, range) }));
}
