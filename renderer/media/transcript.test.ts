import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { SectionSummary } from '../../main/ipc/contract.ts';
import { sentenceAt, sentencesOf } from './transcript.ts';

const section = (ordinal: number, anchor: SectionSummary['anchor'], length = 10): SectionSummary => ({
  id: ordinal + 1,
  documentId: '00000000-0000-4000-8000-000000000000',
  ordinal,
  title: null,
  level: 0,
  format: 'plain',
  anchor,
  length,
});

test('sentences are those of the sections, or the sections where none are known', () => {
  const parts = [
    { start: 0, end: 4, startMs: 0, endMs: 400 },
    { start: 5, end: 10, startMs: 600, endMs: 900 },
  ];
  const outline = [
    section(0, { kind: 'time', startMs: 0, endMs: 900, parts }),
    section(1, { kind: 'time', startMs: 2000, endMs: 3000 }),
    section(2, { kind: 'page', page: 1, boxes: [] }),
  ];
  expect(sentencesOf(outline)).toEqual([
    ...parts.map((part) => ({ section: 0, ...part })),
    { section: 1, start: 0, end: 10, startMs: 2000, endMs: 3000 },
  ]);
});

test('the sentence at a time is the last that has begun', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(10_000), { maxLength: 30 }), fc.nat(11_000), (starts, time) => {
      const sentences = starts
        .sort((a, b) => a - b)
        .map((startMs) => ({ section: 0, start: 0, end: 1, startMs, endMs: startMs + 1 }));
      expect(sentenceAt(sentences, time)).toBe(sentences.findLast(({ startMs }) => startMs <= time));
    }),
  );
});
