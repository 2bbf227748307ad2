import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { holds, normalize, scoreAnswer, shows, wilsonInterval } from './score.ts';

const ones = ['one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine'];
const teens = 'ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen'.split(' ');
const tens = ['twenty', 'thirty', 'forty', 'fifty', 'sixty', 'seventy', 'eighty', 'ninety'];

/** A number below a million as English spells it. */
function spelled(value: number): string {
  if (value >= 1000) {
    const rest = value % 1000;
    return `${spelled(Math.floor(value / 1000))} thousand${rest > 0 ? `${rest < 100 ? ' and' : ''} ${spelled(rest)}` : ''}`;
  }
  if (value >= 100)
    return `${ones[Math.floor(value / 100) - 1]} hundred${value % 100 > 0 ? ` and ${spelled(value % 100)}` : ''}`;
  if (value >= 20) return `${tens[Math.floor(value / 10) - 2]}${value % 10 > 0 ? `-${ones[(value % 10) - 1]}` : ''}`;
  return value >= 10 ? `${teens[value - 10]}` : value > 0 ? `${ones[value - 1]}` : 'zero';
}

describe('normalize', () => {
  it('reads numbers in words, and with separators', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 999_999 }), (value) => {
        expect(normalize(`It is ${spelled(value)}, he said.`)).toBe(`it is ${value} he said`);
        expect(normalize(value.toLocaleString('en'))).toBe(String(value));
      }),
    );
  });

  it.each([
    ['Forty-Two', '42'],
    ['five twenty', '5 20'],
    ['one hundred and then', '100 and then'],
    ['salt and seven', 'salt and 7'],
    ['48 thousand', '48000'],
    ['a hundred thousand', 'a hundred thousand'],
    ['two million five', '2000005'],
    ['1,2,3', '1 2 3'],
    ['48,213', '48213'],
    ['in 1812, 213 men', 'in 1812 213 men'],
    ['Café “Zoë”!', 'cafe zoe'],
  ])('turns %s into %s', (text, words) => {
    expect(normalize(text)).toBe(words);
  });

  it('changes nothing the second time', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(normalize(normalize(text))).toBe(normalize(text));
      }),
    );
  });
});

describe('holds', () => {
  it('finds whole words only', () => {
    expect(holds('The number is 48,213.', '48213')).toBe(true);
    expect(holds('It is forty-eight thousand two hundred thirteen.', '48213')).toBe(true);
    expect(holds('It is 148213.', '48213')).toBe(false);
    expect(holds('The *Wily  Otter*, of course', 'wily otter')).toBe(true);
    expect(holds('A wily old otter', 'wily otter')).toBe(false);
    expect(holds('anything', '…')).toBe(false);
  });

  it('finds a UUID however it is written', () => {
    fc.assert(
      fc.property(fc.uuid(), (id) => {
        expect(holds(`The identifier is ${id.toUpperCase()}.`, id)).toBe(true);
        expect(holds(`It is ${id.slice(0, -1)}.`, id)).toBe(false);
      }),
    );
  });
});

describe('shows', () => {
  const fact = 'The special magic number for the amber anvil is 482131.';
  it('wants the whole of a short fact, or a good part of it alone', () => {
    expect(shows(`Before. ${fact} After.`, fact)).toBe(true);
    expect(shows('magic number for the amber anvil is 482131.', fact)).toBe(true);
    expect(shows('Before. The special magic number for the ruby kiln is 99.', fact)).toBe(false);
    expect(shows('is 482131', fact)).toBe(false);
    expect(shows('', fact)).toBe(false);
  });

  it('is content with a long stretch of a long fact', () => {
    const words = Array.from({ length: 80 }, (_, i) => `word${i}`);
    const quote = (count: number): string => `Something else. ${words.slice(20, 20 + count).join(' ')}`;
    expect(shows(quote(24), words.join(' '))).toBe(true);
    expect(shows(quote(23), words.join(' '))).toBe(false);
  });
});

describe('scoreAnswer', () => {
  const item = {
    answers: [['12', 'a dozen'], ['otter']],
    wrong: ['badger'],
    evidence: ['It is 12.', 'An otter did it.'],
  };
  it('gives the share that was found', () => {
    expect(scoreAnswer(item, 'Twelve', [{ quote: 'It is 12. An otter did it.' }])).toEqual({
      right: 0.5,
      cited: 1,
      misled: false,
    });
    expect(scoreAnswer(item, 'A dozen; the otter, or the badger', [{ quote: 'It is 12.' }])).toEqual({
      right: 1,
      cited: 0.5,
      misled: true,
    });
    expect(scoreAnswer(item, 'Nothing', null)).toEqual({ right: 0, cited: null, misled: false });
  });
});

describe('wilsonInterval', () => {
  it('agrees with figures worked out by hand', () => {
    const { low, high } = wilsonInterval(8, 10);
    expect(low).toBeCloseTo(0.4902, 3);
    expect(high).toBeCloseTo(0.9433, 3);
    expect(wilsonInterval(0, 0)).toEqual({ low: 0, high: 1 });
  });

  it('holds the share, within 0 and 1, and narrows with more trials', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1000 }), fc.double({ min: 0, max: 1, noNaN: true }), (trials, p) => {
        const { low, high } = wilsonInterval(p * trials, trials);
        expect(low).toBeGreaterThanOrEqual(0);
        expect(high).toBeLessThanOrEqual(1);
        expect(low).toBeLessThanOrEqual(p + 1e-9);
        expect(high).toBeGreaterThanOrEqual(p - 1e-9);
        const more = wilsonInterval(p * trials * 4, trials * 4);
        expect(more.high - more.low).toBeLessThan(high - low);
      }),
    );
  });
});
