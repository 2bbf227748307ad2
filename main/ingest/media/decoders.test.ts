import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { BufferSource } from 'mediabunny';
import { beforeAll, describe, expect, test } from 'vitest';
import { codecName, openMedia, readSound } from '../../../base/media/media-file.ts';
import { readWav } from '../../perception/testing/read-wav.ts';
import { registerDecoders } from './decoders.ts';

const fixture = (name: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(readFileSync(join(import.meta.dirname, 'fixtures', name)));
const original = readWav(join(import.meta.dirname, '../../perception/fixtures/beckett.wav'));

beforeAll(registerDecoders);

async function soundOf(bytes: Uint8Array<ArrayBuffer>, from = 0): Promise<{ samples: Float32Array; end: number }> {
  const media = await openMedia(new BufferSource(bytes), 'a recording');
  const samples: number[] = [];
  let end = from;
  try {
    if (!media.sound) throw new Error('no sound');
    for await (const piece of readSound(media.sound, from)) {
      samples.push(...piece.samples);
      end = piece.end;
    }
  } finally {
    media.close();
  }
  return { samples: Float32Array.from(samples), end };
}

/** The correlation of two stretches of a second, at the best of the lags up to 0.1 s. */
function likeness(a: Float32Array, b: Float32Array, at: number): number {
  let best = 0;
  for (let lag = -1600; lag <= 1600; lag += 1) {
    let [ab, aa, bb] = [0, 0, 0];
    for (let i = at; i < at + 16_000; i += 2) {
      const [x = 0, y = 0] = [a[i], b[i + lag]];
      ab += x * y;
      aa += x * x;
      bb += y * y;
    }
    best = Math.max(best, ab / Math.sqrt(aa * bb));
  }
  return best;
}

describe('sound is decoded without a browser', () => {
  test.each([
    ['stereo.mp3', 0.99],
    ['low-rate.mp3', 0.98],
    ['sound.flac', 0.9999],
    ['sound.opus', 0.95],
    ['sound.ogg', 0.97],
    ['sound.webm', 0.95],
    ['telephone.wav', 0.9],
  ])('from %s', async (name, least) => {
    const { samples, end } = await soundOf(fixture(name));
    expect(Math.abs(end - 4.5)).toBeLessThan(0.1);
    expect(samples.length).toBe(Math.round(end * 16_000));
    expect(likeness(original, samples, 8000)).toBeGreaterThan(least);
    expect(likeness(original, samples, 40_000)).toBeGreaterThan(least);
  });

  test.each(['stereo.mp3', 'sound.flac', 'sound.opus', 'sound.ogg'])('from the middle of %s', async (name) => {
    const { samples, end } = await soundOf(fixture(name), 2.5);
    expect(Math.abs(end - 4.5)).toBeLessThan(0.1);
    expect(likeness(original.subarray(40_000), samples, 1600)).toBeGreaterThan(0.95);
  });

  test('but for AAC, which is named', async () => {
    const media = await openMedia(new BufferSource(fixture('sound.m4a')), 'sound.m4a');
    const { sound, duration } = media;
    expect(duration).toBeCloseTo(4.5, 1);
    expect(await sound?.canDecode()).toBe(false);
    expect(sound && (await codecName(sound))).toBe('AAC');
    media.close();
  });
});

describe('damaged files', () => {
  test.each([
    'stereo.mp3',
    'sound.flac',
    'sound.opus',
    'sound.ogg',
    'sound.webm',
    'studio.wav',
  ])('like %s end with a sentence, or give bounded sound', async (name) => {
    const bytes = fixture(name);
    const change = fc.record({ at: fc.nat(bytes.length - 1), value: fc.nat(255) });
    await fc.assert(
      fc.asyncProperty(
        fc.array(change, { minLength: 1, maxLength: 30 }),
        fc.nat(bytes.length),
        async (changes, length) => {
          const damaged = bytes.slice(0, Math.max(100, length));
          for (const { at, value } of changes) if (at < damaged.length) damaged[at] = value;
          const result = await soundOf(damaged).catch((thrown: unknown) => thrown);
          if (result instanceof Error) expect(result.message).not.toBe('');
          else expect((result as { samples: Float32Array }).samples.every(Number.isFinite)).toBe(true);
        },
      ),
      { numRuns: 12 },
    );
  });

  test('whose samples overflow are silent there', async () => {
    const damaged = fixture('sound.flac').slice(0, 55_388);
    damaged[63] = 0;
    damaged[54_660] = 0;
    const { samples } = await soundOf(damaged);
    expect(samples.length).toBeGreaterThan(40_000);
    expect(samples.every((value) => Math.abs(value) < 20)).toBe(true);
  });

  test('whose decoder cannot even be set up end with what is wrong with them', async () => {
    const bytes = fixture('sound.ogg').slice();
    const setup = Buffer.from(bytes.buffer).indexOf('\x05vorbis', 0, 'latin1');
    bytes.fill(255, setup + 7, setup + 60);
    await expect(soundOf(bytes)).rejects.toThrow('Vorbis');
  });

  test('that are no recordings are refused by name', async () => {
    const refusal = await openMedia(new BufferSource(new TextEncoder().encode('no recording')), 'x.mp3').catch(
      (e) => e,
    );
    expect(refusal).toMatchObject({ code: 'bad-file', message: expect.stringContaining('x.mp3') });
  });
});
