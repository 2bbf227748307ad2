import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { SpeechSegment } from './segmenter.ts';
import { sentencesOf, timedSentences } from './sentences.ts';

test('a text is divided at the ends of its sentences, and not at abbreviations', () => {
  expect(sentencesOf('Ever tried. Ever failed? No matter!')).toEqual(['Ever tried.', 'Ever failed?', 'No matter!']);
  expect(sentencesOf('Dr. Smith met J. Brown at 3.5 degrees. "Really?" he said.')).toEqual([
    'Dr. Smith met J. Brown at 3.5 degrees.',
    '"Really?"',
    'he said.',
  ]);
  expect(sentencesOf('  no end')).toEqual(['no end']);
  expect(sentencesOf('')).toEqual([]);
});

test('a sentence ends with the pause that is near its expected end', () => {
  const segment = { start: 10, end: 14, pauses: [{ start: 11.2, end: 12 }] };
  expect(timedSentences('One two three. Four five six.', segment)).toEqual([
    { text: 'One two three.', start: 10, end: 11.2 },
    { text: 'Four five six.', start: 12, end: 14 },
  ]);
});

test('what goes on without an end is divided at its pauses', () => {
  const pauses = [
    { start: 3, end: 3.2 },
    { start: 5, end: 5.6 },
    { start: 9.6, end: 10.4 },
  ];
  const text = 'the captain keeps the key under the pot the yearly dinner takes place here nobody knows the reason why';
  expect(timedSentences(text, { start: 0, end: 14, pauses })).toEqual([
    { text: 'the captain keeps the key under the pot', start: 0, end: 5 },
    { text: 'the yearly dinner takes place here', start: 5.6, end: 9.6 },
    { text: 'nobody knows the reason why', start: 10.4, end: 14 },
  ]);
});

test('times are ordered and within the segment, whatever the text and the pauses', () => {
  const word = fc.constantFrom('one', 'two.', 'three?', 'Dr.', 'a', '…', 'x'.repeat(40));
  fc.assert(
    fc.property(
      fc.array(word, { maxLength: 40 }),
      fc.array(fc.double({ min: 0.01, max: 3, noNaN: true }), { maxLength: 9 }),
      (words, steps) => {
        const times: number[] = [5];
        for (const step of steps) times.push((times.at(-1) ?? 0) + step);
        const pauses = [];
        for (let i = 1; i + 1 < times.length; i += 2) pauses.push({ start: times[i] ?? 0, end: times[i + 1] ?? 0 });
        const segment: SpeechSegment = { start: 5, end: (times.at(-1) ?? 5) + 1, pauses };
        const text = words.join(' ');
        const timed = timedSentences(text, segment);
        expect(timed.map((sentence) => sentence.text).join(' ')).toBe(text);
        let before = segment.start;
        for (const { start, end } of timed) {
          expect(start).toBeGreaterThanOrEqual(before);
          expect(end).toBeGreaterThanOrEqual(start);
          before = end;
        }
        expect(before).toBeLessThanOrEqual(segment.end);
      },
    ),
  );
});
