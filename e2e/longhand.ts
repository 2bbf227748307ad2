/**
 * Longhand as evaluations and benchmarks use it: the services that the app itself is made of, and where recordings are
 * to be decoded by one, a window in a real browser.
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, chromium } from '@playwright/test';
import { LonghandError } from '../base/errors.ts';
import { type Fork, forkWithNode } from '../base/utility-process.ts';
import { createServices, type Services } from '../main/index.ts';
import type { DocumentEntry } from '../main/library/schema.ts';
import { appFolders } from '../main/shell/folders.ts';
import { serveWindow } from '../main/shell/served.ts';
import { findBrowser } from '../scripts/browser.mjs';
import { isRoot } from '../scripts/lib.mjs';

export interface LonghandOptions {
  /** A folder to work in, which is kept; without it, one is made and removed. */
  readonly dataFolder?: string | undefined;
  /** A model's id or the path of its file; the one that the app chooses when not given. */
  readonly model?: string | undefined;
  readonly threads?: number | undefined;
  readonly fork?: Fork;
  /** Opens a window too, which decodes what main cannot. */
  readonly window?: boolean;
}

export interface Longhand {
  readonly services: Services;
  readonly dataFolder: string;
  /** Ends everything, and removes the data folder if it was made here. */
  close(): Promise<void>;
}

/** Starts Longhand. Throws what its services throw, and what the browser does when there is none. */
export async function openLonghand(options: LonghandOptions = {}): Promise<Longhand> {
  const { dataFolder: kept, model, threads, fork = forkWithNode, window = false } = options;
  const { version, bundled, samples, processes, renderer } = appFolders();
  if (kept !== undefined) await mkdir(kept, { recursive: true });
  const dataFolder = kept ?? (await mkdtemp(join(tmpdir(), 'longhand-run-')));
  const services = createServices({
    shell: 'served',
    version,
    dataFolder,
    bundledFolder: bundled,
    samplesFolder: samples,
    processFolder: processes,
    fork,
    headless: !window,
    overrides: { ...(model !== undefined && { modelId: model }), ...(threads !== undefined && { threads }) },
  });
  const closeServices = async (): Promise<void> => {
    await services.app.close();
    if (kept === undefined) await rm(dataFolder, { recursive: true, force: true });
  };
  if (!window) return { services, dataFolder, close: closeServices };
  const closeWindow = await openWindow(services, renderer).catch(async (thrown: unknown) => {
    await closeServices();
    throw thrown;
  });
  return {
    services,
    dataFolder,
    async close() {
      await closeWindow();
      await closeServices();
    },
  };
}

/** Adds a file and waits until it is read. Throws what keeps it from being added or read. */
export async function addFile(
  { ingest, library }: Pick<Services, 'ingest' | 'library'>,
  path: string,
): Promise<DocumentEntry> {
  const { documents, refused } = await ingest.add([{ kind: 'path', path }], { paths: true });
  const [document] = documents;
  if (!document) throw new LonghandError('bad-file', refused[0]?.reason ?? `Nothing was added of “${path}”.`);
  await ingest.idle();
  const read = library.get(document.id);
  if (read.state !== 'ready') throw new LonghandError('bad-file', read.error ?? `“${path}” is ${read.state}.`);
  return read;
}

/** A browser of this machine. */
export function launchBrowser(): Promise<Browser> {
  const executablePath = findBrowser();
  return chromium.launch({
    ...(executablePath !== undefined && { executablePath }),
    args: isRoot() ? ['--no-sandbox'] : [],
  });
}

/** Opens the window in a browser; gives what closes both. */
async function openWindow({ app }: Services, rendererFolder: string): Promise<() => Promise<void>> {
  const served = await serveWindow(app, { rendererFolder, port: 0 });
  const browser = await launchBrowser();
  const page = await browser.newPage();
  await page.goto(served.address);
  return async () => {
    await browser.close();
    await served.close();
  };
}
