import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { largestDifference } from '../../native-models/testing/numbers.ts';
import {
  type TinyFamilyName,
  tinyFamilies,
  tinyTokens,
  writeTinyFamily,
} from '../../native-models/testing/tiny-families.ts';
import { readTinyLlamaLogits, writeTinyLlama } from '../../native-models/testing/tiny-llama.ts';
import { type Engine, loadEngine } from './engine.ts';
import { allLogits, errorShare, greedy, quantizedShare, rootMeanSquare } from './testing/logits.ts';

/** WebGPU on SwiftShader, which vitest.config.ts names to this process where there is one. */
const missing = process.env.VK_ICD_FILENAMES === undefined;

// Its shaders are compiled on the CPU too.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

/** As on the CPU: 7.6 · 2⁻²⁴ · √(4 · 3 · 80) = 1.4e-5, and four times that for the largest of some thousands. */
const floatTolerance = 6e-5;

describe('the engine on WebGPU', () => {
  let folder: string;
  let path: string;
  let float: Engine;
  beforeEach(({ skip }) => {
    skip(missing, 'There is no SwiftShader here; it comes with Chromium on Linux.');
  });
  beforeAll(async () => {
    if (missing) return;
    folder = await mkdtemp(join(tmpdir(), 'longhand-webgpu-'));
    path = join(folder, 'tiny.gguf');
    await writeTinyLlama(path);
    float = await loadEngine({ modelPath: path, device: 'webgpu', threads: 1, precision: 'float' });
  });
  afterAll(async () => {
    if (missing) return;
    await float.dispose();
    await rm(folder, { recursive: true, force: true });
  });

  it('runs where it says', () => {
    expect(float.info.device).toBe('webgpu');
  });

  it('has the reference’s logits in floats', async () => {
    for (const { tokens, logits } of await readTinyLlamaLogits()) {
      const actual = (await allLogits(float, tokens)).flatMap((row) => [...row]);
      expect(largestDifference(actual, logits)).toBeLessThan(floatTolerance);
    }
  });

  it('has them in integers, but for the rounding of 8 bits, also from prepared weights', async () => {
    const cacheFolder = join(folder, 'cache');
    const load = () => loadEngine({ modelPath: path, device: 'webgpu', threads: 1, cacheFolder });
    const results: Float32Array[][] = [];
    for (let time = 0; time < 2; time++) {
      const engine = await load();
      for (const { tokens, logits } of await readTinyLlamaLogits()) {
        const { vocabularySize } = engine.info;
        const rows = await allLogits(engine, tokens);
        const shares = rows.map((row, at) =>
          errorShare(row, logits.subarray(at * vocabularySize, (at + 1) * vocabularySize)),
        );
        expect(rootMeanSquare(shares)).toBeLessThan(quantizedShare);
        results.push(rows);
      }
      await engine.dispose();
    }
    expect(results.slice(2)).toEqual(results.slice(0, 2));
  });

  it('writes what the CPU writes, from keys and values that stay on the device', async () => {
    const host = await loadEngine({ modelPath: path, device: 'cpu', threads: 1, precision: 'float' });
    const { tokens } = (await readTinyLlamaLogits())[1] ?? { tokens: new Int32Array() };
    for (const prompt of [tokens, Int32Array.from([...tokens, 3, 1, 4]), tokens.slice(0, 9)]) {
      const request = { tokens: prompt, maxTokens: 6, sampling: greedy, stop: [] };
      const expected = await host.generate(request);
      const actual = await float.generate(request);
      expect(actual.tokens).toEqual(expected.tokens);
      expect(actual.finishReason).toBe(expected.finishReason);
    }
    await host.dispose();
  });

  it.each(Object.keys(tinyFamilies) as TinyFamilyName[])('has the CPU’s logits of a %s', async (name) => {
    const modelPath = join(folder, `${name}.gguf`);
    await writeTinyFamily(modelPath, name);
    const logitsOn = async (device: 'cpu' | 'webgpu'): Promise<number[]> => {
      const engine = await loadEngine({ modelPath, device, threads: 1, precision: 'float' });
      const logits = (await allLogits(engine, tinyTokens(40))).flatMap((row) => [...row]);
      await engine.dispose();
      return logits;
    };
    expect(largestDifference(await logitsOn('webgpu'), await logitsOn('cpu'))).toBeLessThan(floatTolerance);
  });

  it('goes on behind a kept beginning, which it cuts where another text goes a different way', async () => {
    const own = await loadEngine({ modelPath: path, device: 'webgpu', threads: 1, precision: 'float' });
    const { tokens } = (await readTinyLlamaLogits())[0] ?? { tokens: new Int32Array() };
    const read = (prompt: Int32Array) => own.generate({ tokens: prompt, maxTokens: 1, sampling: greedy, stop: [] });
    expect((await read(tokens.slice(0, 12))).reusedTokens).toBe(0);
    const kept = await read(tokens.slice(0, 16));
    expect(kept.reusedTokens).toBe(12);
    const other = Int32Array.from([...tokens.slice(0, 5), 1, 2, 3]);
    const cut = await read(other);
    expect(cut.reusedTokens).toBe(5);
    await own.dispose();
    const fresh = async (prompt: Int32Array) =>
      (await float.generate({ tokens: prompt, maxTokens: 1, sampling: greedy, stop: [], logprobs: 1 })).tokens;
    expect(kept.tokens).toEqual(await fresh(tokens.slice(0, 16)));
    expect(cut.tokens).toEqual(await fresh(other));
  });
});
