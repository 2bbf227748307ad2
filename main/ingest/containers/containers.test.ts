import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { gzipSync, strToU8, zipSync } from 'fflate';
import { describe, expect, test } from 'vitest';
import { LonghandError } from '../../../base/errors.ts';
import { temporaryFolder } from '../../library/testing/temporary-folder.ts';
import { formatOf } from '../formats/index.ts';
import { corpus, gzip, tarOf } from '../testing/corpus.ts';
import { fixture } from '../testing/read.ts';
import { archiveOf, type ContainerKind } from './containers.ts';
import { archiveEntries } from './libarchive.ts';
import { unpack } from './unpack.ts';

async function unpacked(fileName: string, container: ContainerKind, bytes: Uint8Array) {
  const root = temporaryFolder();
  const folder = join(root, 'out');
  mkdirSync(folder);
  const path = join(root, 'in');
  writeFileSync(path, bytes);
  const result = await unpack({ path, fileName, byteSize: bytes.length, container, folder });
  // Whatever was in it: nothing lies anywhere but in its folder, under a number.
  expect(readdirSync(root).sort()).toEqual(['in', 'out']);
  expect(readdirSync(folder).sort()).toEqual(result.members.map((_, i) => String(i)).sort());
  return {
    ...result,
    names: result.members.map(({ name }) => name),
    reasons: result.leftOut.map(({ reason }) => reason),
  };
}

const files = { 'a/one.txt': 'One.', 'two.md': '# Two', '.hidden.txt': 'x', '__MACOSX/two.md': 'x', 'c.exe': 'x' };
const asBytes = (texts: Record<string, string>): Record<string, Uint8Array> =>
  Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, strToU8(text)]));

describe('archives', () => {
  test.each<[ContainerKind, string, Uint8Array]>([
    ['zip', 'a.zip', zipSync(asBytes(files))],
    ['tar', 'a.tar', tarOf(files)],
  ])('%s: its readable files, and what was left out', async (kind, name, bytes) => {
    expect(archiveOf(name, bytes.subarray(0, 4096))).toBe(kind);
    const { names, reasons, members } = await unpacked(name, kind, bytes);
    expect(names).toEqual(['one.txt', 'two.md']);
    expect(members[0]).toMatchObject({ byteSize: 4 });
    expect(reasons).toEqual([`1 file in “${name}” cannot be read (exe).`]);
  });

  test('gzip holds one file, named without the ending', async () => {
    const bytes = gzip(tarOf(files));
    expect(archiveOf('a.tgz', bytes)).toBe('gzip');
    expect((await unpacked('a.tgz', 'gzip', bytes)).names).toEqual(['a.tar']);
    expect((await unpacked('notes.txt.gz', 'gzip', gzip(strToU8('Text')))).names).toEqual(['notes.txt']);
  });

  test.each<[ContainerKind, string]>([
    ['7z', 'files.7z'],
    ['rar', 'files.rar'],
    ['bzip2', 'files.tar.bz2'],
    ['xz', 'files.tar.xz'],
  ])('%s: the same, of another program', async (kind, name) => {
    const bytes = readFileSync(fixture(`archives/${name}`));
    expect(archiveOf(name, bytes)).toBe(kind);
    const { names, reasons } = await unpacked(name, kind, bytes);
    expect(names.sort()).toEqual(['one.txt', 'two.md']);
    expect(reasons).toEqual([`1 file in “${name}” cannot be read (exe).`]);
  });

  test('what is encrypted is said to be', async () => {
    const { names, reasons } = await unpacked('s.7z', '7z', readFileSync(fixture('archives/secret.7z')));
    expect(names).toEqual([]);
    expect(reasons).toEqual(['“two.md” in “s.7z” cannot be unpacked: it is encrypted.']);
    await expect(unpacked('s.7z', '7z', readFileSync(fixture('archives/sealed.7z')))).rejects.toMatchObject({
      code: 'bad-file',
      message: '“s.7z” cannot be unpacked: it is encrypted.',
    });
  });

  test('a letter gives what is attached', async () => {
    const letter = corpus.find(({ kind }) => kind === 'email');
    const { names } = await unpacked('letter.eml', 'email', letter?.bytes ?? new Uint8Array());
    expect(names).toEqual(['catch.csv']);
  });

  test('a document that is a ZIP file is no archive, whatever its name', () => {
    for (const { fileName, bytes } of corpus) {
      expect(archiveOf(fileName, bytes.subarray(0, 4096))).toBeUndefined();
      if (bytes[0] === 0x50) expect(archiveOf('file.zip', bytes.subarray(0, 4096))).toBeUndefined();
    }
  });

  const pdf = strToU8('%PDF-1.7\n%%EOF');
  const word = corpus.find(({ kind }) => kind === 'docx')?.bytes ?? new Uint8Array();
  const stored = (files: Record<string, Uint8Array>): Uint8Array => zipSync(files, { level: 0 });

  test.each<[string, ContainerKind, Uint8Array]>([
    ['a tar of the old kind, without a mark', 'tar', tarOf({ 'one.pdf': pdf }, '')],
    ['a tar of PDFs', 'tar', tarOf({ 'one.pdf': pdf })],
    ['a tar whose first name holds the mark of MP4', 'tar', tarOf({ 'Citywide.txt': 'x' })],
    ['a tar that is not compressed within gzip', 'gzip', gzipSync(tarOf({ 'one.pdf': pdf }), { level: 0 })],
    ['a ZIP that begins with a PDF', 'zip', stored({ 'one.pdf': pdf, 'two.txt': strToU8('x') })],
    ['a ZIP that begins with a Word document', 'zip', stored({ 'report.docx': word, 'two.txt': strToU8('x') })],
    ['a ZIP of a folder ppt', 'zip', zipSync(asBytes({ 'ppt/a.txt': 'x', 'ppt/b.txt': 'x' }))],
    ['a ZIP with a folder ppt', 'zip', zipSync(asBytes({ 'course/a.txt': 'x', 'course/ppt/b.txt': 'x' }))],
  ])('%s is an archive, with or without a name that says so', (_, kind, bytes) => {
    for (const name of [`a.${kind}`, 'unnamed']) expect(archiveOf(name, bytes.subarray(0, 4096))).toBe(kind);
  });

  test.each([
    ['of Word and python-docx', ['[Content_Types].xml', '_rels/.rels', 'word/document.xml']],
    ['of LibreOffice', ['_rels/.rels', 'docProps/core.xml', 'word/document.xml']],
    ['of openpyxl', ['docProps/app.xml', 'docProps/core.xml', 'xl/workbook.xml']],
    ['of Google', ['ppt/presentation.xml', '[Content_Types].xml']],
  ])('an Office file with the order %s is a document', (_, names) => {
    const bytes = zipSync(asBytes(Object.fromEntries(names.map((name) => [name, '<x/>']))));
    for (const name of ['a.zip', 'unnamed']) expect(archiveOf(name, bytes)).toBeUndefined();
  });

  test('a PDF that begins as a ZIP file is believed to be what its name says', () => {
    const bytes = stored({ 'one.pdf': pdf });
    expect(archiveOf('a.pdf', bytes)).toBeUndefined();
    expect(formatOf('a.pdf', bytes, bytes.length).kind).toBe('pdf');
  });

  test('long names of tar are read', async () => {
    const name = `${'deep/'.repeat(30)}long-name.txt`;
    const record = `${name.length + 9} path=${name}\n`;
    const pax = Buffer.from(
      tarOf({ pax: `${record.length} path=${name}\n`.padEnd(record.length, '\n'), 'short.txt': 'Text' }),
    );
    pax.write('x', 156);
    const sum = pax.subarray(0, 512).reduce((total, byte, i) => total + (i >= 148 && i < 156 ? 32 : byte), 0);
    pax.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
    expect((await unpacked('a.tar', 'tar', pax)).names).toEqual(['long-name.txt']);
  });
});

describe('hostile archives', () => {
  test('names that lead out are left out, by zip and by tar', async () => {
    const names = ['../../etc/evil.txt', '/etc/evil.txt', 'C:\\evil.txt', 'a/../../evil.txt', '..\\evil.txt'];
    const all = Object.fromEntries([...names, 'good.txt'].map((name) => [name, 'x']));
    for (const [kind, bytes] of [
      ['zip', zipSync(asBytes(all))],
      ['tar', tarOf(all)],
    ] as const) {
      const result = await unpacked('evil.zip', kind, bytes);
      expect(result.names).toEqual(['good.txt']);
      expect(result.reasons).toHaveLength(names.length);
      for (const reason of result.reasons) expect(reason).toContain('leads out');
    }
  });

  test('a bomb is refused as a whole', async () => {
    const zeros = new Uint8Array(70 * 1024 ** 2);
    await expect(unpacked('bomb.gz', 'gzip', gzip(zeros))).rejects.toMatchObject({ code: 'too-large' });
    await expect(unpacked('bomb.zip', 'zip', zipSync({ 'a.txt': zeros }))).rejects.toMatchObject({
      code: 'too-large',
      message: expect.stringContaining('“bomb.zip”'),
    });
  });

  test('an archive that is too large for memory is refused before it is read', async () => {
    const path = join(temporaryFolder(), 'in.7z');
    writeFileSync(path, '');
    const entries = archiveEntries(path, 600 * 1024 ** 2, 1024 ** 3);
    await expect(entries.next()).rejects.toMatchObject({ code: 'too-large' });
  });

  test('what only claims to hold much is refused, as what does', async () => {
    const path = fixture('archives/files.7z');
    const all = async (limit: number): Promise<string[]> => {
      const names: string[] = [];
      for await (const { name } of archiveEntries(path, statSync(path).size, limit)) names.push(name);
      return names;
    };
    expect(await all(11)).toHaveLength(4);
    await expect(all(10)).rejects.toMatchObject({ code: 'too-large' });
  });

  test('a damaged member is left out, and the others are taken', async () => {
    const bytes = zipSync({ 'bad.txt': [strToU8('damaged text'), { level: 0 }], 'good.txt': strToU8('x') });
    bytes[Buffer.from(bytes).indexOf('damaged')] = 0;
    const { names, reasons } = await unpacked('a.zip', 'zip', bytes);
    expect(names).toEqual(['good.txt']);
    expect(reasons).toEqual([expect.stringContaining('“bad.txt” in “a.zip” cannot be unpacked')]);
  });

  test('any damage ends in files or in a sentence', async () => {
    const archives: [ContainerKind, Uint8Array][] = [
      ['zip', zipSync(asBytes(files))],
      ['tar', tarOf(files)],
      ['gzip', gzip(tarOf(files))],
      ...(['7z', 'rar'] as const).map((kind): [ContainerKind, Uint8Array] => [
        kind,
        readFileSync(fixture(`archives/files.${kind}`)),
      ]),
      ['bzip2', readFileSync(fixture('archives/files.tar.bz2'))],
      ['xz', readFileSync(fixture('archives/files.tar.xz'))],
      ['email', corpus.find(({ kind }) => kind === 'email')?.bytes ?? new Uint8Array()],
    ];
    const change = fc.record({ at: fc.double({ min: 0, max: 0.9999, noNaN: true }), byte: fc.nat(255) });
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...archives),
        fc.array(change, { maxLength: 8 }),
        fc.double({ min: 0.5, max: 1, noNaN: true }),
        async ([kind, bytes], changes, share) => {
          const damaged = Uint8Array.from(bytes.subarray(0, Math.floor(bytes.length * share)));
          for (const { at, byte } of changes) damaged[Math.floor(at * damaged.length)] = byte;
          const result = await unpacked('x.zip', kind, damaged).catch((thrown: unknown) => thrown);
          if (!(result instanceof Error)) return;
          expect(result).toBeInstanceOf(LonghandError);
          expect(result.message).toMatch(/^“.*\.$/s);
        },
      ),
      { numRuns: 120 },
    );
  });
});
