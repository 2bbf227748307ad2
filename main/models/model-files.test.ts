import { copyFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { type TinyFamilyName, writeTinyFamily } from '../../native-models/testing/tiny-families.ts';
import { temporaryFolder } from '../library/testing/temporary-folder.ts';
import { openModelFiles } from './model-files.ts';

/** What is noted in memory, and opened anew as often as wanted. */
function kept() {
  let noted: unknown;
  return () => openModelFiles({ stored: () => noted, store: (next) => (noted = next) });
}

async function modelOf(family: TinyFamilyName, name = `${family}.gguf`) {
  const path = join(temporaryFolder(), name);
  await writeTinyFamily(path, family);
  return { id: path, path };
}

it('a model is known by its file, wherever it lies, and by another when that is replaced', async () => {
  const files = kept()();
  const model = await modelOf('llama');
  const copy = { id: 'copy', path: join(temporaryFolder(), 'copy.gguf') };
  await copyFile(model.path, copy.path);
  const first = await files.use(model);
  expect(await files.use(copy)).toBe(first);
  await writeTinyFamily(model.path, 'qwen3');
  expect(await files.use(model)).not.toBe(first);
});

it('all files that a model had in use are its own, also when it is damaged or absent now', async () => {
  const open = kept();
  const model = await modelOf('llama');
  const first = await open().use(model);
  await writeTinyFamily(model.path, 'qwen3');
  const second = await open().use(model);
  await writeFile(model.path, 'This is no model.');
  expect(await open().ofOnly(model, [])).toEqual([first, second]);
  await rm(model.path);
  expect(await open().ofOnly(model, [])).toEqual([first, second]);
  open().forget(model.id);
  expect(await open().ofOnly(model, [])).toEqual([]);
});

it('what another model has or had is not a model’s alone', async () => {
  const files = kept()();
  const [model, twin, other] = [await modelOf('llama'), await modelOf('llama'), await modelOf('qwen3')];
  const fingerprint = await files.use(model);
  expect(await files.ofOnly(model, [other])).toEqual([fingerprint]);
  expect(await files.ofOnly(model, [other, twin])).toEqual([]);
  await files.use(twin);
  await rm(twin.path);
  expect(await files.ofOnly(model, [other, twin])).toEqual([]);
});
