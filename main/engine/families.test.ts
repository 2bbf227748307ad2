import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readModelConfig, tokenEmbeddings } from '../../native-models/architectures/index.ts';
import { openGguf } from '../../native-models/formats/gguf.ts';
import { referenceLogProbabilities } from '../../native-models/formats/testing/llama-cpp.ts';
import { canBeMixed, mixedSource } from '../../native-models/mixed-source.ts';
import { createMixing } from '../../native-models/mixing.ts';
import { largestDifference } from '../../native-models/testing/numbers.ts';
import { type TinyFamilyName, tinyTokens, writeTinyFamily } from '../../native-models/testing/tiny-families.ts';
import { openWeights } from '../../native-models/weights.ts';
import { errorShare, logProbabilities, quantizedShare, rootMeanSquare } from './testing/logits.ts';
import { type OpenForward, openForward } from './testing/open-forward.ts';

/** The forward pass of each family, against llama.cpp's in 32-bit floats. */

/**
 * Logits are up to 4, and round by 4 · 2⁻²⁴ in each of about 4 products of up to 128 terms in each of 7 layers:
 * 4 · 2⁻²⁴ · √(4 · 7 · 128) = 1.4e-5. llama.cpp looks the bend of Gemma's gates up in a table of 16-bit floats, which
 * is off by up to 2⁻¹¹ of each value; 7 layers of that, and their amplification by norms, are allowed 1e-2.
 */
const families: readonly { name: TinyFamilyName; tolerance: number }[] = [
  { name: 'llama', tolerance: 1.4e-5 },
  { name: 'qwen2', tolerance: 1.4e-5 },
  { name: 'qwen3', tolerance: 1.4e-5 },
  { name: 'gemma3', tolerance: 1e-2 },
];

/** More than several windows of the tiny Gemma. */
const tokens = tinyTokens(45);

describe.each(families)('$name', ({ name, tolerance }) => {
  let folder: string;
  let path: string;
  let float: OpenForward;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'longhand-families-'));
    path = join(folder, `${name}.gguf`);
    await writeTinyFamily(path, name);
    float = await openForward(path, 'float');
  });
  afterAll(async () => {
    await float.dispose();
    rmSync(folder, { recursive: true, force: true });
  });

  async function logitsOf(forward: OpenForward, atOnce: number): Promise<Float32Array[]> {
    const all: Float32Array[] = [];
    for await (const logits of forward.logits(tokens, atOnce, tokens.keys())) all.push(logits);
    return all;
  }

  it('gives every token the probability that llama.cpp gives it, however many are read at a time', async () => {
    const expected = (await referenceLogProbabilities(path, tokens)).flatMap((row) => [...row]);
    for (const atOnce of [1, 16, tokens.length]) {
      const actual = (await logitsOf(float, atOnce)).flatMap((row) => [...logProbabilities(row)]);
      expect(largestDifference(actual, expected)).toBeLessThan(tolerance);
    }
  });

  it('is the same with its residual stream mixed, where it can be', async ({ skip }) => {
    const file = await openGguf(path);
    const mixable = canBeMixed(file, readModelConfig(file).hidden);
    await file.close();
    // Gemma scales by element what it adds to the stream.
    expect(mixable).toBe(name !== 'gemma3');
    if (!mixable) return skip();
    const mixed = await openForward(path, (source, config) => {
      const mixing = createMixing(config.hidden);
      return {
        embeddings: tokenEmbeddings(source, config, mixing),
        open: (store) => openWeights(mixedSource(source, mixing), store, 'float'),
      };
    });
    const expected = (await logitsOf(float, 16)).flatMap((row) => [...row]);
    const actual = (await logitsOf(mixed, 16)).flatMap((row) => [...row]);
    await mixed.dispose();
    // Weights and stream are rounded once more each, in sums of 64 terms.
    expect(largestDifference(actual, expected)).toBeLessThan(2 * tolerance);
  });

  it('has nearly the same logits in integer arithmetic', async () => {
    const expected = await logitsOf(float, 16);
    const quantized = await openForward(path, 'quantized');
    for (const atOnce of [1, 16]) {
      const shares = (await logitsOf(quantized, atOnce)).map((row, at) => errorShare(row, expected[at] ?? []));
      expect(rootMeanSquare(shares)).toBeLessThan(quantizedShare);
    }
    await quantized.dispose();
  });
});
