/** Subtitles, SRT and WebVTT (https://www.w3.org/TR/webvtt1): what is said, and when. */
import type { ReadSummary } from '../../library/library.ts';
import { namingErrors, noText } from './failures.ts';
import type { AnchoredSpan, Format, FormatInput, FoundSection, FoundSections } from './format.ts';
import { inSteps, readTextFile } from './text.ts';

export interface Cue {
  startMs: number;
  endMs: number;
  text: string;
}

const time = String.raw`(?:(\d{1,4}):)?(\d{1,2}):(\d{1,2})[.,](\d{1,3})`;
const timing = new RegExp(`^\\s*${time}\\s*-->\\s*${time}`);

function milliseconds(hours = '0', minutes = '0', seconds = '0', fraction = '0'): number {
  return ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000 + Number(fraction.padEnd(3, '0'));
}

const entities: Readonly<Record<string, string>> = { '&amp;': '&', '&lt;': '<', '&gt;': '>', '&nbsp;': ' ' };

/** What a cue shows: voices named, marks of style and place taken out. */
function cueText(lines: readonly string[]): string {
  return lines
    .join(' ')
    .replace(/<v(?:\.[^\s>]*)?\s+([^>]+)>/g, '$1: ')
    .replace(/<\/?[a-z][^>]*>|<[\d:.]+>|\{\\[^}]*\}/gi, '')
    .replace(/&(?:amp|lt|gt|nbsp);|&[lr]rm;/g, (entity) => entities[entity] ?? '')
    .replace(/\s+/g, ' ')
    .trim();
}

/** The cues of a file, in its order; blocks without a time (notes, styles) are none. */
export function parseCues(source: string): Cue[] {
  const cues: Cue[] = [];
  for (const block of source.split(/\n[ \t]*\n/)) {
    const lines = block.split('\n');
    const at = lines.findIndex((line) => timing.test(line));
    const [, h1, m1, s1, f1, h2, m2, s2, f2] = timing.exec(lines[at] ?? '') ?? [];
    if (at < 0) continue;
    const startMs = milliseconds(h1, m1, s1, f1);
    const text = cueText(lines.slice(at + 1));
    if (text) cues.push({ startMs, endMs: Math.max(startMs, milliseconds(h2, m2, s2, f2)), text });
  }
  return cues;
}

/** A section is closed at a pause of this length past this many characters, or at the most characters. */
const pauseMs = 2_000;
const fullCharacters = 1_500;
const mostCharacters = 4_000;

/** Cues → sections of some minutes, a line a cue; each cue keeps its time. */
export function cueSections(cues: readonly Cue[]): FoundSection[] {
  const groups: Cue[][] = [];
  let characters = 0;
  let lastEnd = 0;
  for (const cue of cues) {
    const pause = cue.startMs - lastEnd >= pauseMs && characters >= fullCharacters;
    if (groups.length === 0 || pause || characters >= mostCharacters) {
      groups.push([]);
      characters = 0;
    }
    groups.at(-1)?.push(cue);
    characters += cue.text.length + 1;
    lastEnd = cue.endMs;
  }
  return groups.map((group) => {
    let text = '';
    const spans: AnchoredSpan[] = group.map(({ startMs, endMs, text: said }) => {
      const start = text === '' ? 0 : text.length + 1;
      text += text === '' ? said : `\n${said}`;
      return { start, end: text.length, anchor: { kind: 'time', startMs, endMs } };
    });
    const startMs = Math.min(...group.map((cue) => cue.startMs));
    const endMs = Math.max(...group.map((cue) => cue.endMs));
    return { title: null, level: 0, format: 'plain', text, anchor: { kind: 'time', startMs, endMs }, spans };
  });
}

async function* readSubtitles(input: FormatInput): AsyncGenerator<FoundSections, ReadSummary> {
  const source = await readTextFile(input);
  const sections = cueSections(parseCues(source));
  if (sections.length === 0) throw noText();
  yield* inSteps(sections, input.byteSize);
  const [, title] = /^WEBVTT[ \t]+-?[ \t]*(\S[^\n]*)/.exec(source) ?? [];
  const [, language] = /^Language:[ \t]*(\S+)/m.exec(source.slice(0, 500)) ?? [];
  return {
    title: title?.trim() ?? null,
    metadata: { author: null, language: language ?? null, createdAt: null },
    emptySections: 0,
  };
}

export const subtitles: Format = {
  kind: 'subtitles',
  name: 'subtitles (SRT, VTT)',
  extensions: ['srt', 'vtt'],
  mediaType: 'text/plain',
  maximumBytes: 32 * 1024 ** 2,
  sniff: (start) => /^(?:\ufeff)?WEBVTT(?:\s|$)/.test(new TextDecoder().decode(start.subarray(0, 16))),
  read: namingErrors('subtitles', readSubtitles),
};
