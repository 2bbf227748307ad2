import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { opendir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { temporaryFolder } from '../library/testing/temporary-folder.ts';
import { formatOf } from './formats/index.ts';
import { cleanName, titleOf } from './names.ts';
import { filesOfFolder, startOfFile, textFileName } from './sources.ts';

vi.mock('node:fs/promises', { spy: true });

/** Lets folders of these names fail with these codes when they are opened, or while they are read. */
async function failFolders(codes: Record<string, { code: string; whileRead?: boolean }>): Promise<void> {
  const { opendir: opened } = await vi.importActual<typeof import('node:fs/promises')>('node:fs/promises');
  vi.mocked(opendir).mockImplementation(async (path, options) => {
    const failure = codes[basename(String(path))];
    const error = Object.assign(new Error(`${failure?.code}: failed`), failure);
    if (failure && !failure.whileRead) throw error;
    const folder = await opened(path, options);
    if (failure) {
      await folder.close();
      vi.spyOn(folder, Symbol.asyncIterator).mockImplementation(() => {
        throw error;
      });
    }
    return folder;
  });
  onTestFinished(() => {
    vi.mocked(opendir).mockReset();
  });
}

test('names are shown without folders, control characters and endings', () => {
  expect(cleanName('C:\\files\\a\u0000b.pdf')).toBe('ab.pdf');
  expect(cleanName('/a/b/')).toBe('b');
  expect(cleanName('../..')).toBe('..');
  expect(cleanName('\n')).toBe('document');
  expect(titleOf('annual_report.v2.pdf')).toBe('annual report.v2');
  expect(titleOf('.hidden')).toBe('.hidden');
});

test('pasted text is Markdown when it is written as such', () => {
  expect(textFileName('a/b: c?', 'Plain words.')).toBe('a b c.txt');
  for (const text of ['# Title\n\nx', '- one\n- two', 'See [this](http://x).', '```\ncode\n```'])
    expect(textFileName('Note', text)).toBe('Note.md');
});

test('a folder gives its readable files in order, and says what it left out', async () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'sub', '.git'), { recursive: true });
  for (const name of [
    'b.md',
    'a.txt',
    'photo.psd',
    'song.mp3',
    'photo2.PSD',
    '.hidden.md',
    'sub/c.PDF',
    'sub/.git/x.txt',
  ])
    writeFileSync(join(folder, name), 'x');
  symlinkSync(folder, join(folder, 'sub', 'loop'));
  const { files, leftOut } = await filesOfFolder(folder);
  expect(files.map((file) => basename(file))).toEqual(['a.txt', 'b.md', 'song.mp3', 'c.PDF']);
  expect(leftOut).toEqual([
    { name: basename(folder), reason: `2 files in “${basename(folder)}” cannot be read (psd).` },
  ]);
  const empty = temporaryFolder();
  expect((await filesOfFolder(empty)).leftOut).toMatchObject([{ reason: expect.stringContaining('holds no files') }]);
});

test('a subfolder that cannot be read is named, and the others are taken', async () => {
  const folder = temporaryFolder();
  const inner = (name: string): string => join(folder, name);
  for (const name of ['a', 'gone', 'lost+found', 'torn', 'z']) {
    mkdirSync(inner(name));
    writeFileSync(join(inner(name), `in ${name}.txt`), 'x');
  }
  await failFolders({
    gone: { code: 'ENOENT' },
    'lost+found': { code: 'EACCES' },
    torn: { code: 'EIO', whileRead: true },
  });
  const { files, folders, unseen, leftOut } = await filesOfFolder(folder);
  expect(files.map((file) => basename(file))).toEqual(['in a.txt', 'in z.txt']);
  expect(folders).toEqual([folder, inner('a'), inner('z')]);
  expect(leftOut).toEqual([
    { name: 'lost+found', reason: `“${inner('lost+found')}” cannot be read: you may not read it.` },
    { name: 'torn', reason: `“${inner('torn')}” cannot be read: EIO: failed.` },
  ]);
  expect(unseen).toEqual(leftOut);
});

test('a folder that cannot be read itself is refused', async () => {
  const folder = temporaryFolder();
  await failFolders({ [basename(folder)]: { code: 'EPERM' } });
  await expect(filesOfFolder(folder)).rejects.toMatchObject({
    code: 'disk',
    message: `“${folder}” cannot be read: you may not read it.`,
  });
});

test('what is not there, or no file, is named', async () => {
  const folder = temporaryFolder();
  await expect(startOfFile(join(folder, 'none.pdf'))).rejects.toMatchObject({
    code: 'not-found',
    message: expect.stringContaining('none.pdf'),
  });
  await expect(startOfFile(join(folder, 'b\uFFFDd.txt'))).rejects.toMatchObject({
    message: expect.stringContaining('rename it'),
  });
  await expect(startOfFile('/dev/null')).rejects.toMatchObject({ code: 'unsupported' });
});

describe('the format of a file', () => {
  const kind = (name: string, content: string, size = content.length): string =>
    formatOf(name, Buffer.from(content, 'latin1'), size).kind;

  test('is told by its bytes and its name', () => {
    expect(kind('a.pdf', '%PDF-1.7\n')).toBe('pdf');
    expect(kind('a.txt', '%PDF-1.7\n')).toBe('pdf');
    expect(kind('README', 'Read me')).toBe('text');
    expect(kind('page', '<!DOCTYPE html><p>')).toBe('html');
    expect(kind('a.MD', '# Title')).toBe('markdown');
    expect(kind('a.py', 'print("text")')).toBe('code');
    expect(kind('a', 'only text')).toBe('text');
    expect(kind('a.docx', '%PDF-1.7\n')).toBe('pdf');
    expect(kind('a.txt', '{\\rtf1 a}')).toBe('rtf');
    expect(kind('a.docx', 'PK\x03\x04')).toBe('docx');
    expect(kind('a.xml', '<!DOCTYPE html><p>')).toBe('code');
  });

  test('or it is refused with a sentence that names it', () => {
    const refusals: [string, string, number | undefined, object][] = [
      ['a.pdf', 'hello', undefined, { code: 'bad-file', message: expect.stringContaining('“a.pdf” is not a PDF') }],
      [
        'a.psd',
        '8BPS\0\x01\0\0',
        undefined,
        {
          code: 'unsupported',
          message: expect.stringMatching(/“a\.psd”.*reads documents, .* and archives of them/),
        },
      ],
      ['a.docx', 'hello', undefined, { code: 'bad-file', message: expect.stringContaining('not a Word') }],
      ['a.doc', '\xd0\xcf\x11\xe0\0\0', undefined, { code: 'unsupported', message: expect.stringContaining('DOCX') }],
      ['a.txt', '', undefined, { code: 'bad-file', message: expect.stringContaining('empty') }],
      [
        'a.html',
        '<html>',
        2 ** 30,
        { code: 'too-large', message: expect.stringMatching(/1 GiB, and HTML can be read up to 16 MiB/) },
      ],
    ];
    for (const [name, content, size, error] of refusals)
      expect(() => kind(name, content, size)).toThrow(expect.objectContaining(error));
  });
});

describe('a recording', () => {
  const kindOf = (name: string, start: string): string => formatOf(name, Buffer.from(start, 'latin1'), 5000).kind;
  const mp4 = '\0\0\0\x20ftypisom\0\0\x02\0isomiso2avc1mp41';
  const matroska = '\x1a\x45\xdf\xa3\x9fB\x86\x81\x01';

  test('is told by its first bytes, and sound from pictures by its name', () => {
    expect(kindOf('talk.wav', 'RIFF\x24\0\0\0WAVEfmt ')).toBe('audio');
    expect(kindOf('talk', 'RIFF\x24\0\0\0WAVEfmt ')).toBe('audio');
    expect(kindOf('talk.mp3', 'ID3\x04\0\0')).toBe('audio');
    expect(kindOf('talk.mp3', '\xff\xfb\x90\0')).toBe('audio');
    expect(kindOf('talk.mp4', mp4)).toBe('video');
    expect(kindOf('talk.m4a', mp4)).toBe('audio');
    expect(kindOf('talk.bin', mp4)).toBe('video');
    expect(kindOf('talk.webm', matroska)).toBe('video');
    expect(kindOf('talk.mka', matroska)).toBe('audio');
    expect(kindOf('talk.opus', 'OggS\0\x02')).toBe('audio');
  });

  test('is not believed to be one by its name alone', () => {
    expect(() => kindOf('talk.mp3', 'hello, I am no recording')).toThrow(
      expect.objectContaining({ code: 'bad-file', message: expect.stringContaining('“talk.mp3” is not a MP3') }),
    );
  });
});
