/**
 * Which files models have and had. What is made for a model is kept under the fingerprint of its file: another file in its
 * place is another model, and a copy of it elsewhere is the same.
 */
import { stat } from 'node:fs/promises';
import { z } from 'zod';
import { isCancelled } from '../../base/errors.ts';
import { fingerprintOfModel } from '../engine/model-fingerprint.ts';
import type { ListedModel } from './schema.ts';

type Model = Pick<ListedModel, 'id' | 'path'>;

const notedFiles = z.object({
  /** How the file that it has now looked when its fingerprint was taken. */
  look: z.string(),
  /** Of all files that it has or had in use; of the one that it has now the last. */
  fingerprints: z.array(z.string()),
});
const notedById = z.record(z.string(), notedFiles);
type Noted = Readonly<z.output<typeof notedById>>;

export interface ModelFilesOptions {
  /** What is kept of the fingerprints, and keeps it. */
  stored(): unknown;
  store(noted: Noted): void;
}

export interface ModelFiles {
  /** The fingerprint of the file that a model has now; it is noted, since something is made for it. Throws as opening it. */
  use(model: Model): Promise<string>;
  /** Fingerprints of all files that this model has or had in use, without those that one of the others has or had. */
  ofOnly(model: Model, others: readonly Model[]): Promise<string[]>;
  /** Notes no longer which files a model had. */
  forget(id: string): void;
}

/** What changes whenever another file takes the place of one, so that its header, of megabytes, need not be read to know. */
async function lookOf(path: string): Promise<string | undefined> {
  const info = await stat(path).catch(() => undefined);
  return info && [info.size, info.mtimeMs, info.ctimeMs, info.ino].join(' ');
}

export function openModelFiles({ stored, store }: ModelFilesOptions): ModelFiles {
  let noted: Noted = notedById.safeParse(stored()).data ?? {};

  function change(next: Noted): void {
    store(next);
    noted = next;
  }

  /** What a model has and had; its file may be damaged or absent now. */
  async function fingerprintsOf({ id, path }: Model): Promise<string[]> {
    const now = await fingerprintOfModel(path).catch((thrown: unknown) => {
      if (isCancelled(thrown)) throw thrown;
      return [];
    });
    return [...(noted[id]?.fingerprints ?? []), ...[now].flat()];
  }

  return {
    async use({ id, path }) {
      const look = await lookOf(path);
      const before = noted[id];
      const known = before?.fingerprints.at(-1);
      if (known !== undefined && look === before?.look) return known;
      const fingerprint = await fingerprintOfModel(path);
      const others = (noted[id]?.fingerprints ?? []).filter((one) => one !== fingerprint);
      change({ ...noted, [id]: { look: look ?? '', fingerprints: [...others, fingerprint] } });
      return fingerprint;
    },
    async ofOnly(model, others) {
      const own = new Set(await fingerprintsOf(model));
      for (const other of others) for (const fingerprint of await fingerprintsOf(other)) own.delete(fingerprint);
      return [...own];
    },
    forget(id) {
      const { [id]: _, ...others } = noted;
      change(others);
    },
  };
}
