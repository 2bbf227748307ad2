/** FLAC frames → samples (RFC 9639). */
import { BitReader } from './bit-reader.ts';
import { mixed, type PacketDecoder } from './codec.ts';

const blockSizes: Readonly<Record<number, number>> = { 1: 192, 2: 576, 3: 1152, 4: 2304, 5: 4608 };
const sampleRates = [0, 88_200, 176_400, 192_000, 8000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 96_000];
const sampleSizes = [0, 8, 12, 0, 16, 20, 24, 32];
const fixedCoefficients = [[], [1], [2, -1], [3, -3, 1], [4, -6, 4, -1]];
/** Channel codes of two channels of which one is a difference. */
const leftSide = 8;
const sideRight = 9;
const midSide = 10;

interface FrameHeader {
  blockSize: number;
  sampleRate: number;
  channelCode: number;
  channels: number;
  sampleSize: number;
}

/**
 * Decodes the frames of a stream whose STREAMINFO block is in `description` (a whole "fLaC" stream header or the
 * block alone). Throws for what is none.
 */
export function createFlacDecoder(description: Uint8Array): PacketDecoder {
  const signature = String.fromCharCode(...description.subarray(0, 4)) === 'fLaC';
  const info = new BitReader(description, signature ? 64 : 0);
  info.read(16); // the smallest block
  info.position += 16 + 24 + 24;
  const streamRate = info.read(20);
  info.read(3);
  const streamSampleSize = info.read(5) + 1;

  function readHeader(bits: BitReader): FrameHeader {
    if (bits.read(14) !== 0b11_1111_1111_1110) throw new Error('A FLAC frame does not begin like one.');
    bits.read(2);
    const sizeCode = bits.read(4);
    const rateCode = bits.read(4);
    const channelCode = bits.read(4);
    const sampleSize = sampleSizes[bits.read(3)] || streamSampleSize;
    bits.bit();
    // The frame's number, coded as UTF-8 codes characters.
    const first = bits.read(8);
    const more = first < 0x80 ? 0 : Math.clz32(~(first << 24)) - 1;
    bits.position += 8 * Math.max(0, more);
    let blockSize = blockSizes[sizeCode] ?? 2 ** sizeCode;
    if (sizeCode === 6) blockSize = bits.read(8) + 1;
    else if (sizeCode === 7) blockSize = bits.read(16) + 1;
    let sampleRate = sampleRates[rateCode] || streamRate;
    if (rateCode === 12) sampleRate = bits.read(8) * 1000;
    else if (rateCode === 13) sampleRate = bits.read(16);
    else if (rateCode === 14) sampleRate = bits.read(16) * 10;
    bits.read(8); // checksum of the header
    if (channelCode > midSide || sizeCode === 0 || sampleRate === 0)
      throw new Error('A FLAC frame has a header of a reserved kind.');
    return { blockSize, sampleRate, channelCode, channels: channelCode < leftSide ? channelCode + 1 : 2, sampleSize };
  }

  return {
    decode(packet) {
      const bits = new BitReader(packet);
      const { blockSize, sampleRate, channelCode, channels, sampleSize } = readHeader(bits);
      const decoded: Float64Array[] = [];
      for (let channel = 0; channel < channels; channel++) {
        const side =
          (channel === 1 && (channelCode === leftSide || channelCode === midSide)) ||
          (channel === 0 && channelCode === sideRight);
        decoded.push(readSubframe(bits, blockSize, side ? sampleSize + 1 : sampleSize));
      }
      if (bits.exhausted) throw new Error('A FLAC frame ends too early.');
      joinChannels(decoded, channelCode);
      return { sampleRate, samples: mixed(decoded, 2 ** (1 - sampleSize)) };
    },
    reset: () => undefined,
  };
}

function readSubframe(bits: BitReader, length: number, sampleSize: number): Float64Array {
  bits.bit();
  const type = bits.read(6);
  const wasted = bits.bit() === 1 ? bits.readUnary() + 1 : 0;
  const size = sampleSize - wasted;
  if (size < 1) throw new Error('A FLAC subframe has no bits.');
  const samples = new Float64Array(length);
  if (type === 0) samples.fill(bits.readSigned(size));
  else if (type === 1) for (let i = 0; i < length; i++) samples[i] = bits.readSigned(size);
  else if (type >= 8 && type <= 12) {
    const coefficients = fixedCoefficients[type - 8] ?? [];
    readPredicted(bits, samples, coefficients.length, size, () => ({ coefficients, shift: 0 }));
  } else if (type >= 32) readPredicted(bits, samples, type - 31, size, () => readPredictor(bits, type - 31));
  else throw new Error('A FLAC subframe is of a reserved kind.');
  if (wasted > 0) for (let i = 0; i < length; i++) samples[i] = (samples[i] ?? 0) * 2 ** wasted;
  return samples;
}

interface Predictor {
  coefficients: readonly number[];
  shift: number;
}

function readPredictor(bits: BitReader, order: number): Predictor {
  const precision = bits.read(4) + 1;
  const shift = bits.readSigned(5);
  if (precision === 16 || shift < 0) throw new Error('A FLAC subframe has a predictor of a reserved kind.');
  return { coefficients: Array.from({ length: order }, () => bits.readSigned(precision)), shift };
}

/** The first samples as they are, then for each the difference from what those before it let expect. */
function readPredicted(
  bits: BitReader,
  samples: Float64Array,
  order: number,
  size: number,
  predictor: () => Predictor,
): void {
  if (order > samples.length) throw new Error('A FLAC subframe is too short.');
  for (let i = 0; i < order; i++) samples[i] = bits.readSigned(size);
  const { coefficients, shift } = predictor();
  readResidual(bits, samples, order);
  const scale = 2 ** shift;
  for (let i = order; i < samples.length; i++) {
    let sum = 0;
    for (let j = 0; j < order; j++) sum += (coefficients[j] ?? 0) * (samples[i - 1 - j] ?? 0);
    samples[i] = (samples[i] ?? 0) + Math.floor(sum / scale);
  }
}

/** Rice-coded differences, in partitions with a parameter each. */
function readResidual(bits: BitReader, samples: Float64Array, order: number): void {
  const method = bits.read(2);
  if (method > 1) throw new Error('A FLAC subframe has a residual of a reserved kind.');
  const parameterBits = 4 + method;
  const escaped = 2 ** parameterBits - 1;
  const partitions = 2 ** bits.read(4);
  const length = samples.length / partitions;
  if (!Number.isInteger(length) || length < order) throw new Error('A FLAC subframe has partitions that do not fit.');
  let at = order;
  for (let partition = 1; partition <= partitions; partition++) {
    const end = partition * length;
    const parameter = bits.read(parameterBits);
    if (parameter === escaped) {
      const raw = bits.read(5);
      for (; at < end; at++) samples[at] = bits.readSigned(raw);
      continue;
    }
    for (; at < end; at++) {
      const value = bits.readUnary() * 2 ** parameter + bits.read(parameter);
      samples[at] = value % 2 === 0 ? value / 2 : -(value + 1) / 2;
    }
    if (bits.exhausted) throw new Error('A FLAC frame ends too early.');
  }
}

/** Makes left and right of a channel and a difference. */
function joinChannels([first, second]: Float64Array[], channelCode: number): void {
  if (!first || !second || channelCode < leftSide) return;
  for (let i = 0; i < first.length; i++) {
    const a = first[i] ?? 0;
    const b = second[i] ?? 0;
    if (channelCode === leftSide) second[i] = a - b;
    else if (channelCode === sideRight) first[i] = a + b;
    else {
      const right = a - Math.floor(b / 2);
      first[i] = right + b;
      second[i] = right;
    }
  }
}
