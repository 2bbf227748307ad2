/** What tests of the engine compare logits by. */
import type { Engine } from '../engine.ts';

/** Always the likeliest token. */
export const greedy = { temperature: 0, topP: 1, topK: 0, minP: 0, repetitionPenalty: 1, seed: 0 } as const;

/**
 * The largest share of logits by which arithmetic in integers of 8 bits may be off, as `errorShare` has it. Rounding to
 * 127 steps of the largest magnitude is off by c / (127 · √12) of the root mean square, where c is how far the largest
 * is above it. Mixed elements, which are nearly normally distributed, are cut at c = 3.75, and rows of their weights have
 * 3.2 on average: 0.9 %. Blocks of 32 cannot have c above √32: 1.3 %. Weights are rounded like what they are multiplied by,
 * so one product is off by up to 1.8 %. In a layer four products follow each other, and their errors are independent, so
 * its update is off by up to 3.6 %. The residual stream is the sum of the layers' updates, whose errors are independent
 * too, so it is off by no larger a share, but gates and attention amplify what they are given: 2.2 times that is allowed.
 * (In blocks of 128 that are not mixed, SmolLM2-135M is off by 9.2 %.)
 */
export const quantizedShare = 0.08;

/**
 * How far logits are off, as a share of how far they differ among each other: √(Σ error² / Σ value²), both without their
 * mean, since what is added to all logits alike changes no probability.
 */
export function errorShare(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  const [actualMean, expectedMean] = [mean(actual), mean(expected)];
  let [error, size] = [0, 0];
  for (let at = 0; at < expected.length; at++) {
    const value = (expected[at] as number) - expectedMean;
    error += ((actual[at] as number) - actualMean - value) ** 2;
    size += value ** 2;
  }
  return Math.sqrt(error / size);
}

export function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let at = 0; at < values.length; at++) sum += values[at] as number;
  return sum / values.length;
}

export const rootMeanSquare = (values: readonly number[]): number => Math.sqrt(mean(values.map((value) => value ** 2)));

/** All logits after each of the tokens, for a vocabulary that is small enough to be listed whole. */
export async function allLogits(engine: Engine, tokens: Int32Array): Promise<Float32Array[]> {
  const { vocabularySize } = engine.info;
  const { logprobs = [] } = await engine.generate({
    tokens,
    maxTokens: 0,
    sampling: greedy,
    stop: [],
    logprobs: vocabularySize,
  });
  return logprobs.map((ranked) => {
    const logits = new Float32Array(vocabularySize).fill(Number.NaN);
    for (const { id, logit } of ranked) logits[id] = logit;
    return logits;
  });
}

/** log Σ exp(logit) */
function logSum(logits: Float32Array): number {
  const largest = logits.reduce((most, logit) => Math.max(most, logit));
  let sum = 0;
  for (const logit of logits) sum += Math.exp(logit - largest);
  return largest + Math.log(sum);
}

/** The logarithm of each token's probability. */
export function logProbabilities(logits: Float32Array): Float64Array {
  const all = logSum(logits);
  return Float64Array.from(logits, (logit) => logit - all);
}

/** The negative log-likelihood of a token. */
export const surprise = (logits: Float32Array, id: number): number => logSum(logits) - (logits[id] as number);
