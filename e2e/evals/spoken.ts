/** Speech whose words and times are known, made by espeak-ng and flite; and sound as WAV files. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { LonghandError } from '../../base/errors.ts';

const run = promisify(execFile);

/** A voice of one of the programs that speak: espeak-ng computes its sounds, flite's are modelled after a person's. */
export interface Voice {
  readonly program: 'espeak-ng' | 'flite';
  readonly name: string;
}

interface Speaker {
  /** Samples a second that it gives. */
  readonly rate: number;
  /** What makes it write a WAV file. */
  readonly says: (sentence: string, name: string, path: string) => string[];
}

const speakers: Readonly<Record<Voice['program'], Speaker>> = {
  'espeak-ng': { rate: 22_050, says: (sentence, name, path) => ['-v', name, '-s', '150', '-w', path, sentence] },
  flite: { rate: 16_000, says: (sentence, name, path) => ['-voice', name, '-t', sentence, '-o', path] },
};

export const spokenRate = ({ program }: Voice): number => speakers[program].rate;

/** The samples of a WAV file of 16-bit mono sound. */
export function samplesOf(wav: Buffer): Int16Array {
  const data = wav.indexOf('data', 12, 'latin1') + 8;
  return Int16Array.from({ length: (wav.length - data) >> 1 }, (_, i) => wav.readInt16LE(data + 2 * i));
}

/** A sentence in a voice, `spokenRate` samples a second. Throws `not-found` when its program is not installed. */
export async function say(sentence: string, { program, name }: Voice): Promise<Int16Array> {
  const folder = await mkdtemp(join(tmpdir(), 'longhand-spoken-'));
  try {
    const path = join(folder, 'sentence.wav');
    await run(program, speakers[program].says(sentence, name, path));
    return samplesOf(await readFile(path));
  } catch {
    throw new LonghandError('not-found', `Speech is made with ${program}, which is not on this machine: install it.`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** What a WAV file of 16-bit mono sound begins with. */
export function wavHeader(sampleCount: number, rate: number): Buffer {
  const header = Buffer.alloc(44);
  header.write('RIFF', 0);
  header.writeUInt32LE(36 + 2 * sampleCount, 4);
  header.write('WAVEfmt ', 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(rate, 24);
  header.writeUInt32LE(2 * rate, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34);
  header.write('data', 36);
  header.writeUInt32LE(2 * sampleCount, 40);
  return header;
}

export const bytesOf = (samples: Int16Array): Buffer =>
  Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength);
