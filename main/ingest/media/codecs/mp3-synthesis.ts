/** The values of an MP3 granule's frequencies → samples: the two filter banks of the decoder. */
import { mixed } from './codec.ts';
import type { Granule } from './mp3-side-info.ts';
import { synthesisWindow } from './mp3-tables.ts';

const bandsInBank = 32;
const valuesInBand = 18;

/** Butterflies between neighbouring bands, which take back the overlap of the encoder's filters. */
const aliasFactors = [-0.6, -0.535, -0.33, -0.185, -0.095, -0.041, -0.0142, -0.0037].map((c) => ({
  kept: 1 / Math.sqrt(1 + c * c),
  crossed: c / Math.sqrt(1 + c * c),
}));

export function reduceAliases(values: Float32Array, { blockType, mixed }: Granule): void {
  const bands = blockType !== 2 ? bandsInBank : mixed ? 2 : 0;
  for (let band = 1; band < bands; band++)
    for (const [i, { kept, crossed }] of aliasFactors.entries()) {
      const below = band * valuesInBand - 1 - i;
      const above = band * valuesInBand + i;
      const [down = 0, up = 0] = [values[below], values[above]];
      values[below] = down * kept - up * crossed;
      values[above] = up * kept + down * crossed;
    }
}

/** cos(π/72 (2i + 19)(2k + 1)): row i of 36, column k of 18. */
const longTransform = Float32Array.from({ length: 36 * 18 }, (_, n) =>
  Math.cos((Math.PI / 72) * (2 * Math.floor(n / 18) + 19) * (2 * (n % 18) + 1)),
);
const shortTransform = Float32Array.from({ length: 12 * 6 }, (_, n) =>
  Math.cos((Math.PI / 24) * (2 * Math.floor(n / 6) + 7) * (2 * (n % 6) + 1)),
);
const shortWindow = Float32Array.from({ length: 12 }, (_, i) => Math.sin((Math.PI / 12) * (i + 0.5)));
const longWindows = [0, 1, 2, 3].map((blockType) =>
  Float32Array.from({ length: 36 }, (_, i) => {
    const long = Math.sin((Math.PI / 36) * (i + 0.5));
    if (blockType === 1 && i >= 18) return i < 24 ? 1 : i < 30 ? Math.sin((Math.PI / 12) * (i - 18 + 0.5)) : 0;
    if (blockType === 3 && i < 18) return i < 6 ? 0 : i < 12 ? Math.sin((Math.PI / 12) * (i - 6 + 0.5)) : 1;
    return long;
  }),
);

/** 18 values of a band → 36 overlapping samples. */
function transform(values: Float32Array, from: number, blockType: number, out: Float32Array): void {
  if (blockType !== 2) {
    const window = longWindows[blockType] ?? longWindows[0];
    for (let i = 0; i < 36; i++) {
      let sum = 0;
      for (let k = 0; k < 18; k++) sum += (values[from + k] ?? 0) * (longTransform[i * 18 + k] ?? 0);
      out[i] = sum * (window?.[i] ?? 0);
    }
    return;
  }
  out.fill(0);
  for (let w = 0; w < 3; w++)
    for (let i = 0; i < 12; i++) {
      let sum = 0;
      for (let k = 0; k < 6; k++) sum += (values[from + 3 * k + w] ?? 0) * (shortTransform[i * 6 + k] ?? 0);
      const at = 6 + 6 * w + i;
      out[at] = (out[at] ?? 0) + sum * (shortWindow[i] ?? 0);
    }
}

/** cos((16 + i)(2k + 1)π/64) for i = 16 to 48; the other rows of the matrix mirror these. */
const matrix = Float32Array.from({ length: 33 * 32 }, (_, n) =>
  Math.cos((32 + Math.floor(n / 32)) * (2 * (n % 32) + 1) * (Math.PI / 64)),
);

/** The frequencies of one channel of a granule. */
export interface Spectrum {
  spectrum: Float32Array;
  granule: Granule;
}

/** The filter banks, with what they remember. They are linear, so that the mean of the channels needs only one. */
export interface Synthesis {
  /** The 576 samples of a granule, all channels mixed into one; of its 32 bands only the first `bandCount`. */
  samples(channels: readonly Spectrum[], bandCount: number): Float32Array<ArrayBuffer>;
}

export function createSynthesis(): Synthesis {
  const overlap = new Float32Array(bandsInBank * valuesInBand);
  const delays = new Float32Array(1024);
  let newest = 0;
  const block = new Float32Array(36);
  const time = new Float32Array(valuesInBand * bandsInBank);

  /** Values → 18 time slots of one sample for each band. */
  function toBandSamples(channels: readonly Spectrum[], bandCount: number): void {
    const share = 1 / channels.length;
    for (let band = 0; band < bandCount; band++) {
      const from = band * valuesInBand;
      const now = new Float32Array(valuesInBand);
      const next = new Float32Array(valuesInBand);
      for (const { spectrum, granule } of channels) {
        transform(spectrum, from, granule.mixed && band < 2 ? 0 : granule.blockType, block);
        for (let i = 0; i < valuesInBand; i++) {
          now[i] = (now[i] ?? 0) + (block[i] ?? 0) * share;
          next[i] = (next[i] ?? 0) + (block[valuesInBand + i] ?? 0) * share;
        }
      }
      for (let i = 0; i < valuesInBand; i++) {
        const sample = (now[i] ?? 0) + (overlap[from + i] ?? 0);
        time[i * bandsInBank + band] = band & i & 1 ? -sample : sample;
      }
      overlap.set(next, from);
    }
  }

  /** One time slot → 32 samples. */
  function synthesize(slot: number, bandCount: number, out: Float32Array): void {
    newest = (newest - 64) & 1023;
    const from = slot * bandsInBank;
    for (let row = 0; row < 33; row++) {
      let sum = 0;
      for (let k = 0; k < bandCount; k++) sum += (matrix[row * bandsInBank + k] ?? 0) * (time[from + k] ?? 0);
      delays[newest + 16 + row] = sum;
      if (row < 17) delays[newest + 16 - row] = -sum;
      if (row > 16) delays[newest + 80 - row] = sum;
    }
    for (let j = 0; j < 32; j++) {
      let sum = 0;
      for (let i = 0; i < 8; i++) {
        sum += (delays[(newest + i * 128 + j) & 1023] ?? 0) * (synthesisWindow[i * 64 + j] ?? 0);
        sum += (delays[(newest + i * 128 + 96 + j) & 1023] ?? 0) * (synthesisWindow[i * 64 + 32 + j] ?? 0);
      }
      out[from + j] = sum;
    }
  }

  return {
    samples(channels, bandCount) {
      toBandSamples(sameBlocks(channels) ? [sumOf(channels)] : channels, bandCount);
      const out = new Float32Array(valuesInBand * bandsInBank);
      for (let slot = 0; slot < valuesInBand; slot++) synthesize(slot, bandCount, out);
      return out;
    },
  };
}

function sameBlocks([first, second]: readonly Spectrum[]): boolean {
  return (
    !second || (first?.granule.blockType === second.granule.blockType && first.granule.mixed === second.granule.mixed)
  );
}

/** The mean of channels whose blocks are of one kind, as one channel. */
function sumOf(channels: readonly Spectrum[]): Spectrum {
  const [first] = channels as readonly [Spectrum];
  return { spectrum: mixed(channels.map(({ spectrum }) => spectrum)), granule: first.granule };
}
