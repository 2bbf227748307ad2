import { expect, it } from 'vitest';
import { createReadingPace } from './reading-pace.ts';

function setUp() {
  let time = 0;
  const pace = createReadingPace(() => time);
  let tokens = 0;
  /** Reads steps of 64 tokens that take so many milliseconds each. */
  const read = (count: number, ms: number): void => {
    for (let step = 0; step < count; step++) {
      time += ms;
      tokens += 64;
      pace.note(tokens);
    }
  };
  return { pace, read, pause: (ms: number) => (time += ms) };
}

it('tells the time left from what the last steps took', () => {
  const { pace, read } = setUp();
  expect(pace.secondsFor(6400)).toBeNull();
  read(2, 100);
  expect(pace.secondsFor(6400)).toBeNull();
  read(10, 100);
  expect(pace.secondsFor(6400)).toBeCloseTo(10);
});

it('takes a pause for no change of the pace, and follows a change', () => {
  const { pace, read, pause } = setUp();
  read(10, 100);
  pause(60_000);
  read(1, 100);
  expect(pace.secondsFor(6400)).toBeCloseTo(10);
  read(40, 300);
  expect(pace.secondsFor(6400)).toBeCloseTo(30);
});
