/** DOCX: Word documents (ECMA-376 part 1, chapter 17): headings, paragraphs, lists, tables and notes. */
import type { ReadSummary } from '../../library/library.ts';
import { startsZip, zipNamesFolder } from './document-zip.ts';
import { namingErrors, noText } from './failures.ts';
import type { Format, FormatInput, FoundSections } from './format.ts';
import { markdownSections, markdownTitle } from './markdown.ts';
import { escapeMarkdown, headingLine, joinBlocks, listItem, table } from './markdown-writer.ts';
import { type OfficePackage, openOfficePackage } from './office-package.ts';
import { inSteps } from './text.ts';
import { descendants, elementOf, elementsOf, type XmlElement, xmlElements } from './xml.ts';

/** What stands in a run in place of characters. */
const characters: Readonly<Record<string, string>> = { tab: '\t', br: '\n', cr: '\n', noBreakHyphen: '\u2011' };

/** What is no text of the document as it stands now: deletions, codes of fields, what is drawn or set aside. */
const passedOver = new Set(
  'txbxContent pPr rPr del moveFrom instrText delText fldChar drawing pict object sdtPr sdtEndPr annotationRef'.split(
    ' ',
  ),
);

/** Of two ways to say the same, the first. */
const chosen = (alternatives: XmlElement): XmlElement | undefined =>
  elementOf(alternatives, 'Choice') ?? elementOf(alternatives, 'Fallback');

interface Level {
  isBullet: boolean;
  start: number;
}

interface Style {
  /** 1 to 9. */
  heading: number | undefined;
  list: { id: string; depth: number } | undefined;
}

/** What the parts around the text say: its styles, lists and notes. */
interface Surroundings {
  styles: ReadonlyMap<string, Style>;
  /** Levels of lists by their ids. */
  lists: ReadonlyMap<string, Level[]>;
  /** Texts by "footnote 2". */
  notes: ReadonlyMap<string, string>;
}

const value = (element: XmlElement | undefined): string | undefined => element?.attributes['w:val'];

function listOf(properties: XmlElement | undefined): Style['list'] {
  const numbering = elementOf(properties, 'numPr');
  const id = value(elementOf(numbering, 'numId'));
  return id === undefined ? undefined : { id, depth: Number(value(elementOf(numbering, 'ilvl')) ?? 0) || 0 };
}

function headingOf(properties: XmlElement | undefined): number | undefined {
  const outline = value(elementOf(properties, 'outlineLvl'));
  return outline !== undefined && /^[0-8]$/.test(outline) ? Number(outline) + 1 : undefined;
}

/** The styles of paragraphs; what one does not say is said by the one that it is based on. */
function stylesOf(part: XmlElement | undefined): Map<string, Style> {
  const elements = new Map(
    (part ? elementsOf(part, 'style') : []).map((style) => [style.attributes['w:styleId'] ?? '', style]),
  );
  const resolve = (id: string | undefined, depth: number): Style => {
    const style = id === undefined || depth > 20 ? undefined : elements.get(id);
    if (!style) return { heading: undefined, list: undefined };
    const name = value(elementOf(style, 'name')) ?? '';
    const [, digit] = /^heading ([1-9])$/i.exec(name) ?? [];
    const own = digit ? Number(digit) : /^title$/i.test(name) ? 1 : headingOf(elementOf(style, 'pPr'));
    const base = resolve(value(elementOf(style, 'basedOn')), depth + 1);
    return { heading: own ?? base.heading, list: listOf(elementOf(style, 'pPr')) ?? base.list };
  };
  return new Map([...elements.keys()].map((id) => [id, resolve(id, 0)]));
}

function listsOf(part: XmlElement | undefined): Map<string, Level[]> {
  const levels = new Map(
    (part ? elementsOf(part, 'abstractNum') : []).map((list) => [
      list.attributes['w:abstractNumId'] ?? '',
      elementsOf(list, 'lvl').map((level): Level => {
        const format = value(elementOf(level, 'numFmt'));
        return {
          isBullet: format === 'bullet' || format === 'none',
          start: Number(value(elementOf(level, 'start')) ?? 1),
        };
      }),
    ]),
  );
  return new Map(
    (part ? elementsOf(part, 'num') : []).map((list) => [
      list.attributes['w:numId'] ?? '',
      levels.get(value(elementOf(list, 'abstractNumId')) ?? '') ?? [],
    ]),
  );
}

/** Reads paragraphs one after the other; the numbers of lists go on from one to the next. */
class BlockReader {
  private readonly counters = new Map<string, number[]>();

  constructor(private readonly around: Surroundings) {}

  blocksOf(element: XmlElement): string[] {
    return element.name === 'tbl' ? [this.table(element)] : this.paragraph(element);
  }

  /** All text below an element, in one line. */
  text(element: XmlElement): string {
    return element.children
      .map((child): string => {
        if (typeof child === 'string') return element.name === 't' ? child : '';
        const { name, attributes } = child;
        if (passedOver.has(name)) return '';
        if (name === 'AlternateContent') return this.text(chosen(child) ?? { ...child, children: [] });
        if (name === 'footnoteReference' || name === 'endnoteReference') {
          const note = this.around.notes.get(`${name.replace('Reference', '')} ${attributes['w:id']}`);
          return note ? ` [${note}]` : '';
        }
        return characters[name] ?? `${this.text(child)}${name === 'p' ? ' ' : ''}`;
      })
      .join('');
  }

  private paragraph(paragraph: XmlElement): string[] {
    const properties = elementOf(paragraph, 'pPr');
    const style = this.around.styles.get(value(elementOf(properties, 'pStyle')) ?? '');
    const heading = headingOf(properties) ?? style?.heading;
    const text = this.text(paragraph).trim();
    const boxes = this.boxes(paragraph);
    if (!text) return boxes;
    if (heading !== undefined) return [headingLine(heading, text), ...boxes];
    const list = listOf(properties) ?? style?.list;
    return [list && list.id !== '0' ? this.item(list, text) : escapeMarkdown(text), ...boxes];
  }

  private item({ id, depth }: { id: string; depth: number }, text: string): string {
    const level = this.around.lists.get(id)?.[depth];
    const counts = this.counters.get(id) ?? [];
    this.counters.set(id, counts);
    counts.length = Math.min(counts.length, depth + 1);
    counts[depth] = counts[depth] === undefined ? (level?.start ?? 1) : counts[depth] + 1;
    return listItem(depth, text, level && !level.isBullet ? counts[depth] : undefined);
  }

  /** Paragraphs in the text boxes that hang on a paragraph. */
  private boxes(paragraph: XmlElement): string[] {
    const found: string[] = [];
    const visit = (element: XmlElement | undefined): void => {
      for (const child of element ? elementsOf(element) : [])
        if (child.name === 'txbxContent') found.push(...elementsOf(child).flatMap((block) => this.blocksOf(block)));
        else visit(child.name === 'AlternateContent' ? chosen(child) : child);
    };
    visit(paragraph);
    return found;
  }

  private table(element: XmlElement): string {
    const rows = [...descendants(element, 'tr')].map((row) =>
      [...descendants(row, 'tc')].flatMap((cell) => {
        const text = [...descendants(cell, 'p')].map((paragraph) => this.text(paragraph)).join(' ');
        const span = Number(value(elementOf(elementOf(cell, 'tcPr'), 'gridSpan')) ?? 1) || 1;
        return [text, ...Array<string>(Math.min(100, Math.max(0, span - 1))).fill('')];
      }),
    );
    return table(rows);
  }
}

async function surroundingsOf(office: OfficePackage): Promise<Surroundings & { language: string | null }> {
  const targets = new Map(
    [...(await office.relations(office.main)).values()].map(({ type, target }) => [type, target]),
  );
  const part = async (type: string): Promise<XmlElement | undefined> => office.xml(targets.get(type) ?? '');
  const styles = await part('styles');
  const lists = listsOf(await part('numbering'));
  const notes = new Map<string, string>();
  const reader = new BlockReader({ styles: new Map(), lists, notes: new Map() });
  for (const kind of ['footnote', 'endnote']) {
    const list = await part(`${kind}s`);
    for (const note of list ? elementsOf(list, kind) : [])
      notes.set(`${kind} ${note.attributes['w:id']}`, reader.text(note).replace(/\s+/g, ' ').trim());
  }
  const defaults = elementOf(elementOf(elementOf(elementOf(styles, 'docDefaults'), 'rPrDefault'), 'rPr'), 'lang');
  return { styles: stylesOf(styles), lists, notes, language: value(defaults) ?? null };
}

async function* readDocx(input: FormatInput): AsyncGenerator<FoundSections, ReadSummary> {
  const office = await openOfficePackage(input);
  try {
    const { language, ...around } = await surroundingsOf(office);
    const reader = new BlockReader(around);
    const blocks: string[] = [];
    for (const { element, whole } of xmlElements(await office.source(office.main), new Set(['p', 'tbl'])))
      if (whole) blocks.push(...reader.blocksOf(element));
    const sections = markdownSections(joinBlocks(blocks));
    if (sections.length === 0) throw noText();
    yield* inSteps(sections, input.byteSize);
    const { title, metadata } = await office.summary();
    return {
      title: title ?? markdownTitle(sections),
      metadata: { ...metadata, language: metadata.language ?? language },
      emptySections: 0,
    };
  } finally {
    await office.close();
  }
}

export const docx: Format = {
  kind: 'docx',
  name: 'Word (DOCX)',
  extensions: ['docx', 'docm', 'dotx'],
  mediaType: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  maximumBytes: 512 * 1024 ** 2,
  signature: startsZip,
  sniff: (start) => zipNamesFolder(start, 'word/'),
  read: namingErrors('a Word document', readDocx),
};
