/** The header and the side information of an MP3 frame (ISO/IEC 11172-3 and 13818-3, Layer III). */
import { BitReader } from './bit-reader.ts';
import { longBands, shortBands } from './mp3-tables.ts';

export interface FrameHeader {
  /** True for MPEG-2 and 2.5: half the samples, and scale factors coded in another way. */
  lowRate: boolean;
  sampleRate: number;
  channels: number;
  /** Joint stereo: a channel pair stored as middle and side, or as one channel and directions. */
  midSide: boolean;
  intensity: boolean;
  /** Bytes of the header with its checksum. */
  headerBytes: number;
  sideInfoBytes: number;
  /** Row of the band tables. */
  bandRow: number;
}

/** A scale factor band: `width` values, of all windows (long blocks) or of one (short blocks). */
export interface Band {
  start: number;
  width: number;
  /** 0 to 2 in short blocks; −1 in long ones. */
  window: number;
}

export interface Granule {
  /** Bits of scale factors and values. */
  bits: number;
  bigValues: number;
  globalGain: number;
  scaleFactorCode: number;
  /** 0 ordinary, 1 before a short one, 2 short, 3 after a short one. */
  blockType: number;
  mixed: boolean;
  tables: number[];
  subblockGains: number[];
  /** Where the second and the third region of the pairs begin. */
  regionStarts: [number, number];
  preEmphasis: boolean;
  coarse: boolean;
  quadTable: number;
  bands: readonly Band[];
  /** How many of the bands are long ones. */
  longBandCount: number;
}

export interface SideInfo {
  /** How many bytes before this frame's its data begin. */
  mainDataBegin: number;
  /** For each channel: which groups of scale factors the second granule takes from the first. */
  shared: number[];
  /** By granule, then channel. */
  granules: Granule[][];
}

const baseRates = [44_100, 48_000, 32_000];

export function parseHeader(bytes: Uint8Array): FrameHeader {
  const [first = 0, second = 0, third = 0, fourth = 0] = bytes;
  const version = (second >> 3) & 3;
  const layer = (second >> 1) & 3;
  const rateIndex = (third >> 2) & 3;
  if (first !== 0xff || second >> 5 !== 7 || version === 1 || layer !== 1 || rateIndex === 3)
    throw new Error('An MP3 frame does not begin like one.');
  const lowRate = version !== 3;
  const divisions = version === 3 ? 0 : version === 2 ? 1 : 2;
  const mode = fourth >> 6;
  const channels = mode === 3 ? 1 : 2;
  const extension = mode === 1 ? (fourth >> 4) & 3 : 0;
  return {
    lowRate,
    sampleRate: (baseRates[rateIndex] ?? 0) >> divisions,
    channels,
    midSide: (extension & 2) !== 0,
    intensity: (extension & 1) !== 0,
    headerBytes: second & 1 ? 4 : 6,
    sideInfoBytes: lowRate ? (channels === 1 ? 9 : 17) : channels === 1 ? 17 : 32,
    bandRow: divisions * 3 + rateIndex,
  };
}

/** The bands of a block in the order in which its values come: in short blocks, window after window within a band. */
function bandsOf({ lowRate, bandRow }: FrameHeader, blockType: number, mixed: boolean): [readonly Band[], number] {
  const key = `${bandRow} ${blockType === 2} ${mixed}`;
  const known = bandCache.get(key);
  if (known) return known;
  const long = longBands[bandRow] ?? [];
  const short = shortBands[bandRow] ?? [];
  const longCount = blockType !== 2 ? long.length : mixed ? (lowRate ? 6 : 8) : 0;
  const shortFrom = blockType !== 2 ? short.length : mixed ? 3 : 0;
  const bands: Band[] = [];
  let start = 0;
  const add = (width: number, window: number): void => {
    bands.push({ start, width, window });
    start += width;
  };
  for (const width of long.slice(0, longCount)) add(width, -1);
  for (const width of short.slice(shortFrom)) for (const window of [0, 1, 2]) add(width, window);
  const made: [readonly Band[], number] = [bands, longCount];
  bandCache.set(key, made);
  return made;
}
const bandCache = new Map<string, [readonly Band[], number]>();

export function parseSideInfo(bytes: Uint8Array, header: FrameHeader): SideInfo {
  const { lowRate, channels, headerBytes } = header;
  const bits = new BitReader(bytes, headerBytes * 8);
  const mainDataBegin = bits.read(lowRate ? 8 : 9);
  bits.read(lowRate ? channels : channels === 1 ? 5 : 3);
  const shared = Array.from({ length: channels }, () => (lowRate ? 0 : bits.read(4)));
  const granules = Array.from({ length: lowRate ? 1 : 2 }, () =>
    Array.from({ length: channels }, () => parseGranule(bits, header)),
  );
  return { mainDataBegin, shared, granules };
}

function parseGranule(bits: BitReader, header: FrameHeader): Granule {
  const length = bits.read(12);
  const bigValues = bits.read(9);
  const globalGain = bits.read(8);
  const scaleFactorCode = bits.read(header.lowRate ? 9 : 4);
  const switched = bits.bit() === 1;
  const blockType = switched ? bits.read(2) : 0;
  const mixed = switched && bits.bit() === 1 && blockType === 2;
  const tables = Array.from({ length: switched ? 2 : 3 }, () => bits.read(5));
  const subblockGains = switched ? Array.from({ length: 3 }, () => bits.read(3)) : [0, 0, 0];
  const first = switched ? (blockType === 2 && !mixed ? 8 : 7) : bits.read(4);
  const second = switched ? 255 : bits.read(3);
  const preEmphasis = !header.lowRate && bits.bit() === 1;
  const coarse = bits.bit() === 1;
  const quadTable = bits.bit() === 1 ? 33 : 32;
  const [bands, longBandCount] = bandsOf(header, blockType, mixed);
  const startOf = (band: number): number => bands[band]?.start ?? 576;
  return {
    bits: length,
    bigValues,
    globalGain,
    scaleFactorCode,
    blockType,
    mixed,
    tables,
    subblockGains,
    regionStarts: [startOf(first + 1), startOf(first + second + 2)],
    preEmphasis,
    coarse,
    quadTable,
    bands,
    longBandCount,
  };
}
