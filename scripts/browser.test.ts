import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findSwiftShader } from './browser.mjs';

let folder: string;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'longhand-browser-')));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe.runIf(process.platform === 'linux')('SwiftShader', () => {
  it('is found beside the browser’s program, wherever that is started from', () => {
    mkdirSync(join(folder, 'opt'));
    for (const name of ['chrome', 'vk_swiftshader_icd.json']) writeFileSync(join(folder, 'opt', name), '');
    const command = join(folder, 'chrome');
    symlinkSync(join(folder, 'opt', 'chrome'), command);
    expect(findSwiftShader(command)).toEqual({
      folder: join(folder, 'opt'),
      driver: join(folder, 'opt', 'vk_swiftshader_icd.json'),
    });
  });

  it('is nowhere near a browser that comes without it', () => {
    const command = join(folder, 'chrome');
    writeFileSync(command, '');
    expect(findSwiftShader(command)?.folder).not.toBe(folder);
    expect(findSwiftShader(join(folder, 'none'))?.folder).not.toBe(folder);
  });
});
