import { describe, expect, test } from 'vitest';
import { type Entry, extensionOf, titleOfText, walkEntries } from './files.ts';

function file(name: string): Entry {
  return {
    isFile: true,
    isDirectory: false,
    name,
    file: (resolve: (file: File) => void) => resolve(new File([], name)),
  } as Entry;
}

/** A folder that gives its entries two at a time, as browsers give theirs in portions. */
function folder(name: string, entries: Entry[]): Entry {
  const createReader = () => {
    const left = [...entries];
    return { readEntries: (resolve: (entries: Entry[]) => void) => resolve(left.splice(0, 2)) };
  };
  return { isFile: false, isDirectory: true, name, createReader } as Entry;
}

const names = (walked: { files: File[] }): string[] => walked.files.map(({ name }) => name);

describe('walking what was dropped', () => {
  test('takes the files of folders in reading order, however they are portioned', async () => {
    const dropped = folder('papers', [
      file('chapter 10.md'),
      file('chapter 2.md'),
      folder('deeper', [file('notes.TXT')]),
      file('chapter 1.md'),
      file('photo.jpg'),
      file('.hidden.md'),
    ]);
    const walked = await walkEntries([dropped], ['md', 'txt']);
    expect(names(walked)).toEqual(['chapter 1.md', 'chapter 2.md', 'chapter 10.md', 'notes.TXT']);
    expect(walked).toMatchObject({ passedOver: 1, truncated: false });
  });

  test('takes a file of any kind that was dropped itself, for main to say what is wrong with it', async () => {
    expect(names(await walkEntries([file('photo.jpg')], ['md']))).toEqual(['photo.jpg']);
  });

  test('stops at the bound and says so', async () => {
    const many = folder(
      'many',
      Array.from({ length: 9 }, (_, index) => file(`${index}.md`)),
    );
    const walked = await walkEntries([many], ['md'], 4);
    expect(names(walked)).toEqual(['0.md', '1.md', '2.md', '3.md']);
    expect(walked.truncated).toBe(true);
  });

  test('does not follow folders without end', async () => {
    let deep = folder('bottom', [file('bottom.md')]);
    for (let level = 0; level < 200; level++) deep = folder('level', [deep]);
    const walked = await walkEntries([deep], ['md']);
    expect(walked).toMatchObject({ files: [], passedOver: 1 });
  });

  test('rejects when a folder cannot be read', async () => {
    const broken = {
      isFile: false,
      isDirectory: true,
      name: 'broken',
      createReader: () => ({
        readEntries: (_: unknown, reject: (error: Error) => void) => reject(new Error('not readable')),
      }),
    };
    await expect(walkEntries([broken], ['md'])).rejects.toThrow('not readable');
  });
});

test.each([
  ['a.PDF', 'pdf'],
  ['archive.tar.gz', 'gz'],
  ['README', ''],
  ['.profile', ''],
])('the ending of %s is "%s"', (name, ending) => {
  expect(extensionOf(name)).toBe(ending);
});

test.each([
  ['\n\n## The lens\n\nIt was made in Paris.', 'The lens'],
  ['---\n> Quoted', 'Quoted'],
  ['…\n', ''],
  [`${'long '.repeat(40)}`, `${'long '.repeat(16).slice(0, 79).trimEnd()}…`],
])('pasted text gets a title from its first words', (text, title) => {
  expect(titleOfText(text)).toBe(title);
});
