/** The table of files that hold other files. What is in one becomes documents of their own. */
import { startsZip } from '../formats/document-zip.ts';
import { extensionOf, formats } from '../formats/index.ts';

export type ContainerKind = 'zip' | 'tar' | 'gzip' | 'email';

interface Container {
  kind: ContainerKind;
  extensions: readonly string[];
  signature(start: Uint8Array): boolean;
}

const startsTar = (start: Uint8Array): boolean =>
  new TextDecoder('latin1').decode(start.subarray(257, 262)) === 'ustar';

const archives: readonly Container[] = [
  { kind: 'zip', extensions: ['zip'], signature: startsZip },
  { kind: 'gzip', extensions: ['gz', 'tgz'], signature: (start) => start[0] === 0x1f && start[1] === 0x8b },
  { kind: 'tar', extensions: ['tar'], signature: startsTar },
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
  const isDocument = formats.some(
    (format) => format.sniff(start) || (format.signature && format.extensions.includes(ending)),
  );
  return isDocument ? undefined : archives.find(({ signature }) => signature(start))?.kind;
}
