/** Sound, as a stream → what is said in it, sentence by sentence, as soon as it is known. */
import { throwIfCancelled } from '../../../base/errors.ts';
import { soundRate } from '../../../base/media/media-file.ts';
import type { PictureDescriber } from '../../perception/describer.ts';
import { frameSamples } from '../../perception/protocol.ts';
import { createSegmenter, type SpeechSegment } from '../../perception/segmenter.ts';
import { type SpokenSentence, timedSentences } from '../../perception/sentences.ts';
import type { Perception } from '../../perception/supervisor.ts';

export type Hearing = Pick<Perception, 'detectVoice' | 'transcribe'>;
/** Hearing, reading what stands on a screen, and, with a model for it, saying what is to be seen there. */
export type Senses = Hearing & Pick<Perception, 'readText'> & Partial<PictureDescriber>;

export interface Heard {
  /** In order, after those before; times in seconds from the recording's beginning. */
  sentences: SpokenSentence[];
  /** All that is said before this second is written down. */
  until: number;
  /** The sentences are hardly what was said. */
  doubtful: boolean;
}

/** The sound between what was heard and what is still needed, by its place in the stream. */
function createSoundBuffer() {
  let samples = new Float32Array(0);
  let first = 0;
  return {
    append(more: Float32Array): void {
      const joined = new Float32Array(samples.length + more.length);
      joined.set(samples);
      joined.set(more, samples.length);
      samples = joined;
    },
    slice: (from: number, to: number): Float32Array<ArrayBuffer> => samples.slice(from - first, to - first),
    end: (): number => first + samples.length,
    dropBefore(place: number): void {
      if (place <= first) return;
      samples = samples.slice(place - first);
      first = place;
    },
  };
}

/**
 * Writes down what is said in pieces of sound at 16 kHz that begin at the second `from`. Memory does not depend on
 * their length. Throws `cancelled` when the signal fires, and what perception throws.
 */
export async function* listen(
  pieces: AsyncIterable<Float32Array>,
  from: number,
  hearing: Hearing,
  signal: AbortSignal,
): AsyncGenerator<Heard> {
  const segmenter = createSegmenter();
  const buffer = createSoundBuffer();
  let state: Float32Array<ArrayBuffer> | null = null;
  /** Samples that were judged to be speech or not. */
  let judged = 0;

  async function* writeDown(segments: SpeechSegment[]): AsyncGenerator<Heard> {
    for (const segment of segments) {
      throwIfCancelled(signal);
      const sound = buffer.slice(Math.round(segment.start * soundRate), Math.round(segment.end * soundRate));
      const { text, doubtful } = await hearing.transcribe(sound, signal);
      const sentences = timedSentences(text, segment).map((sentence) => ({
        ...sentence,
        start: from + sentence.start,
        end: from + sentence.end,
      }));
      yield { sentences, until: from + segment.end, doubtful };
    }
  }

  for await (const piece of pieces) {
    throwIfCancelled(signal);
    buffer.append(piece);
    const frames = Math.floor((buffer.end() - judged) / frameSamples);
    if (frames === 0) continue;
    const found = await hearing.detectVoice(buffer.slice(judged, judged + frames * frameSamples), state, signal);
    state = found.state;
    judged += frames * frameSamples;
    for (const probability of found.probabilities) yield* writeDown(segmenter.push(probability));
    const needed = segmenter.neededFrom();
    yield { sentences: [], until: from + needed, doubtful: false };
    buffer.dropBefore(Math.min(judged, Math.floor(needed * soundRate)));
  }
  yield* writeDown(segmenter.finish());
  yield { sentences: [], until: from + buffer.end() / soundRate, doubtful: false };
}
