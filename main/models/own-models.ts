/** The models that a person added: GGUF files that stay where they are, or that were sent and are kept in a folder. */
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, extname, join, resolve } from 'node:path';
import { z } from 'zod';
import { isCancelled, LonghandError } from '../../base/errors.ts';
import { describeModel, describeNewModel } from './models.ts';
import type { ModelEntry } from './schema.ts';

export interface OwnModelsOptions {
  /** Where files that were sent are kept. */
  readonly folder: string;
  /** What is kept of the list, and keeps it. */
  stored(): unknown;
  store(paths: readonly string[]): void;
}

export interface OwnModels {
  has(id: string): boolean;
  /** Those that can be opened. */
  list(): Promise<ModelEntry[]>;
  /** Lists a file of this machine, where it is. Throws `bad-file`, `not-found` or `unsupported`. */
  add(path: string): Promise<ModelEntry>;
  /** Moves a file that was sent to the folder, under this name, and lists it. Throws as `add`; the file is gone then. */
  take(path: string, fileName: string): Promise<ModelEntry>;
  /** Lists it no longer; a file in the folder is deleted. Throws `not-found`. */
  remove(id: string): Promise<void>;
}

const paths = z.array(z.string());

export function openOwnModels({ folder, stored, store }: OwnModelsOptions): OwnModels {
  const kept = paths.safeParse(stored());
  let listed: readonly string[] = kept.data ?? [];
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
    async list() {
      const entries = await Promise.all(
        listed.map((path) =>
          describeModel(path, path, false).catch((thrown: unknown) => {
            if (isCancelled(thrown)) throw thrown;
            // Its disk may be absent today: it is listed again when it is back.
            return undefined;
          }),
        ),
      );
      return entries.filter((entry) => entry !== undefined);
    },
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
  const extension = extname(fileName);
  const name = fileName.slice(0, fileName.length - extension.length);
  for (let number = 1; ; number++) {
    const path = resolve(join(folder, number === 1 ? fileName : `${name}-${number}${extension}`));
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
