import { describe, expect, it } from 'vitest';
import { dequantize } from './formats/dequantize.ts';
import type { TensorInput } from './formats/testing/gguf-writer.ts';
import { canBeMixed, mixedSource } from './mixed-source.ts';
import { createMixing } from './mixing.ts';
import { largestDifference, numbers, productTransposed } from './testing/numbers.ts';
import { sourceOf } from './testing/source.ts';

const [hidden, inner] = [12, 8];
const mixing = createMixing(hidden);
const tensor = (name: string, seed: number, ...dimensions: number[]): TensorInput => ({
  name,
  type: 'F32',
  dimensions,
  data: numbers(
    dimensions.reduce((product, size) => product * size, 1),
    seed,
  ),
});
const plain = [
  tensor('token_embd.weight', 1, hidden, 5),
  tensor('output_norm.weight', 2, hidden),
  tensor('blk.0.attn_norm.weight', 3, hidden),
  tensor('blk.0.attn_q.weight', 4, hidden, inner),
  tensor('blk.0.attn_output.weight', 5, inner, hidden),
];

async function floatsOf(source: ReturnType<typeof mixedSource>, name: string): Promise<Float32Array> {
  return dequantize(source.tensors.get(name)?.type ?? 'F32', await source.readTensor(name));
}
const mixed = (x: Float32Array<ArrayBuffer>): Float32Array<ArrayBuffer> => {
  const copy = x.slice();
  mixing.apply(copy);
  return copy;
};

/** Sums of 12 products of numbers of about 1, mixed before and after. */
const rounding = 12 * 2 ** -20;

describe('weights for a mixed residual stream', () => {
  const original = sourceOf(...plain);
  const source = mixedSource(original, mixing);

  it('read from it what they read from the stream that is not mixed, behind its norm', async () => {
    const stream = numbers(hidden, 6);
    for (const [name, norm] of [
      ['blk.0.attn_q.weight', 'blk.0.attn_norm.weight'],
      // The last layer is the embedding here.
      ['output.weight', 'output_norm.weight'],
    ] as const) {
      const stored = await floatsOf(original, name === 'output.weight' ? 'token_embd.weight' : name);
      const scales = await floatsOf(original, norm);
      const expected = productTransposed(
        stream.map((value, at) => value * (scales[at] as number)),
        [...stored],
        hidden,
      );
      expect([...(await floatsOf(source, norm))]).toEqual(new Array(hidden).fill(1));
      const actual = productTransposed(mixed(stream), [...(await floatsOf(source, name))], hidden);
      expect(largestDifference(actual, expected)).toBeLessThan(rounding);
    }
  });

  it('add to it, mixed, what they add to the other', async () => {
    const x = numbers(inner, 7);
    const name = 'blk.0.attn_output.weight';
    const added = Float32Array.from(productTransposed(x, [...(await floatsOf(original, name))], inner));
    const actual = productTransposed(x, [...(await floatsOf(source, name))], inner);
    expect(largestDifference(actual, mixed(added))).toBeLessThan(rounding);
  });

  it('leave alone what has nothing to do with it', async () => {
    expect(await floatsOf(source, 'token_embd.weight')).toEqual(await floatsOf(original, 'token_embd.weight'));
  });

  it.each([
    { part: 'a reader', wrong: tensor('blk.0.attn_q.weight', 4, hidden + 4, inner), name: 'blk.0.attn_q.weight' },
    { part: 'a norm', wrong: tensor('blk.0.attn_norm.weight', 3, hidden - 4), name: 'blk.0.attn_q.weight' },
    { part: 'a writer', wrong: tensor('blk.0.attn_output.weight', 5, inner, 8), name: 'blk.0.attn_output.weight' },
  ])('are refused when $part has another size', async ({ wrong, name }) => {
    const tensors = plain.map((one) => (one.name === wrong.name ? wrong : one));
    await expect(mixedSource(sourceOf(...tensors), mixing).readTensor(name)).rejects.toMatchObject({
      code: 'bad-file',
      message: expect.stringContaining('where 12 is expected'),
    });
  });
});

it('a model that scales by element what it adds to the stream cannot be mixed', () => {
  expect(canBeMixed(sourceOf(...plain), hidden)).toBe(true);
  for (const name of ['blk.0.post_ffw_norm.weight', 'blk.0.attn_output.bias']) {
    expect(canBeMixed(sourceOf(...plain, tensor(name, 8, hidden)), hidden)).toBe(false);
  }
  expect(canBeMixed(sourceOf(...plain), 2 * 67)).toBe(false);
});
