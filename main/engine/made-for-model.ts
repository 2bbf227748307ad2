/**
 * What is made for a model and kept on disk: its prepared weights, and the blocks of what it has read. Each lies in a folder
 * whose name begins with the model's fingerprint, so that all of it is found when the model goes.
 */
import { readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { errorData, LonghandError } from '../../base/errors.ts';
import { isAbsent } from '../../base/files.ts';

/** A folder in `folder` for something that is made for the model with this fingerprint. */
export const folderForModel = (folder: string, fingerprint: string, name: string): string =>
  join(folder, `${fingerprint}-${name}`);

/** Gives a folder that an earlier version made the name that it has now; what cannot be renamed is made anew. */
export async function adoptFolder(before: string, now: string): Promise<void> {
  await rename(before, now).catch(() => undefined);
}

/** Deletes all that was made in a folder for the model with this fingerprint. Throws `disk`. */
export async function removeMadeFor(folder: string, fingerprint: string): Promise<void> {
  try {
    const names = await readdir(folder);
    const made = names.filter((name) => name.startsWith(`${fingerprint}-`));
    // A process that used it a moment ago may not have ended yet.
    for (const name of made) await rm(join(folder, name), { recursive: true, force: true, maxRetries: 3 });
  } catch (cause) {
    if (isAbsent(cause)) return;
    throw new LonghandError(
      'disk',
      `What was made for the model could not be deleted from ${folder}: ${errorData(cause).message}. It is deleted when space is needed.`,
      { cause },
    );
  }
}
