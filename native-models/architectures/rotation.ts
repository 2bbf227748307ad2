/**
 * Rotary position embedding (Su et al. 2021) outside the graph: a stored key is not rotated, and is turned to whatever
 * position its block is placed at.
 */

export interface RotationShape {
  readonly contextLength: number;
  readonly headSize: number;
  readonly ropeBase: number;
  /** What positions are divided by (Chen et al. 2023). */
  readonly positionDivisor: number;
  /** Neighbouring elements are rotated together; otherwise element i with element i + headSize / 2. */
  readonly interleaved: boolean;
}

/** cos and sin of position · frequency, [positions, headSize / 2] each. */
export interface Rotation {
  readonly pairs: number;
  readonly interleaved: boolean;
  readonly cos: Float32Array<ArrayBuffer>;
  readonly sin: Float32Array<ArrayBuffer>;
}

/** The tables; `divisors` [headSize / 2] divide the frequencies, which is how llama 3.1 reaches longer contexts. */
export function rotationTables(shape: RotationShape, divisors?: ArrayLike<number>): Rotation {
  const { contextLength, headSize, ropeBase, positionDivisor, interleaved } = shape;
  const pairs = headSize / 2;
  const cos = new Float32Array(contextLength * pairs);
  const sin = new Float32Array(contextLength * pairs);
  for (let pair = 0; pair < pairs; pair++) {
    const frequency = ropeBase ** (-pair / pairs) / (divisors?.[pair] ?? 1) / positionDivisor;
    for (let position = 0; position < contextLength; position++) {
      cos[position * pairs + pair] = Math.cos(position * frequency);
      sin[position * pairs + pair] = Math.sin(position * frequency);
    }
  }
  return { pairs, interleaved, cos, sin };
}

/** Rotates, in place, `count` vectors of headSize that lie one after the other from `at` on, for positions from `first` on. */
export function rotate(
  { pairs, interleaved, cos, sin }: Rotation,
  x: Float32Array,
  at: number,
  first: number,
  count: number,
): void {
  const size = 2 * pairs;
  const step = interleaved ? 2 : 1;
  const across = interleaved ? 1 : pairs;
  let table = first * pairs;
  for (let start = at; start < at + count * size; start += size) {
    for (let pair = 0, one = start; pair < pairs; pair++, one += step, table++) {
      const other = one + across;
      const a = x[one] as number;
      const b = x[other] as number;
      const c = cos[table] as number;
      const s = sin[table] as number;
      // The second product is rounded and the first is not: so does the runtime, whose results these must be to the bit.
      x[one] = a * c - Math.fround(b * s);
      x[other] = a * s + Math.fround(b * c);
    }
  }
}
