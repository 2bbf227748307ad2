/** The ZIP of a document: its parts as XML, by their paths. */
import { open } from 'node:fs/promises';
import { LonghandError } from '../../../base/errors.ts';
import type { FormatInput } from './format.ts';
import { beginsWith } from './signature.ts';
import { decodeXml, parseXml, type XmlElement } from './xml.ts';
import { openZip, type Zip } from './zip.ts';

export interface DocumentZip extends Zip {
  /** The name of a part as the ZIP has it, whatever its case and slashes; undefined when it is not there. */
  find(path: string): string | undefined;
  /** A part's text; throws `bad-file` when it is missing. */
  source(path: string): Promise<string>;
  /** A part as a tree; undefined when it is missing. */
  xml(path: string): Promise<XmlElement | undefined>;
}

/** How the compound files begin that Office writes for its old formats, and around what it encrypts. */
export const startsCompound = beginsWith(0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1);

export const startsZip = beginsWith(0x50, 0x4b, 3, 4);

/** What programs write first into an Office file, unless they begin with the folder of its kind. */
const officeBeginning = /^(?:\[Content_Types\]\.xml$|_rels\/|docProps\/)/;

/** The name of a ZIP's first entry. */
function firstName(start: Uint8Array): string {
  const [low = 0, high = 0] = start.subarray(26, 28);
  return new TextDecoder('latin1').decode(start.subarray(30, 30 + low + 256 * high));
}

/**
 * True for the ZIP of an Office file whose parts lie in this folder: it is named in the first bytes, and the first
 * entry is one of an Office file, as any ZIP may hold a folder of that name or a document that has one.
 */
export function zipNamesFolder(start: Uint8Array, folder: string): boolean {
  if (!startsZip(start)) return false;
  const first = firstName(start);
  const isOffice = (first.startsWith(folder) && /\.(xml|rels)$/.test(first)) || officeBeginning.test(first);
  return isOffice && new TextDecoder('latin1').decode(start).includes(folder);
}

/** True for a ZIP whose first entry says that it is of this media type, as EPUB and OpenDocument ask for. */
export function zipSaysType(start: Uint8Array, mediaType: string): boolean {
  const head = new TextDecoder('latin1').decode(start.subarray(30, 160));
  return startsZip(start) && head.startsWith('mimetype') && head.includes(mediaType);
}

const needsPassword = (): LonghandError =>
  new LonghandError(
    'unsupported',
    'it needs a password. Remove the password in the program that made it, and add the file again',
  );

async function refuseCompound({ path }: FormatInput): Promise<void> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(8), 0, 8, 0);
    if (!startsCompound(buffer.subarray(0, bytesRead))) return;
    const name = Buffer.from('EncryptedPackage', 'utf16le');
    for await (const chunk of file.createReadStream({ start: 0, highWaterMark: 1 << 20, autoClose: false }))
      if ((chunk as Buffer).includes(name)) throw needsPassword();
    throw new LonghandError('unsupported', 'it is in the format of old Office versions. Save it in the current format');
  } finally {
    await file.close();
  }
}

/** Opens the ZIP of a document; throws a clause for what cannot be read, a password included. */
export async function openDocumentZip(input: FormatInput): Promise<DocumentZip> {
  await refuseCompound(input);
  const zip = await openZip(input.path, input.byteSize);
  const normal = (path: string): string => path.replaceAll('\\', '/').replace(/^\/+/, '').toLowerCase();
  const names = new Map([...zip.entries.keys()].map((name) => [normal(name), name]));
  const find = (path: string): string | undefined => names.get(normal(path));
  const source = async (path: string): Promise<string> => decodeXml(await zip.bytes(find(path) ?? path));
  return {
    ...zip,
    find,
    source,
    xml: async (path) => (find(path) === undefined ? undefined : parseXml(await source(path))),
  };
}

/** Throws when parts of an OpenDocument or EPUB file are encrypted with a password. */
export const refusePassword = (isEncrypted: boolean): void => {
  if (isEncrypted) throw needsPassword();
};

/** A path that a part names, seen from that part. */
export function resolvePath(from: string, target: string): string {
  if (target.startsWith('/')) return target.slice(1);
  const folders = from.split('/').slice(0, -1);
  for (const step of target.split('/'))
    if (step === '..') folders.pop();
    else if (step !== '.' && step !== '') folders.push(step);
  return folders.join('/');
}
