import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { makeFolder, shortFileName, writeAll } from './files.ts';

async function setUp() {
  const folder = mkdtempSync(join(tmpdir(), 'longhand-write-'));
  const path = join(folder, 'file');
  const file = await open(path, 'w');
  onTestFinished(async () => {
    await file.close();
    rmSync(folder, { recursive: true });
  });
  return { path, file };
}

describe('a file name', () => {
  it.each(['a', 'model.gguf', `${'a'.repeat(195)}.gguf`])('that is short enough stays as it is: %s', (name) => {
    expect(shortFileName(name)).toBe(name);
  });

  it('that is too long is cut between characters, and keeps its ending', () => {
    // 195 bytes are left for it, which is no multiple of two or four.
    expect(shortFileName(`${'é'.repeat(150)}.gguf`)).toBe(`${'é'.repeat(97)}.gguf`);
    expect(shortFileName(`${'😀'.repeat(60)}.gguf`)).toBe(`${'😀'.repeat(48)}.gguf`);
  });

  it('whose ending is too long for one is cut in it', () => {
    expect(shortFileName(`a.${'b'.repeat(300)}`)).toBe(`a.${'b'.repeat(198)}`);
  });
});

describe('writing all', () => {
  it('goes on when the system takes a part', async () => {
    const { path, file } = await setUp();
    const write = file.write.bind(file);
    const parts = vi
      .spyOn(file, 'write')
      .mockImplementation(((bytes: Uint8Array, offset: number, length: number, position: number) =>
        write(bytes, offset, Math.min(length, 2), position)) as never);
    await writeAll(file, Uint8Array.of(1, 2, 3, 4, 5), 1);
    expect([...readFileSync(path)]).toEqual([0, 1, 2, 3, 4, 5]);
    expect(parts).toHaveBeenCalledTimes(3);
  });

  it('is an error of the disk when the system takes nothing', async () => {
    const { file } = await setUp();
    const bytes = Uint8Array.of(1);
    vi.spyOn(file, 'write').mockImplementation((async () => ({ bytesWritten: 0, buffer: bytes })) as never);
    await expect(writeAll(file, bytes, 0)).rejects.toMatchObject({ code: 'disk' });
  });
});

describe('making a folder', () => {
  const setUpFolder = (): string => {
    const folder = mkdtempSync(join(tmpdir(), 'longhand-folder-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    return folder;
  };

  it('makes those that it lies in, too, and takes one that is there', () => {
    const path = join(setUpFolder(), 'a', 'b');
    makeFolder(path, 0o700);
    makeFolder(path);
    expect(statSync(path).isDirectory()).toBe(true);
  });

  it('says what the system says where there is a file', () => {
    const path = join(setUpFolder(), 'file');
    writeFileSync(path, '');
    expect(() => makeFolder(path)).toThrow('EEXIST');
    expect(() => makeFolder(join(path, 'below'))).toThrow('ENOTDIR');
  });

  it.skipIf(process.platform !== 'linux')('ends where the system makes none', () => {
    expect(() => makeFolder('/proc/longhand/data')).toThrow();
  });
});
