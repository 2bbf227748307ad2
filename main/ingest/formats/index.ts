/** The table of formats that can be read; a new one is a file beside this and a row here. */
import { LonghandError } from '../../../base/errors.ts';
import { sizeInWords } from '../../library/files.ts';
import type { DocumentKind } from '../../library/schema.ts';
import type { Format } from './format.ts';
import { html } from './html.ts';
import { markdown } from './markdown.ts';
import { pdf } from './pdf.ts';
import { looksBinary, text } from './text.ts';

export const formats: readonly Format[] = [pdf, html, markdown, text];

/** File name endings that can be added, without the dot. */
export const extensions: readonly string[] = formats.flatMap((format) => format.extensions);

export function formatOfKind(kind: DocumentKind): Format {
  const format = formats.find((candidate) => candidate.kind === kind);
  if (!format) throw new LonghandError('internal', `There is no reader for documents of kind ${kind}.`);
  return format;
}

/** The formats' names for a sentence: "PDF, HTML, Markdown and plain text". */
function formatNames(): string {
  const names = formats.map(({ name }) => name);
  return `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}

/** The file name's ending, in lower case, without the dot; empty when there is none. */
export function extensionOf(fileName: string): string {
  return /\.([^./\\]+)$/.exec(fileName)?.[1]?.toLowerCase() ?? '';
}

/** How many of a file's first bytes `formatOf` wants to see. */
export const sniffedBytes = 4096;

/**
 * The format of a file: PDF by its first bytes, else by its name, else by its first bytes, else plain
 * text if it is any text. Throws `unsupported` or `bad-file` for a file that cannot be read, `too-large`
 * for one that is too big.
 */
export function formatOf(fileName: string, start: Uint8Array, byteSize: number): Format {
  const named = formats.find((format) => format.extensions.includes(extensionOf(fileName)));
  const sniffed = formats.find((format) => format.sniff(start));
  if (byteSize === 0) throw new LonghandError('bad-file', `“${fileName}” is empty.`);
  if (named === pdf && sniffed !== pdf)
    throw new LonghandError(
      'bad-file',
      `“${fileName}” is not a PDF, whatever its name says: it does not begin like one.`,
    );
  const format = sniffed === pdf ? pdf : (named ?? sniffed ?? text);
  if (format !== pdf && looksBinary(start))
    throw new LonghandError('unsupported', `“${fileName}” cannot be read. Longhand reads ${formatNames()}.`);
  if (byteSize > format.maximumBytes)
    throw new LonghandError(
      'too-large',
      `“${fileName}” is ${sizeInWords(byteSize)}, and ${format.name} can be read up to ${sizeInWords(format.maximumBytes)}.`,
    );
  return format;
}
