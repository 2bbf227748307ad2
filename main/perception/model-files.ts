/** The small files beside a model's weights. */
import { readFile } from 'node:fs/promises';
import { LonghandError } from '../../base/errors.ts';

/** The bytes of a file that comes with a model. Throws `missing-weights`. */
export const readModelFile = (path: string): Promise<Buffer> =>
  readFile(path).catch((cause: unknown) => {
    throw new LonghandError('missing-weights', `The file ${path} cannot be read. Install Longhand again.`, { cause });
  });

/** What a file of JSON holds, as `read` understands it. Throws `missing-weights` or `bad-file`. */
export async function readJson<T>(path: string, read: (content: unknown) => T): Promise<T> {
  const file = await readModelFile(path);
  try {
    return read(JSON.parse(file.toString('utf8')));
  } catch (cause) {
    throw new LonghandError('bad-file', `The file ${path} is damaged. Install Longhand again.`, { cause });
  }
}
