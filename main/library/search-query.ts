/**
 * Arbitrary text → a query of SQLite FTS5 that is always well-formed, and the matching preparation
 * of indexed text. Only letters, digits and marks get through, each word as a quoted string, so
 * that no operator of the query language can be written by accident or on purpose.
 */
import { plainText } from './plain-text.ts';

/** Words that say that a question is asked, not what about. */
const stopWords = new Set(
  `a about all also am an and any are as at be because been but by can could did do does doing done each else
  ever explain find for from gave get give given had has have he her here him his how i if in into is it its just
  let like list lot made make many may me mention mentioned mentions might more most much must my no nor not of off
  on one only or other our out over per please quite really said same say says shall she should show so some such
  tell than that the their them then there these they this those through to too under until up upon us very was we
  were what whatever when where whether which while who whom whose why will with would yes you your`.split(/\s+/),
);

/** Longer questions are searched by their first words. */
const maximumTerms = 64;

/** Scripts that are written without spaces: each character is indexed as a word of its own. */
const unspaced = '\\p{sc=Han}\\p{sc=Hiragana}\\p{sc=Katakana}\\p{sc=Thai}\\p{sc=Lao}\\p{sc=Khmer}\\p{sc=Myanmar}';
const unspacedCharacter = new RegExp(`[${unspaced}]`, 'gu');
const unspacedRun = new RegExp(`[${unspaced}]+`, 'gu');
const word = /[\p{L}\p{N}\p{M}]+/gu;

/** The form of `text` that goes into an FTS5 index. */
export function indexedText(text: string): string {
  return plainText(text).replace(unspacedCharacter, ' $& ');
}

/** A run of unspaced writing as pairs of neighbouring characters, which the index finds as phrases; it knows no marks. */
function pairs(run: string): string[] {
  const characters = [...run.replace(/\p{M}/gu, '')];
  if (characters.length < 2) return characters;
  return characters.slice(1).map((character, i) => `${characters[i]} ${character}`);
}

/** What of a text is written without spaces, as pairs of characters, and the rest of it. */
export function splitUnspaced(text: string): { pairs: string[]; spaced: string } {
  const found = Array.from(text.matchAll(unspacedRun), ([run]) => pairs(run));
  return { pairs: found.flat(), spaced: text.replace(unspacedRun, ' ') };
}

/** The distinct words (or phrases of single characters) of a text, in order, in lower case. */
export function terms(text: string): string[] {
  const { pairs: found, spaced } = splitUnspaced(plainText(text).toLowerCase());
  return [...new Set([...found, ...Array.from(spaced.matchAll(word), ([term]) => term)])];
}

const quoted = (term: string): string => `"${term}"`;

/** The words of a question that it is about: without stop words, unless there are no others. */
export function contentTerms(question: string): string[] {
  const all = terms(question);
  const content = all.filter((term) => !stopWords.has(term));
  return (content.length > 0 ? content : all).slice(0, maximumTerms);
}

/** A word's beginning, which it keeps in its other forms: three quarters of it, and four characters at least. */
const stemOf = (term: string): string => term.slice(0, Math.max(4, Math.ceil(term.length * 0.75)));

/** The words that a question is about which stand in a text, in any of their forms. */
export function wordsHeld(question: string, text: string): string[] {
  const held = terms(text);
  return contentTerms(question).filter((term) => {
    const stem = stemOf(term);
    return held.some((other) => other.startsWith(stem));
  });
}

/** The query for passages that hold any of a question's words; undefined when it has none. */
export function matchAny(question: string): string | undefined {
  const chosen = contentTerms(question);
  return chosen.length > 0 ? chosen.map(quoted).join(' OR ') : undefined;
}

/** The query for texts that hold every word typed so far, the last one as a beginning; undefined when there is none. */
export function matchAll(typed: string): string | undefined {
  const chosen = terms(typed).slice(0, maximumTerms);
  return chosen.length > 0 ? `${chosen.map(quoted).join(' AND ')}*` : undefined;
}
