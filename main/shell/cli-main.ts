/** The program `longhand`: the command line in plain Node. */
import { text } from 'node:stream/consumers';
import { forkWithNode } from '../../base/utility-process.ts';
import { runCli } from '../cli/cli.ts';
import { createApp } from '../index.ts';
import { appFolders, defaultDataFolder } from './folders.ts';
import { runServed } from './served.ts';

const stopped = new AbortController();
process.once('SIGINT', () => stopped.abort());
process.once('SIGTERM', () => stopped.abort());

const { version, bundled, samples, processes } = appFolders();
process.exitCode = await runCli(process.argv.slice(2), {
  version,
  bundledFolder: bundled,
  samplesFolder: samples,
  processFolder: processes,
  defaultDataFolder: defaultDataFolder(),
  fork: forkWithNode,
  serve: (options) => runServed(createApp, { ...options, files: [] }),
  out: (chunk) => void process.stdout.write(chunk),
  err: (chunk) => void process.stderr.write(chunk),
  input: () => text(process.stdin),
  signal: stopped.signal,
});
