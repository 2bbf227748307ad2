import { readFileSync } from 'node:fs';

/** The samples of a WAV file of 16-bit mono sound whose header has 44 bytes. */
export function readWav(path: string): Float32Array<ArrayBuffer> {
  const bytes = readFileSync(path);
  return Float32Array.from({ length: (bytes.length - 44) >> 1 }, (_, i) => bytes.readInt16LE(44 + 2 * i) / 32_768);
}
