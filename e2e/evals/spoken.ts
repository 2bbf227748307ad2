/** Speech whose words and times are known, made by espeak-ng; and sound as WAV files. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { LonghandError } from '../../base/errors.ts';

const run = promisify(execFile);

/** Samples a second that espeak-ng gives. */
export const spokenRate = 22_050;

/** The samples of a WAV file of 16-bit mono sound. */
export function samplesOf(wav: Buffer): Int16Array {
  const data = wav.indexOf('data', 12, 'latin1') + 8;
  return Int16Array.from({ length: (wav.length - data) >> 1 }, (_, i) => wav.readInt16LE(data + 2 * i));
}

/** A sentence in one of espeak-ng's voices. Throws `not-found` when it is not installed. */
export async function say(sentence: string, voice: string): Promise<Int16Array> {
  const options = { encoding: 'buffer' as const, maxBuffer: 2 ** 26 };
  const { stdout } = await run('espeak-ng', ['-v', voice, '-s', '150', '--stdout', sentence], options).catch(() => {
    throw new LonghandError('not-found', 'Speech is made with espeak-ng, which is not on this machine: install it.');
  });
  return samplesOf(stdout);
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
