/** MP3 frames → samples (ISO/IEC 11172-3 and 13818-3, Layer III; MPEG-2.5 as is common). */
import { BitReader } from './bit-reader.ts';
import type { PacketDecoder } from './codec.ts';
import { readValues } from './mp3-huffman.ts';
import { gainOf, readLowRateScaleFactors, readScaleFactors, type ScaleFactors } from './mp3-scale-factors.ts';
import { type FrameHeader, type Granule, parseHeader, parseSideInfo } from './mp3-side-info.ts';
import { createSynthesis, reduceAliases } from './mp3-synthesis.ts';

/** A frame's data may begin in frames before it, at most this many bytes. */
const reservoirBytes = 511;
const granuleSize = 576;

/**
 * Decodes frames that follow each other; one whose data begin before what is known is silent. Frequencies above
 * `highest` (Hz) may be left out, which saves most of the work.
 */
export function createMp3Decoder(highest = Number.POSITIVE_INFINITY): PacketDecoder {
  let reservoir = new Uint8Array(0);
  let synthesis = createSynthesis();

  return {
    decode(packet) {
      const header = parseHeader(packet);
      const { lowRate, channels, sampleRate, headerBytes, sideInfoBytes } = header;
      const { mainDataBegin, shared, granules } = parseSideInfo(packet, header);
      const own = packet.subarray(headerBytes + sideInfoBytes);
      const known = mainDataBegin <= reservoir.length;
      const data = new Uint8Array((known ? mainDataBegin : 0) + own.length);
      if (known) data.set(reservoir.subarray(reservoir.length - mainDataBegin));
      data.set(own, data.length - own.length);
      reservoir = tail(reservoir, own);

      const samples = new Float32Array(granules.length * granuleSize);
      if (!known) return { sampleRate, samples };
      const bandWidth = sampleRate / 64;
      const bandCount = Math.min(32, Math.ceil(highest / bandWidth) + 1);
      const bits = new BitReader(data);
      const before: (ScaleFactors | undefined)[] = [];
      granules.forEach((pair, index) => {
        const values = pair.map(() => new Float32Array(granuleSize));
        const factors = pair.map((granule, channel) => {
          const end = bits.position + granule.bits;
          const read = lowRate
            ? readLowRateScaleFactors(bits, granule, header.intensity && channel === 1)
            : readScaleFactors(bits, granule, shared[channel] ?? 0, before[channel]);
          before[channel] = read;
          readValues(bits, granule, end, values[channel] as Float32Array);
          return read;
        });
        if (bits.exhausted) throw new Error('An MP3 frame ends too early.');
        scale(pair, factors, values, header);
        if (channels === 2) joinStereo(pair, factors, values, header);
        const spectra = pair.map((granule, channel) => {
          const spectrum = reordered(values[channel] as Float32Array, granule);
          reduceAliases(spectrum, granule);
          return { spectrum, granule };
        });
        samples.set(synthesis.samples(spectra, bandCount), index * granuleSize);
      });
      return { sampleRate, samples };
    },
    reset() {
      reservoir = new Uint8Array(0);
      synthesis = createSynthesis();
    },
  };
}

/** The last bytes of both. */
function tail(before: Uint8Array, own: Uint8Array): Uint8Array<ArrayBuffer> {
  const kept = new Uint8Array(Math.min(reservoirBytes, before.length + own.length));
  const fromOwn = Math.min(own.length, kept.length);
  kept.set(own.subarray(own.length - fromOwn), kept.length - fromOwn);
  kept.set(before.subarray(before.length - (kept.length - fromOwn)));
  return kept;
}

function scale(pair: Granule[], factors: ScaleFactors[], values: Float32Array[], header: FrameHeader): void {
  pair.forEach((granule, channel) => {
    const own = values[channel];
    const scaleFactors = factors[channel];
    if (!own || !scaleFactors) return;
    granule.bands.forEach(({ start, width }, band) => {
      const gain = gainOf(granule, scaleFactors, band, header);
      for (let i = start; i < start + width; i++) own[i] = (own[i] ?? 0) * gain;
    });
  });
}

/** Makes left and right of middle and side, and of a channel and its directions. */
function joinStereo(pair: Granule[], factors: ScaleFactors[], values: Float32Array[], header: FrameHeader): void {
  const [first, second] = values;
  const granule = pair[1];
  const directions = factors[1];
  if (!first || !second || !granule || !directions || !(header.midSide || header.intensity)) return;
  const directed = header.intensity ? directedBands(second, granule) : undefined;
  granule.bands.forEach(({ start, width }, band) => {
    const [left, right] = (directed?.has(band) && directionOf(granule, directions, band, header)) || [];
    for (let i = start; i < start + width; i++) {
      const [a = 0, b = 0] = [first[i], second[i]];
      if (left !== undefined && right !== undefined) {
        first[i] = a * left;
        second[i] = a * right;
      } else if (header.midSide) {
        first[i] = a + b;
        second[i] = a - b;
      }
    }
  });
}

/** The bands of the second channel above its last value, in short blocks window by window. */
function directedBands(values: Float32Array, { bands }: Granule): Set<number> {
  const directed = new Set<number>();
  const ended = new Set<number>();
  for (let band = bands.length - 1; band >= 0; band--) {
    const { start, width, window } = bands[band] ?? { start: 0, width: 0, window: -1 };
    const empty = !ended.has(window) && values.subarray(start, start + width).every((value) => value === 0);
    if (empty && !(window < 0 && ended.size > 0)) directed.add(band);
    else ended.add(window);
  }
  return directed;
}

/** The factors for left and right of a directed band; undefined when it has no direction. */
function directionOf(
  granule: Granule,
  { values, undirected }: ScaleFactors,
  band: number,
  { lowRate, midSide }: FrameHeader,
): [number, number] | undefined {
  // The last band has no scale factor of its own: it has that of the one before.
  const step = granule.blockType === 2 ? 3 : 1;
  const of = band + step >= granule.bands.length ? band - step : band;
  const position = values[of] ?? 0;
  if (position === (undirected[of] ?? 0)) return undefined;
  // The gain of a pair of middle and side has lost a root of 2.
  const base = midSide ? Math.SQRT2 : 1;
  if (!lowRate) {
    const ratio = Math.tan((position * Math.PI) / 12);
    return position === 6 ? [base, 0] : [(base * ratio) / (1 + ratio), base / (1 + ratio)];
  }
  const root = granule.scaleFactorCode & 1 ? Math.SQRT1_2 : 2 ** -0.25;
  const factor = base * root ** ((position + 1) >> 1);
  return position === 0 ? [base, base] : position & 1 ? [factor, base] : [base, factor];
}

/** The values of short blocks in the order of their frequencies: the three windows' values side by side. */
function reordered(values: Float32Array, { bands, longBandCount }: Granule): Float32Array {
  const result = values.slice();
  for (let band = longBandCount; band + 2 < bands.length; band += 3) {
    const { start, width } = bands[band] ?? { start: 0, width: 0 };
    for (let window = 0; window < 3; window++)
      for (let i = 0; i < width; i++) result[start + 3 * i + window] = values[start + window * width + i] ?? 0;
  }
  return result;
}
