import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { booksOfRData, chaptersOf, paragraphsOfSword, readOwnTexts } from './books.ts';

function int(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

/** A value of R's, serialized, packed and preceded by its length. */
function packed(type: number, ...parts: Buffer[]): Buffer {
  const header = [Buffer.from('X\n'), int(3), int(0x040201), int(0x030500), int(5), Buffer.from('UTF-8')];
  const bytes = Buffer.concat([...header, int(type), ...parts]);
  return Buffer.concat([int(bytes.length), deflateSync(bytes)]);
}

function vector(...lines: (string | null)[]): Buffer {
  const strings = lines.map((line) =>
    line === null
      ? Buffer.concat([int(9), int(-1)])
      : Buffer.concat([int(0x40009), int(line.length), Buffer.from(line)]),
  );
  return packed(16, int(lines.length), ...strings);
}

describe('booksOfRData', () => {
  it('reads vectors of lines one after the other, and passes over other values', async () => {
    const data = Buffer.concat([
      vector('SENSE AND SO', '', 'It was', 'late.', null, '', 'Then.'),
      packed(13, int(1), int(42)),
      vector('EMMA', '', 'Soon.'),
    ]);
    expect(await booksOfRData(data)).toEqual([
      { title: 'Sense And So', paragraphs: ['SENSE AND SO', 'It was late.', 'Then.'] },
      { title: 'Emma', paragraphs: ['EMMA', 'Soon.'] },
    ]);
  });
});

describe('chaptersOf', () => {
  it('makes a paragraph of each chapter', () => {
    expect(chaptersOf('Ge1:1 In the\nGe1:2 And so. \n\nGe2:1 Thus\n1Jo1:1 That')).toEqual([
      'In the And so.',
      'Thus',
      'That',
    ]);
  });
});

describe('paragraphsOfSword', () => {
  it('unpacks the blocks that the index names, without markup and headings', () => {
    const markup = [
      '<title type="x">Chapter 1</title><div sID="a"/>A paragraph with <hi>some</hi> words &amp; more than forty characters.<div eID="a"/>',
      '<div/>Too short.<div/>Another paragraph, said <reference ref="x">Ps 1</reference>, that is long enough.',
    ];
    const blocks = markup.map((text) => deflateSync(Buffer.from(text)));
    const index = Buffer.alloc(36);
    index.writeUInt32LE(0, 0);
    index.writeUInt32LE(blocks[0]?.length ?? 0, 4);
    // The second entry is empty.
    index.writeUInt32LE(blocks[0]?.length ?? 0, 24);
    index.writeUInt32LE(blocks[1]?.length ?? 0, 28);
    expect(paragraphsOfSword(index, Buffer.concat(blocks))).toEqual([
      'A paragraph with some words & more than forty characters.',
      'Another paragraph, said Ps 1, that is long enough.',
    ]);
  });
});

describe('readOwnTexts', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'longhand-own-texts-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('reads a file, and the text files of a folder in order', async () => {
    await mkdir(join(folder, 'more'));
    await writeFile(join(folder, 'b.txt'), 'Second.\r\n\r\nThird.');
    await writeFile(join(folder, 'a.md'), 'First.');
    await writeFile(join(folder, 'more', 'c.txt'), 'Last.');
    await writeFile(join(folder, 'empty.txt'), '\n');
    await writeFile(join(folder, 'picture.png'), 'no text');
    expect(await readOwnTexts(join(folder, 'b.txt'))).toEqual([{ title: 'b', paragraphs: ['Second.', 'Third.'] }]);
    expect((await readOwnTexts(folder)).map(({ title }) => title)).toEqual(['a', 'b', 'c']);
  });

  it('says when there is nothing', async () => {
    await expect(readOwnTexts(join(folder, 'none'))).rejects.toMatchObject({ code: 'not-found' });
    await expect(readOwnTexts(folder)).rejects.toMatchObject({ code: 'bad-file' });
  });
});
