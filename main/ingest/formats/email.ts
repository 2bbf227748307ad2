/** EML: a letter with its headers and its text; what is attached becomes documents of their own. */
import { readFile } from 'node:fs/promises';
import type { Address, Email } from 'postal-mime';
import { LonghandError } from '../../../base/errors.ts';
import type { ReadSummary } from '../../library/library.ts';
import { namingErrors } from './failures.ts';
import type { Format, FormatInput, FoundSection, FoundSections } from './format.ts';
import { letterDate } from './letter-date.ts';
import { letterText } from './letter-text.ts';
import { markdownSections } from './markdown.ts';
import { escapeMarkdown, headingLine } from './markdown-writer.ts';
import { inSteps, plainSections } from './text.ts';

/** A file that came with a letter. */
export interface Attachment {
  name: string;
  bytes: Uint8Array;
}

/** Parses a letter; throws a clause for what is none. */
export async function parseEmail(path: string): Promise<Email> {
  return parseBytes(await readFile(path));
}

async function parseBytes(bytes: Uint8Array): Promise<Email> {
  const { default: PostalMime } = await import('postal-mime');
  const email = await PostalMime.parse(bytes, { maxNestingDepth: 32, maxHeadersSize: 4 * 1024 ** 2 });
  if (!email.from && !email.date && !email.subject && !email.messageId)
    throw new LonghandError('bad-file', 'it has none of the lines that a letter begins with');
  return email;
}

/** The files that came with a letter; pictures that its text shows are part of it, and none. */
export function attachmentsOf({ attachments }: Email): Attachment[] {
  return attachments
    .filter(({ related, disposition }) => !related || disposition === 'attachment')
    .map(({ filename, mimeType, content }, i) => ({
      name: filename || `attachment-${i + 1}${mimeType === 'message/rfc822' ? '.eml' : ''}`,
      bytes: typeof content === 'string' ? Buffer.from(content) : new Uint8Array(content),
    }));
}

function addressNames(addresses: readonly Address[] = []): string {
  return addresses
    .map((address) => {
      if (address.group) return address.name;
      return address.name && address.address ? `${address.name} <${address.address}>` : address.name || address.address;
    })
    .filter(Boolean)
    .join(', ');
}

/** The letter's head as a section: who wrote to whom, when, about what, and what came with it. */
function headSection(email: Email): string {
  const lines = [
    ['From', addressNames(email.from ? [email.from] : [])],
    ['To', addressNames(email.to)],
    ['Cc', addressNames(email.cc)],
    ['Date', letterDate(email.headers.find(({ key }) => key === 'date')?.value ?? '')],
    [
      'Attached',
      attachmentsOf(email)
        .map(({ name }) => name)
        .join(', '),
    ],
  ].filter(([, value]) => value);
  const head = lines.map(([name, value = '']) => `**${name}:** ${escapeMarkdown(value.replace(/\s+/g, ' '))}`);
  return [headingLine(1, email.subject?.trim() || 'Letter'), head.join('  \n')].join('\n\n');
}

/** True for a letter whose lines are wrapped by its writer's program, and joined where it is parsed (RFC 3676). */
function isFlowed(bytes: Uint8Array): boolean {
  return /format\s*=\s*"?flowed/i.test(new TextDecoder('latin1').decode(bytes.subarray(0, 1 << 18)));
}

async function bodySections({ html, text }: Email, offset: number, flowed: boolean): Promise<FoundSection[]> {
  // The plain text is what the writer's program made of the other one, and it may be missing.
  if (text?.trim()) return plainSections(letterText(text, flowed), offset);
  if (!html?.trim()) return [];
  const { htmlToMarkdown } = await import('./html-to-markdown.ts');
  return markdownSections(htmlToMarkdown(html, 'everything').markdown).map((section) => {
    const { anchor } = section;
    if (anchor.kind !== 'range') return section;
    return { ...section, anchor: { ...anchor, start: anchor.start + offset, end: anchor.end + offset } };
  });
}

async function* readEmail(input: FormatInput): AsyncGenerator<FoundSections, ReadSummary> {
  const bytes = await readFile(input.path);
  const mail = await parseBytes(bytes);
  const head = headSection(mail);
  const title = mail.subject?.trim().slice(0, 300) || null;
  const sections: FoundSection[] = [
    { title, level: 1, format: 'markdown', text: head, anchor: { kind: 'range', start: 0, end: head.length } },
    ...(await bodySections(mail, head.length + 2, isFlowed(bytes))),
  ];
  yield* inSteps(sections, input.byteSize);
  return {
    title,
    metadata: {
      author: addressNames(mail.from ? [mail.from] : []) || null,
      language: null,
      createdAt: mail.date ?? null,
    },
    emptySections: 0,
  };
}

const headerLine = /^(?:received|return-path|delivered-to|mime-version|message-id|from|to|subject|date|x-[\w-]+):/i;

export const email: Format = {
  kind: 'email',
  name: 'e-mail (EML)',
  extensions: ['eml'],
  mediaType: 'message/rfc822',
  maximumBytes: 128 * 1024 ** 2,
  // Several of the lines that letters begin with, one after the other; one alone begins many a text.
  sniff: (start) =>
    new TextDecoder('latin1')
      .decode(start.subarray(0, 2048))
      .split(/\r?\n(?![ \t])/)
      .slice(0, 4)
      .filter((line) => headerLine.test(line)).length === 4,
  read: namingErrors('an e-mail', readEmail),
};
