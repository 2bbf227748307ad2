/**
 * Arbitrary text → a query of SQLite FTS5 that is always well-formed, and the matching preparation
 * of indexed text. Only letters, digits and marks get through, each word as a quoted string, so
 * that no operator of the query language can be written by accident or on purpose.
 */
import { plainText } from './plain-text.ts';

const words = (text: string): ReadonlySet<string> => new Set(text.split(/\s+/));

/** Words that say that a question is asked, not what about. */
const englishStopWords = words(
  `a about all also am an and any are as at be because been but by can could did do does doing done each else
  ever explain find for from gave get give given had has have he her here him his how i if in into is it its just
  let like list lot made make many may me mention mentioned mentions might more most much must my no nor not of off
  on one only or other our out over per please quite really said same say says shall she should show so some such
  tell than that the their them then there these they this those through to too under until up upon us very was we
  were what whatever when where whether which while who whom whose why will with would yes you your`,
);

const germanStopWords = words(
  `ab aber alle allem allen aller alles als also am an auch auf aus bei beim bin bis bitte da dabei dadurch dafür damit
  danach daran darauf darin darüber das dass davon dazu dein dem den denn der des dessen die dies diese diesem diesen dieser
  dieses doch dort du durch ein eine einem einen einer eines er es etwas euch euer finde für gab ganz gegen gibt gleich hat
  hatte hatten hier hin ich ihm ihn ihnen ihr ihre ihrem ihren ihrer im immer in ins ist ja jede jedem jeden jeder jedes kann
  kein keine können könnte lang lange machen man mehr mein mich mir mit muss müssen nach nenne nicht nichts noch nun nur ob
  oder ohne sag sagt sehr sein seine seinem seinen seiner seit sich sie sind so soll sollen sollte sowie über um und uns unser
  unter vom von vor wann war waren warum was weil welche welchem welchen welcher welches wem wen wenn wer werden wessen wie
  wieder will wir wird wo wofür woher wohin womit worden worüber wovon wozu wurde wurden zu zum zur zwischen`,
);

/** The language that a question is asked in, by its small words: "war" and "die" mean something in one of them only. */
function isGerman(all: readonly string[]): boolean {
  const count = (small: ReadonlySet<string>): number => all.filter((term) => small.has(term)).length;
  return count(germanStopWords) > count(englishStopWords);
}

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

/** The words of a question that say what it is about; none of a question that only says that it is one. */
export function ownTerms(question: string): string[] {
  const all = terms(question);
  const small = isGerman(all) ? germanStopWords : englishStopWords;
  return all.filter((term) => !small.has(term)).slice(0, maximumTerms);
}

/** The words of a question that it is about: without stop words, unless there are no others. */
export function contentTerms(question: string): string[] {
  const own = ownTerms(question);
  return own.length > 0 ? own : terms(question).slice(0, maximumTerms);
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

/** Of a word that is shorter without it, an ending is more than its form. */
const germanEnding = /(?<=\p{L}{4})(?:ern|em|en|er|es|e|n|s)$/u;

/** The beginning of a German word, which the index, made for English, does not know for the same in its other forms. */
const germanBeginning = (term: string): string => `${quoted(term.replace(germanEnding, ''))}*`;

/** The query for passages that hold any of a question's words; undefined when it has none. */
export function matchAny(question: string): string | undefined {
  const chosen = contentTerms(question);
  if (chosen.length === 0) return undefined;
  const forms = isGerman(terms(question))
    ? (term: string) => (term.length > 5 ? germanBeginning(term) : quoted(term))
    : quoted;
  return chosen.map(forms).join(' OR ');
}

/** The query for texts that hold every word typed so far, the last one as a beginning; undefined when there is none. */
export function matchAll(typed: string): string | undefined {
  const chosen = terms(typed).slice(0, maximumTerms);
  return chosen.length > 0 ? `${chosen.map(quoted).join(' AND ')}*` : undefined;
}
