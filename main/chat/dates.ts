/** Dates and times of day, read so that "2025-03-14", "14. März 2025" and "March 14" are found to be the same. */
import type { ClaimForm } from './claims.ts';
import { numberReadings } from './numbers.ts';
import { normalizeWord, type Readings } from './words.ts';

interface CalendarDate {
  /** Undefined where the text leaves it to be understood. */
  year?: number | undefined;
  month: number;
  day: number;
}

/** In English and German, from January on. */
const monthNames = [
  'january januar jänner jaenner jan jän',
  'february februar feb',
  'march märz maerz mar mrz',
  'april apr',
  'may mai',
  'june juni jun',
  'july juli jul',
  'august aug',
  'september sept sep',
  'october oktober oct okt',
  'november nov',
  'december dezember dec dez',
].map((names) => names.split(' '));

/** The name of a month, as a part of a pattern. */
export const monthName = `(?:${monthNames.flat().join('|')})(?!\\p{L})`;

const months = new Map(
  monthNames.flatMap((names, index) => names.map((name): [string, number] => [normalizeWord(name), index + 1])),
);

/** The point of an abbreviation, but none that ends a sentence. */
const month = String.raw`(${monthName})(?:\.(?=,?\s\d))?`;
const day = String.raw`(\d{1,2})(?:st|nd|rd|th|\.)?`;
const year = String.raw`(?:,?[\s-](\d{4})(?!\d))?`;
const dayFirst = new RegExp(String.raw`(?<![\p{L}\d]|\d[.,])${day}(?:\sof)?[\s-]?${month}${year}`, 'giu');
const monthFirst = new RegExp(String.raw`(?<!\p{L})${month}\s(?:the\s)?${day}(?!\d|[.,:]\d)${year}`, 'giu');
const yearFirst = /(?<![\d.,/-])(\d{4})([-./])(\d{1,2})\2(\d{1,2})(?![\d/]|[.-]\d)/g;
const yearLast = /(?<![\d.,/-])(\d{1,2})([-./])\s?(\d{1,2})\2\s?(\d{4}|\d{2})(?![\d/]|[.-]\d)/g;
const yearUnderstood = /(?<![\d.,/-]|\d\s)(\d{1,2})(?:\.\s?(\d{1,2})(?=\.(?!\d))|\/(\d{1,2}))(?![\d/])/g;
const monthOfYear = /(?<![\d.,/-])(?:\d{4}-(\d{2})|(\d{1,2})[/.]\d{4})(?![\d/-]|\.\d)/g;

type Match = readonly (string | undefined)[];

/** Either order of day and month: which it is differs by country. */
const eitherOrder = (one: number, other: number, ofYear?: number): CalendarDate[] => [
  { year: ofYear, month: other, day: one },
  { year: ofYear, month: one, day: other },
];
const yearOf = (written: string | undefined): number | undefined => (written ? Number(written) : undefined);
const monthOf = (written = ''): number => months.get(normalizeWord(written)) ?? 0;

/** How a date may be written, and what it may mean. */
const dateForms: readonly { pattern: RegExp; read(match: Match): CalendarDate[] }[] = [
  { pattern: dayFirst, read: ([, d, m, y]) => [{ year: yearOf(y), month: monthOf(m), day: Number(d) }] },
  { pattern: monthFirst, read: ([, m, d, y]) => [{ year: yearOf(y), month: monthOf(m), day: Number(d) }] },
  { pattern: yearFirst, read: ([, y, , m, d]) => [{ year: Number(y), month: Number(m), day: Number(d) }] },
  {
    pattern: yearLast,
    read: ([, one, , other, y = '']) =>
      (y.length === 2 ? [`20${y}`, `19${y}`] : [y]).flatMap((written) =>
        eitherOrder(Number(one), Number(other), Number(written)),
      ),
  },
];

const isDate = (date: CalendarDate): boolean => date.month >= 1 && date.month <= 12 && date.day >= 1 && date.day <= 31;

/** "14.3." and "14/3", which may be numbers as well. */
const readDayAndMonth = ([, one, other, another]: Match): CalendarDate[] =>
  eitherOrder(Number(one), Number(other ?? another)).filter(isDate);

const two = (value: number): string => String(value).padStart(2, '0');
const ofAnyYear = (date: CalendarDate): string => `*-${two(date.month)}-${two(date.day)}`;
const ofNoYear = (date: CalendarDate): string => `?-${two(date.month)}-${two(date.day)}`;
const ofItsYear = (date: CalendarDate): string => `${date.year}-${two(date.month)}-${two(date.day)}`;
const keyOfMonth = (value: number): string => `--${two(value)}`;

/** The month that a normalized word names, as `dateKeys` gives it; nothing for another word. */
export function monthKeys(word: string): Readings {
  const value = months.get(word);
  return value === undefined ? [] : [keyOfMonth(value)];
}

/** The date in full or, where a text says the year elsewhere, without it. */
function keysOfDate(dates: readonly CalendarDate[]): Readings[] {
  const years = dates.flatMap((date) => date.year ?? []);
  if (dates.length === 0) return [];
  if (years.length === 0) return [dates.map(ofAnyYear)];
  return [dates.flatMap((date) => [ofItsYear(date), ofNoYear(date)]), years.map(String)];
}

const and = String.raw`\s*(?:,|&|[-–—/]|and|und|to|bis|or|oder|until|through)\s*`;
const daysBefore = new RegExp(String.raw`(?<!\d)(?:\d{1,2}(?:st|nd|rd|th|\.)?${and})+$`, 'i');
const daysAfter = new RegExp(String.raw`^(?:${and}\d{1,2}(?:st|nd|rd|th|\.)?(?!\d|[.:]\d))+`, 'i');
/** Further than a list of days goes that share a month, such as "14, 15 and 16 March". */
const listReach = 48;

/** Days beside a date that have its month. */
function daysBeside(text: string, start: number, end: number): number[] {
  const before = daysBefore.exec(text.slice(Math.max(0, start - listReach), start)) ?? [];
  const after = daysAfter.exec(text.slice(end, end + listReach)) ?? [];
  return [...before, ...after].flatMap((days) => days.match(/\d+/g) ?? []).map(Number);
}

/** What a text's dates are looked up by: as dates, by their months, and by the numbers in them. */
export function* dateKeys(text: string): Generator<string> {
  for (const { pattern, read } of dateForms)
    for (const match of text.matchAll(pattern)) {
      const dates = read(match).filter(isDate);
      const beside = dates.length > 0 ? daysBeside(text, match.index, match.index + match[0].length) : [];
      const all = [...dates, ...beside.flatMap((other) => dates.map((date) => ({ ...date, day: other })))];
      for (const date of all) {
        yield date.year ? ofItsYear(date) : ofNoYear(date);
        yield ofAnyYear(date);
        yield keyOfMonth(date.month);
        if (date.year) yield String(date.year);
      }
      if (dates.length > 0) for (const number of match[0].match(/\d+/g) ?? []) yield String(Number(number));
    }
  for (const match of text.matchAll(yearUnderstood))
    for (const date of readDayAndMonth(match)) {
      yield ofNoYear(date);
      yield ofAnyYear(date);
    }
  for (const [, one, other] of text.matchAll(monthOfYear)) yield keyOfMonth(Number(one ?? other));
}

/** A time of day: with a colon, or by what follows it. */
const timePattern =
  /(?<![\p{Nd}.,:/])(?:(\d{1,2}):(\d{2})(?::\d{2})?(?:\s?([ap])\.?m(?!\p{L})|\sUhr(?!\p{L}))?|(\d{1,2})(?:\.(\d{2}))?\s?(?:([ap])\.?m(?!\p{L})|Uhr(?!\p{L})|o['’]clock))(?!\p{Nd}|[.:]\p{Nd})/giu;

/** What is added to an hour of the clock's face: where it is not said, either half of the day is meant. */
const halvesOfDay: Readonly<Record<string, readonly number[]>> = { a: [0], p: [12], '': [0, 12] };

interface TimeOfDay {
  hour: number;
  minute: number;
  /** As they are looked up; none where it is no time of day. */
  keys: string[];
  hasMinutes: boolean;
}

function timeOf([, hours, minutes, half, hoursAlone, minutesAlone, otherHalf]: Match): TimeOfDay {
  const hour = Number(hours ?? hoursAlone);
  const minute = Number(minutes ?? minutesAlone ?? 0);
  const halves = halvesOfDay[(half ?? otherHalf ?? '').toLowerCase()] ?? [];
  const meant = hour === 0 || hour > 12 ? [hour] : halves.map((added) => (hour % 12) + added);
  const isTime = hour < 24 && minute < 60;
  const keys = isTime ? meant.map((value) => `@${two(value)}:${two(minute)}`) : [];
  return { hour, minute, keys, hasMinutes: (minutes ?? minutesAlone) !== undefined };
}

/** What a text's times of day are looked up by: as times, and by the numbers in them. */
export function* timeKeys(text: string): Generator<string> {
  for (const match of text.matchAll(timePattern)) {
    const { keys, hour, minute } = timeOf(match);
    yield* keys;
    yield String(hour);
    yield String(minute);
  }
}

/** A bare hour may stand without what makes it a time: "from 7 to 9 pm". */
function keysOfTime(match: Match): Readings[] {
  const { keys, hour, hasMinutes } = timeOf(match);
  if (keys.length === 0) return [];
  return [hasMinutes ? keys : [...keys, String(hour)]];
}

/** True for "3 may", as in "all 3 may go": a month has a capital. */
const isWrittenSmall = (text: string): boolean => /\p{Ll}/u.test(text) && !/\p{Lu}/u.test(text);

/** How an answer claims dates and times of day. */
export const dateClaims: readonly ClaimForm[] = [
  ...dateForms.map(({ pattern, read }) => ({
    pattern,
    keysOf: (match: Match) => (isWrittenSmall(match[0] ?? '') ? [] : keysOfDate(read(match).filter(isDate))),
  })),
  {
    pattern: yearUnderstood,
    keysOf: (match: Match) =>
      readDayAndMonth(match).length > 0
        ? [[...readDayAndMonth(match).map(ofAnyYear), ...numberReadings(match[0] ?? '')]]
        : [],
  },
  { pattern: timePattern, keysOf: keysOfTime },
];
