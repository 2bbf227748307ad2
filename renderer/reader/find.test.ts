import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { findInPieces, findMatches, findPassage, findPattern, mostMatches } from './find.ts';

const sections = [
  { ordinal: 0, text: 'The bell rang.\nThe Bell\nrang again.' },
  { ordinal: 1, text: 'Nothing here.' },
  { ordinal: 2, text: 'A bell (of bronze).' },
];

describe('finding in sections', () => {
  test('counts each match with its place, whatever the case', () => {
    expect(findMatches(sections, 'bell')).toEqual([
      { ordinal: 0, index: 0 },
      { ordinal: 0, index: 1 },
      { ordinal: 2, index: 0 },
    ]);
  });

  test('lets any white space stand for any other', () => {
    expect(findMatches(sections, 'bell  rang')).toHaveLength(2);
  });

  test('takes every character literally', () => {
    expect(findMatches(sections, '(of bronze).')).toEqual([{ ordinal: 2, index: 0 }]);
    fc.assert(fc.property(fc.string({ minLength: 1 }), (query) => void findPattern(query)));
  });

  test('finds nothing for an empty query', () => {
    expect(findMatches(sections, '  ')).toEqual([]);
  });

  test('is bounded', () => {
    expect(findMatches([{ ordinal: 0, text: 'a'.repeat(2 * mostMatches) }], 'a')).toHaveLength(mostMatches);
  });
});

describe('finding in pieces of text', () => {
  test('finds across pieces, and between lines that have nothing between them', () => {
    expect(findInPieces(['The be', 'll', 'rang'], 'bell rang')).toEqual([
      { start: { piece: 0, offset: 4 }, end: { piece: 2, offset: 4 } },
    ]);
  });

  test('finds a text in any division of it into pieces', () => {
    const text = 'The bell was rung by hand.';
    fc.assert(
      fc.property(fc.array(fc.nat(text.length), { maxLength: 8 }), (cuts) => {
        const edges = [0, ...cuts.sort((a, b) => a - b), text.length];
        const pieces = edges.slice(1).map((edge, index) => text.slice(edges[index], edge));
        const [found, ...others] = findInPieces(pieces, 'was rung');
        expect(others).toEqual([]);
        const position = ({ piece, offset }: { piece: number; offset: number }): number =>
          pieces.slice(0, piece).join('').length + offset;
        expect(found && text.slice(position(found.start), position(found.end))).toBe('was rung');
      }),
    );
  });

  test('finds nothing in nothing', () => {
    expect(findInPieces([], 'bell')).toEqual([]);
    expect(findInPieces(['bell'], ' ')).toEqual([]);
  });
});

describe('finding a passage on its page', () => {
  const page = ['On the twelfth day the sup-', 'ply boat found the island', 'by the sound alo-', 'ne.'];
  const said = (passage: string): string | null => {
    const span = findPassage(page, passage);
    if (!span) return null;
    const position = ({ piece, offset }: { piece: number; offset: number }): number =>
      page.slice(0, piece).join('').length + offset;
    return page.join('').slice(position(span.start), position(span.end));
  };

  test('takes it as it stands there', () => {
    expect(said('found the island by the sound')).toBe('found the islandby the sound');
  });

  test('recognizes it by its beginning and its end where lines are hyphenated', () => {
    expect(said('On the twelfth day the supply boat found the island by the sound')).toBe(
      'On the twelfth day the sup-ply boat found the islandby the sound',
    );
  });

  test('a hyphen near its edges costs a few characters at most', () => {
    const found = said('the supply boat found the island by the sound alone.') ?? '';
    expect(found).toContain('ply boat found the islandby the sound');
  });

  test('finds nothing that is not there', () => {
    expect(said('The bell was rung by hand for nineteen days.')).toBeNull();
    expect(said('boat of')).toBeNull();
    expect(findPassage([], 'bell')).toBeNull();
  });
});
