/** A text of real prose with facts hidden in it, each at a known place. */
import { LonghandError } from '../../base/errors.ts';
import type { Book } from './books.ts';
import { sentencesOf } from './prose.ts';
import { createRandom } from './random.ts';

/** Tokens of a text in the model's vocabulary. */
export type CountTokens = (text: string) => number;

/** A sentence, or a list of them, to be hidden. */
export interface Fact {
  text: string;
  /** Where it belongs: the share of the prose that stands before it, 0 to 1. */
  depth: number;
  /** Facts of one group stand together, in their order, as a paragraph of their own at the first one's depth. */
  group?: string;
}

export interface PlacedFact<F extends Fact = Fact> {
  fact: F;
  /** The characters of the whole text that it covers. */
  start: number;
  end: number;
  /** The share of the prose that stands before it. */
  depth: number;
}

export interface Haystack<F extends Fact = Fact> {
  text: string;
  tokens: number;
  /** In the text's order. */
  placed: PlacedFact<F>[];
  /** Titles of the books it was taken from. */
  books: string[];
  /** True when the books were too short, so that some of the prose stands there more than once. */
  repeated: boolean;
}

export interface HaystackRequest<F extends Fact = Fact> {
  books: readonly Book[];
  /** It has at most as many, facts included, and less than a sentence fewer. */
  tokens: number;
  facts: readonly F[];
  /** Decides where in which book it begins. */
  seed: string;
  countTokens: CountTokens;
}

/** A sentence of prose; `opens` when it begins a paragraph. */
interface Sentence {
  text: string;
  opens: boolean;
}

/** Facts are kept this many sentences apart where the text is long enough. */
const widestGap = 4;

/** Builds the text. Throws `too-large` when the facts need more room than it has. */
export function buildHaystack<F extends Fact>(request: HaystackRequest<F>): Haystack<F> {
  const { facts, tokens, countTokens } = request;
  const inserts = insertsOf(facts);
  const factTokens = facts.reduce((sum, { text }) => sum + countTokens(` ${text}`) + 1, 0);
  const prose = takeProse(request, tokens - factTokens);
  if (inserts.length > prose.sentences.length + 1 || factTokens >= tokens)
    throw new LonghandError(
      'too-large',
      `${facts.length} facts of ${factTokens} tokens do not fit a text of ${tokens} tokens: ask for fewer, or for a longer text.`,
    );
  const { text, placed } = layOut(prose.sentences, inserts);
  return { text, placed, tokens: prose.tokens + factTokens, books: prose.books, repeated: prose.repeated };
}

/** What is inserted at one place. */
interface Insert<F> {
  depth: number;
  facts: F[];
  apart: boolean;
}

function insertsOf<F extends Fact>(facts: readonly F[]): Insert<F>[] {
  const groups = new Map<string, Insert<F>>();
  const inserts: Insert<F>[] = [];
  for (const fact of facts) {
    const group = fact.group === undefined ? undefined : groups.get(fact.group);
    if (group) {
      group.facts.push(fact);
      continue;
    }
    const insert = { depth: fact.depth, facts: [fact], apart: fact.group !== undefined };
    if (fact.group !== undefined) groups.set(fact.group, insert);
    inserts.push(insert);
  }
  return inserts;
}

/** Sentences of at most so many tokens, from a place that the seed chooses, on through the books and round again. */
function takeProse({ books, seed, countTokens }: HaystackRequest, tokens: number) {
  const random = createRandom(seed);
  const from = random.integer(0, books.length - 1);
  const length = books[from]?.paragraphs.length ?? 0;
  const start = { book: from, paragraph: random.integer(0, Math.max(0, length - 1)) };
  const taken = { sentences: [] as Sentence[], tokens: 0, books: [] as string[], repeated: false };
  for (const { title, paragraph, again } of paragraphsFrom(books, start)) {
    for (const [i, text] of sentencesOf(paragraph).entries()) {
      const cost = countTokens(i === 0 ? text : ` ${text}`) + (i === 0 ? 1 : 0);
      if (taken.tokens + cost > tokens) return taken;
      taken.tokens += cost;
      taken.sentences.push({ text, opens: i === 0 });
      taken.repeated ||= again;
      if (!taken.books.includes(title)) taken.books.push(title);
    }
  }
  return taken;
}

/** All paragraphs from a place on, round and round; `again` from the second round on. Ends only when there are none. */
function* paragraphsFrom(books: readonly Book[], start: { book: number; paragraph: number }) {
  if (books.every(({ paragraphs }) => paragraphs.every((paragraph) => paragraph.trim() === ''))) return;
  for (let round = 0; ; round++) {
    for (let i = 0; i <= books.length; i++) {
      const { title, paragraphs } = books[(start.book + i) % books.length] ?? { title: '', paragraphs: [] };
      const part =
        i === 0
          ? paragraphs.slice(start.paragraph)
          : i === books.length
            ? paragraphs.slice(0, start.paragraph)
            : paragraphs;
      for (const paragraph of part) yield { title, paragraph, again: round > 0 };
    }
  }
}

/** Writes everything down, and where each fact came to stand. */
function layOut<F extends Fact>(sentences: readonly Sentence[], inserts: readonly Insert<F>[]) {
  const before = charactersBefore(sentences);
  const total = before.at(-1) ?? 0;
  const bySlot = assignSlots(before, inserts);
  const parts: string[] = [];
  const placed: PlacedFact<F>[] = [];
  let length = 0;
  let paragraphEnded = false;
  const write = (text: string, opens: boolean): number => {
    const space = length === 0 ? '' : opens || paragraphEnded ? '\n\n' : ' ';
    paragraphEnded = false;
    parts.push(space, text);
    length += space.length + text.length;
    return length - text.length;
  };
  for (let slot = 0; slot <= sentences.length; slot++) {
    const insert = bySlot.get(slot);
    for (const [i, fact] of insert?.facts.entries() ?? []) {
      const start = write(fact.text, insert?.apart === true && i === 0);
      placed.push({ fact, start, end: length, depth: total > 0 ? (before[slot] ?? 0) / total : 0 });
    }
    if (insert?.apart) paragraphEnded = true;
    const sentence = sentences[slot];
    if (sentence) write(sentence.text, sentence.opens);
  }
  return { text: parts.join(''), placed };
}

/** Characters of prose before each place between sentences; the last is all of them. */
function charactersBefore(sentences: readonly Sentence[]): number[] {
  const before = [0];
  for (const { text } of sentences) before.push((before.at(-1) ?? 0) + text.length + 1);
  return before;
}

/** For each insert the free place between sentences that is nearest to its depth. */
function assignSlots<F>(before: readonly number[], inserts: readonly Insert<F>[]): Map<number, Insert<F>> {
  const total = before.at(-1) ?? 0;
  const gap = Math.max(1, Math.min(widestGap, Math.floor(before.length / (inserts.length * 2))));
  const blocked = new Uint8Array(before.length);
  const slots = new Map<number, Insert<F>>();
  for (const insert of inserts) {
    const wanted = nearest(before, insert.depth * total);
    const slot = firstFree(blocked, wanted);
    slots.set(slot, insert);
    blocked.fill(1, Math.max(0, slot - gap + 1), slot + gap);
  }
  return slots;
}

/** The index of the element of an ascending list that is nearest to a value. */
function nearest(ascending: readonly number[], value: number): number {
  let low = 0;
  let high = ascending.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ascending[middle] ?? 0) < value) low = middle + 1;
    else high = middle;
  }
  const below = ascending[low - 1];
  return below !== undefined && value - below < (ascending[low] ?? 0) - value ? low - 1 : low;
}

function firstFree(blocked: Uint8Array, wanted: number): number {
  for (let distance = 0; distance < blocked.length; distance++) {
    for (const slot of [wanted - distance, wanted + distance])
      if (slot >= 0 && slot < blocked.length && blocked[slot] === 0) return slot;
  }
  throw new RangeError('There are more facts than places between sentences.');
}
