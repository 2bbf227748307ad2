import { LonghandError } from '../../base/errors.ts';
import { type TensorType, tensorTypes } from './tensor-types.ts';

/**
 * Turns stored weights into 32-bit floats. The block layouts are ggml's (`ggml-common.h`); the formulas are
 * those of `dequantize_row_*` in `ggml-quants.c`. All arithmetic is exact up to the one rounding to a float.
 */

/** Writes the elements of one block that begins at `source[at]` to `target[to]` and after. */
type BlockDecoder = (source: Uint8Array, at: number, target: Float32Array, to: number) => void;

/** Writes all elements; the lengths have been checked. */
type Decoder = (source: Uint8Array, target: Float32Array) => void;

/** The value of every IEEE half-precision float, by its bits. */
const halves = Float32Array.from({ length: 2 ** 16 }, (_, bits) => {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
});

/** The 16 levels of the non-linear 4-bit types. */
const nonLinearLevels = Int8Array.of(-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113);

// Every index into a block is in range once the lengths are checked, so these read without a test.
const byteAt = (source: Uint8Array, at: number): number => source[at] as number;
const signedByteAt = (source: Uint8Array, at: number): number => (byteAt(source, at) << 24) >> 24;
const bitsAt = (source: Uint8Array, at: number): number => byteAt(source, at) | (byteAt(source, at + 1) << 8);
const halfAt = (source: Uint8Array, at: number): number => halves[bitsAt(source, at)] as number;

const decodeF32: Decoder = (source, target) => {
  new Uint8Array(target.buffer, target.byteOffset, target.byteLength).set(source);
};

const decodeF16: Decoder = (source, target) => {
  for (let index = 0; index < target.length; index++) target[index] = halfAt(source, 2 * index);
};

/** A bfloat16 is the upper half of a float. */
const decodeBF16: Decoder = (source, target) => {
  const bits = new Uint32Array(target.buffer, target.byteOffset, target.length);
  for (let index = 0; index < bits.length; index++) bits[index] = bitsAt(source, 2 * index) << 16;
};

const decodeQ4_0: BlockDecoder = (source, at, target, to) => {
  const scale = halfAt(source, at);
  for (let index = 0; index < 16; index++) {
    const pair = byteAt(source, at + 2 + index);
    target[to + index] = scale * ((pair & 15) - 8);
    target[to + 16 + index] = scale * ((pair >> 4) - 8);
  }
};

const decodeQ4_1: BlockDecoder = (source, at, target, to) => {
  const scale = halfAt(source, at);
  const minimum = halfAt(source, at + 2);
  for (let index = 0; index < 16; index++) {
    const pair = byteAt(source, at + 4 + index);
    target[to + index] = scale * (pair & 15) + minimum;
    target[to + 16 + index] = scale * (pair >> 4) + minimum;
  }
};

/** The 32 fifth bits of a block, which two types keep apart from the lower four. */
const fifthBits = (source: Uint8Array, at: number): number => bitsAt(source, at) | (bitsAt(source, at + 2) << 16);

const decodeQ5_0: BlockDecoder = (source, at, target, to) => {
  const scale = halfAt(source, at);
  const high = fifthBits(source, at + 2);
  for (let index = 0; index < 16; index++) {
    const pair = byteAt(source, at + 6 + index);
    target[to + index] = scale * (((pair & 15) | (((high >>> index) & 1) << 4)) - 16);
    target[to + 16 + index] = scale * (((pair >> 4) | (((high >>> (index + 16)) & 1) << 4)) - 16);
  }
};

const decodeQ5_1: BlockDecoder = (source, at, target, to) => {
  const scale = halfAt(source, at);
  const minimum = halfAt(source, at + 2);
  const high = fifthBits(source, at + 4);
  for (let index = 0; index < 16; index++) {
    const pair = byteAt(source, at + 8 + index);
    target[to + index] = scale * ((pair & 15) | (((high >>> index) & 1) << 4)) + minimum;
    target[to + 16 + index] = scale * ((pair >> 4) | (((high >>> (index + 16)) & 1) << 4)) + minimum;
  }
};

const decodeQ8_0: BlockDecoder = (source, at, target, to) => {
  const scale = halfAt(source, at);
  for (let index = 0; index < 32; index++) target[to + index] = scale * signedByteAt(source, at + 2 + index);
};

// The K types: super-blocks of 256 elements in sub-blocks of 16 or 32, each with its own small scale.

/** Layout: 16 bytes of (scale, minimum) nibbles, 64 bytes of 2-bit levels, scale, minimum scale. */
const decodeQ2_K: BlockDecoder = (source, at, target, to) => {
  const scale = halfAt(source, at + 80);
  const minimumScale = halfAt(source, at + 82);
  for (let sub = 0; sub < 16; sub++) {
    const nibbles = byteAt(source, at + sub);
    const subScale = scale * (nibbles & 15);
    const minimum = minimumScale * (nibbles >> 4);
    const levels = at + 16 + 32 * (sub >> 3) + 16 * (sub & 1);
    const shift = 2 * ((sub >> 1) & 3);
    for (let index = 0; index < 16; index++) {
      target[to + 16 * sub + index] = subScale * ((byteAt(source, levels + index) >> shift) & 3) - minimum;
    }
  }
};

/** Layout: 32 bytes of third bits, 64 bytes of 2-bit levels, 12 bytes of 6-bit scales, scale. */
const decodeQ3_K: BlockDecoder = (source, at, target, to) => {
  const scale = halfAt(source, at + 108);
  const scales = at + 96;
  for (let sub = 0; sub < 16; sub++) {
    const low = (byteAt(source, scales + (sub & 7)) >> (sub < 8 ? 0 : 4)) & 15;
    const high = (byteAt(source, scales + 8 + (sub & 3)) >> (2 * (sub >> 2))) & 3;
    const subScale = scale * ((low | (high << 4)) - 32);
    const levels = at + 32 + 32 * (sub >> 3) + 16 * (sub & 1);
    const shift = 2 * ((sub >> 1) & 3);
    const thirdBits = at + 16 * (sub & 1);
    const thirdBit = sub >> 1;
    for (let index = 0; index < 16; index++) {
      const level = (byteAt(source, levels + index) >> shift) & 3;
      const third = (byteAt(source, thirdBits + index) >> thirdBit) & 1;
      target[to + 16 * sub + index] = subScale * ((level | (third << 2)) - 4);
    }
  }
};

/** The 6-bit scale of sub-block `sub` (0 to 7) among the 12 packed bytes of Q4_K and Q5_K. */
const packedScale = (source: Uint8Array, at: number, sub: number): number =>
  sub < 4
    ? byteAt(source, at + sub) & 63
    : (byteAt(source, at + sub + 4) & 15) | ((byteAt(source, at + sub - 4) >> 6) << 4);

/** The 6-bit minimum that belongs to `packedScale`. */
const packedMinimum = (source: Uint8Array, at: number, sub: number): number =>
  sub < 4
    ? byteAt(source, at + sub + 4) & 63
    : (byteAt(source, at + sub + 4) >> 4) | ((byteAt(source, at + sub) >> 6) << 4);

/** Layout: scale, minimum scale, 12 bytes of packed scales and minima, 128 bytes of 4-bit levels. */
const decodeQ4_K: BlockDecoder = (source, at, target, to) => {
  const scale = halfAt(source, at);
  const minimumScale = halfAt(source, at + 2);
  for (let sub = 0; sub < 8; sub++) {
    const subScale = scale * packedScale(source, at + 4, sub);
    const minimum = minimumScale * packedMinimum(source, at + 4, sub);
    const levels = at + 16 + 32 * (sub >> 1);
    const shift = 4 * (sub & 1);
    for (let index = 0; index < 32; index++) {
      target[to + 32 * sub + index] = subScale * ((byteAt(source, levels + index) >> shift) & 15) - minimum;
    }
  }
};

/** Layout: that of Q4_K with 32 bytes of fifth bits before the 4-bit levels. */
const decodeQ5_K: BlockDecoder = (source, at, target, to) => {
  const scale = halfAt(source, at);
  const minimumScale = halfAt(source, at + 2);
  for (let sub = 0; sub < 8; sub++) {
    const subScale = scale * packedScale(source, at + 4, sub);
    const minimum = minimumScale * packedMinimum(source, at + 4, sub);
    const levels = at + 48 + 32 * (sub >> 1);
    const shift = 4 * (sub & 1);
    for (let index = 0; index < 32; index++) {
      const level = (byteAt(source, levels + index) >> shift) & 15;
      const fifth = (byteAt(source, at + 16 + index) >> sub) & 1;
      target[to + 32 * sub + index] = subScale * (level | (fifth << 4)) - minimum;
    }
  }
};

/** Layout: 128 bytes of lower 4 bits, 64 bytes of upper 2 bits, 16 signed scales, scale. */
const decodeQ6_K: BlockDecoder = (source, at, target, to) => {
  const scale = halfAt(source, at + 208);
  for (let sub = 0; sub < 16; sub++) {
    const subScale = scale * signedByteAt(source, at + 192 + sub);
    const half = sub >> 3;
    const quarter = (sub >> 1) & 3;
    const lower = at + 64 * half + 32 * (quarter & 1) + 16 * (sub & 1);
    const upper = at + 128 + 32 * half + 16 * (sub & 1);
    const lowerShift = 4 * (quarter >> 1);
    const upperShift = 2 * quarter;
    for (let index = 0; index < 16; index++) {
      const low = (byteAt(source, lower + index) >> lowerShift) & 15;
      const high = (byteAt(source, upper + index) >> upperShift) & 3;
      target[to + 16 * sub + index] = subScale * ((low | (high << 4)) - 32);
    }
  }
};

/** The 32 elements of 16 bytes of non-linear nibbles. */
function decodeNonLinear(source: Uint8Array, at: number, scale: number, target: Float32Array, to: number): void {
  for (let index = 0; index < 16; index++) {
    const pair = byteAt(source, at + index);
    target[to + index] = scale * (nonLinearLevels[pair & 15] as number);
    target[to + 16 + index] = scale * (nonLinearLevels[pair >> 4] as number);
  }
}

const decodeIQ4_NL: BlockDecoder = (source, at, target, to) => {
  decodeNonLinear(source, at + 2, halfAt(source, at), target, to);
};

/** Layout: scale, 16 bits of upper scale bits, 4 bytes of lower scale bits, 128 bytes of non-linear nibbles. */
const decodeIQ4_XS: BlockDecoder = (source, at, target, to) => {
  const scale = halfAt(source, at);
  const upper = bitsAt(source, at + 2);
  for (let sub = 0; sub < 8; sub++) {
    const low = (byteAt(source, at + 4 + (sub >> 1)) >> (4 * (sub & 1))) & 15;
    const high = (upper >> (2 * sub)) & 3;
    decodeNonLinear(source, at + 8 + 16 * sub, scale * ((low | (high << 4)) - 32), target, to + 32 * sub);
  }
};

const blockwise =
  (type: TensorType, decodeBlock: BlockDecoder): Decoder =>
  (source, target) => {
    const { blockSize, bytesPerBlock } = tensorTypes[type];
    for (let at = 0, to = 0; at < source.length; at += bytesPerBlock, to += blockSize) {
      decodeBlock(source, at, target, to);
    }
  };

const decoders: Partial<Record<TensorType, Decoder>> = {
  F32: decodeF32,
  F16: decodeF16,
  BF16: decodeBF16,
  Q4_0: blockwise('Q4_0', decodeQ4_0),
  Q4_1: blockwise('Q4_1', decodeQ4_1),
  Q5_0: blockwise('Q5_0', decodeQ5_0),
  Q5_1: blockwise('Q5_1', decodeQ5_1),
  Q8_0: blockwise('Q8_0', decodeQ8_0),
  Q2_K: blockwise('Q2_K', decodeQ2_K),
  Q3_K: blockwise('Q3_K', decodeQ3_K),
  Q4_K: blockwise('Q4_K', decodeQ4_K),
  Q5_K: blockwise('Q5_K', decodeQ5_K),
  Q6_K: blockwise('Q6_K', decodeQ6_K),
  IQ4_NL: blockwise('IQ4_NL', decodeIQ4_NL),
  IQ4_XS: blockwise('IQ4_XS', decodeIQ4_XS),
};

/** Whether `dequantize` knows the type. */
export function canDequantize(type: TensorType): boolean {
  return decoders[type] !== undefined;
}

/**
 * The elements of `source`, which is any number of whole blocks of `type` (a tensor, or some of its rows).
 * They are written to `target` when it is given; its length must fit.
 * Throws `unsupported` for a type that cannot be read, `bad-request` when a length does not fit.
 */
export function dequantize(
  type: TensorType,
  source: Uint8Array,
  target: Float32Array<ArrayBuffer> = new Float32Array(elementCount(type, source.length)),
): Float32Array<ArrayBuffer> {
  const decode = decoders[type];
  if (!decode) {
    const known = Object.keys(decoders).join(', ');
    throw new LonghandError('unsupported', `Weights of type ${type} cannot be read. Use a model in one of ${known}.`);
  }
  if (target.length !== elementCount(type, source.length)) {
    throw new LonghandError(
      'bad-request',
      `${source.length} bytes of type ${type} do not make ${target.length} weights.`,
    );
  }
  decode(source, target);
  return target;
}

function elementCount(type: TensorType, bytes: number): number {
  const { blockSize, bytesPerBlock } = tensorTypes[type];
  if (bytes % bytesPerBlock !== 0) {
    throw new LonghandError('bad-request', `${bytes} bytes are not a whole number of ${type} blocks.`);
  }
  return (bytes / bytesPerBlock) * blockSize;
}
