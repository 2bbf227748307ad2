/** The table of files that hold other files. What is in one becomes documents of their own. */
import { startsZip } from '../formats/document-zip.ts';
import { extensionOf, formats } from '../formats/index.ts';
import { beginsWith } from '../formats/signature.ts';
import { startsTar } from './tar.ts';

export const containerKinds = ['zip', 'tar', 'gzip', '7z', 'rar', 'bzip2', 'xz', 'email'] as const;
export type ContainerKind = (typeof containerKinds)[number];

/** A file that is in another one. */
export interface ContainerEntry {
  /** As it is written there; it may be a path. */
  name: string;
  /** Its bytes, to be read before the next entry; what is left of them is passed over. */
  bytes: AsyncIterable<Uint8Array>;
}

interface Container {
  kind: ContainerKind;
  extensions: readonly string[];
  signature(start: Uint8Array): boolean;
}

const archives: readonly Container[] = [
  { kind: 'zip', extensions: ['zip'], signature: startsZip },
  { kind: 'gzip', extensions: ['gz', 'tgz'], signature: beginsWith(0x1f, 0x8b) },
  { kind: 'tar', extensions: ['tar'], signature: startsTar },
  { kind: '7z', extensions: ['7z'], signature: beginsWith(0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c) },
  { kind: 'rar', extensions: ['rar'], signature: beginsWith(0x52, 0x61, 0x72, 0x21, 0x1a, 0x07) },
  { kind: 'bzip2', extensions: ['bz2', 'tbz2', 'tbz'], signature: beginsWith(0x42, 0x5a, 0x68) },
  { kind: 'xz', extensions: ['xz', 'txz'], signature: beginsWith(0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00) },
];

/** File name endings that can be added, without the dot. */
export const extensions: readonly string[] = [...formats, ...archives].flatMap((each) => each.extensions);

/** Whether a file is an archive, by its name alone. */
export function isNamedAsArchive(fileName: string): boolean {
  return archives.some((archive) => archive.extensions.includes(extensionOf(fileName)));
}

/** The kind of archive that a file is; undefined for a document, though many of those are ZIP files too. */
export function archiveOf(fileName: string, start: Uint8Array): ContainerKind | undefined {
  const ending = extensionOf(fileName);
  const archive = archives.find(({ signature }) => signature(start))?.kind;
  // A document within the first bytes of any other archive is one of its files.
  const isDocument = formats.some(
    (format) => (archive === 'zip' && format.sniff(start)) || (format.signature && format.extensions.includes(ending)),
  );
  return isDocument ? undefined : archive;
}
