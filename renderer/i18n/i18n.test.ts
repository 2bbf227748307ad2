import { describe, expect, test } from 'vitest';
import { de } from './de.ts';
import { en } from './en.ts';
import { chooseLocale, createFormats, roughTime } from './i18n.ts';

/** Every text of a catalogue by its key. */
function texts(catalogue: object, before = ''): Map<string, string> {
  const found = new Map<string, string>();
  for (const [key, value] of Object.entries(catalogue))
    if (typeof value === 'string') found.set(before + key, value);
    else for (const [inner, text] of texts(value, `${before}${key}.`)) found.set(inner, text);
  return found;
}

const placeholders = (text: string): string[] =>
  [...text.matchAll(/\{\{(\w+)\}\}/g)].map(([, name]) => name ?? '').sort();

test('every German text has the placeholders of the English one', () => {
  const german = texts(de);
  for (const [key, text] of texts(en)) {
    // "The first file" needs no number.
    const isSingular = key.endsWith('_one');
    if (!isSingular) expect([key, placeholders(german.get(key) ?? '')]).toEqual([key, placeholders(text)]);
  }
  expect([...german.keys()].sort()).toEqual([...texts(en).keys()].sort());
});

describe('the locale', () => {
  test.each([
    ['system', ['de-AT', 'en'], 'de'],
    ['system', ['fr-FR', 'de'], 'de'],
    ['system', ['fr'], 'en'],
    ['de', ['en-GB'], 'de'],
    ['xx', ['de'], 'en'],
  ])('for %s with %j is %s', (setting, preferred, locale) => {
    expect(chooseLocale(setting, preferred)).toBe(locale);
  });
});

test.each([
  [0.2, 'seconds', 1],
  [7, 'seconds', 7],
  [33, 'seconds', 35],
  [58, 'minutes', 1],
  [95, 'minutes', 2],
  [3600, 'minutes', 60],
  [3 * 3600, 'hours', 3],
])('%f seconds are told in %s: %i', (seconds, unit, count) => {
  expect(roughTime(seconds)).toEqual({ unit, count });
});

test('sizes are told in the largest fitting unit', () => {
  const { bytes } = createFormats('en');
  expect([0, 999, 12_345, 98_000_000, 1.5e9].map(bytes)).toEqual(['0 byte', '999 byte', '12 kB', '98 MB', '1.5 GB']);
});

test('days and languages are told in the language of the window', () => {
  const { date, language } = createFormats('de');
  expect(['2024-05-06T23:59:59Z', '2024-05-06', 'May 2011', ''].map(date)).toEqual([
    '06.05.2024',
    '06.05.2024',
    'May 2011',
    '',
  ]);
  expect(['en-GB', 'sv', 'not a code'].map(language)).toEqual([
    'Englisch (Vereinigtes Königreich)',
    'Schwedisch',
    'not a code',
  ]);
});
