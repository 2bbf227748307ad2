import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { appFolders, defaultDataFolder } from './folders.ts';

let temporary: string;
beforeEach(() => {
  temporary = mkdtempSync(join(tmpdir(), 'longhand-folders-'));
});
afterEach(() => rmSync(temporary, { recursive: true }));

function modulesIn(root: string): string {
  const folder = join(root, 'out', 'main', 'chunks');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(root, 'package.json'), '{"name":"longhand","version":"1.2.3"}');
  return folder;
}

test('in a checkout everything is below the folder of package.json', () => {
  expect(appFolders(modulesIn(temporary))).toEqual({
    version: '1.2.3',
    renderer: join(temporary, 'out', 'renderer'),
    preload: join(temporary, 'out', 'preload', 'preload.cjs'),
    processes: join(temporary, 'out', 'main'),
    bundled: join(temporary, 'native-models', 'bundled'),
    samples: join(temporary, 'assets', 'samples'),
  });
});

test('in an installed app weights and samples lie beside the archive', () => {
  const folders = appFolders(modulesIn(join(temporary, 'app.asar')));
  expect(folders.processes).toBe(join(temporary, 'app.asar', 'out', 'main'));
  expect(folders.bundled).toBe(join(temporary, 'native-models', 'bundled'));
  expect(folders.samples).toBe(join(temporary, 'assets', 'samples'));
});

test('a module outside Longhand is told so', () => {
  expect(() => appFolders('/')).toThrow('incomplete');
});

test.each([
  ['linux', {}, join('/home/ada', '.local', 'share', 'longhand')],
  ['linux', { XDG_DATA_HOME: '/data' }, join('/data', 'longhand')],
  ['darwin', {}, join('/home/ada', 'Library', 'Application Support', 'Longhand')],
  ['win32', {}, join('/home/ada', 'AppData', 'Roaming', 'Longhand')],
  ['win32', { APPDATA: '/roaming' }, join('/roaming', 'Longhand')],
  ['linux', { LONGHAND_DATA_DIR: '/elsewhere' }, '/elsewhere'],
] as const)('the data folder on %s with %o', (platform, env, expected) => {
  expect(defaultDataFolder({ platform, env: { ...env }, home: '/home/ada' })).toBe(expected);
});
