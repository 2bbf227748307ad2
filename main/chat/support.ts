/**
 * Does what was read bear out what was written? A small model guesses; a guess shows first in names
 * and numbers, and those can be looked up word for word in the text the answer was written from.
 */
import { plainText, withoutUnseen } from '../library/plain-text.ts';
import { splitUnspaced } from '../library/search-query.ts';

/** A word or number in all the ways in which it may stand in a text, the usual one first. */
type Readings = readonly string[];

interface Claim {
  /** As it stands in the answer. */
  text: string;
  /** Normalized words and numbers, all of which must occur in the text that was read, each in one of its readings. */
  keys: readonly Readings[];
}

const wordPattern = /[\p{L}\p{M}][\p{L}\p{M}'’]*/gu;
/** Letters and digits in one, such as "B12", "H2O" or "135M". */
const codePattern = /(?:\p{L}[\p{L}\p{M}]*\p{Nd}|\p{Nd}+\p{L})[\p{L}\p{M}\p{Nd}]*/gu;
/** A date of this form; digits in groups of three with spaces between; any other number, time or date. */
const numberPattern =
  /\p{Nd}{4}-\p{Nd}{2}-\p{Nd}{2}(?!\p{Nd})|\p{Nd}{1,3}(?:[ \u00A0\u2009\u202F]\p{Nd}{3})+(?!\p{Nd})(?:[.,]\p{Nd}+)?|\p{Nd}+(?:[.,:/'’\u066B\u066C]\p{Nd}+)*/gu;
/** One or more capitalized words in a row, such as "Ada Lovelace" or "NASA". */
const namePattern = /(?<![\p{L}\p{M}\p{Nd}])\p{Lu}[\p{L}\p{M}\p{Nd}'’-]*(?:[ \u00A0]\p{Lu}[\p{L}\p{M}\p{Nd}'’-]*)*/gu;

const units =
  'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen';
const tens = 'twenty thirty forty fifty sixty seventy eighty ninety';
const numberWords = new Map<string, number>([
  ...units.split(' ').map((word, value): [string, number] => [word, value]),
  ...tens.split(' ').map((word, index): [string, number] => [word, 20 + 10 * index]),
]);
const scales = new Map([
  ['hundred', 100],
  ['thousand', 1e3],
  ['million', 1e6],
  ['billion', 1e9],
]);
const numberWord = `(?:${[...numberWords.keys(), ...scales.keys()].join('|')})\\b`;
/** A number in words, such as "two hundred and twenty-three". */
const spelledPattern = new RegExp(
  `\\b${numberWord}(?:(?:[\\s-]+|(?<=hundred|thousand|million)\\s+and\\s+)${numberWord})*`,
  'giu',
);
/** Up to so many, a writer counts what was read without its number standing there. */
const mostCounted = 12;

/** Words that often begin a sentence without being names. */
const sentenceOpeners = new Set(
  `a about according additionally after all also although among an and another any are as at based be because before below
  both but by can consequently despite did do does due during each either even every finally first following for from
  further furthermore given had has have he hence her here his how however i if in indeed instead is it its last later
  like many may meanwhile more moreover most much my neither never next no none nor not note now of on once one only or
  other our out overall over per perhaps please rather second several she similarly since so some sometimes sorry still
  such sure than thank that the their them then there therefore these they third this those though through throughout
  thus to today together too two under unfortunately unlike until up upon use using was we were what when where whereas
  whether which while who whose why will with within without would yes yet you your answer chapter conclusion document
  documents example figure page passage passages question section see consider let make note try summary table text`.split(
    /\s+/,
  ),
);

const wordsOf = (words: string): ReadonlySet<string> => new Set(words.split(/\s+/).map(normalizeWord));

/** Words that tell German from languages that write their nouns small, and words that tell those from it. */
const german = wordsOf(
  `auf aus bei das dass dem den der durch ein eine einem einen einer eines für haben hatte im ist mit nach nicht oder sich
  sind und unter vom von vor waren war wird wurde wurden zu zum zur zwischen über`,
);
const smallNouns = wordsOf(
  `and are as at be by for from had has he his is it its of on or she that the their they this to were which with
  af att de det du een el en est et het la le les los och og que som til un une van y`,
);

/** Words before a German name, or at a sentence's beginning, that are none of it. */
const germanOpeners = wordsOf(
  `aber alle als am an anfang angaben auch auf aus bei beim bis da dabei daher damals dann das dem den der des dessen die
  dies diese diesem diesen dieser dieses doch dort durch ein eine einem einen einer eines ende er es firma frau für gegen
  herr herrn hier ich ihr ihre im in ist ja jahr jede jeder kein keine könig königin laut mit mitte nach nein nicht nur ob
  obwohl oder ohne professor schon sein seine seit sie so sowie stadt um und unter vom von vor während war was weil wenn
  wer wie wir wo wurde zu zum zur zwischen zwar über`,
);

/** Lower case, without diacritics and without a possessive ending. */
export function normalizeWord(word: string): string {
  return word
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/['’]s$/u, '')
    .replace(/['’]/gu, '');
}

/** The value of a digit of any script: how many of its script's stand before it. */
function digitValue(digit: string): number {
  const code = digit.codePointAt(0) ?? 0;
  let value = 0;
  while (value < 9 && /\p{Nd}/u.test(String.fromCodePoint(code - value - 1))) value++;
  return value;
}

/** A whole number with or without separators of thousands, and a number with a decimal mark. */
const wholeNumber = /^(?:\d+|[1-9]\d{0,2}(?:(?:\.\d{3})+|(?:,\d{3})+))$/;
const decimalNumber = /^(\d+|\d{1,3}(?:,\d{3})+)\.(\d+)$|^(\d+|\d{1,3}(?:\.\d{3})+),(\d+)$/;

/** What a number may mean: "1,250" and "1 250" are 1250, and "1.250" is that or 1.25, by the writer's country. */
function numberReadings(number: string): Readings {
  const digits = plainText(number)
    .replace(/(?!\d)\p{Nd}/gu, (digit) => String(digitValue(digit)))
    .replace(/\u066B/g, '.')
    .replace(/\u066C/g, ',')
    .replace(/(?<=\d)[ '’](?=\d{3}(?!\d))/g, '');
  const withoutZeros = (whole: string): string => whole.replace(/[.,]/g, '').replace(/^0+(?=\d)/, '');
  const readings = wholeNumber.test(digits) ? [withoutZeros(digits)] : [];
  const [, whole = '', part = '', otherWhole = '', otherPart = ''] = decimalNumber.exec(digits) ?? [];
  const fraction = (part || otherPart).replace(/0+$/, '');
  if (part || otherPart) readings.push([withoutZeros(whole || otherWhole), fraction].filter(Boolean).join('.'));
  return readings.length > 0 ? readings : [digits];
}

/** The numbers that number words in a row say: most say one. */
function spelledNumbers(run: string): number[] {
  const numbers: number[] = [];
  let thousands = 0;
  let rest = 0;
  for (const word of run.toLowerCase().split(/[\s-]+/)) {
    const scale = scales.get(word) ?? 1;
    const value = numberWords.get(word);
    if (scale === 100) rest = Math.max(1, rest) * 100;
    else if (scale > 100) {
      thousands += Math.max(1, rest) * scale;
      rest = 0;
    } else if (value !== undefined) {
      const goesOn = rest % 100 === 0 || (rest % 10 === 0 && rest % 100 >= 20 && value < 10);
      if (!goesOn) {
        numbers.push(thousands + rest);
        thousands = 0;
      }
      rest = goesOn ? rest + value : value;
    }
  }
  return [...numbers, thousands + rest];
}

/** The words and numbers of a text. */
function* termsOf(text: string): Generator<Readings> {
  const { pairs, spaced } = splitUnspaced(plainText(text));
  for (const pair of pairs) yield [pair];
  for (const pattern of [wordPattern, codePattern])
    for (const [word] of spaced.matchAll(pattern)) yield [normalizeWord(word)];
  for (const [run] of spaced.matchAll(spelledPattern)) for (const value of spelledNumbers(run)) yield [String(value)];
  for (const [number] of text.matchAll(numberPattern)) {
    yield numberReadings(number);
    for (const part of number.split(/[:/ \u00A0\u2009\u202F-]|[.,](?!\p{Nd}{3}(?!\p{Nd}))/u))
      yield numberReadings(part);
  }
}

/** Everything that a claim can be checked against: the words and numbers of a text, in all readings. */
export function vocabularyOf(text: string): Set<string> {
  return new Set([...termsOf(text)].flat());
}

/** The answer without code, headings and list numbers, in which capitals and digits mean something else. */
function prose(answer: string): string {
  return withoutUnseen(answer)
    .replace(/```[\s\S]*?(?:```|$)/g, '\n')
    .replace(/`[^`\n]*`/g, ' ')
    .replace(/^#{1,6} .*$/gm, '')
    .replace(/^\s*(?:\d{1,3}[.)]|[-*+])\s+/gm, '\n');
}

/** Numbers in digits, except those that belong to a name, and those in words that nobody counts in passing. */
function numberClaims(text: string): Claim[] {
  const inDigits = [...text.matchAll(numberPattern)]
    .filter(({ index }) => !/[\p{L}\p{M}]$/u.test(text.slice(Math.max(0, index - 2), index)))
    .map(([number]) => ({ text: number, keys: [numberReadings(number)] }));
  const inWords = Array.from(text.matchAll(spelledPattern), ([run]) => ({
    text: run,
    keys: spelledNumbers(run).flatMap((value) => (value > mostCounted ? [[String(value)]] : [])),
  }));
  return [...inDigits, ...inWords.filter(({ keys }) => keys.length > 0)];
}

/** True where a capital only marks a beginning: of the text, a line, a sentence or a quotation. */
function beginsSentence(text: string, index: number): boolean {
  return (
    /(?:^|[.!?:;\n]["'”’)*_]*\s*["'“‘(*_]*|\n)\s*["'“‘(*_]*$/u.test(text.slice(Math.max(0, index - 12), index)) ||
    index === 0
  );
}

/** The parts of a word of a name, as they are looked up. */
function nameKeys(word: string): Readings[] {
  return word
    .split('-')
    .filter(Boolean)
    .map((part) => (/^\p{Nd}+$/u.test(part) ? numberReadings(part) : [normalizeWord(part)]));
}

/** A word such as "Twenty-three", which is looked up as a number. */
function isNumber(word: string): boolean {
  return word.split('-').every((part) => numberWords.has(part.toLowerCase()) || scales.has(part.toLowerCase()));
}

function nameClaims(text: string): Claim[] {
  const claims: Claim[] = [];
  for (const match of text.matchAll(namePattern)) {
    let words = match[0].split(/[ \u00A0]/u);
    if (beginsSentence(text, match.index)) {
      const first = normalizeWord(words[0] ?? '');
      if (sentenceOpeners.has(first) || first.endsWith('ly')) words = words.slice(1);
    }
    words = words.filter((word) => !sentenceOpeners.has(normalizeWord(word)) && !isNumber(word));
    if (words.length > 0 && words.some((word) => word.length > 1))
      claims.push({ text: words.join(' '), keys: words.flatMap(nameKeys) });
  }
  return claims;
}

/** A German word, and without the ending of its case. */
const germanReadings = (word: string): Readings =>
  word.length > 4 ? [word, word.replace(/(?:e[mnrs]?|[ns])$/, '')] : [word];

/**
 * Names in German, where every noun has a capital: only several in a row are a name, if no number stands before them
 * ("20 Tonnen Kohle"). A noun may come first ("Baumeister Henry Winstanley"), which texts of another language do not
 * hold: of them the last word alone is looked up.
 */
function germanNameClaims(text: string, isGermanRead: boolean): Claim[] {
  return [...text.matchAll(namePattern)].flatMap(({ 0: run, index }) => {
    const words = run.split(/[ \u00A0]/u).filter((word) => !germanOpeners.has(normalizeWord(word)));
    if (words.length < 2 || /\p{Nd}[ \u00A0]$/u.test(text.slice(Math.max(0, index - 3), index))) return [];
    const lookedUp = isGermanRead ? words : words.slice(-1);
    const keys = lookedUp.flatMap(nameKeys).map((readings) => readings.flatMap(germanReadings));
    return [{ text: words.join(' '), keys }];
  });
}

/** Above 0 where more of the words are German's than of languages that write their nouns small. */
function germanLead(words: Iterable<string>): number {
  let lead = 0;
  for (const word of words) lead += Number(german.has(word)) - Number(smallNouns.has(word));
  return lead;
}

function isGerman(text: string, vocabulary: ReadonlySet<string>): boolean {
  const lead = germanLead(Array.from(text.matchAll(wordPattern), ([word]) => normalizeWord(word)));
  // A short answer may be nothing but names.
  return (lead || germanLead(vocabulary)) > 0;
}

/** What an answer claims, which is looked up in the vocabulary of what was read. */
function claimsOf(answer: string, vocabulary: ReadonlySet<string>): Claim[] {
  const text = prose(answer);
  const names = isGerman(text, vocabulary) ? germanNameClaims(text, germanLead(vocabulary) > 0) : nameClaims(text);
  return [...names, ...numberClaims(text)];
}

/** Names and numbers of the answer that the vocabulary of what was read does not hold, in their order, each once. */
export function unsupportedIn(answer: string, vocabulary: ReadonlySet<string>): string[] {
  const held = isGerman(prose(answer), vocabulary) ? new Set([...vocabulary].flatMap(germanReadings)) : vocabulary;
  const missing = claimsOf(answer, vocabulary).filter(
    ({ keys }) => !keys.every((readings) => readings.some((key) => held.has(key))),
  );
  return [...new Set(missing.map(({ text }) => text))];
}

/** Names and numbers of the answer that stand nowhere in `read`. */
export function unsupportedClaims(answer: string, read: Iterable<string>): string[] {
  const vocabulary = new Set<string>();
  for (const text of read) for (const key of vocabularyOf(text)) vocabulary.add(key);
  return unsupportedIn(answer, vocabulary);
}

/** Whether a word carries meaning, for comparing an answer with a passage; pairs of unspaced writing do. */
function hasContent(key: string): boolean {
  return /^\d/.test(key) || key.includes(' ') || (key.length > 3 && !sentenceOpeners.has(key));
}

/**
 * How much of what the answer adds to the question stands in the passage: 0 to 1, with names and
 * numbers counted five times as much as other words.
 */
export function supportOf(passage: string, answer: string, question: string): number {
  const asked = vocabularyOf(question);
  const inPassage = vocabularyOf(passage);
  const claimed = claimsOf(answer, inPassage).flatMap(({ keys }) => keys);
  const content = [...termsOf(answer)].filter(([key = '']) => hasContent(key));
  // Those that count more come last and stay.
  const weighed = [...content.map(weighing(1)), ...claimed.map(weighing(5))];
  let found = 0;
  let all = 0;
  for (const { readings, weight } of new Map(weighed.map((one) => [one.readings[0], one])).values()) {
    if (readings.some((key) => asked.has(key))) continue;
    all += weight;
    if (readings.some((key) => inPassage.has(key))) found += weight;
  }
  return all === 0 ? 0 : found / all;
}

const weighing =
  (weight: number) =>
  (readings: Readings): { readings: Readings; weight: number } => ({ readings, weight });
