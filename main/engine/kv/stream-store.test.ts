import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { openStreamStore } from './stream-store.ts';

vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof import('node:fs/promises')>();
  return { ...real, open: vi.fn(real.open), rename: vi.fn(real.rename), rm: vi.fn(real.rm) };
});

const shape = { layers: 1, heads: 1, headSize: 8 };

async function setUp(cacheBytes = 1e6, fingerprint = 'f1', folder = mkdtempSync(join(tmpdir(), 'longhand-store-'))) {
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const store = await openStreamStore(join(folder, fingerprint), {
    description: { version: 1, fingerprint, chunkBlocks: 1 },
    shape,
    nearChunks: 0,
    cacheBytes,
  });
  onTestFinished(() => store.close());
  /** A stream with blocks whose bytes are their number. */
  const fill = async (id: string, blocks: number, format: 'float32' | 'int8' = 'int8') => {
    const stream = await store.open(id, '', format);
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
    const { store, fill } = await setUp(3 * 1500);
    const stream = await fill('a0', 8);
    expect(store.cachedBytes).toBeLessThanOrEqual(3 * 1500);
    for (let block = 0; block < 8; block++) expect((await stream.load(block))[0]).toBe(block);
    expect(store.cachedBytes).toBeLessThanOrEqual(3 * 1500);
    await store.remove('a0');
    expect(store.cachedBytes).toBe(0);
    expect(await store.find('a0')).toBeUndefined();
  });

  it('tells the sizes of its streams, and of what lies beside it, which it can delete', async () => {
    const first = await setUp();
    const a = await first.fill('a0', 3);
    const other = await setUp(1e6, 'f2', first.folder);
    await other.fill('b0', 2);
    const { own, others } = await other.store.sizes();
    expect([...own.keys()]).toEqual(['b0']);
    expect(own.get('b0')).toBe(2 * a.format.bytes);
    expect(others).toBe(3 * a.format.bytes);
    await first.store.close();
    await other.store.removeOthers();
    expect(await other.store.sizes()).toEqual({ own, others: 0 });
  });

  it('deletes a stream beside it, too, where all that is kept of it is to go', async () => {
    const first = await setUp();
    await first.fill('a0', 3);
    await first.store.close();
    const other = await setUp(1e6, 'f2', first.folder);
    await other.fill('a0', 2);
    await other.store.remove('a0');
    expect((await other.store.sizes()).others).toBeGreaterThan(0);
    await other.store.remove('a0', true);
    expect(await other.store.sizes()).toEqual({ own: new Map(), others: 0 });
  });

  it('keeps few files open, however many streams are', async () => {
    const { store, fill } = await setUp(0);
    const handles: Promise<FileHandle>[] = [];
    const { open: realOpen } = await vi.importActual<typeof import('node:fs/promises')>('node:fs/promises');
    vi.mocked(open).mockImplementation((...args) => {
      const handle = realOpen(...args);
      handles.push(handle);
      return handle;
    });
    onTestFinished(() => void vi.mocked(open).mockReset().mockImplementation(realOpen));
    const first = await fill('a0', 2);
    for (let number = 0; number < 280; number++) await store.open(`b${number}`, '', 'int8');
    const isOpen = ({ fd }: FileHandle) => fd >= 0;
    expect((await Promise.all(handles)).filter(isOpen)).toHaveLength(256);
    expect((await first.load(1))[0]).toBe(1);
    await fill('a0', 1);
    expect((await Promise.all(handles)).filter(isOpen)).toHaveLength(256);
    await store.close();
    expect((await Promise.all(handles)).filter(isOpen)).toHaveLength(0);
  });

  it('keeps a stream whose description cannot be read now', async () => {
    const { folder, store, fill } = await setUp();
    await fill('a0', 3);
    await store.close();
    const path = (name: string) => join(folder, 'f1', 'a0', name);
    const blocks = readFileSync(path('blocks'));
    renameSync(path('stream.json'), path('elsewhere'));
    mkdirSync(path('stream.json'));
    const { store: next } = await setUp(1e6, 'f1', folder);
    await expect(next.find('a0')).rejects.toMatchObject({ code: 'disk' });
    rmSync(path('stream.json'), { recursive: true });
    renameSync(path('elsewhere'), path('stream.json'));
    expect((await next.find('a0'))?.file.records).toHaveLength(3);
    expect(readFileSync(path('blocks')).equals(blocks)).toBe(true);
  });

  it.each(['blocks', 'index'])('begins a stream anew whose file “%s” is gone', async (name) => {
    const { folder, store, fill } = await setUp();
    await fill('a0', 3);
    await store.close();
    rmSync(join(folder, 'f1', 'a0', name));
    const { store: next } = await setUp(1e6, 'f1', folder);
    expect(await next.find('a0')).toBeUndefined();
    const { file } = await next.open('a0', 'A title', 'int8');
    expect(file.records).toHaveLength(0);
    expect(file.description.header).toBe('A title');
  });

  it('leaves nothing of a stream whose removal is broken off', async () => {
    const { folder, store, fill } = await setUp();
    const names = () => readdirSync(join(folder, 'f1'));
    await fill('a0', 3);
    const { rm: realRm } = await vi.importActual<typeof import('node:fs/promises')>('node:fs/promises');
    // The process ends as soon as something is deleted.
    vi.mocked(rm).mockImplementation(async (path) => {
      if (existsSync(path)) throw new Error('The process ended.');
    });
    onTestFinished(() => void vi.mocked(rm).mockReset().mockImplementation(realRm));
    await expect(store.remove('a0')).rejects.toMatchObject({ code: 'disk' });
    vi.mocked(rm).mockReset().mockImplementation(realRm);
    expect(names()).toEqual(['a0.removed']);
    expect(await store.find('a0')).toBeUndefined();
    expect((await store.sizes()).own.size).toBe(0);
    const { store: next } = await setUp(1e6, 'f1', folder);
    expect(names()).toEqual([]);
    expect((await next.open('a0', '', 'int8')).file.records).toHaveLength(0);
  });

  it.each(['', '../a0', 'A0', 'a/b', 'x'.repeat(70)])('takes “%s” for no stream’s name', async (id) => {
    const { store } = await setUp();
    await expect(store.open(id, '', 'int8')).rejects.toMatchObject({ code: 'bad-request' });
  });
});

describe('compacting', () => {
  const names = (folder: string) => readdirSync(join(folder, 'f1')).sort();

  it('leaves the smaller stream alone', async () => {
    const { folder, store, fill } = await setUp();
    const { format } = await fill('a0', 3, 'float32');
    expect(await store.compact('a0', 'int8')).toBe(true);
    const compacted = await store.find('a0');
    expect(compacted?.file.records).toHaveLength(3);
    expect(compacted?.format.bytes).toBeLessThan(format.bytes);
    expect(names(folder)).toEqual(['a0']);
  });

  it('leaves the stream as it was when the system refuses to put the smaller one in its place', async () => {
    const { folder, store, fill } = await setUp();
    const { format } = await fill('a0', 3, 'float32');
    const { rename: realRename } = await vi.importActual<typeof import('node:fs/promises')>('node:fs/promises');
    const refused = Object.assign(new Error('EPERM: operation not permitted'), { code: 'EPERM', syscall: 'rename' });
    vi.mocked(rename).mockImplementation((from, to) =>
      `${from}`.endsWith('.compact') ? Promise.reject(refused) : realRename(from, to),
    );
    onTestFinished(() => void vi.mocked(rename).mockReset().mockImplementation(realRename));
    await expect(store.compact('a0', 'int8')).rejects.toMatchObject({ code: 'disk' });
    expect(names(folder)).toEqual(['a0']);
    const kept = await store.find('a0');
    expect([kept?.format.bytes, kept?.file.records.length]).toEqual([format.bytes, 3]);
    expect(await kept?.load(2)).toHaveLength(format.bytes);
  });

  /** What there is when the process ends at a place, as names of copies of the stream. */
  it.each([
    { place: 'while the smaller stream is written', left: ['a0', 'a0.compact', 'a0.compact.new'] },
    { place: 'when the stream is aside', left: ['a0.aside', 'a0.compact'] },
    { place: 'before the old stream is deleted', left: ['a0', 'a0.aside'] },
  ])('that is broken off $place loses nothing, and leaves nothing over', async ({ left }) => {
    const { folder, store, fill } = await setUp();
    await fill('a0', 3);
    await store.close();
    const made = join(folder, 'made');
    renameSync(join(folder, 'f1', 'a0'), made);
    for (const name of left) cpSync(made, join(folder, 'f1', name), { recursive: true });
    const { store: next } = await setUp(1e6, 'f1', folder);
    expect(names(folder)).toEqual(['a0']);
    expect((await next.find('a0'))?.file.records).toHaveLength(3);
  });
});
