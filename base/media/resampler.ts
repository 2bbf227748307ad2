/**
 * Samples of one rate → samples of another, as a stream: a windowed sinc (Smith, "Digital Audio Resampling",
 * https://ccrma.stanford.edu/~jos/resample/), which lets nothing through that the lower of the two rates cannot hold.
 */

export interface Resampler {
  /** Takes the next samples; gives what is complete with them. */
  push(samples: Float32Array): Float32Array<ArrayBuffer>;
  /** What is left at the end: as many samples in all as the sound is long. */
  finish(): Float32Array<ArrayBuffer>;
}

/** Zero crossings of the sinc on each side. */
const crossings = 16;
/** Points of the kernel between two zero crossings; between points it is interpolated. */
const resolution = 512;
/** Part of the lower rate's band that is kept whole. */
const rolloff = 0.94;

/** Half of a sinc under a Kaiser window (beta 8: 80 dB). */
const kernel = Float32Array.from({ length: crossings * resolution + 2 }, (_, i) => {
  const x = i / resolution;
  if (x >= crossings) return 0;
  const sinc = x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
  return (sinc * bessel(8 * Math.sqrt(1 - (x / crossings) ** 2))) / bessel(8);
});

/** The modified Bessel function of the first kind, order 0. */
function bessel(x: number): number {
  let sum = 1;
  for (let term = 1, k = 1; term > sum * 1e-9; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

/** @param from and @param to rates in Hz, whole numbers */
export function createResampler(from: number, to: number): Resampler {
  if (from === to) return { push: (samples) => Float32Array.from(samples), finish: () => new Float32Array(0) };
  const cutoff = Math.min(1, to / from) * rolloff;
  /** Input samples on each side of a place that count for it. */
  const reach = Math.ceil(crossings / cutoff);
  let buffer = new Float32Array(reach);
  /** The input sample at the beginning of `buffer`; before the beginning there is silence. */
  let first = -reach;
  let received = 0;
  let made = 0;

  function append(samples: Float32Array): void {
    const keepFrom = Math.max(0, Math.floor((made * from) / to) - reach - first);
    const joined = new Float32Array(buffer.length - keepFrom + samples.length);
    joined.set(buffer.subarray(keepFrom));
    joined.set(samples, buffer.length - keepFrom);
    buffer = joined;
    first += keepFrom;
  }

  function sampleAt(position: number): number {
    const center = Math.floor(position);
    let sum = 0;
    for (let i = center - reach + 1; i <= center + reach; i++) {
      const x = Math.abs(position - i) * cutoff * resolution;
      const at = Math.floor(x);
      const low = kernel[at] ?? 0;
      sum += (buffer[i - first] ?? 0) * (low + ((kernel[at + 1] ?? 0) - low) * (x - at));
    }
    return sum * cutoff;
  }

  /** Makes all samples that need no input from `limit` on. */
  function makeUntil(limit: number): Float32Array<ArrayBuffer> {
    const count = Math.max(0, Math.ceil((limit * to) / from) - made);
    const samples = new Float32Array(count);
    // The product is exact, so that nothing drifts in a long recording.
    for (let i = 0; i < count; i++) samples[i] = sampleAt(((made + i) * from) / to);
    made += count;
    return samples;
  }

  return {
    push(samples) {
      append(samples);
      received += samples.length;
      return makeUntil(received - reach);
    },
    finish() {
      append(new Float32Array(reach + 1));
      return makeUntil(received);
    },
  };
}
