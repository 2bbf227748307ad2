/** How many tokens to read in one run. */
export interface Pace {
  readonly chunk: number;
  /** A run over `count` tokens took this long. */
  measured(count: number, ms: number): void;
}

/** A run cannot be interrupted; short ones are what lets a person stop. */
const longestRunMs = 200;
const chunkSizes = [16, 32, 64] as const;
const largestChunk = 64;

/** Takes the largest chunk, or a smaller one where that took too long before. Larger ones would hardly be faster. */
export function createPace(): Pace {
  let chunk: number = largestChunk;
  return {
    get chunk() {
      return chunk;
    },
    measured(count, ms) {
      const affordable = (longestRunMs / ms) * count;
      chunk = chunkSizes.findLast((size) => size <= affordable) ?? chunkSizes[0];
    },
  };
}

/** Always so many tokens, where what a token becomes may depend on how many are read with it. */
export const fixedPace = (chunk: number): Pace => ({ chunk, measured() {} });
