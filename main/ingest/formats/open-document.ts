/** What ODT, ODP and ODS have in common (OpenDocument 1.3): parts, what they say of themselves, text. */
import { LonghandError } from '../../../base/errors.ts';
import type { ReadSummary } from '../../library/library.ts';
import { type DocumentZip, openDocumentZip, refusePassword } from './document-zip.ts';
import type { FormatInput } from './format.ts';
import { usableText, usableTitle } from './titles.ts';
import { descendants, elementOf, textOf, type XmlElement } from './xml.ts';

export interface OpenDocument extends DocumentZip {
  /** What the document says of itself. */
  summary(): Promise<Omit<ReadSummary, 'emptySections'>>;
}

/** Opens the ZIP of an OpenDocument file; throws a clause for one that is encrypted, or that is none. */
export async function openOpenDocument(input: FormatInput): Promise<OpenDocument> {
  const zip = await openDocumentZip(input);
  try {
    const manifest = await zip.xml('META-INF/manifest.xml').catch(() => undefined);
    refusePassword(manifest !== undefined && [...descendants(manifest, 'encryption-data')].length > 0);
    if (zip.find('content.xml') === undefined) throw new LonghandError('bad-file', 'it holds no document');
  } catch (thrown) {
    await zip.close();
    throw thrown;
  }
  return {
    ...zip,
    async summary() {
      const meta = elementOf(await zip.xml('meta.xml').catch(() => undefined), 'meta');
      const value = (name: string): string => textOf(elementOf(meta, name));
      return {
        title: usableTitle(value('title')),
        metadata: {
          author: usableText(value('initial-creator')) ?? usableText(value('creator')),
          language: usableText(value('language')),
          createdAt: usableText(value('creation-date')) ?? usableText(value('date')),
        },
      };
    },
  };
}

/** What stands within a paragraph and is not of its text. */
const notText = new Set(['annotation', 'annotation-end', 'tracked-changes', 'ruby-text', 'note-citation', 'bookmark']);

/** A paragraph's text with its spaces, tabs, line breaks and notes; the text of a frame within it comes along. */
export function inlineText(element: XmlElement): string {
  return element.children
    .map((child): string => {
      if (typeof child === 'string') return child.replace(/\s+/g, ' ');
      if (child.name === 's') return ' '.repeat(Math.min(200, Number(child.attributes['text:c'] ?? 1) || 1));
      if (child.name === 'tab') return '\t';
      if (child.name === 'line-break') return '\n';
      if (child.name === 'note') return ` [${inlineText(child).trim()}]`;
      if (notText.has(child.name)) return '';
      const isBlock = child.name === 'p' || child.name === 'h';
      return isBlock ? `${inlineText(child)} ` : inlineText(child);
    })
    .join('');
}

/** How often a cell or row stands for several, at most `most`. */
export function repeated(element: XmlElement, attribute: string, most: number): number {
  return Math.min(most, Math.max(1, Number(element.attributes[attribute] ?? 1) || 1));
}
