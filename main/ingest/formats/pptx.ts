/** PPTX: each slide with its title, text, tables and the speaker's notes (ECMA-376 part 1, chapters 19 and 21). */
import { LonghandError } from '../../../base/errors.ts';
import type { ReadSummary } from '../../library/library.ts';
import { startsZip, zipNamesFolder } from './document-zip.ts';
import { namingErrors } from './failures.ts';
import type { Format, FormatInput, FoundSection, FoundSections } from './format.ts';
import { escapeMarkdown, headingLine, joinBlocks, listItem, table } from './markdown-writer.ts';
import { type OfficePackage, openOfficePackage } from './office-package.ts';
import { descendants, elementOf, elementsOf, textOf, type XmlElement } from './xml.ts';

const maximumSlides = 20_000;
const titles = new Set(['title', 'ctrTitle']);
/** Placeholders that hold no text of the slide. */
const furniture = new Set(['dt', 'ftr', 'sldNum', 'hdr', 'sldImg']);

/** A paragraph's text; line breaks stay. */
function paragraphText(paragraph: XmlElement): string {
  return elementsOf(paragraph)
    .map((part) => {
      if (part.name === 'br') return '\n';
      return part.name === 'r' || part.name === 'fld' ? textOf(elementOf(part, 't')) : mathText(part);
    })
    .join('');
}

/** The letters of a formula, which stands beside a paragraph's runs. */
const mathText = (part: XmlElement): string =>
  part.name === 'm' || part.name === 'AlternateContent' ? [...descendants(part, 't')].map(textOf).join(' ') : '';

const placeholder = (shape: XmlElement): string | undefined => {
  const [mark] = descendants(shape, 'ph');
  return mark && (mark.attributes.type ?? 'body');
};

/** A shape's paragraphs: items of a list in a placeholder for text, as the slide shows them. */
function shapeBlocks(shape: XmlElement): string[] {
  const body = elementOf(shape, 'txBody');
  const isList = placeholder(shape) === 'body' || placeholder(shape) === 'obj';
  return (body ? elementsOf(body, 'p') : []).map((paragraph) => {
    const text = paragraphText(paragraph).trim();
    const depth = Number(elementOf(paragraph, 'pPr')?.attributes.lvl ?? 0) || 0;
    return isList && text ? listItem(depth, text) : escapeMarkdown(text);
  });
}

function tableBlock(element: XmlElement): string {
  const rows = elementsOf(element, 'tr').map((row) =>
    elementsOf(row, 'tc').map((cell) => [...descendants(cell, 'p')].map(paragraphText).join(' ')),
  );
  return table(rows);
}

/** What a slide is made of, in its own order, groups opened. */
function shapesOf(tree: XmlElement): XmlElement[] {
  return [...descendants(tree, 'sp', 'graphicFrame')];
}

/** Words of a diagram (SmartArt), which stand in a part of their own. */
async function diagramBlocks(office: OfficePackage, part: string): Promise<string[]> {
  const blocks: string[] = [];
  for (const { type, target } of (await office.relations(part)).values()) {
    if (type !== 'diagramData') continue;
    const data = await office.xml(target);
    for (const paragraph of data ? descendants(data, 'p') : []) {
      const text = paragraphText(paragraph).trim();
      if (text) blocks.push(listItem(0, text));
    }
  }
  return blocks;
}

/** The notes of a slide, paragraph by paragraph. */
async function noteBlocks(office: OfficePackage, part: string): Promise<string[]> {
  const notes = [...(await office.relations(part)).values()].find(({ type }) => type === 'notesSlide');
  const tree = notes && (await office.xml(notes.target));
  const shapes = tree ? shapesOf(tree).filter((shape) => placeholder(shape) === 'body') : [];
  const texts = shapes.flatMap((shape) =>
    [...descendants(shape, 'p')].map((paragraph) => escapeMarkdown(paragraphText(paragraph).trim())),
  );
  return texts.some(Boolean) ? ['**Notes:**', ...texts] : [];
}

async function slideSection(office: OfficePackage, part: string, slide: number): Promise<FoundSection> {
  const tree = await office.xml(part);
  if (!tree) throw new LonghandError('bad-file', `slide ${slide} is missing`);
  const shapes = shapesOf(tree).filter((shape) => !furniture.has(placeholder(shape) ?? ''));
  const titleShape = shapes.find((shape) => titles.has(placeholder(shape) ?? ''));
  const title = titleShape
    ? [...descendants(titleShape, 'p')].map(paragraphText).join(' ').replace(/\s+/g, ' ').trim()
    : '';
  const blocks = shapes
    .filter((shape) => shape !== titleShape)
    .flatMap((shape) => (shape.name === 'sp' ? shapeBlocks(shape) : [...descendants(shape, 'tbl')].map(tableBlock)));
  const text = joinBlocks([
    title && headingLine(1, title),
    ...blocks,
    ...(await diagramBlocks(office, part)),
    ...(await noteBlocks(office, part)),
  ]);
  return {
    title: title.slice(0, 300) || null,
    level: title ? 1 : 0,
    format: 'markdown',
    text,
    anchor: { kind: 'slide', slide },
  };
}

async function* readPptx(input: FormatInput): AsyncGenerator<FoundSections, ReadSummary> {
  const office = await openOfficePackage(input);
  try {
    const presentation = await office.xml(office.main);
    const relations = await office.relations(office.main);
    const list = elementOf(presentation, 'sldIdLst');
    const slides = (list ? elementsOf(list, 'sldId') : []).flatMap(
      ({ attributes }) => relations.get(attributes['r:id'] ?? '')?.target ?? [],
    );
    if (slides.length === 0) throw new LonghandError('bad-file', 'it holds no slide');
    if (slides.length > maximumSlides)
      throw new LonghandError('too-large', `it has ${slides.length} slides, and at most ${maximumSlides} are read`);
    let emptySections = 0;
    let firstTitle: string | null = null;
    for (const [i, part] of slides.entries()) {
      const section = await slideSection(office, part, i + 1);
      firstTitle ??= section.title;
      if (!section.text) emptySections += 1;
      yield { sections: [section], done: i + 1, total: slides.length, unit: 'slides' };
    }
    if (emptySections === slides.length) throw new LonghandError('unsupported', 'its slides are pictures without text');
    const { title, metadata } = await office.summary();
    return { title: title ?? firstTitle, metadata, emptySections };
  } finally {
    await office.close();
  }
}

export const pptx: Format = {
  kind: 'pptx',
  name: 'PowerPoint (PPTX)',
  extensions: ['pptx', 'pptm', 'ppsx', 'potx'],
  mediaType: 'application/vnd.openxmlformats-officedocument.presentationml.presentation',
  maximumBytes: 1024 ** 3,
  signature: startsZip,
  sniff: (start) => zipNamesFolder(start, 'ppt/'),
  read: namingErrors('a PowerPoint presentation', readPptx),
};
