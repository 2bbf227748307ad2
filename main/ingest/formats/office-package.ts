/** What DOCX, PPTX and XLSX have in common (ECMA-376 part 2): parts, the relations between them, properties. */
import { LonghandError } from '../../../base/errors.ts';
import type { ReadSummary } from '../../library/library.ts';
import { type DocumentZip, openDocumentZip, resolvePath } from './document-zip.ts';
import type { FormatInput } from './format.ts';
import { usableText, usableTitle } from './titles.ts';
import { elementOf, elementsOf, textOf } from './xml.ts';

export interface Relation {
  /** The last part of its type: "slide", "worksheet". */
  type: string;
  /** The path of the part that it leads to. */
  target: string;
}

export interface OfficePackage extends DocumentZip {
  /** The part that everything starts from: word/document.xml, say. */
  main: string;
  /** Where a part leads to, by the relations' ids; empty for a part without relations. */
  relations(part: string): Promise<Map<string, Relation>>;
  /** What the document says of itself. */
  summary(): Promise<Omit<ReadSummary, 'emptySections'>>;
}

export async function openOfficePackage(input: FormatInput): Promise<OfficePackage> {
  const zip = await openDocumentZip(input);
  try {
    return await officePackage(zip);
  } catch (thrown) {
    await zip.close();
    throw thrown;
  }
}

async function officePackage(zip: DocumentZip): Promise<OfficePackage> {
  async function relations(part: string): Promise<Map<string, Relation>> {
    const slash = part.lastIndexOf('/') + 1;
    const list = await zip.xml(`${part.slice(0, slash)}_rels/${part.slice(slash)}.rels`);
    const found = new Map<string, Relation>();
    for (const { attributes } of list ? elementsOf(list, 'Relationship') : [])
      if (attributes.Id && attributes.Target && attributes.TargetMode !== 'External')
        found.set(attributes.Id, {
          type: attributes.Type?.split('/').at(-1) ?? '',
          target: resolvePath(part, attributes.Target),
        });
    return found;
  }

  const fromRoot = [...(await relations('')).values()];
  const main = fromRoot.find(({ type }) => type === 'officeDocument')?.target;
  if (!main || zip.find(main) === undefined) throw new LonghandError('bad-file', 'it holds no document');
  return {
    ...zip,
    main,
    relations,
    async summary() {
      const part = fromRoot.find(({ type }) => type === 'core-properties')?.target ?? 'docProps/core.xml';
      const properties = await zip.xml(part).catch(() => undefined);
      const value = (name: string): string => textOf(elementOf(properties, name));
      return {
        title: usableTitle(value('title')),
        metadata: {
          author: usableText(value('creator')),
          language: usableText(value('language')),
          createdAt: usableText(value('created')),
        },
      };
    },
  };
}
