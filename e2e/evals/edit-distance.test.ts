import { expect, test } from 'vitest';
import { editDistance, wordsOf } from './edit-distance.ts';

test('words are compared without case, punctuation and apostrophes', () => {
  expect(wordsOf('Don’t say “No”, Anna!')).toEqual(['dont', 'say', 'no', 'anna']);
});

test.each([
  ['a b c', 'a b c', 0],
  ['a b c', 'a x c', 1],
  ['a b c', 'a c', 1],
  ['a c', 'a b c', 1],
  ['', 'a b', 2],
  ['a b', '', 2],
  ['the vault is open', 'a malt is opened now', 4],
])('from "%s" to "%s" there are %i errors', (said, heard, errors) => {
  expect(editDistance(wordsOf(said), wordsOf(heard))).toBe(errors);
});
