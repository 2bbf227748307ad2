import { expect, test } from 'vitest';
import type { ReadReport } from '../../main/ipc/contract.ts';
import { readNotes } from './read-notes.ts';

const report: ReadReport = {
  documents: [
    { id: 'a', title: 'Whole', tokens: 500, tokensRead: 500, whole: true },
    { id: 'b', title: 'Long', tokens: 9000, tokensRead: 700, whole: false },
    { id: 'c', title: 'Elsewhere', tokens: 9000, tokensRead: 0, whole: false },
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
      { title: 'Elsewhere', reason: 'nothing-found' },
      { title: 'New', reason: 'not-ready' },
    ],
    partly: [{ title: 'Long', read: 700, total: 9000 }],
    earlierTokens: 320,
  });
});

test('has nothing to tell when everything was read', () => {
  const whole = { ...report, documents: report.documents.slice(0, 1), leftOut: [] };
  expect(readNotes(whole)).toEqual({ total: 1, read: 1, skipped: [], partly: [], earlierTokens: 0 });
});
