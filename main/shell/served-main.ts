/** The program of the served shell: `node out/main/served.js [--port N] [--data-dir DIR] …`. */
import { errorData } from '../../base/errors.ts';
import { createApp } from '../index.ts';
import { runServed } from './served.ts';
import { parseLaunchOptions } from './shell.ts';

try {
  await runServed(createApp, parseLaunchOptions(process.argv.slice(2)));
} catch (thrown) {
  process.stderr.write(`${errorData(thrown).message}\n`);
  process.exitCode = 1;
}
