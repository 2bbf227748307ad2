/**
 * What the scripts share. They are plain Node without packages, because they run before anything is
 * installed; what they say goes to standard error, so that a command's output stays its own.
 */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { constants } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

const oldestNode = [20, 19];

/** Everything a build depends on, and the mode of electron.config.ts that makes it. */
const builds = {
  product: {
    args: [],
    sources: ['base', 'main', 'native-models', 'renderer', 'assets/icons', 'electron.config.ts', 'package-lock.json'],
  },
  tools: {
    args: ['--mode', 'tools'],
    sources: ['base', 'main', 'native-models', 'e2e', 'electron.config.ts', 'package-lock.json'],
  },
};

const lockRetryMs = 200;
const buildFailed = 'The build failed; the lines above say why.';

/** Large, and never part of a build. */
const unbuilt = new Set(['bundled', 'fixtures']);

export function say(text) {
  process.stderr.write(`${text}\n`);
}

/** Ends the script with a sentence instead of a stack. */
export function fail(sentence) {
  say(sentence);
  process.exit(1);
}

/**
 * Runs a program to its end and gives its exit status. With `quiet`, its output is kept back and
 * shown only when it fails.
 */
export function run(file, args, { quiet = false, ...options } = {}) {
  return new Promise((resolved) => {
    const stdio = quiet ? ['ignore', 'pipe', 'pipe'] : 'inherit';
    const child = spawn(file, args, { cwd: root, stdio, ...options });
    const asked = forwardSignals(child);
    const output = [];
    child.stdout?.on('data', (chunk) => output.push(chunk));
    child.stderr?.on('data', (chunk) => output.push(chunk));
    child.on('error', (error) => {
      say(`${file} could not be started: ${error.message}`);
      resolved(1);
    });
    child.on('close', (code, signal) => {
      // What fails after it was asked to end was ended by that.
      const status = statusOf(code, code === 0 ? null : (asked() ?? signal));
      if (quiet && status !== 0) process.stderr.write(Buffer.concat(output));
      resolved(status);
    });
  });
}

/** The exit status of a program, as shells give it: 128 and the signal's number for one that a signal ended. */
export function statusOf(code, signal) {
  return signal ? 128 + constants.signals[signal] : code;
}

/** True for the status of a program that was asked to end by a signal. */
export function wasAskedToEnd(status) {
  return status === statusOf(null, 'SIGINT') || status === statusOf(null, 'SIGTERM');
}

/**
 * Hands interrupts on to a child, and lets it decide how to end; `then` follows when it has. Gives the function that
 * says which was handed on last.
 */
export function forwardSignals(child, then) {
  let asked;
  const forward = (signal) => {
    asked = signal;
    if (then) child.once('close', then);
    child.kill(signal);
  };
  const signals = ['SIGINT', 'SIGTERM'];
  for (const signal of signals) process.on(signal, forward);
  child.on('close', () => {
    for (const signal of signals) process.off(signal, forward);
  });
  return () => asked;
}

/** Runs the command `name` of an installed package with this Node. */
export function runPackage(name, args, options) {
  return run(process.execPath, [packageCommand(name), ...args], options);
}

function packageCommand(name) {
  const folder = join(root, 'node_modules', name);
  const { bin } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  return join(folder, typeof bin === 'string' ? bin : (bin[name.split('/').at(-1)] ?? Object.values(bin)[0]));
}

/** Checks Node, and installs the packages that package-lock.json names where they are not there. */
export async function setUp() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < oldestNode[0] || (major === oldestNode[0] && minor < oldestNode[1]))
    fail(
      `Longhand needs Node ${oldestNode.join('.')} or newer; this is Node ${process.versions.node}. Get it at https://nodejs.org.`,
    );
  const installed = () => packagesAreInstalled(join(root, 'package-lock.json'), join(root, 'node_modules'));
  if (installed()) return;
  const status = await alone(() => (installed() ? 0 : install()));
  endIfFailed(
    status,
    'The packages could not be installed; the lines above say why. Check the network and run this again.',
  );
}

/** Ends the script when a step of it has failed: with a sentence, unless a person ended it. */
function endIfFailed(status, sentence) {
  if (wasAskedToEnd(status)) process.exit(status);
  if (status !== 0) fail(sentence);
}

function install() {
  say('Installing packages (npm ci); this takes a minute or two …');
  const [file, args, options] = npm(['ci', '--no-progress']);
  return run(file, args, { quiet: true, ...options });
}

function npm(args) {
  const { npm_execpath: script } = process.env;
  if (script?.endsWith('.js')) return [process.execPath, [script, ...args], {}];
  // npm is a .cmd file on Windows, which only a shell starts.
  return ['npm', args, { shell: process.platform === 'win32' }];
}

/**
 * True when node_modules holds what the lock file names: npm keeps a list of what it installed there,
 * and writes it last.
 */
export function packagesAreInstalled(lockFile, modules) {
  const installedList = join(modules, '.package-lock.json');
  if (!existsSync(installedList)) return false;
  const wanted = JSON.parse(readFileSync(lockFile, 'utf8')).packages;
  const installed = JSON.parse(readFileSync(installedList, 'utf8')).packages;
  const same = (path) => installed[path]?.version === wanted[path].version;
  // Other platforms' packages are optional and left out.
  return Object.keys(wanted).every((path) => path === '' || same(path) || (wanted[path].optional && !installed[path]));
}

/**
 * Runs a task while no other script of this checkout runs one: two that install or build at once
 * would write over each other. Gives what the task gives.
 */
export async function alone(task, lock = join(root, '.cache', 'lock')) {
  const own = `${lock}.${process.pid}`;
  mkdirSync(dirname(lock), { recursive: true });
  writeFileSync(own, String(process.pid));
  while (!place(own, lock)) {
    const holder = holderOf(lock);
    if (holder === undefined) continue;
    if (!isRunning(Number(holder))) takeAway(lock, holder);
    else await new Promise((resolved) => setTimeout(resolved, lockRetryMs));
  }
  rmSync(own);
  const release = () => rmSync(lock, { force: true });
  process.once('exit', release);
  try {
    return await task();
  } finally {
    process.off('exit', release);
    release();
  }
}

/** Puts a lock in its place, with its content at once; false where there is one. */
function place(file, lock) {
  try {
    linkSync(file, lock);
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    return false;
  }
}

/** What stands in a lock; undefined when it has just been released. */
function holderOf(lock) {
  try {
    return readFileSync(lock, 'utf8');
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
    return undefined;
  }
}

/** Takes away the lock of a holder that has ended, and no other: several may have found it at once. */
function takeAway(lock, holder) {
  const taken = `${lock}.${process.pid}.taken`;
  try {
    renameSync(lock, taken);
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
    return;
  }
  // Another was faster, and has put its own there: that goes back.
  if (holderOf(taken) !== holder) place(taken, lock);
  rmSync(taken);
}

function isRunning(pid) {
  try {
    // No lock has a number that means a group of processes.
    return pid > 0 && process.kill(pid, 0);
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** Builds `product` or `tools` when a source is newer than what was built last; ends the script when that fails. */
export async function buildIfStale(name) {
  if (!isStale(name)) return;
  endIfFailed(await alone(() => (isStale(name) ? build(name) : 0)), buildFailed);
}

/** Builds `product` or `tools`, and ends the script when that fails. */
export async function buildOrFail(name, options) {
  endIfFailed(await alone(() => build(name, options)), buildFailed);
}

/** Builds `product` or `tools`, and gives the exit status. */
export async function build(name, { quiet = true } = {}) {
  say(name === 'product' ? 'Building Longhand …' : `Building the ${name} …`);
  rmSync(stamp(name), { force: true });
  // A source that changes while it builds is newer than the build.
  const started = new Date();
  const args = ['build', '--config', 'electron.config.ts', ...builds[name].args];
  const status = await runPackage('electron-vite', args, { quiet });
  if (status === 0) {
    mkdirSync(join(root, 'out'), { recursive: true });
    writeFileSync(stamp(name), started.toISOString());
  }
  return status;
}

/** The file that tells when a build was last made from start to end. */
function stamp(name) {
  return join(root, 'out', `.built-${name}`);
}

/** The files and folders that a build is made from. */
export function sourcesOf(name) {
  return builds[name].sources.map((source) => join(root, source));
}

export function isStale(name) {
  if (!existsSync(stamp(name))) return true;
  const built = Date.parse(readFileSync(stamp(name), 'utf8'));
  return !(newest(sourcesOf(name)) <= built);
}

/** The latest modification, in milliseconds, of files and folders; a folder's tells of what was removed. */
function newest(paths) {
  let latest = 0;
  for (const path of paths) {
    const status = statSync(path, { throwIfNoEntry: false });
    if (!status) continue;
    latest = Math.max(latest, status.mtimeMs);
    if (status.isDirectory()) {
      const names = readdirSync(path).filter((name) => !unbuilt.has(name) && !/\.test\.tsx?$/.test(name));
      latest = Math.max(latest, newest(names.map((name) => join(path, name))));
    }
  }
  return latest;
}

/** The Electron program, where it is; undefined otherwise. */
export function findElectron() {
  const folder = join(root, 'node_modules', 'electron');
  const pathFile = join(folder, 'path.txt');
  const name = existsSync(pathFile) ? readFileSync(pathFile, 'utf8') : undefined;
  const dist = process.env.ELECTRON_OVERRIDE_DIST_PATH ?? join(folder, 'dist');
  const file = resolve(dist, name ?? (process.platform === 'win32' ? 'electron.exe' : 'electron'));
  return existsSync(file) ? file : undefined;
}

/**
 * The Electron program, downloaded if it can be; undefined otherwise. npm does not download it by
 * itself, because no package's scripts are run.
 */
export async function fetchElectron() {
  const present = findElectron();
  if (present) return present;
  const source = process.env.ELECTRON_MIRROR ?? 'https://github.com/electron/electron/releases';
  const reachable = await fetch(source, { method: 'HEAD', signal: AbortSignal.timeout(5000) }).then(
    ({ status }) => status < 500,
    () => false,
  );
  if (!reachable) return undefined;
  say('Downloading Electron (once, about 120 MB) …');
  const installer = join(root, 'node_modules', 'electron', 'install.js');
  await run(process.execPath, [installer], { quiet: true, timeout: 10 * 60_000 });
  return findElectron();
}

const here = { platform: process.platform, env: process.env, x11: '/tmp/.X11-unix' };

/** True where a window can be shown: the display that is named must be there, as far as that can be told. */
export function hasDisplay({ platform, env, x11 } = here) {
  if (platform !== 'linux') return true;
  const { DISPLAY, WAYLAND_DISPLAY, XDG_RUNTIME_DIR = '/' } = env;
  if (WAYLAND_DISPLAY && existsSync(resolve(XDG_RUNTIME_DIR, WAYLAND_DISPLAY))) return true;
  // A display of this machine has a socket, by its number; one of another machine is believed.
  const number = /^(?:unix)?:(\d+)/.exec(DISPLAY ?? '')?.[1];
  return number === undefined ? Boolean(DISPLAY) : existsSync(join(x11, `X${number}`));
}

/** The folder in which a person called one of the scripts of package.json: npm runs it in the package's. */
export function callersFolder(script, env = process.env) {
  // Programs that a script starts inherit its variables, and have folders of their own.
  return (env.npm_lifecycle_event === script && env.INIT_CWD) || process.cwd();
}

export function isRoot() {
  return process.getuid?.() === 0;
}

/** A code for `LONGHAND_CODE`: the served shell lets in one browser with it. */
export function newCode() {
  return randomBytes(32).toString('base64url');
}

/** An address that is opened once with a code, and not with the token that the printed one carries. */
export function addressOnce(printed, code) {
  return new URL(`/?code=${code}`, printed).href;
}

/**
 * Opens an address with the person's browser, where there is one to open it on. Every user of this machine can see it
 * meanwhile, among the arguments of programs.
 */
export function openInBrowser(address) {
  if (!hasDisplay() || process.env.CI) return;
  const openers = {
    darwin: ['open', [address]],
    win32: ['rundll32', ['url.dll,FileProtocolHandler', address]],
  };
  const [file, args] = openers[process.platform] ?? ['xdg-open', [address]];
  const opener = spawn(file, args, { stdio: 'ignore', detached: true });
  opener.on('error', () => undefined);
  opener.unref();
}

/** The address that the served shell prints, once it is in a piece of its output. */
export function addressIn(output) {
  return /http:\/\/127\.0\.0\.1:\d+\/\?token=[\w-]+/.exec(output)?.[0];
}

/** Runs one of the tools in this process, with the processes of the product built beside it. */
export async function runTool(name) {
  await setUp();
  await buildIfStale('product');
  await buildIfStale('tools');
  await import(pathToFileURL(join(root, 'out', 'tools', `${name}.js`)).href);
}
