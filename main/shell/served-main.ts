/** The program of the served shell: `node out/main/served.js [--port N] [--data-dir DIR] … [FILE …]`. */
import { errorData } from '../../base/errors.ts';
import { createApp } from '../index.ts';
import { runServed } from './served.ts';
import { parseLaunchOptions } from './shell.ts';
import { openTerminal } from './terminal.ts';

const terminal = openTerminal();
try {
  await runServed(createApp, parseLaunchOptions(process.argv.slice(2)), terminal);
} catch (thrown) {
  terminal.err(`${errorData(thrown).message}\n`);
  process.exitCode = terminal.failureStatus();
}
