/**
 * Takes the files out of an archive or a letter, within bounds. A name in an archive is never a path
 * here: files are written by number into one folder, and the name is kept for a person.
 */
import { createReadStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createGunzip } from 'node:zlib';
import { LonghandError } from '../../../base/errors.ts';
import { type StoredFile, sizeInWords, writeStream } from '../../library/files.ts';
import { attachmentsOf, parseEmail } from '../formats/email.ts';
import { extensionOf } from '../formats/index.ts';
import { openZip } from '../formats/zip.ts';
import { cleanName, leftOutSentence, type Refused } from '../names.ts';
import { type ContainerEntry, type ContainerKind, extensions } from './containers.ts';
import { archiveEntries } from './libarchive.ts';
import { tarEntries } from './tar.ts';

export interface UnpackInput {
  path: string;
  fileName: string;
  byteSize: number;
  container: ContainerKind;
  /** An empty folder for the files. */
  folder: string;
}

/** A file that was taken out. */
export interface Member extends StoredFile {
  name: string;
  path: string;
}

/** Files of one archive. */
const maximumMembers = 5_000;
/** An archive may hold this many times its own size… */
const largestRatio = 200;
/** …or this much, if that is more… */
const freeBytes = 64 * 1024 ** 2;
/** …but never more than this. */
const mostBytes = 16 * 1024 ** 3;

/** The bytes of all files together are counted below. */
const archiveLimits = { entries: 100_000, entryBytes: mostBytes, totalBytes: mostBytes };

/** Begins only when it is asked for bytes, so that no error of it comes before someone listens. */
async function* gunzipped(path: string): AsyncGenerator<Uint8Array> {
  const source = createReadStream(path);
  const inflater = createGunzip();
  source.on('error', (error) => inflater.destroy(error));
  source.pipe(inflater);
  try {
    for await (const chunk of inflater) yield chunk as Uint8Array;
  } finally {
    source.destroy();
    inflater.destroy();
  }
}

/** What an archive of so many bytes may hold. */
const limitOf = (byteSize: number): number => Math.min(mostBytes, Math.max(freeBytes, byteSize * largestRatio));

const byLibarchive = ({ path, byteSize }: UnpackInput): AsyncGenerator<ContainerEntry> =>
  archiveEntries(path, byteSize, limitOf(byteSize));

/** The files in a container, in their order. */
const entriesOf: Record<ContainerKind, (input: UnpackInput) => AsyncGenerator<ContainerEntry>> = {
  async *zip({ path, byteSize }) {
    const zip = await openZip(path, byteSize, archiveLimits);
    try {
      for (const { name, isFolder } of zip.entries.values()) if (!isFolder) yield { name, bytes: zip.stream(name) };
    } finally {
      await zip.close();
    }
  },
  tar: ({ path }) => tarEntries(createReadStream(path)),
  async *gzip({ path, fileName }) {
    const name = fileName.replace(/\.tgz$/i, '.tar').replace(/\.gz$/i, '');
    yield { name, bytes: gunzipped(path) };
  },
  '7z': byLibarchive,
  rar: byLibarchive,
  bzip2: byLibarchive,
  xz: byLibarchive,
  async *email({ path }) {
    for (const { name, bytes } of attachmentsOf(await parseEmail(path)))
      yield {
        name,
        bytes: (async function* () {
          yield bytes;
        })(),
      };
  },
};

/** Where a name leads out of the folder that it is in. */
const leadsOut = (name: string): boolean => /^(?:[/\\]|[a-z]:)/i.test(name) || name.split(/[/\\]/).includes('..');

/** Files that programs leave for themselves. */
const isHidden = (name: string): boolean => name.split(/[/\\]/).some((part) => /^(?:\.[^.]|__MACOSX$)/.test(part));

/** Passes bytes on while all of the archive's stay within `limit`. */
async function* counted(entry: ContainerEntry, count: (bytes: number) => void): AsyncGenerator<Uint8Array> {
  for await (const chunk of entry.bytes) {
    count(chunk.length);
    yield chunk;
  }
}

/**
 * Unpacks a container into `folder`. A file that is damaged or of another kind is left out with a sentence; what
 * holds far more than it should is refused as a whole. Throws `bad-file`, `too-large` or `disk`.
 */
export async function unpack(input: UnpackInput): Promise<{ members: Member[]; leftOut: Refused[] }> {
  const { fileName, byteSize, container, folder } = input;
  const limit = limitOf(byteSize);
  const tooMuch = (): LonghandError =>
    new LonghandError(
      'too-large',
      `“${fileName}” was not unpacked: it holds more than ${sizeInWords(limit)}, far more than its size would make one expect.`,
    );
  let total = 0;
  const count = (bytes: number): void => {
    total += bytes;
    if (total > limit) throw tooMuch();
  };
  const members: Member[] = [];
  const leftOut: Refused[] = [];
  const others = new Map<string, number>();
  const take = async (entry: ContainerEntry): Promise<void> => {
    const name = cleanName(entry.name);
    const path = join(folder, String(members.length));
    try {
      const stored = await writeStream(path, counted(entry, count), { maximumBytes: limit, name });
      members.push({ ...stored, name, path });
    } catch (thrown) {
      await rm(path, { force: true });
      if (total > limit || (thrown as NodeJS.ErrnoException).code === 'ENOSPC') throw thrown;
      const why = thrown instanceof LonghandError ? causeOf(thrown) : 'it is damaged';
      leftOut.push({ name, reason: `“${name}” in “${fileName}” cannot be unpacked: ${why}.` });
    }
  };
  try {
    for await (const entry of entriesOf[container](input)) {
      const ending = extensionOf(entry.name);
      if (isHidden(entry.name)) continue;
      if (leadsOut(entry.name))
        leftOut.push({
          name: cleanName(entry.name),
          reason: `“${entry.name}” in “${fileName}” was left out: its name leads out of the archive.`,
        });
      else if (container !== 'gzip' && container !== 'email' && !extensions.includes(ending))
        others.set(ending, (others.get(ending) ?? 0) + 1);
      else if (members.length >= maximumMembers) {
        leftOut.push({ name: fileName, reason: `Only the first ${maximumMembers} files of “${fileName}” were added.` });
        break;
      } else await take(entry);
    }
  } catch (thrown) {
    if (total > limit) throw tooMuch();
    if (thrown instanceof LonghandError && thrown.message.startsWith('“')) throw thrown;
    const code = thrown instanceof LonghandError ? thrown.code : 'bad-file';
    throw new LonghandError(
      code,
      `“${fileName}” cannot be unpacked: ${(thrown as Error).message.replace(/\.$/, '')}.`,
      {
        cause: thrown,
      },
    );
  }
  if (others.size > 0) leftOut.push({ name: fileName, reason: leftOutSentence(fileName, others) });
  if (members.length === 0 && leftOut.length === 0 && container !== 'email')
    leftOut.push({ name: fileName, reason: `“${fileName}” holds no files.` });
  return { members, leftOut };
}

/** The clause within the sentence of a file that could not be written. */
function causeOf(error: LonghandError): string {
  const cause = error.cause instanceof Error ? error.cause : error;
  return cause.message.replace(/\.$/, '');
}
