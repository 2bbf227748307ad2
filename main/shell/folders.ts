/** Where the parts of an installed or checked-out Longhand lie, and where a person's data go. */
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { LonghandError } from '../../base/errors.ts';

export interface AppFolders {
  /** The version in package.json. */
  version: string;
  /** The built window: index.html and what it loads. */
  renderer: string;
  /** The built preload script of Electron's window. */
  preload: string;
  /** The built utility processes. */
  processes: string;
  /** The weights that ship. */
  bundled: string;
  /** The sample documents that ship. */
  samples: string;
}

const manifest = z.object({ name: z.literal('longhand'), version: z.string() });

/**
 * Finds everything from the folder of a module of Longhand, built or not. In a checkout all of it is
 * below the folder of package.json; in an installed app that folder is `resources/app.asar`, and what
 * must be real files lies beside it in `resources`, under the same names.
 */
export function appFolders(moduleFolder: string = import.meta.dirname): AppFolders {
  const root = rootAbove(moduleFolder);
  const files = root.endsWith('.asar') ? dirname(root) : root;
  return {
    version: manifest.parse(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))).version,
    renderer: join(root, 'out', 'renderer'),
    preload: join(root, 'out', 'preload', 'preload.cjs'),
    processes: join(root, 'out', 'main'),
    bundled: join(files, 'native-models', 'bundled'),
    samples: join(files, 'assets', 'samples'),
  };
}

function rootAbove(folder: string): string {
  if (existsSync(join(folder, 'package.json'))) return folder;
  const parent = dirname(folder);
  if (parent === folder)
    throw new LonghandError(
      'not-found',
      'The files of Longhand are incomplete: there is no package.json. Install it again.',
    );
  return rootAbove(parent);
}

export interface Place {
  platform: NodeJS.Platform;
  env: NodeJS.ProcessEnv;
  home: string;
}

/** The folder that holds everything Longhand keeps when none is chosen: `LONGHAND_DATA_DIR`, or the system's place for it. */
export function defaultDataFolder(
  { platform, env, home }: Place = { platform: process.platform, env: process.env, home: homedir() },
): string {
  if (env.LONGHAND_DATA_DIR) return env.LONGHAND_DATA_DIR;
  if (platform === 'win32') return join(env.APPDATA || join(home, 'AppData', 'Roaming'), 'Longhand');
  if (platform === 'darwin') return join(home, 'Library', 'Application Support', 'Longhand');
  return join(env.XDG_DATA_HOME || join(home, '.local', 'share'), 'longhand');
}
