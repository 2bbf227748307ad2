/**
 * `npm run dev`: builds again whenever a source changes, and starts the shell again whenever a build
 * is done: Electron where its program is, else the served shell, whose address stays the same, so
 * that the page only has to be reloaded.
 */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { watch } from 'node:fs';
import { join } from 'node:path';
import {
  addressIn,
  addressOnce,
  alone,
  build,
  callersFolder,
  findElectron,
  forwardSignals,
  hasDisplay,
  isRoot,
  isStale,
  newCode,
  openInBrowser,
  root,
  say,
  setUp,
  sourcesOf,
} from './lib.mjs';

const args = process.argv.slice(2);
const env = { ...process.env, LONGHAND_TOKEN: randomBytes(32).toString('base64url') };
/** An editor writes several files at once. */
const settleMs = 200;

let shell;
let opened = false;
let building = false;
let settling;

await setUp();
for (const source of sourcesOf('product')) watch(source, { recursive: true }, changed);
await buildAndStart();

function changed() {
  clearTimeout(settling);
  settling = setTimeout(buildAndStart, settleMs);
}

async function buildAndStart() {
  if (building) return changed();
  building = true;
  const failed = isStale('product') && (await alone(() => build('product'))) !== 0;
  if (failed) say('Waiting for a change …');
  else await restartShell();
  building = false;
}

async function restartShell() {
  if (shell?.exitCode === null && shell.signalCode === null) {
    shell.kill();
    await once(shell, 'close');
  }
  const usesElectron = findElectron() && hasDisplay() && !(isRoot() && process.platform === 'linux');
  const [file, ...first] = usesElectron
    ? [findElectron(), root]
    : [process.execPath, join(root, 'out', 'main', 'served.js')];
  const code = newCode();
  shell = spawn(file, [...first, ...args], {
    cwd: callersFolder('dev'),
    env: { ...env, LONGHAND_CODE: code },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  forwardSignals(shell, () => process.exit());
  shell.stdout.setEncoding('utf8');
  shell.stdout.on('data', (output) => {
    process.stdout.write(output);
    const address = addressIn(output);
    if (address && !opened) openInBrowser(addressOnce(address, code));
    opened ||= address !== undefined;
  });
}
