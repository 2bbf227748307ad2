/** Plain text in any common encoding. */
import { readFile } from 'node:fs/promises';
import { LonghandError } from '../../../base/errors.ts';
import type { Format, FormatInput, FoundSection, FoundSections } from './format.ts';
import { parts } from './parts.ts';

/** Byte order marks, and the encodings they announce. */
const byteOrderMarks: { bytes: number[]; encoding: string }[] = [
  { bytes: [0xef, 0xbb, 0xbf], encoding: 'utf-8' },
  { bytes: [0xff, 0xfe], encoding: 'utf-16le' },
  { bytes: [0xfe, 0xff], encoding: 'utf-16be' },
];

/** How much of a file tells its encoding. */
const sampleBytes = 64 * 1024;

/** Share of zero bytes at even and at odd places: text of Western scripts in UTF-16 has them on one side only. */
function encodingByZeros(sample: Uint8Array): string | undefined {
  const zeros = [0, 0];
  sample.forEach((byte, i) => {
    if (byte === 0) zeros[i % 2] = (zeros[i % 2] ?? 0) + 1;
  });
  const [even = 0, odd = 0] = zeros.map((count) => count / Math.max(1, sample.length / 2));
  if (odd > 0.3 && even < 0.05) return 'utf-16le';
  if (even > 0.3 && odd < 0.05) return 'utf-16be';
  return undefined;
}

/** True for UTF-8, a stray byte here and there forgiven. */
function isUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return true;
  } catch {
    const beyondAscii = new TextDecoder('utf-8').decode(bytes).match(/[^\0-\x7f]/g) ?? [];
    return beyondAscii.filter((character) => character === '\ufffd').length < beyondAscii.length / 4;
  }
}

/** The encoding of a text: by its byte order mark, else UTF-16 by its zeros, else UTF-8 if valid, else Windows-1252. */
export function encodingOf(bytes: Uint8Array): string {
  const marked = byteOrderMarks.find((mark) => mark.bytes.every((byte, i) => bytes[i] === byte));
  if (marked) return marked.encoding;
  return encodingByZeros(bytes.subarray(0, sampleBytes)) ?? (isUtf8(bytes) ? 'utf-8' : 'windows-1252');
}

/** What Windows-1252 has in place of ISO 8859-1's control characters 0x80 to 0x9f; some runtimes forget it. */
const windows1252 = '€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ';

/** The text of `bytes`, without byte order mark, with line feeds as line ends. */
export function decodeText(bytes: Uint8Array, encoding = encodingOf(bytes)): string {
  const text = new TextDecoder(encoding).decode(bytes).replace(/\r\n?/g, '\n');
  if (encoding !== 'windows-1252') return text;
  return text.replace(/[\x80-\x9f]/g, (control) => windows1252[control.charCodeAt(0) - 0x80] ?? control);
}

/** True for bytes that cannot be text in any encoding read here: they hold control characters that texts do not use. */
export function looksBinary(start: Uint8Array): boolean {
  const sample = start.subarray(0, sampleBytes);
  const text = new TextDecoder(encodingOf(sample)).decode(sample);
  let controls = 0;
  for (const character of text)
    if (character < ' ' ? !'\t\n\r\f\v\b\x1b'.includes(character) : character === '\ufffd') controls += 1;
  return text.includes('\0') || controls > text.length / 50;
}

/** Reads a whole text file; throws `bad-file` when it holds no text. */
export async function readTextFile(
  { path, fileName }: FormatInput,
  encoding?: (bytes: Uint8Array) => string,
): Promise<string> {
  const bytes = await readFile(path);
  if (looksBinary(bytes))
    throw new LonghandError('bad-file', `“${fileName}” is not a text file: it holds binary data.`);
  const text = decodeText(bytes, encoding?.(bytes));
  if (!text.trim()) throw new LonghandError('bad-file', `“${fileName}” is empty: there is no text in it to read.`);
  return text;
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

export const text: Format = {
  kind: 'text',
  name: 'plain text',
  extensions: ['txt', 'text', 'log', 'csv', 'tsv', 'json', 'rst', 'org', 'tex'],
  mediaType: 'text/plain',
  maximumBytes: 64 * 1024 ** 2,
  sniff: () => false,
  async *read(input) {
    const content = await readTextFile(input);
    const sections = parts(content, 0, content.length).map(
      ({ start, end }): FoundSection => ({
        title: null,
        level: 0,
        format: 'plain',
        text: content.slice(start, end),
        anchor: { kind: 'range', start, end },
      }),
    );
    yield* inSteps(sections, input.byteSize);
    return { title: null, metadata: { author: null, language: null, createdAt: null }, emptySections: 0 };
  },
};
