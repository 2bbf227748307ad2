import { access, copyFile, mkdir, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { writeGguf } from '../../native-models/formats/testing/gguf-writer.ts';
import { writeTinyFamily } from '../../native-models/testing/tiny-families.ts';
import { temporaryFolder } from '../library/testing/temporary-folder.ts';
import { openOwnModels } from './own-models.ts';

/** A list that is kept in memory, and opened anew as often as wanted. */
function kept() {
  const folder = join(temporaryFolder(), 'models');
  let paths: unknown;
  return {
    folder,
    open: () => openOwnModels({ folder, stored: () => paths, store: (next) => (paths = next) }),
  };
}

async function tiny(name = 'tiny.gguf'): Promise<string> {
  const path = join(temporaryFolder(), name);
  await writeTinyFamily(path, 'qwen3');
  return path;
}

const exists = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  );

describe('models that a person added', () => {
  it('stay where they are, and are listed in every run', async () => {
    const { open } = kept();
    const path = await tiny();
    const added = await open().add(path);
    expect(added).toMatchObject({ id: path, name: 'tiny', bundled: false, architecture: 'qwen3', fits: true });
    // The process takes most of what so small a model needs.
    expect(added.memoryBytes).toBe(200e6);
    expect(await open().add(path)).toEqual(added);
    expect(await open().list()).toEqual([added]);
    expect(open().has(path)).toBe(true);
    await open().remove(path);
    expect(await open().list()).toEqual([]);
    expect(await exists(path)).toBe(true);
    await expect(open().remove(path)).rejects.toMatchObject({ code: 'not-found' });
  });

  it('that were sent are moved to the folder under names of their own, and deleted with their entry', async () => {
    const { open, folder } = kept();
    const own = open();
    const sent = await tiny('1');
    const again = join(temporaryFolder(), '2');
    await copyFile(sent, again);
    const [first, second] = [await own.take(sent, 'Tiny.gguf'), await own.take(again, 'Tiny.gguf')];
    expect([first.path, second.path]).toEqual([join(folder, 'Tiny.gguf'), join(folder, 'Tiny-2.gguf')]);
    expect(await exists(sent)).toBe(false);
    await own.remove(first.id);
    expect(await exists(first.path)).toBe(false);
    expect((await own.list()).map(({ name }) => name)).toEqual(['Tiny-2']);
  });

  it('that are sent at once under one name are both kept, and so is a file that is there and not listed', async () => {
    const { open, folder } = kept();
    const own = open();
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'Tiny.gguf'), 'somebody’s');
    const [llama, qwen] = [join(temporaryFolder(), '1'), await tiny('2')];
    await writeTinyFamily(llama, 'llama');
    const taken = await Promise.all([own.take(llama, 'Tiny.gguf'), own.take(qwen, 'Tiny.gguf')]);
    expect(new Set(taken.map(({ architecture }) => architecture))).toEqual(new Set(['llama', 'qwen3']));
    expect(taken.map(({ name }) => name).sort()).toEqual(['Tiny-2', 'Tiny-3']);
    expect(await readFile(join(folder, 'Tiny.gguf'), 'utf8')).toBe('somebody’s');
    expect(await own.list()).toHaveLength(2);
  });

  it('are listed with what is wrong while their disk is absent', async () => {
    const { open } = kept();
    const path = await tiny();
    const own = open();
    await own.add(path);
    await rm(path);
    expect(await own.list()).toMatchObject([{ name: 'tiny', problem: `There is no model file ${path}.` }]);
    await writeTinyFamily(path, 'llama');
    expect(await own.list()).toMatchObject([{ architecture: 'llama' }]);
  });

  it.each([
    { now: 'cut', problem: /tiny\.gguf cannot be used: .*cut short/, damage: (path: string) => truncate(path, 40_000) },
    {
      now: 'something else',
      problem: /tiny\.gguf cannot be used: it is not a GGUF file/,
      damage: (path: string) => writeFile(path, 'This is no model.'),
    },
    {
      now: 'a folder',
      problem: /tiny\.gguf cannot be used: it is not a regular file/,
      damage: async (path: string) => {
        await rm(path);
        await mkdir(path);
      },
    },
  ])('whose file is $now are listed with what is wrong, and can be removed', async ({ damage, problem }) => {
    const { open } = kept();
    const [path, other] = [await tiny(), await tiny('other.gguf')];
    const own = open();
    for (const added of [path, other]) await own.add(added);
    await damage(path);
    expect(await open().list()).toEqual([
      { id: path, name: 'tiny', path, bundled: false, problem: expect.stringMatching(problem) },
      expect.objectContaining({ id: other, architecture: 'qwen3' }),
    ]);
    await own.remove(path);
    expect((await open().list()).map(({ id }) => id)).toEqual([other]);
  });

  it('that were sent under a name that no disk takes get a shorter one with its ending, each its own', async () => {
    const { open } = kept();
    const own = open();
    const long = `${'ж'.repeat(120)}${'語'.repeat(80)}.gguf`;
    const names = [];
    for (const sent of ['1', '2']) names.push(basename((await own.take(await tiny(sent), long)).path));
    expect(names).toEqual([expect.stringMatching(/^ж{97}\.gguf$/), expect.stringMatching(/^ж{97}-2\.gguf$/)]);
    expect(await own.list()).toMatchObject([{ architecture: 'qwen3' }, { architecture: 'qwen3' }]);
  });

  it('that cannot be run are refused with a sentence, and a sent file is gone then', async () => {
    const { open, folder } = kept();
    const own = open();
    const text = join(temporaryFolder(), 'text.gguf');
    await writeFile(text, 'This is no model.');
    const unknown = join(temporaryFolder(), 'unknown.gguf');
    await writeGguf(unknown, { 'general.architecture': 'mamba' }, []);
    await expect(own.add(text)).rejects.toMatchObject({ code: 'bad-file' });
    await expect(own.add(unknown)).rejects.toMatchObject({
      code: 'unsupported',
      message: expect.stringMatching(/"mamba" cannot be run.*gemma3/),
    });
    expect(await exists(unknown)).toBe(true);
    await expect(own.take(unknown, basename(unknown))).rejects.toMatchObject({ code: 'unsupported' });
    expect(await exists(unknown)).toBe(false);
    expect(await readdir(folder)).toEqual([]);
    await expect(own.add(join(temporaryFolder(), 'none.gguf'))).rejects.toMatchObject({ code: 'not-found' });
    expect(await own.list()).toEqual([]);
  });
});
