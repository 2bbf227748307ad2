import { describe, expect, test } from 'vitest';
import type { ReadReport } from '../../main/ipc/contract.ts';
import { pieceBox, readRows } from './read-map.ts';

const piece = (from: number, strength = 0.5) => ({ from, to: from + 0.01, strength, section: 3, start: 0, end: 90 });

const report: ReadReport = {
  documents: [
    { id: 'a', title: 'Whole', tokens: 500, tokensRead: 500, whole: true, pieces: [] },
    { id: 'b', title: 'Long', tokens: 9000, tokensRead: 700, whole: false, pieces: [piece(0.6), piece(0.2)] },
    { id: 'c', title: 'Elsewhere', tokens: 9000, tokensRead: 0, whole: false, pieces: [] },
  ],
  tokensMounted: 18_500,
  tokensAttended: 1200,
  tokensReused: 0,
  leftOut: [
    { documentId: 'b', title: 'Long', tokens: 8300, reason: 'no-room' },
    { documentId: 'c', title: 'Elsewhere', tokens: 9000, reason: 'nothing-found' },
    { documentId: 'd', title: 'New', tokens: 0, reason: 'not-ready' },
    { documentId: null, title: '', tokens: 320, reason: 'earlier-turns' },
  ],
};

describe('the rows of what was read', () => {
  test('tell what was read of each document, or why nothing was', () => {
    expect(readRows(report).map(({ id, extent, reason }) => [id, extent, reason])).toEqual([
      ['a', 'whole', null],
      ['b', 'parts', null],
      ['c', 'nothing', 'nothing-found'],
      ['d', 'nothing', 'not-ready'],
    ]);
  });

  test('hold the pieces in the order of the document', () => {
    expect(readRows(report)[1]?.pieces.map(({ from }) => from)).toEqual([0.2, 0.6]);
  });
});

test('a piece is drawn inside the map, and the higher the stronger it was chosen', () => {
  expect(pieceBox(piece(0.5, 1))).toMatchObject({ left: 0.5, height: 1 });
  expect(pieceBox(piece(0.5, 0)).height).toBe(0.4);
  expect(pieceBox({ ...piece(1.2), to: 1.4 })).toMatchObject({ left: 1, width: 0 });
  expect(pieceBox({ ...piece(0.9), to: 2 }).width).toBeCloseTo(0.1);
});
