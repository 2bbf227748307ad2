import { beforeEach, describe, expect, it, vi } from 'vitest';
import { dequantize } from './formats/dequantize.ts';
import type { TensorInput } from './formats/testing/gguf-writer.ts';
import { input } from './graph/graph.ts';
import { createSession, floats, floatTensor } from './runtime.ts';
import { memoryStore } from './tensor-store.ts';
import { largestDifference, numbers, productTransposed } from './testing/numbers.ts';
import { sourceOf } from './testing/source.ts';
import { openWeights } from './weights.ts';

// Shaders are compiled on the CPU.
vi.setConfig({ testTimeout: 300_000 });

const [columns, rows] = [64, 8];
const tensorOf = (name: string, type: TensorInput['type'], seed: number): TensorInput => ({
  name,
  type,
  dimensions: [columns, rows],
  data: numbers(columns * rows, seed),
});
const source = sourceOf(tensorOf('a', 'Q4_1', 1), tensorOf('b', 'Q8_0', 2));

async function meant(name: string): Promise<Float32Array> {
  return dequantize(source.tensors.get(name)?.type ?? 'F32', await source.readTensor(name));
}

describe('weights on WebGPU', () => {
  beforeEach(({ skip }) => {
    skip(process.env.VK_ICD_FILENAMES === undefined, 'There is no SwiftShader here; it comes with Chromium on Linux.');
  });

  it.each([
    { name: 'a', type: 'Q4_1', tokens: 1 },
    { name: 'a', type: 'Q4_1', tokens: 40 },
    { name: 'b', type: 'Q8_0', tokens: 1 },
    { name: 'b', type: 'Q8_0', tokens: 40 },
  ])('of $type multiply $tokens tokens as the floats that they mean', async ({ name, tokens }) => {
    const x = numbers(tokens * columns, 3);
    const linear = await openWeights(source, memoryStore(), 'stored').linear(name);
    const session = await createSession(
      [{ name: 'y', type: 'float32', value: linear(input('x', 'float32', ['tokens', columns])) }],
      { device: 'webgpu', threads: 1 },
    );
    const { y } = await session.run({ x: floatTensor([tokens, columns], x) }, ['y']);
    await session.dispose();
    // Activations of 8 bits are off by half a step of 1 / 127, over 64 weights of at most 1.
    const tolerance = (columns / 127 / 2) * 1.01;
    expect(largestDifference(floats(y), productTransposed(x, await meant(name), columns))).toBeLessThan(tolerance);
  });
});
