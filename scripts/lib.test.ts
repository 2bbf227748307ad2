import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { addressOnce, callersFolder, hasDisplay, newCode } from './lib.mjs';

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
