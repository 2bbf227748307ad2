import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  best,
  candidates,
  createRandom,
  createSampler,
  likeliest,
  penalizeRepetition,
  type Sampling,
} from './sampling.ts';

const neutral: Sampling = { temperature: 1, topP: 1, topK: 0, minP: 0, repetitionPenalty: 1, seed: 1 };
const logitArrays = fc
  .array(fc.float({ min: -8, max: 8, noNaN: true }), { minLength: 1, maxLength: 60 })
  .map((values) => Float32Array.from(values));
const samplings = fc.record({
  temperature: fc.double({ min: 0.1, max: 3, noNaN: true }),
  topP: fc.double({ min: 0, max: 1, noNaN: true }),
  topK: fc.integer({ min: 0, max: 70 }),
  minP: fc.double({ min: 0, max: 1, noNaN: true }),
  repetitionPenalty: fc.constant(1),
  seed: fc.nat(),
});

const softmax = (logits: Float32Array, temperature = 1): number[] => {
  const weights = Array.from(logits, (logit) => Math.exp((logit - Math.max(...logits)) / temperature));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
};

describe('candidates', () => {
  it('without limits are all tokens with their softmax probabilities', () => {
    fc.assert(
      fc.property(logitArrays, (logits) => {
        const expected = softmax(logits);
        const kept = candidates(logits, neutral);
        expect(kept.map(({ id }) => id).sort((a, b) => a - b)).toEqual(Array.from(logits.keys()));
        for (const { id, probability } of kept) expect(probability).toBeCloseTo(expected[id] as number, 10);
      }),
    );
  });

  it('always hold the likeliest token, and sum to one, likeliest first', () => {
    fc.assert(
      fc.property(logitArrays, samplings, (logits, sampling) => {
        const kept = candidates(logits, sampling);
        // Adding 0 makes a -0 positive, which fast-check likes to try.
        expect((logits[kept[0]?.id as number] as number) + 0).toBe(Math.max(...logits) + 0);
        expect(kept.reduce((sum, { probability }) => sum + probability, 0)).toBeCloseTo(1, 9);
        for (let index = 1; index < kept.length; index++) {
          expect(kept[index]?.probability).toBeLessThanOrEqual(kept[index - 1]?.probability as number);
        }
      }),
    );
  });

  it('of top-k are the k likeliest', () => {
    fc.assert(
      fc.property(logitArrays, fc.integer({ min: 1, max: 70 }), (logits, topK) => {
        const kept = candidates(logits, { ...neutral, topK });
        const expected = [...logits].sort((a, b) => b - a).slice(0, topK);
        expect(kept.map(({ id }) => logits[id])).toEqual(expected);
      }),
    );
  });

  it('of min-p are those at least that fraction as likely as the likeliest', () => {
    const logits = Float32Array.of(0, Math.log(0.5), Math.log(0.21), Math.log(0.19));
    expect(candidates(logits, { ...neutral, minP: 0.2 }).map(({ id }) => id)).toEqual([0, 1, 2]);
  });

  it('of top-p are the fewest that reach it', () => {
    fc.assert(
      fc.property(logitArrays, fc.double({ min: 0.01, max: 0.99, noNaN: true }), (logits, topP) => {
        const probabilities = softmax(logits).sort((a, b) => b - a);
        const { length } = candidates(logits, { ...neutral, topP });
        const sum = (count: number) => probabilities.slice(0, count).reduce((total, p) => total + p, 0);
        expect(sum(length)).toBeGreaterThan(topP - 1e-9);
        expect(sum(length - 1)).toBeLessThan(topP + 1e-9);
      }),
    );
  });

  it('are sharper at a lower temperature', () => {
    const logits = Float32Array.of(1, 0);
    expect(candidates(logits, { ...neutral, temperature: 0.5 })[0]?.probability).toBeCloseTo(1 / (1 + Math.exp(-2)), 6);
  });
});

describe('a sampler', () => {
  it('at temperature 0 takes the likeliest token', () => {
    fc.assert(
      fc.property(logitArrays, (logits) => {
        expect(createSampler({ ...neutral, temperature: 0 })(logits.slice(), [])).toBe(likeliest(logits));
      }),
    );
  });

  it.each([0, 0.7])('at temperature %d refuses logits that are no numbers', (temperature) => {
    const sample = (...logits: number[]) => createSampler({ ...neutral, temperature })(Float32Array.from(logits), []);
    const { NaN: none, NEGATIVE_INFINITY: least, POSITIVE_INFINITY: most } = Number;
    const damaged = expect.objectContaining({
      code: 'bad-file',
      message: expect.stringMatching(/weights are damaged/),
    });
    for (const logits of [[none], [none, none, none], [least, least], [1, most], [none, least]]) {
      expect(() => sample(...logits)).toThrow(damaged);
    }
    // Some that are leave a choice.
    expect(sample(none, 2, none, least)).toBe(1);
  });

  it('draws the same tokens from the same seed, and others from another', () => {
    const logits = new Float32Array(100);
    const draws = (seed: number) => {
      const sample = createSampler({ ...neutral, seed });
      return Array.from({ length: 20 }, () => sample(logits.slice(), []));
    };
    expect(draws(7)).toEqual(draws(7));
    expect(draws(7)).not.toEqual(draws(8));
  });

  it('draws as often as the probabilities say', () => {
    const sample = createSampler({ ...neutral, seed: 3 });
    const logits = Float32Array.of(Math.log(0.7), Math.log(0.2), Math.log(0.1));
    const counts = [0, 0, 0];
    for (let index = 0; index < 10_000; index++) (counts[sample(logits.slice(), [])] as number) += 1;
    // Four standard deviations of a binomial with n = 10,000.
    for (const [id, p] of [0.7, 0.2, 0.1].entries()) {
      expect(Math.abs((counts[id] as number) - 10_000 * p)).toBeLessThan(4 * Math.sqrt(10_000 * p * (1 - p)));
    }
  });
});

describe('the repetition penalty', () => {
  it('makes what was said less likely, once a token, whatever the sign of its logit', () => {
    const logits = Float32Array.of(4, -4, 4, -4);
    penalizeRepetition(logits, [0, 1, 0], 2);
    expect([...logits]).toEqual([2, -8, 4, -4]);
  });

  it('forgets what was said long ago', () => {
    const logits = Float32Array.of(4, 4);
    penalizeRepetition(logits, [0, ...new Array<number>(64).fill(1)], 2);
    expect([...logits]).toEqual([4, 2]);
  });
});

describe('best', () => {
  it('are the largest logits in order', () => {
    fc.assert(
      fc.property(logitArrays, fc.integer({ min: 1, max: 10 }), (logits, count) => {
        const expected = [...logits].sort((a, b) => b - a).slice(0, count);
        expect(best(logits, count).map(({ logit }) => logit)).toEqual(expected);
      }),
    );
  });
});

describe('random numbers', () => {
  it('lie in [0, 1) and depend on all of the seed', () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const value = createRandom(seed)();
        expect(value).toBeGreaterThanOrEqual(0);
        expect(value).toBeLessThan(1);
      }),
    );
    expect(createRandom(1)()).not.toBe(createRandom(1 + 2 ** 33)());
  });
});
