/** The program `longhand`: the command line in plain Node. */
import { addAbortSignal } from 'node:stream';
import { text } from 'node:stream/consumers';
import { forkWithNode } from '../../base/utility-process.ts';
import { runCli } from '../cli/cli.ts';
import { createApp } from '../index.ts';
import { appFolders, defaultDataFolder } from './folders.ts';
import { runServed } from './served.ts';
import { openTerminal } from './terminal.ts';

const terminal = openTerminal();
const { version, bundled, samples, processes } = appFolders();
const status = await runCli(process.argv.slice(2), {
  ...terminal,
  version,
  bundledFolder: bundled,
  samplesFolder: samples,
  processFolder: processes,
  defaultDataFolder: defaultDataFolder(),
  fork: forkWithNode,
  serve: (options) => runServed(createApp, { ...options, files: [] }, terminal),
  input: () => text(addAbortSignal(terminal.signal, process.stdin)),
});
// What could not be written has set it already.
process.exitCode ||= status === 0 ? 0 : terminal.failureStatus();
