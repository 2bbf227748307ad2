import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Section } from '../../library/schema.ts';
import type { SpokenSentence } from '../../perception/sentences.ts';
import { readBytes } from '../testing/read.ts';
import { createTranscriptWriter, transcriptSection } from './transcript.ts';
import { transcriptText } from './transcript-text.ts';

const sentence = (text: string, start: number, end: number): SpokenSentence => ({ text, start, end });

describe('a transcript', () => {
  test('keeps every sentence, in sections of a paragraph, each with its own time', () => {
    const sentences = fc.array(fc.tuple(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 0, max: 12 })), {
      maxLength: 60,
    });
    fc.assert(
      fc.property(sentences, (lengths) => {
        let time = 0;
        const spoken = lengths.map(([length, pause]) => {
          const start = time + pause;
          time = start + length / 15;
          return sentence('x'.repeat(length), start, time);
        });
        const writer = createTranscriptWriter();
        const sections = [...spoken.flatMap((each) => writer.add(each)), ...writer.finish()];
        expect(sections.map(({ text }) => text).join(' ')).toBe(spoken.map(({ text }) => text).join(' '));
        const parts = sections.flatMap(({ text, anchor }) =>
          anchor.kind === 'time'
            ? (anchor.parts ?? []).map((part) => [text.slice(part.start, part.end), part.startMs])
            : [],
        );
        expect(parts).toEqual(spoken.map(({ text, start }) => [text, Math.round(start * 1000)]));
        for (const { text } of sections) expect(text.length).toBeLessThan(1100);
      }),
    );
  });

  test('begins a new section after a long silence', () => {
    const writer = createTranscriptWriter();
    const first = sentence('This was said before anybody went out of the room for a cup of coffee.', 0, 4);
    expect(writer.add(first)).toEqual([]);
    expect(writer.silentUntil(6)).toEqual([]);
    expect(writer.silentUntil(9)).toHaveLength(1);
    expect(writer.finish()).toEqual([]);
  });
});

describe('a transcript as a file', () => {
  const found = transcriptSection([
    sentence('Costs rose by 12% & more.', 1.5, 3.25),
    sentence(
      `This sentence is much too long for two lines of a subtitle, ${'and goes on, '.repeat(8)}to its end.`,
      3600,
      3612,
    ),
  ]);
  const section: Section = { ...found, id: 1, documentId: '00000000-0000-4000-8000-000000000000', ordinal: 0 };

  test('is plain text', () => {
    expect(transcriptText([section], 'text')).toMatch(/^\[0:01\]\nCosts rose by 12% & more\. This sentence/);
  });

  test.each(['srt', 'vtt'] as const)('is %s, as it is read again', async (format) => {
    const file = transcriptText([section], format);
    expect(file).toContain(
      format === 'srt' ? '1\n00:00:01,500 --> 00:00:03,250\n' : 'WEBVTT\n\n00:00:01.500 --> 00:00:03.250\n',
    );
    for (const line of file.split('\n')) expect(line.length).toBeLessThanOrEqual(46);
    const { sections } = await readBytes(`transcript.${format}`, file, 'subtitles');
    const text = sections.map((each) => each.text).join(' ');
    expect(text.replace(/\s+/g, ' ')).toContain('Costs rose by 12% & more.');
    expect(text.replace(/\s+/g, ' ')).toContain('goes on, to its end.');
    expect(sections[0]?.anchor).toMatchObject({ kind: 'time', startMs: 1500 });
  });
});
