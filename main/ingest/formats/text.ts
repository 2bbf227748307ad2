/** Plain text in any common encoding. */
import { createReadStream } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import { LonghandError } from '../../../base/errors.ts';
import { decodeText, encodingOf, looksBinary, pieceDecoder, sampleBytes } from './encoding.ts';
import type { Format, FormatInput, FoundSection, FoundSections } from './format.ts';
import { parts } from './parts.ts';
import { textPages } from './text-pages.ts';

const binary = (fileName: string): LonghandError =>
  new LonghandError('bad-file', `“${fileName}” is not a text file: it holds binary data.`);

/** Reads a whole text file; throws `bad-file` when it holds no text. */
export async function readTextFile(
  { path, fileName }: FormatInput,
  encoding?: (bytes: Uint8Array) => string,
): Promise<string> {
  const bytes = await readFile(path);
  if (looksBinary(bytes)) throw binary(fileName);
  const text = decodeText(bytes, encoding?.(bytes));
  if (!text.trim()) throw new LonghandError('bad-file', `“${fileName}” is empty: there is no text in it to read.`);
  return text;
}

/**
 * Reads a text file piece by piece; line ends stay as they are. Its encoding is told by its beginning.
 *
 * @param onBytes called with the number of bytes of each piece
 */
export async function* textChunks(
  { path, fileName }: FormatInput,
  onBytes: (count: number) => void,
): AsyncGenerator<string> {
  const file = await open(path);
  try {
    const sample = new Uint8Array(sampleBytes);
    const { bytesRead } = await file.read(sample, 0, sampleBytes, 0);
    const start = sample.subarray(0, bytesRead);
    if (looksBinary(start)) throw binary(fileName);
    // A character that the sample cuts must not make it look like another encoding.
    const lastWhole = bytesRead < sampleBytes ? bytesRead : start.findLastIndex((byte) => byte < 0x80) + 1;
    const decoder = pieceDecoder(encodingOf(lastWhole > 0 ? start.subarray(0, lastWhole) : start));
    for await (const chunk of createReadStream(path, { highWaterMark: 1 << 18 })) {
      const bytes = chunk as Uint8Array;
      onBytes(bytes.length);
      yield decoder.decode(bytes, false);
    }
    yield decoder.decode(new Uint8Array(), true);
  } finally {
    await file.close();
  }
}

const sectionsInStep = 50;

/** Gives sections in steps, with the share of bytes that they are. */
export function* inSteps(sections: FoundSection[], byteSize: number): Generator<FoundSections> {
  const length = sections.reduce((sum, section) => sum + section.text.length, 0);
  let given = 0;
  for (let i = 0; i < sections.length; i += sectionsInStep) {
    const step = sections.slice(i, i + sectionsInStep);
    given += step.reduce((sum, section) => sum + section.text.length, 0);
    yield {
      sections: step,
      done: Math.round((byteSize * given) / Math.max(1, length)),
      total: byteSize,
      unit: 'bytes',
    };
  }
}

/** Plain text in parts of a few pages. */
export function plainSections(content: string, offset = 0): FoundSection[] {
  return parts(content, 0, content.length).map(({ start, end }) => ({
    title: null,
    level: 0,
    format: 'plain',
    text: content.slice(start, end),
    anchor: { kind: 'range', start: offset + start, end: offset + end },
  }));
}

/** The pages of a text that is divided by form feeds; a long one is continued. */
function pageSections(content: string): FoundSection[] {
  return textPages(content).flatMap((page, i) =>
    parts(page, 0, page.length).map(
      ({ start, end }): FoundSection => ({
        title: null,
        level: 0,
        format: 'plain',
        text: page.slice(start, end),
        anchor: { kind: 'page', page: i + 1, boxes: [] },
      }),
    ),
  );
}

export const text: Format = {
  kind: 'text',
  name: 'plain text',
  extensions: ['txt', 'text', 'log', 'rst', 'org', 'tex', 'bib', 'adoc'],
  mediaType: 'text/plain',
  maximumBytes: 64 * 1024 ** 2,
  sniff: () => false,
  async *read(input) {
    const content = await readTextFile(input);
    // Text without pages stays as it is in its file: its anchors are characters there.
    yield* inSteps(content.includes('\f') ? pageSections(content) : plainSections(content), input.byteSize);
    return { title: null, metadata: { author: null, language: null, createdAt: null }, emptySections: 0 };
  },
};
