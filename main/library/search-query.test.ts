import { describe, expect, test } from 'vitest';
import { indexedText, matchAll, wordsHeld } from './search-query.ts';

describe('the words of a question that stand in a text', () => {
  test.each([
    ['Who lit the first lamps?', 'The first lamp was lit by Winstanley.', ['lit', 'first', 'lamps']],
    ['Who lit the first lamps?', 'The first beacon burnt coal.', ['first']],
    ['What does it cost?', 'Nothing of the kind.', []],
    ['Which station repaired engines?', 'The stations repair an engine a day.', ['station', 'repaired', 'engines']],
    ['When did code 4711 expire?', 'Code 4712 expired.', ['code', 'expire']],
    ['灯塔建于何时', '灯塔建于十九世纪。', ['灯 塔', '塔 建', '建 于']],
    ['', 'Anything.', []],
  ])('%s', (question, text, words) => {
    expect(wordsHeld(question, text)).toEqual(words);
  });
});

describe('a word is found however it is written', () => {
  test.each([
    ['a soft hyphen', 'Win\u00ADstan\u00ADley', 'Winstanley'],
    ['an unseen space', 'Win\u200Bstanley\u2060', 'Winstanley'],
    ['a ligature', 'e\uFB03cient', 'efficient'],
    ['accents apart', 'Mu\u0308ller', 'Müller'],
    ['Korean in parts', '등대는'.normalize('NFD'), '등대는'],
  ])('with %s', (_name, written, plain) => {
    expect(indexedText(written)).toBe(indexedText(plain));
    expect(matchAll(written)).toBe(matchAll(plain));
    expect(wordsHeld(plain, written)).toEqual([plain.toLowerCase()]);
  });

  test('in a script with marks, which the index leaves out', () => {
    expect(matchAll('ที่นี่')).toBe('"ท น"*');
    expect(matchAll('ဂျာ')).not.toMatch(/\p{M}/u);
  });
});
