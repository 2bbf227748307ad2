import { expect, test } from 'vitest';
import { clock } from './clock.ts';

test.each([
  [0, '0:00'],
  [59_999, '0:59'],
  [123_000, '2:03'],
  [3_723_400, '1:02:03'],
])('%i ms is %s', (milliseconds, shown) => {
  expect(clock(milliseconds)).toBe(shown);
});
