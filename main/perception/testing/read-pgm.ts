import { readFileSync } from 'node:fs';
import type { GreyImage } from '../ocr.ts';

/** A picture in the PGM format: its sizes in words, then its grey values. */
export function readPgm(path: string): GreyImage {
  const bytes = readFileSync(path);
  const [header = '', width, height] = /^P5\s(\d+)\s(\d+)\s255\s/.exec(bytes.toString('latin1', 0, 40)) ?? [];
  return { width: Number(width), height: Number(height), pixels: Uint8Array.from(bytes.subarray(header.length)) };
}
