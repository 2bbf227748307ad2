/** Bytes → text, whatever encoding they are in. */
import { analyse } from 'chardet';

/** Byte order marks, and the encodings they announce; UTF-32 before UTF-16, which begins alike. */
const byteOrderMarks: { bytes: number[]; encoding: string }[] = [
  { bytes: [0xef, 0xbb, 0xbf], encoding: 'utf-8' },
  { bytes: [0xff, 0xfe, 0, 0], encoding: 'utf-32le' },
  { bytes: [0, 0, 0xfe, 0xff], encoding: 'utf-32be' },
  { bytes: [0xff, 0xfe], encoding: 'utf-16le' },
  { bytes: [0xfe, 0xff], encoding: 'utf-16be' },
];

/** How much of a file tells its encoding. */
export const sampleBytes = 64 * 1024;

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

/** The encoding that the bytes themselves prove: by a byte order mark, by UTF-16's zeros, or valid UTF-8. */
export function provenEncoding(bytes: Uint8Array): string | undefined {
  const marked = byteOrderMarks.find((mark) => mark.bytes.every((byte, i) => bytes[i] === byte));
  if (marked) return marked.encoding;
  return encodingByZeros(bytes.subarray(0, sampleBytes)) ?? (isUtf8(bytes) ? 'utf-8' : undefined);
}

/** Encodings of Western scripts, whose text Windows-1252 reads too. */
const western = new Set([
  'ISO-8859-1',
  'windows-1252',
  'UTF-8',
  'ASCII',
  'UTF-16LE',
  'UTF-16BE',
  'UTF-32LE',
  'UTF-32BE',
]);
/** A guess counts when it is this sure (of 100), and this much surer than a Western one. */
const leastConfidence = 20;
const leastLead = 5;

/** The likeliest of the old encodings: by how often letters follow each other in their languages. */
function guessedEncoding(bytes: Uint8Array): string {
  const first = bytes.findIndex((byte) => byte >= 0x80);
  const start = Math.max(0, first - 256);
  const guesses = analyse(bytes.subarray(start, start + sampleBytes));
  const lead = guesses.find(({ name }) => western.has(name))?.confidence ?? 0;
  const guess = guesses.find(({ name }) => !western.has(name));
  if (!guess || guess.confidence < leastConfidence || guess.confidence < lead + leastLead) return 'windows-1252';
  return decoderLabel(guess.name) ?? 'windows-1252';
}

/** The encoding's name where it can be decoded here. */
export function decoderLabel(name: string): string | undefined {
  try {
    return new TextDecoder(name).encoding;
  } catch {
    return undefined;
  }
}

/** The encoding of a text: the one that its bytes prove, else the likeliest. */
export function encodingOf(bytes: Uint8Array): string {
  return provenEncoding(bytes) ?? guessedEncoding(bytes);
}

/** What Windows-1252 has in place of ISO 8859-1's control characters 0x80 to 0x9f; some runtimes forget it. */
const windows1252 = '€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ';

/** UTF-32, which no decoder of the platform knows, a piece at a time. */
class Utf32Decoder {
  private rest = new Uint8Array(0);
  private isStart = true;

  constructor(private readonly littleEndian: boolean) {}

  decode(bytes: Uint8Array, { stream }: { stream: boolean }): string {
    const all = Buffer.concat([this.rest, bytes]);
    const whole = all.length - (all.length % 4);
    let text = '';
    for (let at = 0; at < whole; at += 4) {
      const code = this.littleEndian ? all.readUInt32LE(at) : all.readUInt32BE(at);
      const isCharacter = code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
      if (!(this.isStart && code === 0xfeff)) text += isCharacter ? String.fromCodePoint(code) : '\ufffd';
      this.isStart = false;
    }
    this.rest = new Uint8Array(all.subarray(whole));
    return stream || this.rest.length === 0 ? text : `${text}\ufffd`;
  }
}

export interface PieceDecoder {
  /** The text of the next bytes; a character that they cut waits for the ones that follow, unless they are the last. */
  decode(bytes: Uint8Array, isLast: boolean): string;
}

/** Decodes pieces of a text, without its byte order mark; line ends stay as they are. */
export function pieceDecoder(encoding: string): PieceDecoder {
  const decoder = encoding.startsWith('utf-32') ? new Utf32Decoder(encoding === 'utf-32le') : new TextDecoder(encoding);
  return {
    decode(bytes, isLast) {
      const text = decoder.decode(bytes, { stream: !isLast });
      if (encoding !== 'windows-1252') return text;
      return text.replace(/[\x80-\x9f]/g, (control) => windows1252[control.charCodeAt(0) - 0x80] ?? control);
    },
  };
}

/** The text of `bytes`, without byte order mark, with line feeds as line ends. */
export function decodeText(bytes: Uint8Array, encoding = encodingOf(bytes)): string {
  return pieceDecoder(encoding).decode(bytes, true).replace(/\r\n?/g, '\n');
}

/** True for bytes that cannot be text in any encoding read here: they hold control characters that texts do not use. */
export function looksBinary(start: Uint8Array): boolean {
  const sample = start.subarray(0, sampleBytes);
  const text = pieceDecoder(encodingOf(sample)).decode(sample, false);
  let controls = 0;
  for (const character of text)
    if (character < ' ' ? !'\t\n\r\f\v\b\x1b'.includes(character) : character === '\ufffd') controls += 1;
  return text.includes('\0') || controls > text.length / 50;
}
