/** How many tokens to read in one run. */
export interface Pace {
  readonly chunk: number;
  /** A run over `count` tokens took this long. */
  measured(count: number, ms: number): void;
}

/** A run cannot be interrupted; short ones are what lets a person stop. */
const longestRunMs = 200;
const largestChunk = 64;
const smallestChunk = 4;
/** A block is a whole number of runs of each. */
const chunkSizes = [largestChunk, 32, 16, 8, smallestChunk] as const;
/**
 * Behind a long text every run takes a while for that text alone, so that halving a short one hardly shortens it. So many
 * tokens and fewer are halved step by step, and only where half of them take less than this share of the time.
 */
const fewTokens = 16;
const shorterBy = 0.8;

/** Takes the largest chunk, or a smaller one where that took too long before. Larger ones would hardly be faster. */
export function createPace(): Pace {
  let chunk: number = largestChunk;
  /** How long the last run of each small size took, since there was a larger one. */
  const took = new Map<number, number>();
  const isWorthHalving = (size: number): boolean =>
    size > fewTokens || (took.get(size / 2) ?? 0) < shorterBy * (took.get(size) ?? Number.POSITIVE_INFINITY);
  return {
    get chunk() {
      return chunk;
    },
    measured(count, ms) {
      if (count > fewTokens) took.clear();
      took.set(count, ms);
      const affordable = (longestRunMs / ms) * count;
      const smallest = Math.max(smallestChunk, Math.min(fewTokens, count / 2));
      chunk = chunkSizes.find((size) => size <= Math.max(affordable, smallest) || !isWorthHalving(size)) ?? smallest;
    },
  };
}

/** Always so many tokens, where what a token becomes may depend on how many are read with it. */
export const fixedPace = (chunk: number): Pace => ({ chunk, measured() {} });
