/** The table of formats that can be read; a new one is a file beside this and a row here. */
import { LonghandError } from '../../../base/errors.ts';
import { sizeInWords } from '../../library/files.ts';
import { type DocumentKind, recordingKinds } from '../../library/schema.ts';
import { images } from '../media/images.ts';
import { recordings } from '../media/recordings.ts';
import { code, json } from './code.ts';
import { csv } from './csv.ts';
import { startsCompound } from './document-zip.ts';
import { docx } from './docx.ts';
import { email } from './email.ts';
import { looksBinary } from './encoding.ts';
import { epub } from './epub.ts';
import type { FileFormat, Format } from './format.ts';
import { html } from './html.ts';
import { markdown } from './markdown.ts';
import { odp } from './odp.ts';
import { ods } from './ods.ts';
import { odt } from './odt.ts';
import { pdf } from './pdf.ts';
import { pptx } from './pptx.ts';
import { rtf } from './rtf.ts';
import { subtitles } from './subtitles.ts';
import { text } from './text.ts';
import { xlsx } from './xlsx.ts';

const readers: readonly Format[] = [
  pdf,
  docx,
  pptx,
  xlsx,
  odt,
  odp,
  ods,
  rtf,
  epub,
  email,
  subtitles,
  csv,
  json,
  code,
  html,
  markdown,
  text,
];

export const formats: readonly FileFormat[] = [...readers, ...recordings, ...images];

export function formatOfKind(kind: DocumentKind): Format {
  const format = readers.find((candidate) => candidate.kind === kind);
  if (!format) throw new LonghandError('internal', `There is no reader for documents of kind ${kind}.`);
  return format;
}

/** The media type of a document's file: a kind may have several, by their names. */
export function mediaTypeOf(kind: DocumentKind, fileName: string): string {
  const ofKind = formats.filter((format) => format.kind === kind);
  const named = ofKind.find(({ extensions }) => extensions.includes(extensionOf(fileName)));
  return (named ?? ofKind[0])?.mediaType ?? 'application/octet-stream';
}

/** The file name's ending, in lower case, without the dot; empty when there is none. */
export function extensionOf(fileName: string): string {
  return /\.([^./\\]+)$/.exec(fileName)?.[1]?.toLowerCase() ?? '';
}

/** How many of a file's first bytes `formatOf` wants to see. */
export const sniffedBytes = 4096;

/** Endings of formats that are not read, and the ones to save them in. */
const savedAs: Readonly<Record<string, string>> = {
  doc: 'DOCX',
  xls: 'XLSX',
  ppt: 'PPTX',
  pages: 'DOCX',
  numbers: 'XLSX',
  key: 'PPTX',
  msg: 'EML',
  mobi: 'EPUB',
  azw3: 'EPUB',
};

function cannotBeRead(fileName: string): LonghandError {
  const better = savedAs[extensionOf(fileName)];
  const advice = better
    ? `Save it as ${better} in the program that made it, and add that.`
    : 'Longhand reads documents, books, presentations, tables, e-mail, web pages, source code, recordings, videos, pictures, and archives of them.';
  return new LonghandError('unsupported', `“${fileName}” cannot be read. ${advice}`);
}

const isRecording = ({ kind }: FileFormat): boolean => recordingKinds.includes(kind);

/**
 * The format of a file: by its first bytes where they say it, else by its name, else plain text if it is any text.
 * Throws `unsupported` or `bad-file` for a file that cannot be read, `too-large` for one that is too big.
 */
export function formatOf(fileName: string, start: Uint8Array, byteSize: number): FileFormat {
  const named = formats.find((format) => format.extensions.includes(extensionOf(fileName)));
  const marked = formats.find((format) => format.sniff(start));
  // Sound and pictures come in the same containers: which of them a recording is, its name tells.
  const sniffed = marked && named && isRecording(marked) && isRecording(named) ? undefined : marked;
  if (byteSize === 0) throw new LonghandError('bad-file', `“${fileName}” is empty.`);
  // A name is believed where the bytes allow it; those that are of another format for certain are read as that.
  const fits = named?.signature === undefined || named.signature(start) || startsCompound(start);
  const isText = sniffed?.signature === undefined;
  const format = sniffed && (!named || !fits || !isText) ? sniffed : named;
  if (named && format === named && !fits)
    throw new LonghandError(
      'bad-file',
      `“${fileName}” is not a ${named.name}, whatever its name says: it does not begin like one.`,
    );
  if (format?.signature === undefined && looksBinary(start)) throw cannotBeRead(fileName);
  const chosen = format ?? text;
  if (byteSize > chosen.maximumBytes)
    throw new LonghandError(
      'too-large',
      `“${fileName}” is ${sizeInWords(byteSize)}, and ${chosen.name} can be read up to ${sizeInWords(chosen.maximumBytes)}.`,
    );
  return chosen;
}
