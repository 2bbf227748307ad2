import { describe, expect, test } from 'vitest';
import { contentTerms, indexedText, matchAll, matchAny, ownTerms, wordsHeld } from './search-query.ts';

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

describe('what a question is about', () => {
  test.each([
    ['When did the war end?', ['war', 'end']],
    ['Did the men die in the war?', ['men', 'die', 'war']],
    ['Wann war der Krieg zu Ende?', ['krieg', 'ende']],
    ['Welche Wasserpreise gelten im Ort?', ['wasserpreise', 'gelten', 'ort']],
    ['And when was this?', []],
    ['Und wann war das?', []],
    ['Wasserpreise', ['wasserpreise']],
  ])('%s', (question, about) => {
    expect(ownTerms(question)).toEqual(about);
  });

  test('is all of it where it is nothing else', () => {
    expect(contentTerms('And when?')).toEqual(['and', 'when']);
  });

  test('is searched in all forms of a German word', () => {
    expect(matchAny('Welche Wasserpreise gelten im Ort?')).toBe('"wasserpreis"* OR "gelt"* OR "ort"');
    expect(matchAny('Which prices hold?')).toBe('"prices" OR "hold"');
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
