import { expect, test } from 'vitest';
import { letterDate } from './letter-date.ts';

test.each([
  ['Mon, 06 Jan 2025 23:40:00 -0500', 'Mon, 6 January 2025, 23:40 (UTC−05:00)'],
  ['6 Jan 25 9:05 +0530 (IST)', 'Mon, 6 January 2025, 09:05 (UTC+05:30)'],
  ['Fri, 31 Dec 1999 23:59:59 GMT', 'Fri, 31 December 1999, 23:59 (UTC)'],
  ['Tue,  1 Jul 2003 10:52:37 EDT', 'Tue, 1 July 2003, 10:52 (UTC−04:00)'],
])('%s is %s', (header, words) => {
  expect(letterDate(header)).toBe(words);
});

test.each([
  '31 Feb 2025 10:00:00 +0000',
  'Mon, 6 Jan 2025 23:40:00',
  '2025-01-06T23:40:00-05:00',
  '6 Jan 2025 25:00 +0000',
])('%s stands as it is', (header) => {
  expect(letterDate(header)).toBe(header);
});

test('what is no date is cleaned and bounded', () => {
  expect(letterDate('  some\u0000\u202e\n day ')).toBe('some day');
  expect(letterDate('x'.repeat(1_000_000))).toBe(`${'x'.repeat(100)}…`);
});
