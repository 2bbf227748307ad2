import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createResampler } from './resampler.ts';

function resample(samples: Float32Array, from: number, to: number, piece = samples.length): Float32Array {
  const resampler = createResampler(from, to);
  const parts: number[] = [];
  for (let at = 0; at < samples.length; at += piece) parts.push(...resampler.push(samples.subarray(at, at + piece)));
  parts.push(...resampler.finish());
  return Float32Array.from(parts);
}

const tone = (rate: number, hertz: number, seconds = 0.25): Float32Array =>
  Float32Array.from({ length: rate * seconds }, (_, i) => Math.sin((2 * Math.PI * hertz * i) / rate));

test.each([
  8000, 11_025, 22_050, 32_000, 44_100, 48_000, 96_000,
])('a tone of %i Hz sounds the same at 16 kHz', (rate) => {
  const got = resample(tone(rate, 700), rate, 16_000);
  const expected = tone(16_000, 700);
  expect(got).toHaveLength(4000);
  let error = 0;
  for (let i = 400; i < 3600; i++) error = Math.max(error, Math.abs((got[i] ?? 0) - (expected[i] ?? 0)));
  expect(error).toBeLessThan(2e-3);
});

test('what 16 kHz cannot hold is left out, and does not come back as another tone', () => {
  const got = resample(tone(48_000, 12_000), 48_000, 16_000);
  expect(Math.max(...got.subarray(400, 3600).map(Math.abs))).toBeLessThan(1e-3);
});

test('pieces of any size give the same, and as long a sound', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 4000, max: 192_000 }),
      fc.integer({ min: 1, max: 3000 }),
      fc.integer({ min: 0, max: 2000 }),
      (rate, piece, length) => {
        const samples = Float32Array.from({ length }, (_, i) => Math.sin(i * i));
        const whole = resample(samples, rate, 16_000);
        expect(whole).toHaveLength(Math.ceil((length * 16_000) / rate));
        expect(resample(samples, rate, 16_000, piece)).toEqual(whole);
      },
    ),
    { numRuns: 40 },
  );
});
