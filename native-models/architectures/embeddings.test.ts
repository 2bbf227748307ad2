import { mkdtempSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { dequantize } from '../formats/dequantize.ts';
import { openGguf } from '../formats/gguf.ts';
import { type TensorInput, writeGguf } from '../formats/testing/gguf-writer.ts';
import { numbers } from '../testing/numbers.ts';
import { embeddingName, tokenEmbeddings } from './embeddings.ts';

const [hidden, vocabulary] = [64, 9];

async function written(type: TensorInput['type']) {
  const folder = mkdtempSync(join(tmpdir(), 'longhand-embeddings-'));
  const path = join(folder, 'model.gguf');
  const data = numbers(hidden * vocabulary, 3);
  const other: TensorInput = { name: 'other', type: 'F32', dimensions: [5], data: new Float32Array(5) };
  await writeGguf(path, {}, [other, { name: embeddingName, type, dimensions: [hidden, vocabulary], data }]);
  const file = await openGguf(path);
  onTestFinished(async () => {
    await file.close();
    rmSync(folder, { recursive: true });
  });
  const all = dequantize(type, await file.readTensor(embeddingName));
  const row = (token: number, factor = 1) =>
    Array.from(all.subarray(token * hidden, (token + 1) * hidden), (value) => Math.fround(value * factor));
  return { path, file, row };
}

it.each(['F32', 'F16', 'Q8_0', 'Q4_1'] as const)('are the rows of a table of %s, as they stand there', async (type) => {
  const { file, row } = await written(type);
  const embeddings = tokenEmbeddings(file, { hidden, vocabulary, embeddingScale: 1 });
  expect([...embeddings.of(Int32Array.of(8, 0, 8))]).toEqual([...row(8), ...row(0), ...row(8)]);
  const scaled = tokenEmbeddings(file, { hidden, vocabulary, embeddingScale: 8 });
  expect([...scaled.of(Int32Array.of(3))]).toEqual(row(3, 8));
});

it('are of no token that there is not, and of no file that was cut', async () => {
  const { file, path } = await written('Q8_0');
  const embeddings = tokenEmbeddings(file, { hidden, vocabulary, embeddingScale: 1 });
  for (const stranger of [-1, vocabulary]) {
    expect(() => embeddings.of(Int32Array.of(stranger))).toThrow(`There is no token ${stranger}`);
  }
  truncateSync(path, 300);
  expect(() => embeddings.of(Int32Array.of(8))).toThrow('became shorter');
  expect(() => tokenEmbeddings({ ...file, tensors: new Map() }, { hidden, vocabulary, embeddingScale: 1 })).toThrow(
    embeddingName,
  );
});
