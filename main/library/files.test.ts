import { createHash, randomUUID } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openFileStore, sizeInWords } from './files.ts';
import { temporaryFolder } from './testing/temporary-folder.ts';

async function* chunks(...texts: string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text);
}

const limits = { maximumBytes: 100, name: 'a.txt' };

test('a file is named by the hash of its content, and kept once', async () => {
  const folder = temporaryFolder();
  const store = openFileStore(folder);
  const stored = await store.add(chunks('hello ', 'world'), limits);
  expect(stored).toEqual({ hash: createHash('sha256').update('hello world').digest('hex'), byteSize: 11 });
  expect(await store.add(chunks('hello world'), limits)).toEqual(stored);
  expect(readdirSync(join(folder, 'files'))).toEqual([stored.hash]);
  expect(readFileSync(store.path(stored.hash), 'utf8')).toBe('hello world');
});

test('too large, cancelled or broken: a clear error and nothing left behind', async () => {
  const folder = temporaryFolder();
  const store = openFileStore(folder);
  await expect(store.add(chunks('x'.repeat(60), 'x'.repeat(60)), limits)).rejects.toMatchObject({
    code: 'too-large',
    message: expect.stringContaining('a.txt'),
  });
  await expect(store.add(chunks('x'), { ...limits, signal: AbortSignal.abort() })).rejects.toMatchObject({
    code: 'cancelled',
  });
  const broken = (async function* () {
    yield Buffer.from('x');
    throw new Error('the cable was pulled');
  })();
  await expect(store.add(broken, limits)).rejects.toMatchObject({
    code: 'disk',
    message: expect.stringContaining('the cable was pulled'),
  });
  expect(readdirSync(join(folder, 'files'))).toEqual([]);
});

test('only the named files are kept, of those that were stored since a time', async () => {
  const folder = temporaryFolder();
  const store = openFileStore(folder);
  const one = await store.add(chunks('one'), limits);
  const two = await store.add(chunks('two'), limits);
  const old = await store.add(chunks('of a library that was moved away'), limits);
  utimesSync(store.path(old.hash), 1000, 1000);
  writeFileSync(store.path('thesis.txt'), 'a person’s own');
  writeFileSync(store.path(`${randomUUID()}.part`), 'half a copy');
  store.keepOnly(new Set([one.hash]), 2_000_000);
  expect(readdirSync(join(folder, 'files')).sort()).toEqual([one.hash, old.hash, 'thesis.txt'].sort());
  expect(existsSync(store.path(two.hash))).toBe(false);
});

test('sizes in words', () => {
  expect([0, 1023, 1024, 1536, 4 * 1024 ** 3].map(sizeInWords)).toEqual([
    '0 bytes',
    '1023 bytes',
    '1 KiB',
    '1.5 KiB',
    '4 GiB',
  ]);
});
