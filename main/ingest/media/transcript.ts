/** Sentences with times → the sections of a transcript: about as much as a paragraph each. */
import type { SpokenSentence } from '../../perception/sentences.ts';
import type { AnchoredSpan, FoundSection } from '../formats/format.ts';

/** A section is closed after the sentence with which it has this many characters… */
const fullSection = 700;
/** …or before one that comes after so long a silence, in seconds… */
const longSilence = 4;
/** …if it has this many characters already. */
const shortestSection = 60;

const milliseconds = (seconds: number): number => Math.max(0, Math.round(seconds * 1000));

/** The section that says these sentences. */
export function transcriptSection(sentences: readonly SpokenSentence[]): FoundSection {
  const spans: AnchoredSpan[] = [];
  let text = '';
  for (const sentence of sentences) {
    const start = text === '' ? 0 : text.length + 1;
    text = text === '' ? sentence.text : `${text} ${sentence.text}`;
    const anchor = { kind: 'time' as const, startMs: milliseconds(sentence.start), endMs: milliseconds(sentence.end) };
    spans.push({ start, end: text.length, anchor });
  }
  const parts = spans.flatMap(({ start, end, anchor }) =>
    anchor.kind === 'time' ? [{ start, end, startMs: anchor.startMs, endMs: anchor.endMs }] : [],
  );
  return {
    title: null,
    level: 0,
    format: 'plain',
    text,
    anchor: { kind: 'time', startMs: parts[0]?.startMs ?? 0, endMs: parts.at(-1)?.endMs ?? 0, parts },
    spans,
  };
}

export interface TranscriptWriter {
  /** Takes the next sentence; gives the section that is complete before or with it. */
  add(sentence: SpokenSentence): FoundSection[];
  /** Nothing is said until this second: gives the section that a long silence ends. */
  silentUntil(seconds: number): FoundSection[];
  finish(): FoundSection[];
}

export function createTranscriptWriter(): TranscriptWriter {
  let open: SpokenSentence[] = [];
  const length = (): number => open.reduce((sum, { text }) => sum + text.length + 1, 0);

  function close(): FoundSection[] {
    if (open.length === 0) return [];
    const section = transcriptSection(open);
    open = [];
    return [section];
  }

  function closeBefore(seconds: number): FoundSection[] {
    const last = open.at(-1);
    return last && seconds - last.end > longSilence && length() > shortestSection ? close() : [];
  }

  return {
    add(sentence) {
      const before = closeBefore(sentence.start);
      open.push(sentence);
      return length() >= fullSection ? [...before, ...close()] : before;
    },
    silentUntil: closeBefore,
    finish: close,
  };
}
