import { mkdtempSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { nearFileAt } from './near-file.ts';
import { createFilePool } from './open-files.ts';

vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof import('node:fs/promises')>();
  return { ...real, open: vi.fn(real.open) };
});

const shape = { slots: 2, chunkBlocks: 1, blockBytes: 4 };

describe('what layers with a window keep', () => {
  it('stays when the file cannot be opened for a moment', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'longhand-near-file-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const path = join(folder, 'near');
    const block = Uint8Array.of(1, 2, 3, 4);
    const first = nearFileAt(path, shape, createFilePool(2));
    await first.write(5, [block]);
    await first.close();
    const next = nearFileAt(path, shape, createFilePool(2));
    onTestFinished(() => next.close());
    vi.mocked(open).mockRejectedValueOnce(Object.assign(new Error('EMFILE: too many open files'), { code: 'EMFILE' }));
    await expect(next.read(5)).rejects.toMatchObject({ code: 'disk' });
    expect(await next.read(5)).toEqual([block]);
    expect(await next.read(4)).toBeUndefined();
  });
});
