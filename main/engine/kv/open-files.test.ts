import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createFilePool, type PooledFile } from './open-files.ts';

/** A pool of two idle files, and files in it that hold their numbers. */
function setUp(count: number): { files: PooledFile[]; folder: string } {
  const folder = mkdtempSync(join(tmpdir(), 'longhand-files-'));
  const pool = createFilePool(2);
  const files = Array.from({ length: count }, (_, number) => {
    const path = join(folder, `${number}`);
    writeFileSync(path, `${number}`);
    return pool.file(path, 'r+');
  });
  onTestFinished(async () => {
    for (const file of files) await file.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return { files, folder };
}

const handleOf = (file: PooledFile | undefined): Promise<FileHandle | undefined> =>
  file ? file.use(async (handle) => handle) : Promise.resolve(undefined);
const contentOf = (file: PooledFile | undefined): Promise<string> | undefined =>
  file?.use(async (handle) => `${(await handle.read(Buffer.alloc(1), 0, 1, 0)).buffer}`);
const isOpen = (handle: FileHandle | undefined): boolean => handle !== undefined && handle.fd >= 0;

describe('files of a pool', () => {
  it('are closed when others were used after them, and opened again when they are used', async () => {
    const { files } = setUp(3);
    const [a, b] = [await handleOf(files[0]), await handleOf(files[1])];
    expect(await handleOf(files[0])).toBe(a);
    const c = await handleOf(files[2]);
    expect([a, b, c].map(isOpen)).toEqual([true, false, true]);
    expect(await contentOf(files[1])).toBe('1');
    expect([a, c].map(isOpen)).toEqual([false, true]);
  });

  it('stay open while they are used', async () => {
    const { files } = setUp(5);
    await files[0]?.use(async (handle) => {
      for (const other of files.slice(1)) await contentOf(other);
      // Another use that ends earlier changes nothing.
      await contentOf(files[0]);
      for (const other of files.slice(1)) await contentOf(other);
      expect(isOpen(handle)).toBe(true);
    });
  });

  it('can be used at once by several, and after work on them failed', async () => {
    const { files } = setUp(1);
    const failing = files[0]?.use(() => Promise.reject(new Error('Failed.')));
    const [, content] = await Promise.allSettled([failing, contentOf(files[0])]);
    expect(content).toMatchObject({ value: '0' });
    expect(await contentOf(files[0])).toBe('0');
  });

  it('that could not be opened are tried again', async () => {
    const { files, folder } = setUp(1);
    rmSync(join(folder, '0'));
    await expect(contentOf(files[0])).rejects.toMatchObject({ code: 'ENOENT' });
    writeFileSync(join(folder, '0'), 'x');
    expect(await contentOf(files[0])).toBe('x');
  });

  it('are used no more once they are closed', async () => {
    const { files } = setUp(1);
    const handle = await handleOf(files[0]);
    await files[0]?.close();
    expect(isOpen(handle)).toBe(false);
    await expect(contentOf(files[0])).rejects.toMatchObject({ code: 'internal' });
  });
});
