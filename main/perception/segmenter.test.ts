import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createSegmenter, type SpeechSegment } from './segmenter.ts';

const secondsInFrame = 512 / 16_000;

function segmentsOf(probabilities: readonly number[]): SpeechSegment[] {
  const segmenter = createSegmenter();
  return [...probabilities.flatMap((probability) => segmenter.push(probability)), ...segmenter.finish()];
}

const speech = (seconds: number): number[] => new Array<number>(Math.round(seconds / secondsInFrame)).fill(0.9);
const silence = (seconds: number): number[] => new Array<number>(Math.round(seconds / secondsInFrame)).fill(0.05);

describe('the segmenter', () => {
  test('gives ordered, bounded stretches that do not overlap and cover all speech, whatever it hears', () => {
    const runs = fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.integer({ min: 1, max: 1200 })), {
      maxLength: 40,
    });
    fc.assert(
      fc.property(runs, (lengths) => {
        const probabilities = lengths.flatMap(([probability, length]) => new Array<number>(length).fill(probability));
        const segments = segmentsOf(probabilities);
        let before = 0;
        for (const { start, end, pauses } of segments) {
          expect(start).toBeGreaterThanOrEqual(before);
          expect(end).toBeGreaterThan(start);
          expect(end - start).toBeLessThanOrEqual(25);
          before = end;
          let from = start;
          for (const pause of pauses) {
            expect(pause.start).toBeGreaterThanOrEqual(from);
            expect(pause.end).toBeGreaterThan(pause.start);
            from = pause.end;
          }
          expect(from).toBeLessThanOrEqual(end);
        }
        expect(before).toBeLessThanOrEqual(probabilities.length * secondsInFrame + 1e-6);
        // Every run of speech that is no click is heard, but for a frame at a cut.
        let at = 0;
        for (const [probability, length] of lengths) {
          const [from, to] = [at * secondsInFrame, (at + length) * secondsInFrame];
          at += length;
          if (probability < 0.5 || length < 10) continue;
          const heard = segments.reduce(
            (sum, s) => sum + Math.max(0, Math.min(s.end, to) - Math.max(s.start, from)),
            0,
          );
          expect(heard).toBeGreaterThan((to - from) * 0.98 - 0.2);
        }
      }),
      { numRuns: 60 },
    );
  });

  test('joins what is said with short pauses, and ends at a long one', () => {
    const segments = segmentsOf([
      ...silence(1),
      ...speech(2),
      ...silence(0.5),
      ...speech(1),
      ...silence(2),
      ...speech(3),
      ...silence(1),
    ]);
    expect(segments).toHaveLength(2);
    expect(segments[0]?.start).toBeCloseTo(0.8, 1);
    expect(segments[0]?.end).toBeCloseTo(4.7, 1);
    expect(segments[0]?.pauses).toHaveLength(1);
    expect(segments[0]?.pauses[0]?.start).toBeCloseTo(3, 1);
    expect(segments[1]?.start).toBeCloseTo(6.3, 1);
  });

  test('cuts a minute without a real pause where it is quietest', () => {
    const minute = [...speech(20), ...new Array<number>(2).fill(0.4), ...speech(40)];
    const segments = segmentsOf(minute);
    expect(segments.length).toBeGreaterThanOrEqual(3);
    expect(segments[0]?.end).toBeCloseTo(20, 0);
    expect(segments.at(-1)?.end).toBeCloseTo(60, 0);
  });

  test('hears nothing in silence, and no click', () => {
    expect(segmentsOf(silence(60))).toEqual([]);
    expect(segmentsOf([...silence(1), ...speech(0.1), ...silence(1)])).toEqual([]);
  });

  test('needs no sound from before the stretch that is open', () => {
    const segmenter = createSegmenter();
    for (const probability of silence(100)) segmenter.push(probability);
    expect(segmenter.neededFrom()).toBeGreaterThan(99);
    for (const probability of speech(10)) segmenter.push(probability);
    expect(segmenter.neededFrom()).toBeGreaterThan(99);
    expect(segmenter.neededFrom()).toBeLessThanOrEqual(100);
  });
});
