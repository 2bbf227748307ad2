import { describe, expect, test } from 'vitest';
import { answerMarks } from './answer-marks.ts';

function marked(text: string, unsupported: string[], sources: number[] = []): string[] {
  return answerMarks(unsupported, sources)(text).map(({ start, end }) => text.slice(start, end));
}

describe('marks in an answer', () => {
  test('marks each place where an unsupported name or number stands', () => {
    expect(marked('Halcyon came at 3.50, and Halcyon left.', ['Halcyon', '3.50'])).toEqual([
      'Halcyon',
      '3.50',
      'Halcyon',
    ]);
  });

  test('does not mark a part of a word or number', () => {
    expect(marked('In 1887 Halcyonia had 87 ships.', ['Halcyon', '87', '188'])).toEqual(['87']);
  });

  test('marks what ends in punctuation or stands next to it', () => {
    expect(marked('(Dr. Wren), “Wren”', ['Dr. Wren', 'Wren'])).toEqual(['Dr. Wren', 'Wren']);
  });

  test('refers to the sources that exist, and to no others', () => {
    expect(marked('It rang [1] and [2], not [7] or [x].', [], [1, 2])).toEqual([' [1]', ' [2]']);
  });

  test('never overlaps: the longest at a place wins', () => {
    expect(marked('Tobias Wren rang.', ['Tobias', 'Tobias Wren', 'Wren'])).toEqual(['Tobias Wren']);
  });

  test('ignores empty items', () => {
    expect(marked('Nothing.', [''])).toEqual([]);
  });
});
