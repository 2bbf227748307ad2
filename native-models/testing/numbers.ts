/** Numbers in [-1, 1), the same for the same seed (a linear congruential generator; Numerical Recipes). */
export function numbers(count: number, seed = 1): Float32Array<ArrayBuffer> {
  let state = seed >>> 0;
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}

/** a · bᵀ of [rows, size] and [columns, size], in double precision. */
export function productTransposed(a: ArrayLike<number>, b: ArrayLike<number>, size: number): number[] {
  const product: number[] = [];
  for (let row = 0; row < a.length; row += size) {
    for (let column = 0; column < b.length; column += size) {
      let sum = 0;
      for (let at = 0; at < size; at++) sum += (a[row + at] as number) * (b[column + at] as number);
      product.push(sum);
    }
  }
  return product;
}

/** The largest difference between two lists; infinite when their lengths differ or one holds no number. */
export function largestDifference(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) return Number.POSITIVE_INFINITY;
  let largest = 0;
  for (let at = 0; at < actual.length; at++) {
    const difference = Math.abs((actual[at] as number) - (expected[at] as number));
    // Not a number compares false, and must not pass.
    if (!(difference <= largest)) largest = Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference;
  }
  return largest;
}
