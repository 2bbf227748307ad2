/** The scale factors of an MP3 granule: how loud each band is, and, for a directed channel, where it comes from. */
import type { BitReader } from './bit-reader.ts';
import type { FrameHeader, Granule } from './mp3-side-info.ts';

export interface ScaleFactors {
  /** One for each band; the last bands have 0. */
  values: Uint8Array;
  /** For each band, the value that says "no direction". */
  undirected: Uint8Array;
  preEmphasis: boolean;
}

const bandCount = 39;
const lengths = [
  [0, 0, 0, 0, 3, 1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4],
  [0, 1, 2, 3, 0, 1, 2, 3, 1, 2, 3, 1, 2, 3, 2, 3],
];
/** The groups of bands of long blocks that the second granule can take from the first. */
const groups = [6, 5, 5, 5];

/** MPEG-1: two lengths, for the lower and the higher bands. */
export function readScaleFactors(
  bits: BitReader,
  granule: Granule,
  shared: number,
  before: ScaleFactors | undefined,
): ScaleFactors {
  const { scaleFactorCode, blockType, mixed, preEmphasis } = granule;
  const [low = 0, high = 0] = lengths.map((table) => table[scaleFactorCode] ?? 0);
  const values = new Uint8Array(bandCount);
  let at = 0;
  const take = (count: number, length: number): void => {
    for (let i = 0; i < count; i++) values[at++] = bits.read(length);
  };
  if (blockType === 2) {
    take(mixed ? 8 + 9 : 18, low);
    take(18, high);
  } else
    groups.forEach((count, group) => {
      if (before && shared & (8 >> group)) {
        values.set(before.values.subarray(at, at + count), at);
        at += count;
      } else take(count, group < 2 ? low : high);
    });
  return { values, undirected: new Uint8Array(bandCount).fill(7), preEmphasis };
}

/** MPEG-2: how many bands each of the four lengths is for, by row and by kind of block (long, short, mixed). */
const partitions = [
  [
    [6, 5, 5, 5],
    [9, 9, 9, 9],
    [6, 9, 9, 9],
  ],
  [
    [6, 5, 7, 3],
    [9, 9, 12, 6],
    [6, 9, 12, 6],
  ],
  [
    [11, 10, 0, 0],
    [18, 18, 0, 0],
    [15, 18, 0, 0],
  ],
  [
    [7, 7, 7, 0],
    [12, 12, 12, 0],
    [6, 15, 12, 0],
  ],
  [
    [6, 6, 6, 3],
    [12, 9, 9, 6],
    [6, 12, 9, 6],
  ],
  [
    [8, 8, 5, 0],
    [15, 12, 9, 0],
    [6, 18, 9, 0],
  ],
];

/** The four lengths that a code stands for, and the row of `partitions`. */
function lowRateLengths(code: number, directed: boolean): [number[], number] {
  if (directed) {
    const half = code >> 1;
    if (half < 180) return [[Math.floor(half / 36), Math.floor((half % 36) / 6), half % 6, 0], 3];
    if (half < 244) return [[(half - 180) >> 4, ((half - 180) & 15) >> 2, (half - 180) & 3, 0], 4];
    return [[Math.floor((half - 244) / 3), (half - 244) % 3, 0, 0], 5];
  }
  if (code < 400) return [[Math.floor(code / 80), (code >> 4) % 5, (code & 15) >> 2, code & 3], 0];
  if (code < 500) return [[Math.floor((code - 400) / 20), ((code - 400) >> 2) % 5, code & 3, 0], 1];
  return [[Math.floor((code - 500) / 3), (code - 500) % 3, 0, 0], 2];
}

/** `directed`: this is the second channel of a pair that is stored as one channel and directions. */
export function readLowRateScaleFactors(bits: BitReader, granule: Granule, directed: boolean): ScaleFactors {
  const [sizes, row] = lowRateLengths(granule.scaleFactorCode, directed);
  const counts = partitions[row]?.[granule.blockType !== 2 ? 0 : granule.mixed ? 2 : 1] ?? [];
  const values = new Uint8Array(bandCount);
  const undirected = new Uint8Array(bandCount);
  let at = 0;
  counts.forEach((count, i) => {
    const length = sizes[i] ?? 0;
    for (let band = 0; band < count; band++, at++) {
      values[at] = bits.read(length);
      undirected[at] = 2 ** length - 1;
    }
  });
  return { values, undirected, preEmphasis: row === 2 };
}

/** What is added to the scale factors of long blocks' high bands when a granule says so. */
const emphasis = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 3, 3, 3, 2, 0];

/** The factor of a band's values. */
export function gainOf(granule: Granule, factors: ScaleFactors, band: number, { midSide }: FrameHeader): number {
  const { globalGain, coarse, subblockGains, bands } = granule;
  const window = bands[band]?.window ?? -1;
  const added = factors.preEmphasis && window < 0 ? (emphasis[band] ?? 0) : 0;
  const loss = ((factors.values[band] ?? 0) + added) * (coarse ? 1 : 0.5);
  const blockLoss = window < 0 ? 0 : 2 * (subblockGains[window] ?? 0);
  // Middle and side are the sum and the difference over the root of 2, which is taken out here.
  return 2 ** ((globalGain - 210) / 4 - loss - blockLoss - (midSide ? 0.5 : 0));
}
