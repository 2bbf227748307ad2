import { expect, it } from 'vitest';
import { createTimeLeft } from './time-left.ts';

/** An estimate, asked when so many milliseconds have passed. */
function estimate({ first = 0, ms, done, total }: { first?: number; ms: number; done: number; total: number }) {
  let time = 500;
  const timeLeft = createTimeLeft(first, () => time);
  time += ms;
  return timeLeft(done, total);
}

it('goes on at the pace that there was since it began', () => {
  expect(estimate({ ms: 2000, done: 10, total: 40 })).toBe(6);
  expect(estimate({ first: 30, ms: 2000, done: 40, total: 70 })).toBe(6);
});

it('says nothing before there is a pace', () => {
  expect(estimate({ ms: 999, done: 10, total: 40 })).toBeNull();
  expect(estimate({ first: 10, ms: 2000, done: 10, total: 40 })).toBeNull();
});

it('is over when more was done than there seemed to be', () => {
  expect(estimate({ ms: 2000, done: 50, total: 40 })).toBe(0);
});
