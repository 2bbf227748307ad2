import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { addressOnce, alone, callersFolder, hasDisplay, newCode, run } from './lib.mjs';

vi.mock('node:fs', { spy: true });

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'longhand-lib-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('a display', () => {
  const has = (env: Record<string, string>, platform = 'linux') => hasDisplay({ platform, env, x11: folder });

  it('is one that is there, not one that is only named', () => {
    expect(has({})).toBe(false);
    expect(has({ DISPLAY: ':99' })).toBe(false);
    expect(has({ WAYLAND_DISPLAY: 'wayland-0', XDG_RUNTIME_DIR: folder })).toBe(false);
    writeFileSync(join(folder, 'X99'), '');
    writeFileSync(join(folder, 'wayland-0'), '');
    expect(has({ DISPLAY: ':99' })).toBe(true);
    expect(has({ DISPLAY: ':99.0' })).toBe(true);
    expect(has({ DISPLAY: ':9' })).toBe(false);
    expect(has({ WAYLAND_DISPLAY: 'wayland-0', XDG_RUNTIME_DIR: folder })).toBe(true);
    expect(has({ WAYLAND_DISPLAY: join(folder, 'wayland-0') })).toBe(true);
  });

  it('of another machine, or of another system, is believed', () => {
    expect(has({ DISPLAY: 'localhost:10.0' })).toBe(true);
    expect(has({}, 'darwin')).toBe(true);
  });
});

describe('the lock', () => {
  const running = String(process.ppid);
  const ended = String(spawnSync(process.execPath, ['--version']).pid);
  const holder = (lock: string): string => readFileSync(lock, 'utf8');

  /** Runs a task while `before` has happened between finding a lock and reading it; another's is released once it is waited for. */
  async function runAlone(before: (lock: string) => string): Promise<{ held: string; waited: boolean }> {
    const lock = join(folder, 'lock');
    writeFileSync(lock, ended);
    vi.mocked(readFileSync).mockImplementationOnce(() => before(lock));
    let waited = false;
    vi.spyOn(globalThis, 'setTimeout').mockImplementation((callback) => {
      waited = holder(lock) === running;
      rmSync(lock);
      return setImmediate(callback) as never;
    });
    const held = await alone(() => holder(lock), lock);
    expect(readdirSync(folder)).toEqual([]);
    return { held, waited };
  }
  afterEach(() => void vi.restoreAllMocks());

  it('of a script that has ended is taken away', async () => {
    expect(await runAlone(() => ended)).toEqual({ held: String(process.pid), waited: false });
  });

  it('is not taken from who got it when it had just been released, or taken away', async () => {
    const released = await runAlone((lock) => {
      writeFileSync(lock, running);
      throw Object.assign(new Error('It is gone.'), { code: 'ENOENT' });
    });
    expect(released).toEqual({ held: String(process.pid), waited: true });
    const takenAway = await runAlone((lock) => {
      writeFileSync(lock, running);
      return ended;
    });
    expect(takenAway).toEqual({ held: String(process.pid), waited: true });
  });

  it('is for one of several at a time, whoever takes away what an ended one left', async () => {
    const lock = join(folder, 'lock');
    writeFileSync(lock, ended);
    const script = `
      import { mkdirSync, rmdirSync } from 'node:fs';
      import { alone } from ${JSON.stringify(join(import.meta.dirname, 'lib.mjs'))};
      const only = ${JSON.stringify(join(folder, 'only'))};
      await alone(() => (mkdirSync(only), rmdirSync(only)), ${JSON.stringify(lock)});`;
    const scripts = Array.from({ length: 4 }, () => spawn(process.execPath, ['--input-type=module', '-e', script]));
    expect(await Promise.all(scripts.map((one) => once(one, 'close')))).toEqual(scripts.map(() => [0, null]));
    expect(existsSync(lock)).toBe(false);
  });
});

describe('the status of a program', () => {
  it('is its own, or tells which signal ended it', async () => {
    const ends = (statement: string) => run(process.execPath, ['-e', statement]);
    expect(await ends('process.exit(3)')).toBe(3);
    expect(await ends("process.kill(process.pid, 'SIGINT')")).toBe(130);
    expect(await ends("process.kill(process.pid, 'SIGTERM')")).toBe(143);
    expect(await ends("process.kill(process.pid, 'SIGKILL')")).toBe(137);
  });

  it.each([
    ['fails', 1, 130],
    ['ends well', 0, 0],
  ])('tells that it was asked to end, when it %s then', async (_, status, expected) => {
    const asked = `process.on('SIGINT', () => process.exit(${status})); console.log('ready'); setInterval(() => {}, 1000);`;
    const script = `
      import { run } from ${JSON.stringify(join(import.meta.dirname, 'lib.mjs'))};
      process.exitCode = await run(process.execPath, ['-e', ${JSON.stringify(asked)}]);`;
    const outer = spawn(process.execPath, ['--input-type=module', '-e', script]);
    await once(outer.stdout, 'data');
    outer.kill('SIGINT');
    expect(await once(outer, 'close')).toEqual([expected, null]);
  });
});

it('names files from where a person called npm, and from nowhere else', () => {
  expect(callersFolder('start', { INIT_CWD: folder, npm_lifecycle_event: 'start' })).toBe(folder);
  expect(callersFolder('start', { INIT_CWD: folder, npm_lifecycle_event: 'test' })).toBe(process.cwd());
  expect(callersFolder('start', {})).toBe(process.cwd());
});

it('opens the browser without the token', () => {
  const [one, other] = [newCode(), newCode()];
  expect(one).toMatch(/^[\w-]{43}$/);
  expect(other).not.toBe(one);
  expect(addressOnce('http://127.0.0.1:4738/?token=secret', one)).toBe(`http://127.0.0.1:4738/?code=${one}`);
});
