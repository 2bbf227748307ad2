/** ODP: presentations of LibreOffice and others, a section a slide. */
import { LonghandError } from '../../../base/errors.ts';
import type { ReadSummary } from '../../library/library.ts';
import { startsZip, zipSaysType } from './document-zip.ts';
import { namingErrors } from './failures.ts';
import type { Format, FormatInput, FoundSection, FoundSections } from './format.ts';
import { escapeMarkdown, headingLine, joinBlocks, table } from './markdown-writer.ts';
import { listBlocks, tableTexts } from './odt.ts';
import { inlineText, openOpenDocument } from './open-document.ts';
import { descendants, elementOf, elementsOf, type XmlElement } from './xml.ts';

const mediaType = 'application/vnd.oasis.opendocument.presentation';

/** Frames that hold no text of the slide. */
const furniture = new Set(['header', 'footer', 'date-time', 'page-number', 'page']);

const classOf = (frame: XmlElement): string => frame.attributes['presentation:class'] ?? '';

/** Paragraphs, lists and tables below an element, in order. */
function blocksOf(element: XmlElement): string[] {
  return [...descendants(element, 'p', 'h', 'list', 'table')].flatMap((part) => {
    if (part.name === 'list') return listBlocks(part);
    if (part.name === 'table') return [table(tableTexts(part))];
    return [escapeMarkdown(inlineText(part).trim())];
  });
}

function slideSection(page: XmlElement, slide: number): FoundSection {
  const notes = elementOf(page, 'notes');
  const shapes = elementsOf(page).filter((shape) => shape !== notes && !furniture.has(classOf(shape)));
  const titleShape = shapes.find((shape) => classOf(shape) === 'title');
  const title = titleShape ? inlineText(titleShape).replace(/\s+/g, ' ').trim() : '';
  const said = notes
    ? elementsOf(notes)
        .filter((frame) => classOf(frame) === 'notes')
        .flatMap(blocksOf)
    : [];
  return {
    title: title.slice(0, 300) || null,
    level: title ? 1 : 0,
    format: 'markdown',
    text: joinBlocks([
      title && headingLine(1, title),
      ...shapes.filter((shape) => shape !== titleShape).flatMap(blocksOf),
      ...(said.some(Boolean) ? ['**Notes:**', ...said] : []),
    ]),
    anchor: { kind: 'slide', slide },
  };
}

async function* readOdp(input: FormatInput): AsyncGenerator<FoundSections, ReadSummary> {
  const document = await openOpenDocument(input);
  try {
    const presentation = elementOf(elementOf(await document.xml('content.xml'), 'body'), 'presentation');
    const pages = presentation ? elementsOf(presentation, 'page') : [];
    if (pages.length === 0) throw new LonghandError('bad-file', 'it holds no slide');
    const sections = pages.map((page, i) => slideSection(page, i + 1));
    const emptySections = sections.filter(({ text }) => !text).length;
    if (emptySections === sections.length)
      throw new LonghandError('unsupported', 'its slides are pictures without text');
    for (const [i, section] of sections.entries())
      yield { sections: [section], done: i + 1, total: sections.length, unit: 'slides' };
    const { title, metadata } = await document.summary();
    return { title: title ?? sections.find((section) => section.title)?.title ?? null, metadata, emptySections };
  } finally {
    await document.close();
  }
}

export const odp: Format = {
  kind: 'odp',
  name: 'OpenDocument presentation (ODP)',
  extensions: ['odp', 'otp'],
  mediaType,
  maximumBytes: 1024 ** 3,
  signature: startsZip,
  sniff: (start) => zipSaysType(start, mediaType),
  read: namingErrors('an OpenDocument presentation', readOdp),
};
