import { readdir, rm, stat, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** Models whose prepared weights stay, those used last: they are as large as the models themselves, and soon made anew. */
const mostKept = 4;
/** A model's id, and what its weights are prepared for. */
const preparedName = /^[0-9a-f]{32}-[a-z]+-\d+$/;

/** Notes that the prepared weights in this folder are used, and removes those beside it that were used longest ago. */
export async function keepLastUsed(folder: string): Promise<void> {
  const now = new Date();
  await utimes(folder, now, now);
  const all = dirname(folder);
  const names = (await readdir(all)).filter((name) => preparedName.test(name));
  const used = await Promise.all(names.map(async (name) => ({ name, at: (await stat(join(all, name))).mtimeMs })));
  used.sort((a, b) => b.at - a.at);
  for (const { name } of used.slice(mostKept)) await rm(join(all, name), { recursive: true, force: true });
}
