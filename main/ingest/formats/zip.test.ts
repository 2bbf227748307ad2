import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { strToU8, zipSync } from 'fflate';
import { expect, onTestFinished, test } from 'vitest';
import { temporaryFolder } from '../../library/testing/temporary-folder.ts';
import { openZip, type Zip, type ZipLimits } from './zip.ts';

const limits: ZipLimits = { entries: 100, entryBytes: 1 << 20, totalBytes: 2 << 20 };

async function opened(bytes: Uint8Array, bounds = limits): Promise<Zip> {
  const path = join(temporaryFolder(), 'file.zip');
  writeFileSync(path, bytes);
  const zip = await openZip(path, bytes.length, bounds);
  onTestFinished(() => zip.close());
  return zip;
}

test('stored and deflated entries are read, by names in any script', async () => {
  const long = 'a long text '.repeat(10_000);
  const zip = await opened(zipSync({ 'a/über.txt': [strToU8('small'), { level: 0 }], 'b.txt': strToU8(long) }));
  expect([...zip.entries.keys()]).toEqual(['a/über.txt', 'b.txt']);
  expect(Buffer.from(await zip.bytes('a/über.txt')).toString()).toBe('small');
  expect(Buffer.from(await zip.bytes('b.txt')).toString()).toBe(long);
  await expect(zip.bytes('c.txt')).rejects.toMatchObject({ code: 'bad-file' });
});

test('a bomb ends at the bound, whatever its directory says of its size', async () => {
  const bomb = Buffer.from(zipSync({ 'bomb.txt': new Uint8Array(8 << 20) }));
  const directory = bomb.indexOf(Buffer.from([0x50, 0x4b, 1, 2]));
  bomb.writeUInt32LE(10, directory + 24);
  const zip = await opened(bomb);
  await expect(zip.bytes('bomb.txt')).rejects.toMatchObject({ code: 'too-large' });
});

test('all entries together stay within the bound, and so does their number', async () => {
  const half = new Uint8Array(900 << 10);
  const zip = await opened(zipSync({ a: half, b: half, c: half }));
  await zip.bytes('a');
  await zip.bytes('b');
  await expect(zip.bytes('c')).rejects.toMatchObject({ code: 'too-large' });
  const many = zipSync(Object.fromEntries(Array.from({ length: 101 }, (_, i) => [`${i}`, new Uint8Array()])));
  await expect(opened(many)).rejects.toMatchObject({ code: 'too-large' });
});

test('a changed byte is noticed, and an end that is missing', async () => {
  const bytes = zipSync({ 'a.txt': [strToU8('the very text'), { level: 0 }] });
  const changed = Uint8Array.from(bytes);
  changed[Buffer.from(bytes).indexOf('very')] = 0x58;
  await expect((await opened(changed)).bytes('a.txt')).rejects.toMatchObject({ code: 'bad-file' });
  await expect(opened(bytes.subarray(0, bytes.length - 10))).rejects.toMatchObject({ code: 'bad-file' });
  await expect(opened(new Uint8Array())).rejects.toMatchObject({ code: 'bad-file' });
});
