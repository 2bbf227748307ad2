/** Where documents come from: files and folders of this machine, uploads, pasted text, the sample. */
import type { Dirent } from 'node:fs';
import { open, opendir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { LonghandError } from '../../base/errors.ts';
import { extensions } from './containers/containers.ts';
import { extensionOf, sniffedBytes } from './formats/index.ts';
import { cleanName, leftOutSentence, type Refused } from './names.ts';

export type Source =
  | { kind: 'path'; path: string }
  | { kind: 'upload'; upload: string; name: string }
  | { kind: 'text'; title: string; text: string }
  | { kind: 'sample' };

/** The most files that are taken from one folder. */
const maximumFiles = 5_000;
const maximumDepth = 32;

/** A file name for pasted text: `.md` when it is written in Markdown, else `.txt`. */
export function textFileName(title: string, text: string): string {
  const isMarkdown = /^(?:#{1,6} |```|~~~|> |\s*[-*+] |\d+\. )/m.test(text) || /\[[^\]\n]+\]\([^)\n]+\)/.test(text);
  return `${cleanName(title.replace(/[\s/\\:*?"<>|]+/g, ' ').trim())}.${isMarkdown ? 'md' : 'txt'}`;
}

/** What stands in a name for bytes that are not UTF-8: a file of that name is not found again. */
const replacementCharacter = '\uFFFD';

function readFailure(path: string, thrown: unknown): LonghandError {
  const code = (thrown as NodeJS.ErrnoException).code;
  const why: Record<string, string> = {
    ENOENT: 'it does not exist',
    EACCES: 'you may not read it',
    EPERM: 'you may not read it',
    EISDIR: 'it is a folder',
  };
  const reason =
    code === 'ENOENT' && path.includes(replacementCharacter)
      ? 'its name has bytes that are no text; rename it'
      : ((code && why[code]) ?? (thrown as Error).message);
  return new LonghandError(code === 'ENOENT' ? 'not-found' : 'disk', `“${path}” cannot be read: ${reason}.`);
}

/** The size and the first bytes of a file; throws `not-found`, `disk`, or `unsupported` for what is no file. */
export async function startOfFile(path: string): Promise<{ byteSize: number; start: Uint8Array }> {
  try {
    const info = await stat(path);
    if (!info.isFile()) throw new LonghandError('unsupported', `“${path}” is neither a file nor a folder.`);
    const file = await open(path);
    try {
      const start = new Uint8Array(sniffedBytes);
      const { bytesRead } = await file.read(start, 0, start.length, 0);
      return { byteSize: info.size, start: start.subarray(0, bytesRead) };
    } finally {
      await file.close();
    }
  } catch (thrown) {
    throw thrown instanceof LonghandError ? thrown : readFailure(path, thrown);
  }
}

/** What is in a folder and not hidden, by name. */
async function entriesOf(folder: string): Promise<Dirent[]> {
  const entries: Dirent[] = [];
  for await (const entry of await opendir(folder)) if (!entry.name.startsWith('.')) entries.push(entry);
  return entries.sort((a, b) => a.name.localeCompare(b.name));
}

/**
 * The files of a folder and its subfolders that can be read, by their names, in alphabetical order;
 * the folder and its subfolders; one line for each part that was not looked through; and those lines with one for what
 * was left out of the rest. Hidden entries are passed over and links are not followed. Throws `not-found` or `disk` when
 * the folder itself cannot be read.
 */
export async function filesOfFolder(
  folder: string,
): Promise<{ files: string[]; folders: string[]; unseen: Refused[]; leftOut: Refused[] }> {
  const files: string[] = [];
  const folders: string[] = [];
  const others = new Map<string, number>();
  const unseen: Refused[] = [];
  // One subfolder that may not be read, as systems keep on every disk, is no reason not to add the others.
  const passOver = (path: string, thrown: unknown): void => {
    const { code, message } = readFailure(path, thrown);
    // What was removed meanwhile is not missed.
    if (code !== 'not-found') unseen.push({ name: basename(path), reason: message });
  };
  const visit = async (path: string, depth: number): Promise<void> => {
    const entries = await entriesOf(path);
    folders.push(path);
    for (const entry of entries) {
      if (files.length >= maximumFiles) return;
      const ending = extensionOf(entry.name);
      const inner = join(path, entry.name);
      if (entry.isDirectory() && depth < maximumDepth)
        await visit(inner, depth + 1).catch((thrown: unknown) => passOver(inner, thrown));
      else if (entry.isFile() && extensions.includes(ending)) files.push(inner);
      else if (entry.isFile()) others.set(ending, (others.get(ending) ?? 0) + 1);
    }
  };
  try {
    await visit(folder, 0);
  } catch (thrown) {
    throw readFailure(folder, thrown);
  }
  const name = basename(folder);
  if (files.length >= maximumFiles)
    unseen.unshift({ name, reason: `Only the first ${maximumFiles} files of “${name}” were added.` });
  const leftOut = [...unseen];
  if (others.size > 0) leftOut.push({ name, reason: leftOutSentence(name, others) });
  if (files.length === 0 && leftOut.length === 0) leftOut.push({ name, reason: `“${name}” holds no files.` });
  return { files, folders, unseen, leftOut };
}

/** True when the path is a folder; false for a file, and for what is not there. */
export async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (info) => info.isDirectory(),
    () => false,
  );
}
