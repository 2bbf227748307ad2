import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { excerpt, matchedPieces } from './quote.ts';

const matched = (pieces: { text: string; matched: boolean }[]): string[] =>
  pieces.filter((piece) => piece.matched).map(({ text }) => text);
const whole = (pieces: { text: string }[]): string => pieces.map(({ text }) => text).join('');

describe('matched words', () => {
  test('finds the question’s words in other forms', () => {
    expect(
      matched(matchedPieces('The keepers’ bells were ringing in 1887.', 'Which keeper rang the bell in 1887?')),
    ).toEqual(['keepers’', 'bells', '1887']);
  });

  test('passes over small words', () => {
    expect(matched(matchedPieces('Who was it and why', 'who was it and why'))).toEqual([]);
    expect(matched(matchedPieces('The fog came', 'fog', 1))).toEqual(['fog']);
  });

  test('loses no character, whatever the texts', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (quote, question) => {
        const pieces = matchedPieces(quote, question);
        expect(whole(pieces)).toBe(quote);
        for (const piece of pieces) expect(quote.startsWith(piece.text, piece.at)).toBe(true);
      }),
    );
  });
});

describe('an excerpt', () => {
  const long = `${'The weather was fair. '.repeat(20)}Then the bell froze in January. ${'It was fair again. '.repeat(20)}`;

  test('shows the stretch with the matches and says what it cuts', () => {
    const text = whole(excerpt(long, 'Did the bell freeze in January?', 120));
    expect(text).toContain('the bell froze in January');
    expect(text.startsWith('… ')).toBe(true);
    expect(text.endsWith(' …')).toBe(true);
  });

  test('leaves a short quotation whole, on one line', () => {
    expect(whole(excerpt('Fair\n  weather.', 'weather', 120))).toBe('Fair weather.');
  });

  test('leaves out the marks of Markdown', () => {
    expect(whole(excerpt('## Oil\n\n| Month | **Gallons** |\n|:--|--:|\n| May | 36 |', '', 200))).toBe(
      'Oil Month Gallons May 36',
    );
  });

  test('is never much longer than asked', () => {
    fc.assert(
      fc.property(
        fc.string({ maxLength: 2000 }),
        fc.string(),
        fc.integer({ min: 10, max: 300 }),
        (quote, question, length) => {
          expect(whole(excerpt(quote, question, length)).length).toBeLessThanOrEqual(length + 4);
        },
      ),
    );
  });
});
