import fc from 'fast-check';
import { expect, test } from 'vitest';
import { paragraphs } from './paragraphs.ts';

test('plain text is divided at empty lines, and the range marked', () => {
  expect(paragraphs('One.\nStill one.\n\nTwo.', 5, 18)).toEqual([
    {
      at: 0,
      pieces: [
        { at: 0, text: 'One.\n', marked: false },
        { at: 5, text: 'Still one.', marked: true },
      ],
    },
    {
      at: 17,
      pieces: [
        { at: 17, text: 'T', marked: true },
        { at: 18, text: 'wo.', marked: false },
      ],
    },
  ]);
});

test('every piece stands where it says, and marked text is the range without the gaps', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b', ' ', '\n', '.'), maxLength: 60 });
  fc.assert(
    fc.property(text, fc.nat(60), fc.nat(60), (value, a, b) => {
      const [start = 0, end = 0] = [a, b].sort((x, y) => x - y);
      const pieces = paragraphs(value, start, end).flatMap((paragraph) => paragraph.pieces);
      for (const { at, text: piece, marked } of pieces) {
        expect(value.startsWith(piece, at)).toBe(true);
        expect(marked).toBe(at >= start && at < end);
      }
      const drawn = pieces.map((piece) => piece.text).join('');
      expect(drawn.replace(/\s/g, '')).toBe(value.replace(/\s/g, ''));
    }),
  );
});
