import { describe, expect, test } from 'vitest';
import type { ReadReport } from '../../main/ipc/contract.ts';
import { readNotes } from './read-notes.ts';

const report: ReadReport = {
  documents: [
    { id: 'a', title: 'Whole', tokens: 500, tokensRead: 500, whole: true, pieces: [] },
    { id: 'b', title: 'Long', tokens: 9000, tokensRead: 700, whole: false, pieces: [] },
    { id: 'c', title: 'Elsewhere', tokens: 9000, tokensRead: 0, whole: false, pieces: [] },
  ],
  tokensMounted: 18_500,
  tokensAttended: 1500,
  tokensReused: 0,
  leftOut: [
    { documentId: 'b', title: 'Long', tokens: 8300, reason: 'no-room' },
    { documentId: 'c', title: 'Elsewhere', tokens: 9000, reason: 'nothing-found' },
    { documentId: 'd', title: 'New', tokens: 0, reason: 'not-ready' },
    { documentId: null, title: '', tokens: 320, reason: 'earlier-turns' },
  ],
};

test('tells apart what was read in part, not at all, and what gave way', () => {
  expect(readNotes(report)).toEqual({
    total: 4,
    read: 2,
    skipped: [
      { reason: 'nothing-found', titles: ['Elsewhere'] },
      { reason: 'not-ready', titles: ['New'] },
    ],
    partly: [{ title: 'Long', read: 700, total: 9000 }],
    unread: [],
    stopped: [],
    damaged: [],
    earlierTokens: 320,
  });
});

test('names together what was left out for the same reason, and counts what cannot be read among all', () => {
  const leftOut = [
    ...report.leftOut,
    { documentId: 'e', title: 'Broken', tokens: 0, reason: 'failed' as const },
    { documentId: 'f', title: 'Newer', tokens: 0, reason: 'not-ready' as const },
  ];
  expect(readNotes({ ...report, leftOut })).toMatchObject({
    total: 6,
    skipped: [
      { reason: 'nothing-found', titles: ['Elsewhere'] },
      { reason: 'not-ready', titles: ['New', 'Newer'] },
      { reason: 'failed', titles: ['Broken'] },
    ],
  });
});

test('has nothing to tell when everything was read', () => {
  const whole: ReadReport = { ...report, documents: report.documents.slice(0, 1), leftOut: [] };
  expect(readNotes(whole)).toEqual({
    total: 1,
    read: 1,
    skipped: [],
    partly: [],
    unread: [],
    stopped: [],
    damaged: [],
    earlierTokens: 0,
  });
});

describe('what the model has not read yet, or lost', () => {
  const [, long, elsewhere] = report.documents;
  const notes = (leftOut: ReadReport['leftOut']) =>
    readNotes({ ...report, documents: [long, elsewhere].flatMap((document) => document ?? []), leftOut });

  test('is told apart from what found no room', () => {
    const told = notes([
      { documentId: 'b', title: 'Long', tokens: 5000, reason: 'unread' },
      { documentId: 'b', title: 'Long', tokens: 200, reason: 'damaged' },
    ]);
    expect(told).toMatchObject({
      skipped: [],
      partly: [],
      unread: [{ title: 'Long', left: 5000, total: 9000 }],
      stopped: [],
      damaged: [{ title: 'Long', left: 200, total: 9000 }],
    });
  });

  test('does not hide that there was no room for all that is there', () => {
    const told = notes([
      { documentId: 'b', title: 'Long', tokens: 3300, reason: 'no-room' },
      { documentId: 'b', title: 'Long', tokens: 5000, reason: 'unread' },
    ]);
    expect(told.partly).toEqual([{ title: 'Long', read: 700, total: 9000 }]);
    expect(told.unread).toHaveLength(1);
  });

  test.each(['unread', 'damaged'] as const)('is the reason where nothing was read: %s', (reason) => {
    const told = notes([{ documentId: 'c', title: 'Elsewhere', tokens: 9000, reason }]);
    expect(told.skipped).toEqual([{ reason, titles: ['Elsewhere'] }]);
    expect(told[reason]).toEqual([]);
  });

  test('is told beside the reason for which nothing of the rest was read', () => {
    const told = notes([
      { documentId: 'c', title: 'Elsewhere', tokens: 4000, reason: 'unread' },
      { documentId: 'c', title: 'Elsewhere', tokens: 5000, reason: 'nothing-found' },
    ]);
    expect(told.skipped).toEqual([{ reason: 'nothing-found', titles: ['Elsewhere'] }]);
    expect(told.unread).toEqual([{ title: 'Elsewhere', left: 4000, total: 9000 }]);
  });
});
