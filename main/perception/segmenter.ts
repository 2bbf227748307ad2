/**
 * Probabilities of speech, frame by frame → stretches of speech to be written down as a whole. A stretch ends at a
 * pause; the longer it is, the shorter a pause will do, and what has none within `longest` is cut where it is
 * quietest. The hysteresis is Silero VAD's own.
 */
import { frameSamples, sampleRate } from './protocol.ts';

/** A stretch of time, in seconds from the beginning. */
export interface Span {
  start: number;
  end: number;
}

export interface SpeechSegment extends Span {
  /** Where nobody speaks within it, in order. */
  pauses: Span[];
}

export interface Segmenter {
  /** Takes the next frame's probability; gives the stretches of speech that are complete with it. */
  push(probability: number): SpeechSegment[];
  /** The stretch that is open at the end of the sound. */
  finish(): SpeechSegment[];
  /** Sound before this many seconds belongs to no stretch that is still to come. */
  neededFrom(): number;
}

const secondsInFrame = frameSamples / sampleRate;
const frames = (seconds: number): number => Math.round(seconds / secondsInFrame);

const speechFrom = 0.5;
const silenceBelow = 0.35;
/** Sound around speech that is heard with it, so that no consonant is cut off. */
const padding = frames(0.2);
/** Shorter sounds are clicks and coughs. */
const shortestSpeech = frames(0.16);
/** A pause as long as that between two words of slow speech. */
const shortestPause = frames(0.16);
/** No stretch is longer than this, padding included. */
const longest = frames(24);
/**
 * A stretch that has become as long as `after` ends at a pause of `pause`, first row that fits. Measured, the speech
 * model makes a sixth fewer errors in stretches of 20 s than in those of 6 s.
 */
const endings = [
  { after: frames(20), pause: frames(0.26) },
  { after: frames(15), pause: frames(0.5) },
  { after: 0, pause: frames(2) },
];

interface FrameSpan {
  start: number;
  /** The first frame after it. */
  end: number;
}

export function createSegmenter(): Segmenter {
  /** Frames seen so far. */
  let count = 0;
  /** The first frame of the open stretch, without padding; undefined while nobody speaks. */
  let start: number | undefined;
  /** The first frame of the silence that is going on inside the open stretch. */
  let silence: number | undefined;
  let pauses: FrameSpan[] = [];
  /** The probabilities of the open stretch, for finding its quietest place. */
  let probabilities: number[] = [];
  /** The end of the stretch before, padding included: no sound is heard twice. */
  let lastEnd = 0;

  /** The speech of frames `from` to `to`, with the sound around it up to the frame `limit`. */
  function segment(from: number, to: number, within: FrameSpan[], limit: number): SpeechSegment[] {
    const silent = within.reduce((sum, pause) => sum + pause.end - pause.start, 0);
    if (to - from - silent < shortestSpeech) return [];
    const first = Math.max(lastEnd, from - padding);
    const last = Math.min(limit, to + padding);
    lastEnd = last;
    const seconds = (span: FrameSpan): Span => ({ start: span.start * secondsInFrame, end: span.end * secondsInFrame });
    return [{ ...seconds({ start: first, end: last }), pauses: within.map(seconds) }];
  }

  function close(end: number): SpeechSegment[] {
    const closed = segment(start ?? end, end, pauses, count);
    start = undefined;
    silence = undefined;
    pauses = [];
    probabilities = [];
    return closed;
  }

  /** Divides an open stretch that has become too long: at its longest pause in the second half, or anywhere. */
  function cut(): SpeechSegment[] {
    const from = start ?? count;
    const half = from + longest / 2;
    const [pause] = pauses.filter((p) => p.start >= half).toSorted((a, b) => b.end - b.start - (a.end - a.start));
    const at = pause ?? quietest(from, Math.ceil(half));
    const before = pauses.filter((p) => p.end <= at.start);
    const closed = segment(from, at.start, before, Math.floor((at.start + at.end) / 2));
    start = at.end;
    if (silence !== undefined) silence = Math.max(silence, start);
    pauses = pauses.filter((p) => p.start >= at.end);
    probabilities = probabilities.slice(at.end - from);
    return closed;
  }

  function quietest(from: number, after: number): FrameSpan {
    let best = after;
    for (let i = after; i < count; i++)
      if ((probabilities[i - from] ?? 1) < (probabilities[best - from] ?? 1)) best = i;
    return { start: best, end: best };
  }

  return {
    push(probability) {
      const frame = count++;
      if (start === undefined) {
        if (probability < speechFrom) return [];
        start = frame;
      }
      probabilities.push(probability);
      if (probability >= speechFrom) {
        if (silence !== undefined && frame - silence >= shortestPause) pauses.push({ start: silence, end: frame });
        silence = undefined;
      } else if (probability < silenceBelow) silence ??= frame;
      if (silence !== undefined) {
        const length = silence - start;
        const ending = endings.find(({ after }) => length >= after);
        if (ending && count - silence >= ending.pause) return close(silence);
      }
      // Room for the padding at both ends.
      return count - start >= longest - 2 * padding ? cut() : [];
    },
    finish: () => (start === undefined ? [] : close(silence ?? count)),
    neededFrom: () => Math.max(lastEnd, (start ?? count) - padding) * secondsInFrame,
  };
}
