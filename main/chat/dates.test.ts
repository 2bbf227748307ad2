import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { unsupportedClaims } from './support.ts';

const parts = (date: Date) => {
  const [year = '', month = '', day = ''] = date.toISOString().slice(0, 10).split('-');
  const name = (language: string) => date.toLocaleDateString(language, { month: 'long', timeZone: 'UTC' });
  return { year, month, day, n: Number(day), english: name('en'), german: name('de') };
};

/** Ways of writing the same day. */
const forms: readonly ((date: ReturnType<typeof parts>) => string)[] = [
  ({ year, month, day }) => `${year}-${month}-${day}`,
  ({ year, month, day }) => `${day}.${month}.${year}`,
  ({ year, month, n }) => `${Number(month)}/${n}/${year}`,
  ({ year, n, english }) => `${n} ${english} ${year}`,
  ({ year, n, english }) => `${english} ${n}, ${year}`,
  ({ year, n, english }) => `${n} ${english.slice(0, 3)} ${year}`,
  ({ year, n, german }) => `${n}. ${german} ${year}`,
];

const days = fc.date({ min: new Date('1500-01-01'), max: new Date('2199-12-31'), noInvalidDate: true });
const form = fc.constantFrom(...forms);

describe('a date', () => {
  it('is found in any other way of writing it', () => {
    fc.assert(
      fc.property(days, form, form, (date, asked, read) => {
        const text = `Signed on ${read(parts(date))} by both.`;
        expect(unsupportedClaims(`It was signed on ${asked(parts(date))}.`, [text])).toEqual([]);
      }),
    );
  });

  it('is not found where only one of another month, day or year stands', () => {
    fc.assert(
      fc.property(days, days, form, form, (date, other, asked, read) => {
        const [one, two] = [parts(date), parts(other)];
        // The order of day and month is left to be understood.
        const isSame =
          one.year === two.year && [one.month, one.day].sort().join() === [two.month, two.day].sort().join();
        fc.pre(!isSame);
        const answer = asked(one);
        expect(unsupportedClaims(`It was signed on ${answer}.`, [`Signed on ${read(two)}.`])).toEqual([answer]);
      }),
    );
  });
});
