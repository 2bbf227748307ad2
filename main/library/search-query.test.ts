import { describe, expect, test } from 'vitest';
import { wordsHeld } from './search-query.ts';

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
