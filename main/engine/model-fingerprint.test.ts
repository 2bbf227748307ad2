import { copyFile, mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type GgufTensor, openGguf } from '../../native-models/formats/gguf.ts';
import { type MetadataInput, type TensorInput, writeGguf } from '../../native-models/formats/testing/gguf-writer.ts';
import { fingerprintOfModel, modelFingerprint } from './model-fingerprint.ts';

let folder: string;
let path: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'longhand-fingerprint-'));
  path = join(folder, 'model.gguf');
  await writeModel(path);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const metadata: Record<string, MetadataInput> = {
  'general.architecture': 'llama',
  'a.flag': true,
  'a.texts': ['one', 'two'],
  'a.types': Int32Array.of(1, 1, 3),
};
const ones = (name: string, size: number): TensorInput => ({
  name,
  type: 'F32',
  dimensions: [size],
  data: new Float32Array(size).fill(1),
});

/** Tensors from four bytes to sixty-four thousand, which are too many to be read whole. */
const writeModel = (to: string, other: Record<string, MetadataInput> = {}): Promise<void> =>
  writeGguf(to, { ...metadata, ...other }, [ones('a', 1), ones('b', 2000), ones('c', 16_000), ones('d', 16_000)]);

/** The fingerprint of a copy of which one byte differs. */
async function fingerprintWith(byte: number): Promise<string> {
  const copy = join(folder, 'copy.gguf');
  await copyFile(path, copy);
  const handle = await open(copy, 'r+');
  await handle.write(Uint8Array.of(255), 0, 1, byte);
  await handle.close();
  return fingerprintOfModel(copy);
}

it('is the same for the same model', async () => {
  const copy = join(folder, 'same.gguf');
  await copyFile(path, copy);
  expect(await fingerprintOfModel(copy)).toBe(await fingerprintOfModel(path));
});

it('is another when the beginning, the middle or the end of any tensor is', async () => {
  const file = await openGguf(path);
  const tensors: GgufTensor[] = [...file.tensors.values()];
  await file.close();
  const bytes = tensors.flatMap(({ offset, byteLength }) =>
    [0, Math.floor(byteLength / 2), byteLength - 1].map((at) => offset + at),
  );
  const found = new Set([await fingerprintOfModel(path)]);
  for (const byte of new Set(bytes)) found.add(await fingerprintWith(byte));
  expect(found.size).toBe(1 + new Set(bytes).size);
});

it('is another when the file says something else of the model', async () => {
  const found = new Set([await fingerprintOfModel(path)]);
  const others: Record<string, MetadataInput>[] = [
    { 'a.flag': false },
    { 'a.texts': ['one', 'six'] },
    { 'a.types': Int32Array.of(1, 3, 3) },
  ];
  for (const other of others) {
    const changed = join(folder, 'changed.gguf');
    await writeModel(changed, other);
    found.add(await fingerprintOfModel(changed));
  }
  expect(found.size).toBe(1 + others.length);
});

it('reads no more than three small parts of a tensor', async () => {
  const file = await openGguf(path);
  let read = 0;
  await modelFingerprint({
    ...file,
    readNow(offset, target) {
      read += target.length;
      file.readNow(offset, target);
    },
  });
  await file.close();
  expect(read).toBeLessThanOrEqual(4 * 3 * 4096);
});
