/** Numbers in a text, in digits and in English and German words, read by their values. */
import { plainText } from '../library/plain-text.ts';
import type { ClaimForm } from './claims.ts';
import { normalizeWord, type Readings } from './words.ts';

/** Words that multiply the number before them, by what. */
const scales = new Map(
  [
    { factor: 100, words: 'hundred hundert' },
    { factor: 1e3, words: 'thousand tausend tsd k' },
    { factor: 1e6, words: 'million millions millionen mio mn m' },
    { factor: 1e9, words: 'billion billions milliarde milliarden mrd bn' },
    { factor: 1e12, words: 'trillion trillions billionen tn' },
  ].flatMap(({ factor, words }) => words.split(' ').map((word): [string, number] => [word, factor])),
);
const isLetter = (word: string): boolean => word.length === 1;
const scaleWords = [...scales.keys()].filter((word) => !isLetter(word)).sort((a, b) => b.length - a.length);

const vulgarFraction = '[\\u00BC-\\u00BE\\u2150-\\u215E]';
const fraction = `(?:\\p{Nd}+[ \\u00A0]?)?${vulgarFraction}|\\p{Nd}+[ \\u00A0]\\p{Nd}/\\p{Nd}(?![\\p{Nd}/])`;
/** Digits in groups of three with spaces between; any other number, time or date. */
const digits =
  "\\p{Nd}{1,3}(?:[ \\u00A0\\u2009\\u202F]\\p{Nd}{3})+(?!\\p{Nd})(?:[.,]\\p{Nd}+)?|\\p{Nd}+(?:[.,:/'’\\u066B\\u066C]\\p{Nd}+)*";
/** A letter is a scale only at its number: "5 m" is a length. */
const scale = `[ \\u00A0-]?(${scaleWords.join('|')})(?!\\p{L})|([km])(?![\\p{L}\\p{Nd}])`;
const amountPattern = new RegExp(`(${fraction}|${digits})(?:${scale})?`, 'giu');

/** The value of a digit of any script: how many of its script's stand before it. */
function digitValue(digit: string): number {
  const code = digit.codePointAt(0) ?? 0;
  let value = 0;
  while (value < 9 && /\p{Nd}/u.test(String.fromCodePoint(code - value - 1))) value++;
  return value;
}

/** A whole number with or without separators of thousands, a number with a decimal mark, and a common fraction. */
const wholeNumber = /^(?:\d+|[1-9]\d{0,2}(?:(?:\.\d{3})+|(?:,\d{3})+))$/;
const decimalNumber = /^(\d+|\d{1,3}(?:,\d{3})+)\.(\d+)$|^(\d+|\d{1,3}(?:\.\d{3})+),(\d+)$/;
const commonFraction = /^(?:(\d+) )?(\d)\/(\d|10)$/;

const withoutZeros = (whole: string): string => whole.replace(/[.,]/g, '').replace(/^0+(?=\d)/, '');

/** "½" is 1/2, and "2½" is "2 1/2". */
const fractionsWritten = (number: string): string =>
  number
    .replace(new RegExp(vulgarFraction, 'gu'), (sign) => ` ${sign.normalize('NFKC').replace('\u2044', '/')}`)
    .replace(/\s+/g, ' ')
    .trim();

function fractionValue(number: string): string | undefined {
  const [, whole = '0', part, of] = commonFraction.exec(fractionsWritten(number)) ?? [];
  const value = Number(part) / Number(of);
  return value < 1 ? String(Number((Number(whole) + value).toFixed(4))) : undefined;
}

/** What a number may mean: "1,250" and "1 250" are 1250, and "1.250" is that or 1.25, by the writer's country. */
export function numberReadings(number: string): Readings {
  if (/^[1-9]\d*$/.test(number)) return [number];
  const ofFraction = fractionValue(number);
  if (ofFraction) return [ofFraction, number];
  const written = plainText(number)
    .replace(/(?!\d)\p{Nd}/gu, (digit) => String(digitValue(digit)))
    .replace(/\u066B/g, '.')
    .replace(/\u066C/g, ',')
    .replace(/(?<=\d)[ '’](?=\d{3}(?!\d))/g, '');
  const readings = wholeNumber.test(written) ? [withoutZeros(written)] : [];
  const [, whole = '', part = '', otherWhole = '', otherPart = ''] = decimalNumber.exec(written) ?? [];
  const decimals = (part || otherPart).replace(/0+$/, '');
  if (part || otherPart) readings.push([withoutZeros(whole || otherWhole), decimals].filter(Boolean).join('.'));
  return readings.length > 0 ? readings : [written];
}

/**
 * Whole numbers that a decimal may be rounded to. Less than a hundredth off it is the same to a reader ("$2,427" for
 * $2,427.08); of a small number the decimals are what matters, so that 3 is none for 3.5.
 */
function roundings(reading: string): string[] {
  const value = Number(reading);
  if (!reading.includes('.') || Number.isNaN(value)) return [];
  return [Math.floor(value), Math.ceil(value)].filter((whole) => Math.abs(whole - value) < value / 100).map(String);
}

const deepestLevel = 6;

/** What else of a number may be meant alone: the numbers of a ratio or range, and "4.2" and "4" of a section "4.2.1". */
function partsOf(number: string, readings: Readings): Readings {
  if (/^\p{Nd}+$/u.test(number) || fractionValue(number)) return [];
  const apart = number.split(/[:/ \u00A0\u2009\u202F]/u);
  if (apart.length > 1) return apart.flatMap(numberReadings);
  const levels = number.split('.');
  if (levels.length > 2) return levels.slice(0, deepestLevel).map((_, index) => levels.slice(0, index + 1).join('.'));
  const listed = number.split(',');
  if (listed.length > 2) return listed.flatMap(numberReadings);
  return readings.flatMap(roundings);
}

/** Numbers times a power of ten, without the error of binary fractions. */
function scaled(readings: Readings, factor: number): Readings {
  const values = readings.map((reading) => Number(reading) * factor).filter((value) => !Number.isNaN(value));
  return values.map((value) => String(Number(value.toPrecision(12))));
}

const scaleKey = (factor: number): string => `×${factor}`;

/** What a text's numbers in digits are looked up by. */
export function* numberKeys(text: string): Generator<string> {
  for (const [, number = '', word, letter] of text.matchAll(amountPattern)) {
    const readings = numberReadings(number);
    const factor = scales.get((word ?? letter ?? '').toLowerCase());
    yield* readings;
    yield* partsOf(number, readings);
    if (factor) yield* scaled(readings, factor);
  }
}

/** A number of an answer; in a table in millions, "1.9 million" is 1.9. */
function keysOfAmount({ 1: number = '', 2: word, 3: letter, index = 0, input = '' }: RegExpMatchArray): Readings[] {
  // Digits that belong to a name are looked up with it.
  if (/[\p{L}\p{M}]$/u.test(input.slice(Math.max(0, index - 2), index))) return [];
  const readings = numberReadings(number);
  const factor = scales.get((word ?? letter ?? '').toLowerCase());
  if (!factor) return [readings];
  const values = scaled(readings, factor);
  return [[...values, ...readings], ...(word ? [[...values, scaleKey(factor)]] : [])];
}

const units =
  'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen';
const tens = 'twenty thirty forty fifty sixty seventy eighty ninety';
const englishNumbers = new Map<string, number>([
  ...units.split(' ').map((word, value): [string, number] => [word, value]),
  ...tens.split(' ').map((word, index): [string, number] => [word, 20 + 10 * index]),
]);
const englishScale = 'hundred|thousand|million|billion';
const englishNumber = `(?:${[...englishNumbers.keys(), englishScale].join('|')})\\b`;
/** A number in words, such as "two hundred and twenty-three"; in "1.2 million" none is. */
const englishPattern = new RegExp(
  `\\b(?!(?<=\\d[\\s-]?)(?:${englishScale}))${englishNumber}(?:(?:[\\s-]+|(?<=hundred|thousand|million)\\s+and\\s+)${englishNumber})*`,
  'gi',
);

/** The numbers that English number words in a row say: most say one. */
function englishValues(run: string): number[] {
  const numbers: number[] = [];
  let thousands = 0;
  let rest = 0;
  for (const word of run.toLowerCase().split(/[\s-]+/)) {
    const factor = scales.get(word) ?? 1;
    const value = englishNumbers.get(word);
    if (factor === 100) rest = Math.max(1, rest) * 100;
    else if (factor > 100) {
      thousands += Math.max(1, rest) * factor;
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

/** What German number words are put together from; "ein" alone is an article. */
const germanUnits =
  'null ein zwei drei vier funf sechs sieben acht neun zehn elf zwolf dreizehn vierzehn funfzehn sechzehn siebzehn achtzehn neunzehn';
const germanTens = 'zwanzig dreissig vierzig funfzig sechzig siebzig achtzig neunzig';
const germanPieces = new Map<string, number>([
  ...germanUnits.split(' ').map((piece, value): [string, number] => [piece, value]),
  ...germanTens.split(' ').map((piece, index): [string, number] => [piece, 20 + 10 * index]),
  ['eins', 1],
  ['zwo', 2],
]);
const germanPiece = ['hundert', 'tausend', 'und', ...germanPieces.keys()].sort((a, b) => b.length - a.length).join('|');
const germanPieceOfWord = new RegExp(germanPiece, 'g');
const germanWord = new RegExp(`^(?:${germanPiece})+$`);
const germanArticle = /^(?:eine?[mnrs]?|und)$/;

/** The value of a German number word, such as "zweihundertdreiundzwanzig"; undefined for another word. */
function germanValue(word: string): number | undefined {
  const key = normalizeWord(word).replace(/ue(?=nf)|oe(?=lf)/g, (vowel) => vowel.charAt(0));
  if (!germanWord.test(key) || germanArticle.test(key)) return undefined;
  let thousands = 0;
  let rest = 0;
  for (const [piece] of key.matchAll(germanPieceOfWord)) {
    if (piece === 'hundert') rest = Math.max(1, rest) * 100;
    else if (piece === 'tausend') {
      thousands = Math.max(1, rest) * 1000;
      rest = 0;
    } else rest += germanPieces.get(piece) ?? 0;
  }
  return thousands + rest;
}

const germanScale = 'Millionen|Million|Milliarden|Milliarde|Billionen';
const germanScaled = new RegExp(`(?<=(?<!\\p{L})(\\p{L}+)\\s)(?:${germanScale})(?!\\p{L})`, 'gu');
const germanPattern = new RegExp(`(?<!\\p{L})(\\p{L}+)(?:\\s(${germanScale}))?(?!\\p{L})`, 'gu');

/** "zwei Millionen", and "eine Million". */
function germanAmount(word = '', scaleWord = ''): number | undefined {
  const factor = scales.get(scaleWord.toLowerCase());
  const value = germanValue(word) ?? (factor && word.toLowerCase() === 'eine' ? 1 : undefined);
  return value === undefined ? undefined : value * (factor ?? 1);
}

/** Parts of one that have names of their own. */
const namedFractions = new Map([
  ...['half', 'halb', 'halbe', 'halben', 'halber', 'halbes'].map((word): [string, string] => [word, '0.5']),
  ...['quarter', 'viertel'].map((word): [string, string] => [word, '0.25']),
  ['dreiviertel', '0.75'],
  ['anderthalb', '1.5'],
  ['eineinhalb', '1.5'],
]);

/** What the numbers in words of a text are looked up by; its distinct words are given besides. */
export function* spelledKeys(text: string, words: Iterable<string>): Generator<string> {
  for (const [run] of text.matchAll(englishPattern)) yield* englishValues(run).map(String);
  for (const [scaleWord, word] of text.matchAll(germanScaled)) {
    const value = germanAmount(word, scaleWord);
    if (value !== undefined) yield String(value);
  }
  for (const word of words) {
    const value = germanValue(word);
    const part = namedFractions.get(word);
    const factor = scales.get(word);
    if (value !== undefined) yield String(value);
    if (part) yield part;
    if (factor) yield scaleKey(factor);
  }
}

/** Up to so many, a writer counts what was read without its number standing there. */
const mostCounted = 10;
/** What is measured and not counted in passing. */
const measure =
  /^[\s-]*(?:%|percent|per\scent|prozent|(?:day|week|month|year|hour|minute)s|tagen?|wochen|monaten?|jahren?|stunden|minuten|euros?|dollars?|pounds?|franken|francs)(?!\p{L})/iu;

/** A number in words, if it is one that nobody counts in passing. */
function keysOfSpelled(values: readonly number[], { 0: run, index = 0, input = '' }: RegExpMatchArray): Readings[] {
  const isMeasure = measure.test(input.slice(index + run.length, index + run.length + 20));
  return values.filter((value) => value > mostCounted || isMeasure).map((value) => [String(value)]);
}

/** Whether a capitalized word is a number, such as "Twenty-three" or "Zwölf", which is looked up as one. */
export function isNumberWord(word: string): boolean {
  const isNumber = (part: string): boolean =>
    englishNumbers.has(part) || scales.has(part) || germanValue(part) !== undefined;
  return !isLetter(word) && word.toLowerCase().split('-').every(isNumber);
}

/** What follows the digits of a number, an ordinal or a measure at once: numbers, unlike "4C". */
const unitsAttached = new Set(
  `st nd rd th s er ers es ies ste sten ter ten te am pm k m g l h t x p K M V W km cm mm nm kg mg ml cl dl hr hrs min
  mins sec ms px pt ft in lb lbs oz tsp tbsp kw mw kwh mwh mv hz khz mhz ghz kb mb gb tb mbps dpi bn mn tn mio mrd tsd
  eur usd chf gbp uhr`.split(/\s+/),
);
const isUnit = (letters: string): boolean =>
  unitsAttached.has(letters) || (!isLetter(letters) && unitsAttached.has(letters.toLowerCase()));

/** A code that begins with a digit, such as "4C"; "1920x1080" is none. */
const codePattern = /(?<![\p{L}\p{M}\p{Nd}-]|\p{Nd}[.,:/'’])(\p{Nd}+)(?!x\p{Nd})(\p{L}[\p{L}\p{M}\p{Nd}]*)/gu;

/** A code is looked up whole; of several letters it may be a measure, which also stands apart from its number. */
function keysOfCode([code, number = '', rest = '']: RegExpMatchArray): Readings[] {
  if (isUnit(rest)) return [];
  const whole = normalizeWord(code);
  return isLetter(rest)
    ? [[whole]]
    : [
        [whole, ...numberReadings(number)],
        [whole, normalizeWord(rest)],
      ];
}

/** How an answer claims numbers in digits and in English words. */
export const numberClaims: readonly ClaimForm[] = [
  { pattern: codePattern, keysOf: keysOfCode },
  { pattern: amountPattern, keysOf: keysOfAmount },
  { pattern: englishPattern, keysOf: (match) => keysOfSpelled(englishValues(match[0]), match) },
];

/** How a German answer claims numbers in words. */
export const germanNumberClaims: readonly ClaimForm[] = [
  {
    pattern: germanPattern,
    keysOf: (match) => {
      const value = germanAmount(match[1], match[2]);
      return value === undefined ? [] : keysOfSpelled([value], match);
    },
  },
];
