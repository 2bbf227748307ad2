import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { LonghandError } from '../../../base/errors.ts';
import { rotationTables } from '../../../native-models/architectures/rotation.ts';
import { createCache } from './cache.ts';
import { openStreamStore } from './stream-store.ts';
import { createMarks, mountBlocks, readable } from './working-set.ts';

const shape = { layers: 1, heads: 1, headSize: 8 };
const rotations = [
  rotationTables({ contextLength: 512, headSize: 8, ropeBase: 10_000, positionDivisor: 1, interleaved: false }),
];

/** Five blocks, all of them in memory; the person stops while the third is looked at, and one may be damaged. */
async function setUp({ damaged = -1 } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'longhand-set-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const description = { version: 1, fingerprint: 'f1', chunkBlocks: 1 };
  const store = await openStreamStore(folder, { description, shape, nearChunks: 0, cacheBytes: 1e6 });
  onTestFinished(() => store.close());
  const stream = await store.open('a0', '', 'float32');
  const block = new Uint8Array(stream.format.bytes);
  const record = { checksum: stream.checksum(block), tokens: 64, section: 0, character: 0 };
  for (let number = 1; number <= 5; number++) {
    await stream.append([block], [{ ...record, next: { section: 0, token: number * 64 } }], []);
  }
  const controller = new AbortController();
  const load = vi.fn(async (index: number) => {
    if (index === 2) setImmediate(() => controller.abort());
    if (index === damaged) throw new LonghandError('data-corrupt', 'It is damaged.');
    return block;
  });
  const chosen = stream.file.records.map((_, index) => ({ stream: { ...stream, load }, block: index, strength: 1 }));
  return { load, chosen, signal: controller.signal };
}

describe('a working set', () => {
  it('is looked through no further than to the block at which the person stops', async () => {
    const { load, chosen, signal } = await setUp();
    await expect(readable(chosen, signal)).rejects.toMatchObject({ code: 'cancelled' });
    expect(load.mock.calls.flat()).toEqual([0, 1, 2]);
  });

  it('is put into place no further than to the block at which the person stops', async () => {
    const { load, chosen, signal } = await setUp();
    const prefix = { rotations, prefix: createCache(shape, 1), prefixTokens: new Int32Array(0) };
    const mounted = mountBlocks(prefix, createMarks(), chosen, true);
    await expect(mounted.place(createCache(shape, 400), 0, signal)).rejects.toMatchObject({ code: 'cancelled' });
    expect(load.mock.calls.flat()).toEqual([0, 1, 2]);
  });

  it('does without the blocks that are damaged', async () => {
    const { chosen } = await setUp({ damaged: 1 });
    expect((await readable(chosen, undefined)).map(({ block }) => block)).toEqual([0, 2, 3, 4]);
  });
});
