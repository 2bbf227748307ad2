import { describe, expect, test } from 'vitest';
import { coverage } from './search-query.ts';

describe('how much of a question stands in a text', () => {
  test.each([
    ['Who lit the first lamps?', 'The first lamp was lit by Winstanley.', 1],
    ['Who lit the first lamps?', 'The first beacon burnt coal.', 1 / 3],
    ['What does it cost?', 'Nothing of the kind.', 0],
    ['Which station repaired engines?', 'The stations repair an engine a day.', 1],
    ['When did code 4711 expire?', 'Code 4712 expired.', 2 / 3],
    ['灯塔建于何时', '灯塔建于十九世纪。', 3 / 5],
    ['', 'Anything.', 0],
  ])('%s', (question, text, share) => {
    expect(coverage(question, text)).toBeCloseTo(share);
  });
});
