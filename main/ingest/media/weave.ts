/** What is said and what stands on the screen → one stream of sections in the order of their times. */
import type { SpokenSentence } from '../../perception/sentences.ts';
import type { FoundSection } from '../formats/format.ts';
import { repeats, type ScreenText, screenSection } from './screen.ts';
import { createTranscriptWriter } from './transcript.ts';

export interface Weaver {
  /** Takes the text of the next picture; one that says nothing new is left out. */
  show(screen: ScreenText): void;
  /** Takes the next sentence. Pictures from before it were shown already. */
  hear(sentence: SpokenSentence): FoundSection[];
  /** All that is said before this second was taken. */
  until(seconds: number): FoundSection[];
  finish(): FoundSection[];
}

export function createWeaver(): Weaver {
  const writer = createTranscriptWriter();
  const waiting: ScreenText[] = [];
  let last: readonly string[] = [];

  /** The pictures up to a second, each after what was said before it. */
  function screensUntil(seconds: number): FoundSection[] {
    const sections: FoundSection[] = [];
    for (let next = waiting[0]; next && next.at <= seconds; next = waiting[0]) {
      waiting.shift();
      sections.push(...writer.finish(), screenSection(next));
    }
    return sections;
  }

  return {
    show(screen) {
      const known = screen.lines.length === 0 || repeats(last, screen.lines);
      last = screen.lines;
      if (!known) waiting.push(screen);
    },
    hear(sentence) {
      const screens = screensUntil(sentence.start);
      return [...screens, ...writer.add(sentence)];
    },
    until(seconds) {
      const screens = screensUntil(seconds);
      return [...screens, ...writer.silentUntil(seconds)];
    },
    finish() {
      const screens = screensUntil(Number.POSITIVE_INFINITY);
      return [...screens, ...writer.finish()];
    },
  };
}
