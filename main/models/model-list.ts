/** The models that there are to choose from: those that ship, those that were added, and the one in use. */
import { isAbsolute } from 'node:path';
import { LonghandError } from '../../base/errors.ts';
import { openModelFiles } from './model-files.ts';
import { describeModel, findModel, listModels } from './models.ts';
import { openOwnModels } from './own-models.ts';
import type { ListedModel, ModelEntry } from './schema.ts';

export interface ModelListOptions {
  /** Of the models that ship. */
  readonly bundledFolder: string;
  /** Where models that were sent are kept. */
  readonly ownFolder: string;
  getSetting(key: string): unknown;
  setSetting(key: string, value: unknown): void;
  /** The id of the model in use. */
  inUse(): string;
}

export interface ModelList {
  list(): Promise<ListedModel[]>;
  /**
   * Throws `not-found` for what is no model that ships, `forbidden` for a file that was not added, and as `describeModel`
   * for one that was and cannot be used now.
   */
  check(id: string): Promise<void>;
  /** Lists a file of this machine, where it is. Throws as `OwnModels.add`. */
  add(path: string): Promise<ModelEntry>;
  /** Lists a file that was sent, under this name. Throws as `OwnModels.take`. */
  take(path: string, fileName: string): Promise<ModelEntry>;
  /**
   * Takes a model that was added from the list. Gives the fingerprints of the files that only it has or had in use. Throws
   * `not-found`, and `bad-request` for the one in use.
   */
  remove(id: string): Promise<string[]>;
  /** The weights of a model, and the fingerprint of their file, which something is made for from now on. Throws as `findModel`. */
  use(id: string): Promise<{ modelPath: string; fingerprint: string }>;
}

export function openModelList({
  bundledFolder,
  ownFolder,
  getSetting,
  setSetting,
  inUse,
}: ModelListOptions): ModelList {
  const own = openOwnModels({
    folder: ownFolder,
    stored: () => getSetting('models'),
    store: (paths) => setSetting('models', paths),
  });
  const files = openModelFiles({
    stored: () => getSetting('modelFiles'),
    store: (noted) => setSetting('modelFiles', noted),
  });

  async function list(): Promise<ListedModel[]> {
    const listed = [...(await listModels(bundledFolder)), ...(await own.list())];
    const id = inUse();
    if (listed.some((model) => model.id === id)) return listed;
    const other = await describeModel(id, id, false).catch(() => undefined);
    return other ? [...listed, other] : listed;
  }

  return {
    list,
    add: own.add,
    take: own.take,
    async check(id) {
      if (id === inUse()) return;
      if (own.has(id)) return void (await describeModel(id, id, false));
      // A window may not name any file of this machine.
      if (isAbsolute(id)) throw new LonghandError('forbidden', 'This model was not added. Add its file first.');
      await findModel(id, bundledFolder);
    },
    async remove(id) {
      const others = (await list()).filter((model) => model.id !== id);
      const fingerprints = own.has(id) ? await files.ofOnly({ id, path: id }, others) : [];
      if (inUse() === id)
        throw new LonghandError('bad-request', 'This model is in use. Choose another one before you remove it.');
      await own.remove(id);
      files.forget(id);
      return fingerprints;
    },
    async use(id) {
      const { modelPath } = await findModel(id, bundledFolder);
      return { modelPath, fingerprint: await files.use({ id, path: modelPath }) };
    },
  };
}
