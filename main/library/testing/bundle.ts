/** Builds a module of the product into plain JavaScript, for tests that need it in a process of its own. */
import { mkdtempSync, rmSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { build } from 'vite';

export interface Bundle {
  /** Folder of the built file, `NAME.js`. */
  folder: string;
  path: string;
  remove(): void;
}

/** Bundles `entry` (a path from the repository's root) below node_modules, where packages are found. */
export async function bundle(entry: string, name = basename(entry, '.ts')): Promise<Bundle> {
  const cache = resolve('node_modules/.cache/longhand-tests');
  await mkdir(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, `${name}-`));
  await build({
    configFile: false,
    logLevel: 'error',
    build: {
      ssr: true,
      target: 'node20',
      outDir: folder,
      rolldownOptions: { input: { [name]: resolve(entry) }, output: { entryFileNames: '[name].js', format: 'es' } },
    },
  });
  return { folder, path: join(folder, `${name}.js`), remove: () => rmSync(folder, { recursive: true, force: true }) };
}
