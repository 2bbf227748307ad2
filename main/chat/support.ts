/**
 * Does what was read bear out what was written? A small model guesses; a guess shows first in names
 * and numbers, and those can be looked up word for word in the text the answer was written from.
 */
import { plainText, withoutUnseen } from '../library/plain-text.ts';
import { contentTerms, splitUnspaced, wordsHeld } from '../library/search-query.ts';
import { type Claim, takeClaims } from './claims.ts';
import { dateClaims, dateKeys, monthKeys, monthName, timeKeys } from './dates.ts';
import { germanNumberClaims, isNumberWord, numberClaims, numberKeys, numberReadings, spelledKeys } from './numbers.ts';
import {
  englishReadings,
  germanLead,
  germanReadings,
  isCommonWord,
  isGermanCommonWord,
  isTitle,
  normalizeWord,
  type Readings,
  sameCurrency,
  wordPattern,
  wordReadings,
} from './words.ts';

/** Letters and digits in one, such as "B12", "H2O", "135M" or "350°F". */
const codePattern =
  /(?:(?<![\p{L}\p{M}])\p{L}[\p{L}\p{M}]*\p{Nd}|(?<!\p{Nd})\p{Nd}+(?:\s?°)?\p{L})[\p{L}\p{M}\p{Nd}]*/gu;
/** Letters with points, such as "U.S.". */
const abbreviationPattern = /(?<![\p{L}\p{M}])(?:\p{L}\.){2,}/gu;
/** One or more capitalized words in a row, such as "Ada Lovelace" or "NASA". */
const namePattern = /(?<![\p{L}\p{M}\p{Nd}])\p{Lu}[\p{L}\p{M}\p{Nd}'’-]*(?:[ \u00A0]\p{Lu}[\p{L}\p{M}\p{Nd}'’-]*)*/gu;

/** Everything that a claim can be checked against: the words, numbers, dates and times of a text, in all readings. */
export function vocabularyOf(text: string): Set<string> {
  const { pairs, spaced } = splitUnspaced(plainText(text));
  const words = new Set([...new Set(spaced.match(wordPattern))].flatMap(wordReadings));
  const codes = (spaced.match(codePattern) ?? []).map((code) => normalizeWord(code.replace(/[\s°]/g, '')));
  const abbreviations = (spaced.match(abbreviationPattern) ?? []).map((one) => normalizeWord(one.replaceAll('.', '')));
  const months = [...words].flatMap(monthKeys);
  const signs = text.match(/\p{Sc}/gu) ?? [];
  const vocabulary = new Set([...words, ...pairs, ...codes, ...abbreviations, ...months, ...signs]);
  for (const keys of [dateKeys(text), timeKeys(text), numberKeys(text), spelledKeys(spaced, words)])
    for (const key of keys) vocabulary.add(key);
  return vocabulary;
}

/** What begins an entry of a list, or a step; in "1. März" it is a day. */
const listMark = new RegExp(
  String.raw`^[^\S\n]*(?:[*_]*(?:step|schritt)\s\d{1,3}[.):]?[*_]*|\d{1,3}[.)](?!\s${monthName})|[-*+])\s+`,
  'gimu',
);

/**
 * The answer without code, list numbers and marks of layout, in which capitals and digits mean something else. Code in a
 * fence is written for the person, not quoted from what was read; code within a line is mostly quoted.
 */
function prose(answer: string): string {
  return withoutUnseen(answer)
    .replace(/```[\s\S]*?(?:```|$)/g, '\n')
    .replace(/`/g, ' ')
    .replace(/^#{1,6} /gm, '')
    .replace(listMark, '\n')
    .replace(/\b(Mr|Mrs|Ms|Mx|Dr|Prof|Hr)\.(?=\s)/g, '$1');
}

/** The parts of a word of a name, as they are looked up. */
function nameKeys(word: string): Readings[] {
  return word
    .split('-')
    .filter(Boolean)
    .map((part) => (/^\p{Nd}+$/u.test(part) ? numberReadings(part) : wordReadings(part)));
}

/** A word and, where it names a month or a currency, everything else that does. */
function sameMeaning(word: string): Readings {
  return [...sameCurrency(word), ...monthKeys(word)];
}

function englishNameClaims(text: string): Claim[] {
  return Array.from(text.matchAll(namePattern), ([run]) => {
    const words = run.split(/[ \u00A0]/u).filter((word) => !isCommonWord(word) && !isNumberWord(word));
    const keys = words.flatMap(nameKeys).map((readings) => readings.flatMap(englishReadings).flatMap(sameMeaning));
    return { text: words.join(' '), keys: words.some((word) => word.length > 1) ? keys : [] };
  }).filter(({ keys }) => keys.length > 0);
}

/**
 * Names in German, where every noun has a capital: one word is a name only after a title ("Frau Schmidt"), and several in
 * a row are if no number stands before them ("20 Tonnen Kohle"). A noun may come first ("Baumeister Henry Winstanley"),
 * which texts of another language do not hold: of them the last word alone is looked up.
 */
function germanNameClaims(text: string, isGermanRead: boolean): Claim[] {
  return [...text.matchAll(namePattern)].flatMap(({ 0: run, index }) => {
    const all = run.split(/[ \u00A0]/u);
    const words = all.filter((word) => !isGermanCommonWord(word) && !isNumberWord(word));
    const fewest = all.some(isTitle) ? 1 : 2;
    if (words.length < fewest || /\p{Nd}[ \u00A0]$/u.test(text.slice(Math.max(0, index - 3), index))) return [];
    const lookedUp = isGermanRead ? words : words.slice(-1);
    const keys = lookedUp.flatMap(nameKeys).map((readings) => readings.flatMap(germanReadings));
    return [{ text: words.join(' '), keys }];
  });
}

function isGerman(text: string, vocabulary: ReadonlySet<string>): boolean {
  const lead = germanLead(Array.from(text.matchAll(wordPattern), ([word]) => normalizeWord(word)));
  // A short answer may be nothing but names.
  return (lead || germanLead(vocabulary)) > 0;
}

/** What an answer claims, which is looked up in the vocabulary of what was read. */
function claimsOf(answer: string, vocabulary: ReadonlySet<string>): Claim[] {
  const text = prose(answer);
  const isInGerman = isGerman(text, vocabulary);
  const dates = takeClaims(text, dateClaims);
  const names = isInGerman ? germanNameClaims(dates.rest, germanLead(vocabulary) > 0) : englishNameClaims(dates.rest);
  const numbers = takeClaims(dates.rest, isInGerman ? [...numberClaims, ...germanNumberClaims] : numberClaims);
  return [...names, ...dates.claims, ...numbers.claims];
}

/** An answer that was cut, without the number or word that it ends in: half of one is not to be found. */
function withoutCutEnd(answer: string): string {
  return answer.replace(/\S*(?:[\p{L}\p{M}\p{N}-]|\p{N}[.,:/])$/u, '');
}

export interface AnswerEnd {
  /** True where it reached its greatest length before it was finished. */
  cut?: boolean;
}

/** Names and numbers of the answer that the vocabulary of what was read does not hold, each once. */
export function unsupportedIn(answer: string, vocabulary: ReadonlySet<string>, { cut }: AnswerEnd = {}): string[] {
  const whole = cut ? withoutCutEnd(answer) : answer;
  const held = isGerman(prose(whole), vocabulary) ? new Set([...vocabulary].flatMap(germanReadings)) : vocabulary;
  const missing = claimsOf(whole, vocabulary).filter(({ keys }) => !keys.every((readings) => holdsAny(held, readings)));
  return [...new Set(missing.map(({ text }) => text))];
}

/** Names and numbers of the answer that stand nowhere in `read`. */
export function unsupportedClaims(answer: string, read: Iterable<string>, end?: AnswerEnd): string[] {
  const vocabulary = new Set<string>();
  for (const text of read) for (const key of vocabularyOf(text)) vocabulary.add(key);
  return unsupportedIn(answer, vocabulary, end);
}

/** Whether a word carries meaning, for comparing an answer with a passage; pairs of unspaced writing do. */
function hasContent(key: string): boolean {
  return /^\d/.test(key) || key.includes(' ') || (key.length > 3 && !isCommonWord(key));
}

/** The words of a text that carry meaning. */
function contentOf(text: string): Readings[] {
  const { pairs, spaced } = splitUnspaced(plainText(text));
  const words = (spaced.match(wordPattern) ?? []).map(wordReadings);
  return [...pairs.map((pair) => [pair]), ...words].filter(([key = '']) => hasContent(key));
}

const holdsAny = (vocabulary: ReadonlySet<string>, readings: Readings): boolean =>
  readings.some((key) => vocabulary.has(key));

type Vocabularies = readonly ReadonlySet<string>[];

/** Of how many passages on it shows that a word is in nearly all, and how many that are. */
const fewestCompared = 4;
const nearlyAll = 0.75;

/** True of a word that tells none of the passages from the others, such as "Landlord" in a lease. */
function isCommonAmong(vocabularies: Vocabularies, readings: Readings): boolean {
  const holding = vocabularies.filter((vocabulary) => holdsAny(vocabulary, readings));
  return vocabularies.length >= fewestCompared && holding.length > nearlyAll * vocabularies.length;
}

/** False of what asks without saying about what, such as all of "When was that?". */
const isTelling = (word: string): boolean => !isCommonWord(word) && !isGermanCommonWord(word);

/** How much of the question a passage is about, 0 to 1, its rarer words counting more; undefined where that is not known. */
function aboutness(passage: string, question: string, vocabularies: Vocabularies): number | undefined {
  const held = new Set(wordsHeld(question, passage));
  let found = 0;
  let all = 0;
  let isInLanguage = vocabularies.length === 0;
  for (const term of contentTerms(question).filter(isTelling)) {
    const readings = englishReadings(normalizeWord(term)).flatMap(germanReadings);
    const holding = vocabularies.filter((vocabulary) => holdsAny(vocabulary, readings)).length;
    const rarity = Math.log((vocabularies.length + 2) / (holding + 0.5));
    isInLanguage ||= holding > 0;
    all += rarity;
    if (held.has(term)) found += rarity;
  }
  // A question in another language has no word in any passage.
  return isInLanguage && all > 0 ? found / all : undefined;
}

/** Names and numbers tell more than other words do. */
const claimWeight = 5;
/** An answer that adds fewer words to its question is borne out only by what is about the question as well. */
const fewestAdded = 3;
/** A little more than one name: it alone is in many passages. */
const questionWeight = 6;

/**
 * How much of what the answer adds to the question stands in the passage, and of the question itself where it adds little:
 * 0 to 1. The vocabularies are those of all passages that are compared.
 */
export function supportOf(passage: string, answer: string, question: string, vocabularies: Vocabularies = []): number {
  const asked = vocabularyOf(question);
  const inPassage = vocabularyOf(passage);
  const claimed = claimsOf(answer, inPassage).flatMap(({ keys }) => keys);
  // Those that count more come last and stay.
  const weighed = [...contentOf(answer).map(weighing(1)), ...claimed.map(weighing(claimWeight))];
  const added = [...new Map(weighed.map((one) => [one.readings[0], one])).values()].filter(
    ({ readings }) => !holdsAny(asked, readings),
  );
  if (added.length === 0) return 0;
  const telling = added.filter(({ readings }) => !isCommonAmong(vocabularies, readings));
  const all = totalWeight(telling);
  const found = totalWeight(telling.filter(({ readings }) => holdsAny(inPassage, readings)));
  const about = telling.length < fewestAdded ? aboutness(passage, question, vocabularies) : undefined;
  if (about === undefined) return all === 0 ? 0 : found / all;
  // What is about the question and lacks what the answer adds bears nothing out.
  const share = all === 0 ? 1 : found / all;
  return (share * (all + questionWeight * about)) / (all + questionWeight);
}

interface Weighed {
  readings: Readings;
  weight: number;
}

const weighing =
  (weight: number) =>
  (readings: Readings): Weighed => ({ readings, weight });

const totalWeight = (words: readonly Weighed[]): number => words.reduce((sum, { weight }) => sum + weight, 0);
