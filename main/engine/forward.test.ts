import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import fixture from '../../native-models/fixtures/smollm2-forward.json' with { type: 'json' };
import { largestDifference } from '../../native-models/testing/numbers.ts';
import { best, likeliest } from './sampling.ts';
import { errorShare, mean, quantizedShare, rootMeanSquare, surprise } from './testing/logits.ts';
import { type OpenForward, openForward } from './testing/open-forward.ts';

/**
 * The forward pass of the model that ships, against logits that two independent implementations computed in 32-bit
 * floats from the same weights.
 */

const modelPath = 'native-models/bundled/smollm2-135m-instruct/SmolLM2-135M-Instruct.Q4_1.gguf';

// Reading the weights, and thousands of tokens, takes a slow machine a while.
vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 });

/** As many tokens at a time as a prompt is read in, or one. */
const forms = [
  { form: 'many tokens at a time', atOnce: 64 },
  { form: 'one token at a time', atOnce: 1 },
];

/**
 * Floats: the fixture has four decimals, which is 0.00005 off at most. A logit is near 25, and rounds by 25 · 2⁻²⁴ in
 * each of about 4 products of up to 1536 terms in each of 30 layers. These add up like a random walk:
 * 25 · 2⁻²⁴ · √(4 · 30 · 1536) = 0.0006.
 */
const floatTolerance = 0.0007;

/** The standard deviation of the model's logits, 3.0 to 3.7 in these texts. */
const deviation = 3.6;

/**
 * Two logits whose distance is above this come in the same order: they are off by 3.6 · 8 % · √2 = 0.4 against each
 * other, and this is two and a half times as much.
 */
const clearGap = 1;

const texts = Object.fromEntries(fixture.map((text) => [text.name, text]));
function textOf(name: string): (typeof fixture)[number] {
  const text = texts[name];
  if (!text) throw new Error(`There is no text ${name}.`);
  return text;
}

async function collect(generator: AsyncGenerator<Float32Array>): Promise<Float32Array[]> {
  const all: Float32Array[] = [];
  for await (const one of generator) all.push(one);
  return all;
}

/** The mean over what follows each token but the last. */
async function meanSurprise(open: OpenForward, ids: readonly number[], atOnce: number): Promise<number> {
  let sum = 0;
  let at = 0;
  const read = Int32Array.from(ids.slice(0, -1));
  for await (const logits of open.logits(read, atOnce, read.keys())) sum += surprise(logits, ids[++at] as number);
  return sum / at;
}

/** How far the best logit is above the second. */
function gapOf(logits: Float32Array): number {
  const [first, second] = best(logits, 2);
  return (first?.logit ?? 0) - (second?.logit ?? 0);
}

let float: OpenForward;
let quantized: OpenForward;
beforeAll(async () => {
  float = await openForward(modelPath, 'float');
  quantized = await openForward(modelPath, 'quantized');
});
afterAll(async () => {
  await float.dispose();
  await quantized.dispose();
});

describe('the forward pass in floats', () => {
  it.each([
    { name: 'chat-short', atOnce: 1, form: 'one token at a time' },
    { name: 'chat-short', atOnce: 64, form: 'many tokens at a time' },
    { name: 'plain-unicode', atOnce: 64, form: 'many tokens at a time' },
    { name: 'licence-1k', atOnce: 64, form: 'many tokens at a time' },
  ])('gives the reference’s logits for $name, $form', async ({ name, atOnce }) => {
    const { ids, top } = textOf(name);
    const wanted = top.map(({ position }) => position);
    const all = await collect(float.logits(Int32Array.from(ids), atOnce, wanted));
    expect(all).toHaveLength(top.length);
    for (const [index, { ids: largest, logits }] of top.entries()) {
      const actual = all[index] as Float32Array;
      const ranked = best(actual, largest.length).map(({ logit }) => logit);
      expect(largestDifference(ranked, logits)).toBeLessThan(floatTolerance);
      const named = largest.map((id) => actual[id] as number);
      expect(largestDifference(named, logits)).toBeLessThan(floatTolerance);
    }
  });

  it.each(['chat-short', 'plain-unicode'])('is as surprised by %s as the reference', async (name) => {
    const { ids, mean_nll } = textOf(name);
    // Two logits that are each off.
    expect(Math.abs((await meanSurprise(float, ids, 64)) - mean_nll)).toBeLessThan(2 * floatTolerance);
  });
});

/** The reference's own continuation of a text: each token, and the logits it was chosen from, by both. */
async function continued(name: string, atOnce: number) {
  const { ids, greedy } = textOf(name);
  const tokens = Int32Array.from([...ids, ...greedy.slice(0, -1)]);
  const written = Array.from(greedy.keys(), (index) => ids.length - 1 + index);
  const reference = await collect(float.logits(tokens, 64, written));
  const actual = await collect(quantized.logits(tokens, atOnce, written));
  return greedy.map((id, index) => ({
    id,
    reference: reference[index] as Float32Array,
    actual: actual[index] as Float32Array,
  }));
}

describe('the forward pass in integers', () => {
  it.each(forms)('is off by a bounded share of the logits, $form', async ({ atOnce }) => {
    for (const name of ['chat-short', 'plain-unicode']) {
      const tokens = Int32Array.from(textOf(name).ids);
      const expected = await collect(float.logits(tokens, 64, tokens.keys()));
      const actual = await collect(quantized.logits(tokens, atOnce, tokens.keys()));
      const shares = actual.map((logits, at) => errorShare(logits, expected[at] as Float32Array));
      expect(shares).toHaveLength(tokens.length);
      expect(rootMeanSquare(shares)).toBeLessThan(quantizedShare);
    }
  });

  it('is off by no more behind two thousand tokens', async () => {
    const { ids, top } = textOf('bible-4k');
    const listed = top.filter(({ position }) => position <= 2107);
    const wanted = listed.map(({ position }) => position);
    const all = await collect(quantized.logits(Int32Array.from(ids.slice(0, 2108)), 64, wanted));
    expect(wanted).toEqual([0, 1, 2107]);
    const errors = listed.flatMap(({ ids: largest, logits }, index) => {
      const actual = largest.map((id) => all[index]?.[id] as number);
      return actual.map((logit, rank) => logit - mean(actual) - (logits[rank] as number) + mean(logits));
    });
    expect(rootMeanSquare(errors)).toBeLessThan(quantizedShare * deviation);
  });

  it('is as surprised by a text as the reference, within 1 %', async () => {
    const { ids, mean_nll } = textOf('licence-1k');
    expect(Math.abs((await meanSurprise(quantized, ids, 64)) / mean_nll - 1)).toBeLessThan(0.01);
  });

  it.each(forms)('finds the same token likeliest wherever one clearly is, $form', async ({ atOnce }) => {
    for (const name of ['chat-short', 'plain-unicode']) {
      const places = await continued(name, atOnce);
      expect(places.map(({ reference }) => likeliest(reference))).toEqual(textOf(name).greedy);
      const clear = places.filter(({ reference }) => gapOf(reference) > clearGap);
      // Most are.
      expect(clear.length).toBeGreaterThan(places.length / 2);
      expect(clear.map(({ actual }) => likeliest(actual))).toEqual(clear.map(({ id }) => id));
    }
  });
});

describe('a sequence', () => {
  const prompt = Int32Array.from(textOf('plain-unicode').ids);
  const last = [prompt.length - 11];

  it('goes on from where it was cut or copied', async () => {
    const { forward } = quantized;
    const sequence = forward.createSequence(prompt.length);
    await forward.run(sequence, prompt.subarray(0, 10), []);
    const expected = await forward.run(sequence, prompt.subarray(10), last);
    const copy = sequence.fork?.(10);
    sequence.truncate(10);
    expect(sequence.length).toBe(10);
    expect(await forward.run(sequence, prompt.subarray(10), last)).toEqual(expected);
    expect(copy?.length).toBe(10);
    if (copy) expect(await forward.run(copy, prompt.subarray(10), last)).toEqual(expected);
    expect(sequence.length).toBe(prompt.length);
  });

  it('is as it was when reading fails', async () => {
    const { forward, vocabulary } = quantized;
    const sequence = forward.createSequence(prompt.length);
    await forward.run(sequence, prompt.subarray(0, 10), []);
    for (const strangers of [[vocabulary], [5, vocabulary], [-1]]) {
      await expect(forward.run(sequence, Int32Array.from(strangers), [])).rejects.toMatchObject({
        code: 'bad-request',
      });
      expect(sequence.length).toBe(10);
    }
    const undisturbed = forward.createSequence(prompt.length);
    await forward.run(undisturbed, prompt.subarray(0, 10), []);
    expect(await forward.run(sequence, prompt.subarray(10), last)).toEqual(
      await forward.run(undisturbed, prompt.subarray(10), last),
    );
  });
});
