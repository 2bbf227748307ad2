/**
 * The built product for a test: started on a data folder of its own, in the served shell or, where
 * Electron can run, in Electron's window.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { _electron, test as base, type ElectronApplication, type Page } from '@playwright/test';
import { findElectron } from '../../scripts/lib.mjs';

const root = resolve(import.meta.dirname, '..', '..');

export interface ShellOption {
  shell: 'served' | 'electron';
}

/** A start that was to fail. */
export interface FailedStart {
  status: number | null;
  /** Everything on standard error. */
  errors: string;
}

export interface Longhand {
  /** Fresh, and removed after the test; it may be filled or damaged before a start. */
  dataFolder: string;
  /** Starts the served shell and gives the address it prints. */
  serve(...args: string[]): Promise<string>;
  /** Starts the served shell and waits until it has given up. */
  failToServe(...args: string[]): Promise<FailedStart>;
  /** Ends what was started, as a person would: everything is kept. */
  stop(): Promise<void>;
  /** The process that runs a built module (`engine.js`, `ingest.js`) for this test. */
  processOf(module: string): number;
}

interface Fixtures {
  longhand: Longhand;
  /** The window of a Longhand that has just been started. */
  window: Page;
}

export const test = base.extend<Fixtures & ShellOption>({
  shell: ['served', { option: true }],

  longhand: async ({ shell: _ }, use) => {
    const dataFolder = mkdtempSync(join(tmpdir(), 'longhand-e2e-'));
    const served = servedIn(dataFolder);
    await use(served);
    await served.stop();
    rmSync(dataFolder, { recursive: true, force: true });
  },

  window: async ({ shell, longhand, page }, use) => {
    if (shell === 'served') {
      await page.goto(await longhand.serve());
      return use(page);
    }
    const electron = await launchElectron(longhand.dataFolder);
    await use(await electron.firstWindow());
    await electron.close();
  },
});

export { expect } from '@playwright/test';

function servedIn(dataFolder: string): Longhand {
  let process_: ChildProcess | undefined;

  function start(args: string[]): ChildProcess {
    const module = join(root, 'out', 'main', 'served.js');
    process_ = spawn(process.execPath, [module, '--port', '0', '--data-dir', dataFolder, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    process_.stdout?.setEncoding('utf8');
    process_.stderr?.setEncoding('utf8');
    return process_;
  }

  return {
    dataFolder,
    serve(...args) {
      const child = start(args);
      let output = '';
      let errors = '';
      child.stderr?.on('data', (text: string) => {
        errors += text;
      });
      return new Promise((resolved, reject) => {
        child.stdout?.on('data', (text: string) => {
          output += text;
          const address = /http:\S+\n/.exec(output)?.[0].trim();
          if (address) resolved(address);
        });
        child.once('close', (status) => reject(new Error(`The served shell ended with status ${status}: ${errors}`)));
      });
    },
    async failToServe(...args) {
      const child = start(args);
      let errors = '';
      child.stderr?.on('data', (text: string) => {
        errors += text;
      });
      const [status] = (await once(child, 'close')) as [number | null];
      return { status, errors };
    },
    async stop() {
      if (!process_ || process_.exitCode !== null || process_.signalCode !== null) return;
      const ended = once(process_, 'close');
      process_.kill('SIGTERM');
      await ended;
    },
    processOf(module) {
      const child = childrenOf(process_?.pid).find(({ command }) => command.includes(module));
      if (!child) throw new Error(`No process runs ${module}.`);
      return child.pid;
    },
  };
}

function childrenOf(parent: number | undefined): { pid: number; command: string }[] {
  return processes().filter(({ parentPid }) => parentPid === parent);
}

function processes(): { pid: number; parentPid: number; command: string }[] {
  if (existsSync('/proc/self/stat'))
    return readdirSync('/proc').flatMap((name) => {
      try {
        // What precedes the last bracket is the program's name, which may hold anything.
        const [, parent] = readFileSync(`/proc/${name}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
        const command = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ');
        return [{ pid: Number(name), parentPid: Number(parent), command }];
      } catch {
        return []; // Not a process, or one that has just ended.
      }
    });
  const lines = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,args='], { encoding: 'utf8' }).split('\n');
  return lines.flatMap((line) => {
    const [, pid, parent, command] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
    return command === undefined ? [] : [{ pid: Number(pid), parentPid: Number(parent), command }];
  });
}

function launchElectron(dataFolder: string): Promise<ElectronApplication> {
  const executablePath = findElectron();
  if (!executablePath) throw new Error("Electron's program is not here.");
  return _electron.launch({ executablePath, args: [root, '--data-dir', dataFolder] });
}
