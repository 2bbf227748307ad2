import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { frameSamples, voiceModelId } from './protocol.ts';
import { createSegmenter } from './segmenter.ts';
import { readWav } from './testing/read-wav.ts';
import { openVoiceDetector, type VoiceDetector } from './voice.ts';

const beckett = readWav(join(import.meta.dirname, 'fixtures/beckett.wav'));
const whole = beckett.subarray(0, beckett.length - (beckett.length % frameSamples));

let detector: VoiceDetector;
beforeAll(async () => {
  detector = await openVoiceDetector(join(import.meta.dirname, '../../native-models/bundled', voiceModelId));
});
afterAll(() => detector.dispose());

test('speech and the pauses in it are told apart: six short sentences', async () => {
  const { probabilities } = await detector.detect(whole, null);
  const segmenter = createSegmenter();
  const segments = [...[...probabilities].flatMap((p) => segmenter.push(p)), ...segmenter.finish()];
  const pauses = segments.reduce((sum, segment) => sum + segment.pauses.length, segments.length - 1);
  expect(pauses).toBe(5);
  expect(segments[0]?.start).toBeGreaterThan(0);
  expect(segments[0]?.start).toBeLessThan(0.5);
});

test('a stream in pieces is heard as the whole is', async () => {
  const { probabilities: together } = await detector.detect(whole, null);
  const inPieces: number[] = [];
  let state: Float32Array | null = null;
  for (let at = 0; at < whole.length; at += 37 * frameSamples) {
    const piece: Awaited<ReturnType<VoiceDetector['detect']>> = await detector.detect(
      whole.subarray(at, at + 37 * frameSamples),
      state,
    );
    inPieces.push(...piece.probabilities);
    state = piece.state;
  }
  expect(inPieces).toEqual([...together]);
});

test('silence and noise are no speech', async () => {
  let seed = 1;
  const noise = Float32Array.from({ length: 200 * frameSamples }, () => {
    seed = (seed * 48_271) % 2_147_483_647;
    return (seed / 2_147_483_647 - 0.5) * 0.2;
  });
  for (const sound of [new Float32Array(200 * frameSamples), noise]) {
    const { probabilities } = await detector.detect(sound, null);
    expect(probabilities.filter((probability) => probability >= 0.5).length).toBeLessThan(5);
  }
});

test('it is given up when it is no longer wanted, and refuses a part of a frame', async () => {
  const controller = new AbortController();
  const listening = detector.detect(whole, null, controller.signal);
  controller.abort();
  await expect(listening).rejects.toMatchObject({ code: 'cancelled' });
  await expect(detector.detect(whole.subarray(1), null)).rejects.toMatchObject({ code: 'bad-request' });
});
