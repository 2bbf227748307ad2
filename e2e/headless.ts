/** Longhand without a window, as evaluations and benchmarks use it: the services that the app itself is made of. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Fork, forkWithNode } from '../base/utility-process.ts';
import { createServices, type Services } from '../main/index.ts';
import { appFolders } from '../main/shell/folders.ts';

export interface HeadlessOptions {
  /** A folder to work in, which is kept; without it, one is made and removed. */
  readonly dataFolder?: string | undefined;
  /** A model's id or the path of its file; the one that the app chooses when not given. */
  readonly model?: string | undefined;
  readonly threads?: number | undefined;
  readonly fork?: Fork;
}

export interface Headless {
  readonly services: Services;
  readonly dataFolder: string;
  /** Ends the processes, and removes the data folder if it was made here. */
  close(): Promise<void>;
}

/** Starts the services. Throws what they throw. */
export async function openHeadless(options: HeadlessOptions = {}): Promise<Headless> {
  const { dataFolder: kept, model, threads, fork = forkWithNode } = options;
  const { version, bundled, samples, processes } = appFolders();
  if (kept !== undefined) await mkdir(kept, { recursive: true });
  const dataFolder = kept ?? (await mkdtemp(join(tmpdir(), 'longhand-headless-')));
  const services = createServices({
    shell: 'served',
    version,
    dataFolder,
    bundledFolder: bundled,
    samplesFolder: samples,
    processFolder: processes,
    fork,
    headless: true,
    overrides: { ...(model !== undefined && { modelId: model }), ...(threads !== undefined && { threads }) },
  });
  return {
    services,
    dataFolder,
    async close() {
      await services.app.close();
      if (kept === undefined) await rm(dataFolder, { recursive: true, force: true });
    },
  };
}
