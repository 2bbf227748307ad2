import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { paragraphsOf, sentencesOf } from './prose.ts';

describe('sentencesOf', () => {
  it('divides after sentences, not after titles and initials', () => {
    expect(sentencesOf('Mr. A. Knight came in. "Well!" said Mrs. Bell, "so late?" Nobody\nanswered.')).toEqual([
      'Mr. A. Knight came in.',
      '"Well!" said Mrs. Bell, "so late?"',
      'Nobody answered.',
    ]);
  });

  it('loses nothing', () => {
    const piece = fc.constantFrom('Dr.', 'He', 'left.', 'why?', '"No!"', 'and', '12', '…', '(So)', '\n');
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        const text = pieces.join(' ');
        expect(sentencesOf(text).join(' ')).toBe(text.replace(/\s+/g, ' ').trim());
      }),
    );
  });
});

describe('paragraphsOf', () => {
  it('joins lines, and leaves out what has no letters', () => {
    expect(paragraphsOf('One\ntwo.\n\n* * *\n  \n17\n\n\nThree.')).toEqual(['One two.', 'Three.']);
  });
});
