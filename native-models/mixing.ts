/**
 * An orthogonal map that spreads what a single element holds over all of them: for each prime factor of the size a cosine
 * transform, which for 2 is a sum and a difference, so that all factors of 2 make a Hadamard matrix. Signs are flipped
 * before by a fixed pattern, so that no structure of the elements meets one of the map's.
 */
export interface Mixing {
  readonly size: number;
  /** Maps x [.., size, inner] in place, along the axis before the last. */
  apply(x: Float32Array, inner?: number): void;
}

/** A factor as large as its size would need a matrix of as many elements as it has twice over. */
const largestFactor = 64;

/** Whether vectors of this size can be mixed: it has no large prime factor. */
export const isMixable = (size: number): boolean => primeFactors(size).every((factor) => factor <= largestFactor);

export function createMixing(size: number): Mixing {
  const factors = primeFactors(size);
  const transforms = new Map(factors.map((factor) => [factor, cosineTransform(factor)]));
  // What sums and differences make larger is made smaller before.
  const scale = Math.SQRT1_2 ** factors.filter((factor) => factor === 2).length;
  const signs = Float32Array.from({ length: size }, (_, index) => (isFlipped(index) ? -scale : scale));
  return {
    size,
    apply(x, inner = 1) {
      // Piece by piece, since one is near while it is worked on.
      for (let from = 0; from < x.length; from += size * inner) {
        for (let index = 0, at = from; index < size; index++) {
          const sign = signs[index] as number;
          for (const end = at + inner; at < end; at++) x[at] = (x[at] as number) * sign;
        }
        let stride = inner;
        for (const factor of factors) {
          if (factor === 2) addAndSubtract(x, from, from + size * inner, stride);
          else transform(x, from, from + size * inner, stride, factor, transforms.get(factor) as Float32Array);
          stride *= factor;
        }
      }
    },
  };
}

/** Of neighbouring runs of `stride` elements, their sums and differences. */
function addAndSubtract(x: Float32Array, from: number, to: number, stride: number): void {
  for (let start = from; start < to; start += 2 * stride) {
    for (let at = start; at < start + stride; at++) {
      const one = x[at] as number;
      const other = x[at + stride] as number;
      x[at] = one + other;
      x[at + stride] = one - other;
    }
  }
}

/** Multiplies by a matrix [factor, factor] along the axis of x [.., factor, stride]. */
function transform(
  x: Float32Array,
  from: number,
  to: number,
  stride: number,
  factor: number,
  matrix: Float32Array,
): void {
  const before = new Float32Array(factor);
  for (let start = from; start < to; start += factor * stride) {
    for (let at = start; at < start + stride; at++) {
      for (let column = 0; column < factor; column++) before[column] = x[at + column * stride] as number;
      for (let row = 0; row < factor; row++) {
        let sum = 0;
        for (let column = 0; column < factor; column++) {
          sum += (matrix[row * factor + column] as number) * (before[column] as number);
        }
        x[at + row * stride] = sum;
      }
    }
  }
}

/** The orthogonal cosine transform (DCT-II; Ahmed et al. 1974), [size, size]. */
function cosineTransform(size: number): Float32Array {
  return Float32Array.from({ length: size * size }, (_, at) => {
    const row = Math.floor(at / size);
    const column = at % size;
    return Math.sqrt((row === 0 ? 1 : 2) / size) * Math.cos((Math.PI * (column + 0.5) * row) / size);
  });
}

/** From the largest, each as often as it divides. */
function primeFactors(size: number): number[] {
  const factors: number[] = [];
  for (let rest = size, factor = 2; rest > 1; factor++) {
    for (; rest % factor === 0; rest /= factor) factors.unshift(factor);
  }
  return factors;
}

/** Half of all indices, without a pattern (the finalizer of MurmurHash3; Appleby 2011). */
function isFlipped(index: number): boolean {
  let hash = index + 1;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) & 1) === 1;
}
