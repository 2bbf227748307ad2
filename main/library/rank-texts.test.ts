import { describe, expect, it } from 'vitest';
import { rankTexts } from './rank-texts.ts';
import { openTestLibrary } from './testing/open-library.ts';

const texts = [
  'The ferry sails on Tuesday.',
  'Nobody lives there.',
  'Ferries and more ferries, all of them red.',
  '橋は長い。',
];

describe('texts', () => {
  it('are ranked by the words of a question, in any form of theirs, and left out without one', () => {
    const { database } = openTestLibrary();
    expect(rankTexts(database, texts, 'When does the ferry sail?', 5)).toEqual([0, 2]);
    expect(rankTexts(database, texts, 'Which ferries are red?', 1)).toEqual([2]);
    expect(rankTexts(database, texts, '橋', 5)).toEqual([3]);
    expect(rankTexts(database, texts, 'zebra', 5)).toEqual([]);
    expect(rankTexts(database, texts, '"" ( OR *', 5)).toEqual([]);
    expect(rankTexts(database, [], 'ferry', 5)).toEqual([]);
  });
});
