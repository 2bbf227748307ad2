/** The sentences of a recording with their times. */
import type { SectionSummary } from '../../main/ipc/contract.ts';

export interface Sentence {
  /** Its section's ordinal. */
  section: number;
  /** Characters of the section's text. */
  start: number;
  end: number;
  startMs: number;
  endMs: number;
}

/** The sentences of one section; all of it, where no sentences are known. */
export function sentencesOfSection({ ordinal, anchor, length }: SectionSummary): Sentence[] {
  if (anchor.kind !== 'time') return [];
  const { startMs, endMs } = anchor;
  return (anchor.parts ?? [{ start: 0, end: length, startMs, endMs }]).map((part) => ({ section: ordinal, ...part }));
}

export function sentencesOf(outline: readonly SectionSummary[]): Sentence[] {
  return outline.flatMap(sentencesOfSection);
}

/** The sentence that is said at a time, or was said last; undefined before the first. */
export function sentenceAt(sentences: readonly Sentence[], milliseconds: number): Sentence | undefined {
  let low = 0;
  let high = sentences.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sentences[middle]?.startMs ?? 0) <= milliseconds) low = middle + 1;
    else high = middle;
  }
  return sentences[low - 1];
}
