/** The text on the screen of a video → sections of its stream. */
import type { TextLine } from '../../perception/ocr.ts';
import type { FoundSection } from '../formats/format.ts';

/** What was read from a picture, and seen in it. */
export interface ScreenText {
  /** Seconds from the recording's beginning. */
  at: number;
  lines: string[];
}

/** The text of a picture is that of the one before when so large a part of its words was there. */
const sameShare = 0.85;

const wordsOf = (lines: readonly string[]): Set<string> =>
  new Set(
    lines
      .join(' ')
      .toLowerCase()
      .match(/[\p{L}\p{N}]+/gu) ?? [],
  );

/** True when a picture says nothing that the one before it did not. */
export function repeats(before: readonly string[], lines: readonly string[]): boolean {
  const words = wordsOf(lines);
  const known = wordsOf(before);
  return [...words].filter((word) => known.has(word)).length >= words.size * sameShare;
}

/** The lines of a picture that say something. */
export function linesOf(lines: readonly TextLine[]): string[] {
  return lines.map(({ text }) => text).filter((text) => /[\p{L}\p{N}]{2}/u.test(text));
}

/** The section that says what stands on the screen from a second on. */
export function screenSection({ at, lines }: ScreenText): FoundSection {
  const startMs = Math.round(at * 1000);
  return {
    title: 'On screen',
    level: 0,
    format: 'plain',
    text: lines.join('\n'),
    // How long it stands is not known yet; what follows says so.
    anchor: { kind: 'time', startMs, endMs: startMs },
  };
}
