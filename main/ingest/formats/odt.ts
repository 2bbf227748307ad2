/** ODT: text documents of LibreOffice and others. */
import type { ReadSummary } from '../../library/library.ts';
import { startsZip, zipSaysType } from './document-zip.ts';
import { namingErrors, noText } from './failures.ts';
import type { Format, FormatInput, FoundSections } from './format.ts';
import { markdownSections, markdownTitle } from './markdown.ts';
import { escapeMarkdown, headingLine, joinBlocks, listItem, table } from './markdown-writer.ts';
import { inlineText, openOpenDocument, repeated } from './open-document.ts';
import { inSteps } from './text.ts';
import { descendants, elementOf, elementsOf, type XmlElement } from './xml.ts';

const mediaType = 'application/vnd.oasis.opendocument.text';
const maximumTableColumns = 1_000;

/** The styles that are the one called Title, under whatever name. */
function titleStyles(content: XmlElement): ReadonlySet<string> {
  const names = new Set(['Title']);
  const automatic = elementOf(content, 'automatic-styles');
  for (const { attributes } of automatic ? elementsOf(automatic, 'style') : [])
    if (attributes['style:parent-style-name'] === 'Title' && attributes['style:name'])
      names.add(attributes['style:name']);
  return names;
}

/** The rows of a table as texts; a table within a cell is part of its text. */
export function tableTexts(element: XmlElement): string[][] {
  return [...descendants(element, 'table-row')].map((row) =>
    elementsOf(row)
      .filter(({ name }) => name === 'table-cell' || name === 'covered-table-cell')
      .flatMap((cell) => {
        const text = inlineText(cell).trim();
        const count = repeated(cell, 'table:number-columns-repeated', text ? maximumTableColumns : 1);
        return Array<string>(count).fill(text);
      }),
  );
}

/** The blocks of a list, its lists within it deeper. */
export function listBlocks(list: XmlElement, depth = 0): string[] {
  return elementsOf(list).flatMap((item) =>
    elementsOf(item).flatMap((part) => {
      if (part.name === 'list') return listBlocks(part, depth + 1);
      const text = inlineText(part).trim();
      return text ? [listItem(depth, text)] : [];
    }),
  );
}

/** A document's body → blocks of Markdown. */
function blocksOf(body: XmlElement, isTitle: (style: string) => boolean): string[] {
  return elementsOf(body).flatMap((element): string[] => {
    switch (element.name) {
      case 'h': {
        const text = inlineText(element).trim();
        return text ? [headingLine(Number(element.attributes['text:outline-level'] ?? 1) || 1, text)] : [];
      }
      case 'p': {
        const text = inlineText(element).trim();
        if (!text) return [];
        return [isTitle(element.attributes['text:style-name'] ?? '') ? headingLine(1, text) : escapeMarkdown(text)];
      }
      case 'list':
        return listBlocks(element);
      case 'table':
        return [table(tableTexts(element))];
      case 'tracked-changes':
      case 'forms':
      case 'sequence-decls':
        return [];
      default:
        return blocksOf(element, isTitle);
    }
  });
}

async function* readOdt(input: FormatInput): AsyncGenerator<FoundSections, ReadSummary> {
  const document = await openOpenDocument(input);
  try {
    const content = await document.xml('content.xml');
    const body = elementOf(elementOf(content, 'body'), 'text');
    if (!content || !body) throw noText();
    const titles = titleStyles(content);
    const sections = markdownSections(joinBlocks(blocksOf(body, (style) => titles.has(style))));
    if (sections.length === 0) throw noText();
    yield* inSteps(sections, input.byteSize);
    const { title, metadata } = await document.summary();
    return { title: title ?? markdownTitle(sections), metadata, emptySections: 0 };
  } finally {
    await document.close();
  }
}

export const odt: Format = {
  kind: 'odt',
  name: 'OpenDocument text (ODT)',
  extensions: ['odt', 'ott'],
  mediaType,
  maximumBytes: 512 * 1024 ** 2,
  signature: startsZip,
  sniff: (start) => zipSaysType(start, mediaType),
  read: namingErrors('an OpenDocument text', readOdt),
};
