/** What both shells have in common: the command line they take, and how they start the app. */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { LonghandError } from '../../base/errors.ts';
import { type Client, channelPair, connect } from '../../base/rpc.ts';
import type { Fork } from '../../base/utility-process.ts';
import type { App, AppOptions } from '../ipc/app.ts';
import type { AppContract } from '../ipc/contract.ts';
import { modelNamed } from '../models/models.ts';
import { type AppFolders, defaultDataFolder } from './folders.ts';

/** The composition root, as a shell sees it. */
export type CreateApp = (options: AppOptions) => Promise<App>;

export interface LaunchOptions {
  dataFolder: string;
  overrides: NonNullable<AppOptions['overrides']>;
  port: number | undefined;
  /** Files and folders named on the command line, by their whole paths. */
  files: string[];
}

const optionTypes = {
  'data-dir': { type: 'string' },
  device: { type: 'string' },
  model: { type: 'string' },
  port: { type: 'string' },
  threads: { type: 'string' },
} as const;

const optionValues = z.object({
  'data-dir': z.string().min(1, 'it needs a folder').optional(),
  device: z.enum(['auto', 'cpu', 'webgpu'], 'it is auto, cpu or webgpu').optional(),
  model: z.string().min(1, 'it needs the id or the file of a model').optional(),
  port: wholeNumber(0, 65_535).optional(),
  threads: wholeNumber(1, 64).optional(),
});

function wholeNumber(minimum: number, maximum: number): z.ZodType<number> {
  const error = `it is a whole number from ${minimum} to ${maximum}`;
  return z
    .string()
    .regex(/^\d{1,9}$/, error)
    .transform(Number)
    .refine((value) => value >= minimum && value <= maximum, error);
}

/**
 * Reads the options of a shell: `--data-dir`, `--model`, `--device`, `--threads`, `--port`.
 * Unknown options are refused, or passed over where others add theirs (`lenient`, for Electron).
 * Throws `bad-request` with the option that is wrong, and for a file without a name.
 */
export function parseLaunchOptions(args: string[], { lenient = false } = {}): LaunchOptions {
  const { values, positionals } = parse(args, lenient);
  const checked = optionValues.safeParse(values);
  if (!checked.success) {
    const [issue] = checked.error.issues;
    throw new LonghandError(
      'bad-request',
      `The option --${String(issue?.path[0])} was not understood: ${issue?.message}.`,
    );
  }
  if (positionals.includes(''))
    throw new LonghandError('bad-request', 'A file was named with an empty name: it is a file or a folder.');
  const { 'data-dir': dataFolder, device, model, port, threads } = checked.data;
  return {
    dataFolder: resolve(dataFolder ?? defaultDataFolder()),
    port,
    files: positionals.map((file) => resolve(file)),
    overrides: {
      ...(model !== undefined && { modelId: modelNamed(model) }),
      ...(device !== undefined && { device }),
      ...(threads !== undefined && { threads }),
    },
  };
}

function parse(args: string[], lenient: boolean): { values: Record<string, unknown>; positionals: string[] } {
  try {
    return parseArgs({ args, options: optionTypes, strict: !lenient, allowPositionals: true });
  } catch (thrown) {
    throw new LonghandError('bad-request', (thrown as Error).message);
  }
}

/** Starts everything but the window. */
export function startApp(
  shell: AppOptions['shell'],
  createApp: CreateApp,
  fork: Fork,
  folders: AppFolders,
  { dataFolder, overrides }: LaunchOptions,
): Promise<App> {
  return createApp({
    shell,
    version: folders.version,
    dataFolder,
    bundledFolder: folders.bundled,
    samplesFolder: folders.samples,
    processFolder: folders.processes,
    fork,
    overrides,
  });
}

/** The contract for the shell itself, which names files for the person. */
export function ownClient(app: App): Client<AppContract> {
  const [here, there] = channelPair();
  app.serve(there, { paths: true });
  return connect<AppContract>(here);
}

/** Adds files that were opened with Longhand, and gives a line for each that could not be. Throws what adding throws. */
export async function addFiles(client: Client<AppContract>, paths: string[]): Promise<string[]> {
  if (paths.length === 0) return [];
  const { refused } = await client.request('library.add', {
    sources: paths.map((path) => ({ kind: 'path', path })),
  });
  return refused.map(({ name, reason }) => `${name}: ${reason}`);
}
