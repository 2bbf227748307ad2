/** A transcript as a file: plain text, SubRip (SRT) or WebVTT. */
import { clock } from '../../../base/clock.ts';
import type { Section } from '../../library/schema.ts';

export const transcriptFormats = ['text', 'srt', 'vtt'] as const;
export type TranscriptFormat = (typeof transcriptFormats)[number];

interface Cue {
  text: string;
  startMs: number;
  endMs: number;
}

/** As many characters as a viewer can read in one line, and as many lines at a time. */
const lineLength = 42;
const linesInCue = 2;

/** The transcript that these sections, in order, are; sections without a time are left out. */
export function transcriptText(sections: readonly Section[], format: TranscriptFormat): string {
  if (format === 'text')
    return sections
      .flatMap(({ text, anchor }) => (anchor.kind === 'time' ? [`[${clock(anchor.startMs)}]\n${text}\n`] : []))
      .join('\n');
  const cues = sections.flatMap(sentencesOf).flatMap(divided);
  const point = format === 'srt' ? ',' : '.';
  const blocks = cues.map(({ text, startMs, endMs }, i) => {
    const number = format === 'srt' ? `${i + 1}\n` : '';
    const safe =
      format === 'vtt' ? text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;') : text;
    return `${number}${timestamp(startMs, point)} --> ${timestamp(endMs, point)}\n${safe}\n`;
  });
  return `${format === 'vtt' ? 'WEBVTT\n\n' : ''}${blocks.join('\n')}`;
}

function sentencesOf({ text, anchor }: Section): Cue[] {
  if (anchor.kind !== 'time') return [];
  const parts = anchor.parts ?? [{ start: 0, end: text.length, ...anchor }];
  return parts.map(({ start, end, startMs, endMs }) => ({ text: text.slice(start, end), startMs, endMs }));
}

/** Lines of at most `lineLength` characters, broken between words. */
function lines(text: string): string[] {
  const all: string[] = [];
  for (const word of text.split(/\s+/).filter(Boolean)) {
    const last = all.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= lineLength) all[all.length - 1] = `${last} ${word}`;
    else all.push(word);
  }
  return all;
}

/** A cue as several that can be read, each for the time that its letters take. */
function divided({ text, startMs, endMs }: Cue): Cue[] {
  const wrapped = lines(text);
  const total = Math.max(1, wrapped.join('').length);
  const cues: Cue[] = [];
  let written = 0;
  const at = (letters: number): number => Math.round(startMs + ((endMs - startMs) * letters) / total);
  for (let i = 0; i < wrapped.length; i += linesInCue) {
    const own = wrapped.slice(i, i + linesInCue);
    const from = written;
    written += own.join('').length;
    cues.push({ text: own.join('\n'), startMs: at(from), endMs: at(written) });
  }
  return cues;
}

/** "01:02:03,004", with the sign that the format has before the milliseconds. */
function timestamp(milliseconds: number, point: string): string {
  const digits = (value: number, count: number): string => String(Math.floor(value)).padStart(count, '0');
  const seconds = milliseconds / 1000;
  return `${digits(seconds / 3600, 2)}:${digits((seconds / 60) % 60, 2)}:${digits(seconds % 60, 2)}${point}${digits(milliseconds % 1000, 3)}`;
}
