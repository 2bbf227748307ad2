/**
 * `npm start`: sets up and builds what is not there yet, then opens Longhand: in Electron's window
 * where Electron can run, else in the browser.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import {
  addressIn,
  addressOnce,
  buildIfStale,
  callersFolder,
  fetchElectron,
  forwardSignals,
  hasDisplay,
  isRoot,
  newCode,
  openInBrowser,
  root,
  run,
  setUp,
  statusOf,
  wasAskedToEnd,
} from './lib.mjs';

const args = process.argv.slice(2);
/** Files are named from there. */
const cwd = callersFolder('start');

await setUp();
await buildIfStale('product');
const { electron, reason } = await findShell();
process.exitCode = electron ? await startElectron(electron) : await startServed(reason);

/** Electron's program, or the reason why the served shell runs instead. */
async function findShell() {
  if (!hasDisplay()) return { reason: 'there is no display for a window' };
  if (isRoot() && process.platform === 'linux') return { reason: "Electron's sandbox does not run as root" };
  const electron = await fetchElectron();
  return electron ? { electron } : { reason: "Electron's program is not here and could not be downloaded" };
}

async function startElectron(electron) {
  process.stdout.write('Longhand opens in its own window (Electron), at longhand://app/\n');
  const started = Date.now();
  const status = await run(electron, [root, ...args], { cwd });
  // Statuses 0 and 1 are Longhand's own. Anything else at once that nobody asked for means that Electron cannot run here.
  if (status <= 1 || wasAskedToEnd(status) || Date.now() - started > 10_000) return status;
  return startServed(`Electron ended at once with status ${status}`);
}

function startServed(reason) {
  process.stdout.write(`Longhand opens in your browser, because ${reason}.\n`);
  return new Promise((resolve) => {
    const code = newCode();
    const served = spawn(process.execPath, [join(root, 'out', 'main', 'served.js'), ...args], {
      cwd,
      env: { ...process.env, LONGHAND_CODE: code },
      stdio: ['inherit', 'pipe', 'inherit'],
    });
    forwardSignals(served);
    // Who read the output has ended.
    process.stdout.on('error', () => served.kill());
    served.stdout.setEncoding('utf8');
    served.stdout.on('data', (output) => {
      process.stdout.write(output);
      const address = addressIn(output);
      if (address) openInBrowser(addressOnce(address, code));
    });
    served.on('close', (code, signal) => resolve(statusOf(code, signal)));
  });
}
