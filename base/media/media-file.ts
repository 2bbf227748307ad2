/**
 * Recordings as streams: opens a file, tells what is in it, and gives its sound piece by piece, as both the window and
 * the reading process need it. What decodes the packets is the browser's WebCodecs, or what was registered in its
 * place.
 */
import {
  ADTS,
  type AudioSample,
  AudioSampleSink,
  EncodedPacketSink,
  FLAC,
  Input,
  type InputAudioTrack,
  type InputVideoTrack,
  MATROSKA,
  MP3,
  MP4,
  OGG,
  QTFF,
  type Source,
  WAVE,
  WEBM,
} from 'mediabunny';
import { LonghandError } from '../errors.ts';
import { createResampler, type Resampler } from './resampler.ts';

/** Containers that are read; those that point to other files or addresses are not among them. */
const containers = [MP4, QTFF, MATROSKA, WEBM, WAVE, OGG, FLAC, MP3, ADTS];

/** Samples a second of what is given, on one channel. */
export const soundRate = 16_000;
/** Samples that are given at once: 5 s. */
const pieceSamples = 5 * soundRate;
/** Rates that sound is recorded at, with room; others are damage. */
export const soundRates = { lowest: 4000, highest: 400_000 };
/** A gap in the sound that is shorter than this is the container's rounding. */
const shortestGap = 0.05;
/** A longer one is an error of the file: what follows is not moved further. */
const longestGap = 600;
/** Sound lies within ±1, give or take what a codec overshoots; what is louder than this, or no number, is damage. */
const loudest = 16;
/** Longer recordings than this are refused: a damaged header may tell of any length. */
const longestRecording = 48 * 3600;

export interface MediaFile {
  /** Seconds; null when they are not known. */
  duration: number | null;
  sound: InputAudioTrack | null;
  pictures: InputVideoTrack | null;
  close(): void;
}

/** A stretch of sound at 16 kHz; `end` is its end in seconds from the recording's beginning. */
export interface SoundPiece {
  samples: Float32Array<ArrayBuffer>;
  end: number;
}

/** What people call a codec, by the name it has in containers. */
const codecNames: Readonly<Record<string, string>> = {
  aac: 'AAC',
  ac3: 'Dolby Digital (AC-3)',
  eac3: 'Dolby Digital Plus (E-AC-3)',
  mp3: 'MP3',
  opus: 'Opus',
  vorbis: 'Vorbis',
  flac: 'FLAC',
  avc: 'H.264',
  hevc: 'H.265 (HEVC)',
  vp8: 'VP8',
  vp9: 'VP9',
  av1: 'AV1',
  prores: 'ProRes',
};

/** The name of a track's codec for a sentence. */
export async function codecName(track: InputAudioTrack | InputVideoTrack): Promise<string> {
  const codec = await track.getCodec();
  return codec === null ? 'an unknown codec' : (codecNames[codec] ?? codec);
}

/**
 * Opens a recording. Throws `bad-file` when it is damaged or of another kind, and when it holds neither sound nor
 * pictures.
 */
export async function openMedia(source: Source, fileName: string): Promise<MediaFile> {
  const input = new Input({ source, formats: containers });
  try {
    if (!(await input.canRead())) throw new Error('it is of no kind that is known');
    const [sound, pictures] = [await input.getPrimaryAudioTrack(), await input.getPrimaryVideoTrack()];
    if (!sound && !pictures) throw new Error('it holds neither sound nor pictures');
    const duration = (await input.getDurationFromMetadata()) ?? (await input.computeDuration());
    return { duration: validDuration(duration), sound, pictures, close: () => input.dispose() };
  } catch (cause) {
    input.dispose();
    const reason = cause instanceof Error ? cause.message.replace(/\.$/, '') : String(cause);
    throw new LonghandError('bad-file', `“${fileName}” cannot be read as a recording: ${reason}.`, { cause });
  }
}

function validDuration(duration: number): number | null {
  return duration > 0 && duration <= longestRecording ? duration : null;
}

/**
 * The sound from `from` seconds on, mixed to one channel at 16 kHz, in order and without gaps. Memory does not depend
 * on its length. Throws what the decoder throws, and `too-large` past two days.
 */
export async function* readSound(track: InputAudioTrack, from: number): AsyncGenerator<SoundPiece> {
  let resampler: Resampler | undefined;
  let rate = 0;
  /** Where the next sample of the input belongs, in seconds. */
  let expected = from;
  let given = Math.round(from * soundRate);
  let waiting: Float32Array[] = [];
  let waitingSamples = 0;

  function piece(): SoundPiece {
    const samples = new Float32Array(waitingSamples);
    let at = 0;
    for (const part of waiting) {
      samples.set(part, at);
      at += part.length;
    }
    given += waitingSamples;
    waiting = [];
    waitingSamples = 0;
    return { samples, end: given / soundRate };
  }

  function add(samples: Float32Array): void {
    waiting.push(samples);
    waitingSamples += samples.length;
  }

  // Before the first packet there is none to be looked for: a damaged file would be searched for it without end.
  const first = await new EncodedPacketSink(track).getFirstPacket();
  if (!first) return;
  for await (const sample of new AudioSampleSink(track).samples(Math.max(from, first.timestamp))) {
    try {
      if (sample.sampleRate < soundRates.lowest || sample.sampleRate > soundRates.highest)
        throw new LonghandError('bad-file', `It has ${sample.sampleRate} samples a second, which no recording has.`);
      const timestamp = Math.max(0, sample.timestamp);
      if (!resampler || sample.sampleRate !== rate) {
        if (resampler) add(resampler.finish());
        rate = sample.sampleRate;
        resampler = createResampler(rate, soundRate);
      }
      const gap = timestamp - expected;
      if (gap > shortestGap && gap < longestGap) {
        // Silence, a second at a time, as it may be long.
        for (let left = Math.round(gap * rate); left > 0; left -= rate) {
          add(resampler.push(new Float32Array(Math.min(left, rate))));
          if (waitingSamples >= pieceSamples) yield piece();
        }
        expected = timestamp;
      }
      const skipped = Math.max(0, Math.round((expected - timestamp) * rate));
      const samples = monoOf(sample).subarray(Math.min(skipped, sample.numberOfFrames));
      expected += samples.length / rate;
      add(resampler.push(samples));
    } finally {
      sample.close();
    }
    if (expected > longestRecording)
      throw new LonghandError('too-large', `It is longer than ${longestRecording / 3600} hours.`);
    if (waitingSamples >= pieceSamples) yield piece();
  }
  if (resampler) add(resampler.finish());
  if (waitingSamples > 0) yield piece();
}

/** All channels of a sample mixed into one; damage becomes silence. */
function monoOf(sample: AudioSample): Float32Array {
  const mono = new Float32Array(sample.numberOfFrames);
  const channel = new Float32Array(sample.numberOfFrames);
  for (let planeIndex = 0; planeIndex < sample.numberOfChannels; planeIndex++) {
    sample.copyTo(channel, { planeIndex, format: 'f32-planar' });
    for (let i = 0; i < mono.length; i++) {
      const value = channel[i] ?? 0;
      if (Math.abs(value) <= loudest) mono[i] = (mono[i] ?? 0) + value / sample.numberOfChannels;
    }
  }
  return mono;
}
