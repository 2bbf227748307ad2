/** The models that a person added: GGUF files that stay where they are, or that were sent and are kept in a folder. */
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, extname, join, resolve } from 'node:path';
import { z } from 'zod';
import { errorData, isCancelled, LonghandError } from '../../base/errors.ts';
import { shortFileName } from '../../base/files.ts';
import { describeModel, describeNewModel, modelNameOf } from './models.ts';
import type { ListedModel, ModelEntry } from './schema.ts';

export interface OwnModelsOptions {
  /** Where files that were sent are kept. */
  readonly folder: string;
  /** What is kept of the list, and keeps it. */
  stored(): unknown;
  store(paths: readonly string[]): void;
}

export interface OwnModels {
  has(id: string): boolean;
  /** All of them; those that cannot be used now with what is wrong with them. */
  list(): Promise<ListedModel[]>;
  /** Lists a file of this machine, where it is. Throws `bad-file`, `not-found` or `unsupported`. */
  add(path: string): Promise<ModelEntry>;
  /** Moves a file that was sent to the folder, under this name, and lists it. Throws as `add`; the file is gone then. */
  take(path: string, fileName: string): Promise<ModelEntry>;
  /** Lists it no longer; a file in the folder is deleted. Throws `not-found`. */
  remove(id: string): Promise<void>;
}

const paths = z.array(z.string());
const pathsIn = (stored: unknown): readonly string[] => paths.safeParse(stored).data ?? [];

/** The models of a list as it was stored, as `OwnModels.list` gives them. */
export const listOwnModels = (stored: unknown): Promise<ListedModel[]> => Promise.all(pathsIn(stored).map(lookAt));

async function lookAt(path: string): Promise<ListedModel> {
  try {
    return await describeModel(path, path, false);
  } catch (thrown) {
    if (isCancelled(thrown)) throw thrown;
    return { id: path, name: modelNameOf(path), path, bundled: false, problem: errorData(thrown).message };
  }
}

export function openOwnModels({ folder, stored, store }: OwnModelsOptions): OwnModels {
  let listed = pathsIn(stored());
  function change(next: readonly string[]): void {
    store(next);
    listed = next;
  }

  async function add(path: string): Promise<ModelEntry> {
    const id = resolve(path);
    const entry = await describeNewModel(id, id);
    if (!listed.includes(id)) change([...listed, id]);
    return entry;
  }

  return {
    has: (id) => listed.includes(id),
    list: () => listOwnModels(listed),
    add,
    async take(path, fileName) {
      let target: string | undefined;
      try {
        await mkdir(folder, { recursive: true });
        target = await reserveName(folder, fileName, listed);
        await rename(path, target);
        return await add(target);
      } catch (thrown) {
        for (const left of [path, target]) if (left !== undefined) await rm(left, { force: true });
        throw thrown;
      }
    },
    async remove(id) {
      if (!listed.includes(id)) throw new LonghandError('not-found', 'This model is not among those you added.');
      change(listed.filter((path) => path !== id));
      if (dirname(id) === resolve(folder)) await rm(id, { force: true });
    },
  };
}

/**
 * A path in the folder that no listed model has, with an empty file, so that another that is sent meanwhile gets another
 * path.
 */
async function reserveName(folder: string, fileName: string, taken: readonly string[]): Promise<string> {
  const short = shortFileName(fileName);
  const extension = extname(short);
  const name = short.slice(0, short.length - extension.length);
  for (let number = 1; ; number++) {
    const path = resolve(join(folder, number === 1 ? short : `${name}-${number}${extension}`));
    // One that is listed may be absent today.
    if (!taken.includes(path) && (await createFile(path))) return path;
  }
}

/** Makes an empty file; false when there is something of this name. */
async function createFile(path: string): Promise<boolean> {
  try {
    await writeFile(path, '', { flag: 'wx' });
    return true;
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'EEXIST') return false;
    throw cause;
  }
}
