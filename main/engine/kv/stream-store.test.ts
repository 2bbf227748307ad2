import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openStreamStore } from './stream-store.ts';

const shape = { layers: 1, heads: 1, headSize: 8 };

function setUp(cacheBytes = 1e6, fingerprint = 'f1', folder = mkdtempSync(join(tmpdir(), 'longhand-store-'))) {
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const store = openStreamStore(join(folder, fingerprint), {
    description: { version: 1, fingerprint, chunkBlocks: 1 },
    shape,
    nearChunks: 0,
    cacheBytes,
  });
  onTestFinished(() => store.close());
  /** A stream with blocks whose bytes are their number. */
  const fill = async (id: string, blocks: number) => {
    const stream = await store.open(id, '', 'int8');
    for (let number = 0; number < blocks; number++) {
      const block = new Uint8Array(stream.format.bytes).fill(number);
      const record = { checksum: stream.checksum(block), tokens: 64, section: 0, character: number * 100 };
      await stream.append([block], [{ ...record, next: { section: 0, token: (number + 1) * 64 } }], []);
    }
    return stream;
  };
  return { folder, store, fill };
}

describe('a store', () => {
  it('keeps the blocks that were used last in memory, within its bound', async () => {
    const { store, fill } = setUp(3 * 1500);
    const stream = await fill('a0', 8);
    expect(store.cachedBytes).toBeLessThanOrEqual(3 * 1500);
    for (let block = 0; block < 8; block++) expect((await stream.load(block))[0]).toBe(block);
    expect(store.cachedBytes).toBeLessThanOrEqual(3 * 1500);
    await store.remove('a0');
    expect(store.cachedBytes).toBe(0);
    expect(await store.find('a0')).toBeUndefined();
  });

  it('tells the sizes of its streams, and of what lies beside it, which it can delete', async () => {
    const first = setUp();
    const a = await first.fill('a0', 3);
    const other = setUp(1e6, 'f2', first.folder);
    await other.fill('b0', 2);
    const { own, others } = await other.store.sizes();
    expect([...own.keys()]).toEqual(['b0']);
    expect(own.get('b0')).toBe(2 * a.format.bytes);
    expect(others).toBe(3 * a.format.bytes);
    await first.store.close();
    await other.store.removeOthers();
    expect(await other.store.sizes()).toEqual({ own, others: 0 });
  });

  it.each(['', '../a0', 'A0', 'a/b', 'x'.repeat(70)])('takes “%s” for no stream’s name', async (id) => {
    const { store } = setUp();
    await expect(store.open(id, '', 'int8')).rejects.toMatchObject({ code: 'bad-request' });
  });
});
