/**
 * `npm run dist`: makes the installers for the system it runs on, in dist/. It needs Electron's
 * program, which is downloaded once. More arguments go to electron-builder.
 */
import { dirname } from 'node:path';
import { buildOrFail, fail, fetchElectron, runPackage, say, setUp } from './lib.mjs';

await setUp();
const electron = await fetchElectron();
if (!electron)
  fail(
    "Electron's program is needed to make an installer; it is not here and could not be downloaded from github.com. " +
      'Run this with a network, set ELECTRON_MIRROR to a mirror, or ELECTRON_OVERRIDE_DIST_PATH to a folder that holds it.',
  );
await buildOrFail('product');
say('Packing …');
// On a Mac the program lies inside Electron.app/Contents/MacOS.
const electronDist = process.platform === 'darwin' ? dirname(dirname(dirname(dirname(electron)))) : dirname(electron);
const options = [
  '--config',
  'electron-builder.config.ts',
  `--config.electronDist=${electronDist}`,
  '--publish',
  'never',
];
process.exitCode = await runPackage('electron-builder', [...options, ...process.argv.slice(2)]);
