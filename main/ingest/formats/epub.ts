/** EPUB 2 and 3: the chapters in reading order, titled by the table of contents (https://www.w3.org/TR/epub-33). */
import { LonghandError } from '../../../base/errors.ts';
import type { ReadSummary } from '../../library/library.ts';
import { type DocumentZip, openDocumentZip, resolvePath, startsZip, zipSaysType } from './document-zip.ts';
import { namingErrors, noText } from './failures.ts';
import type { Format, FormatInput, FoundSection, FoundSections } from './format.ts';
import { markdownSections } from './markdown.ts';
import { usableText, usableTitle } from './titles.ts';
import { descendants, elementOf, elementsOf, textOf, type XmlElement } from './xml.ts';

const mediaType = 'application/epub+zip';
const maximumChapters = 20_000;

interface Chapter {
  path: string;
  /** Its place in the table of contents, if it has one. */
  heading: { title: string; level: number } | undefined;
}

interface Book {
  summary: Omit<ReadSummary, 'emptySections'>;
  chapters: Chapter[];
}

const pathOf = (from: string, href: string): string => {
  const [path = ''] = href.split('#');
  try {
    return resolvePath(from, decodeURIComponent(path));
  } catch {
    return resolvePath(from, path);
  }
};

const inOneLine = (text: string): string => text.replace(/\s+/g, ' ').trim().slice(0, 300);

type Headings = Map<string, { title: string; level: number }>;

/** The entries of an EPUB 3 table of contents, which is a list of links; the first link to a file names it. */
function navigationHeadings(list: XmlElement, from: string, level: number, headings: Headings): void {
  for (const item of elementsOf(list, 'li')) {
    const [link] = descendants(item, 'a', 'ol');
    const path = link?.name === 'a' ? pathOf(from, link.attributes.href ?? '') : '';
    if (link && path && !headings.has(path)) headings.set(path, { title: inOneLine(textOf(link)), level });
    for (const inner of elementsOf(item, 'ol')) navigationHeadings(inner, from, Math.min(6, level + 1), headings);
  }
}

/** The entries of an EPUB 2 table of contents. */
function ncxHeadings(parent: XmlElement, from: string, level: number, headings: Headings): void {
  for (const point of elementsOf(parent, 'navPoint')) {
    const path = pathOf(from, elementOf(point, 'content')?.attributes.src ?? '');
    const title = inOneLine(textOf(elementOf(elementOf(point, 'navLabel'), 'text')));
    if (path && title && !headings.has(path)) headings.set(path, { title, level });
    ncxHeadings(point, from, Math.min(6, level + 1), headings);
  }
}

/** The table of contents: titles by the paths of the files; a damaged one costs the titles, not the text. */
async function headingsOf(zip: DocumentZip, manifest: XmlElement[], opf: string): Promise<Headings> {
  const headings: Headings = new Map();
  const find = (test: (item: XmlElement) => boolean): string | undefined => {
    const href = manifest.find(test)?.attributes.href;
    return href === undefined ? undefined : pathOf(opf, href);
  };
  const navigation = find(({ attributes }) => /(?:^|\s)nav(?:\s|$)/.test(attributes.properties ?? ''));
  const ncx = find(({ attributes }) => attributes['media-type'] === 'application/x-dtbncx+xml');
  try {
    const page = navigation === undefined ? undefined : await zip.xml(navigation);
    const navs = page ? [...descendants(page, 'nav')] : [];
    const toc = navs.find(({ attributes }) => attributes['epub:type'] === 'toc') ?? navs[0];
    const list = elementOf(toc, 'ol');
    if (list && navigation !== undefined) navigationHeadings(list, navigation, 1, headings);
  } catch {
    headings.clear();
  }
  if (headings.size > 0 || ncx === undefined) return headings;
  try {
    const map = elementOf(await zip.xml(ncx), 'navMap');
    if (map) ncxHeadings(map, ncx, 1, headings);
  } catch {
    headings.clear();
  }
  return headings;
}

async function openBook(zip: DocumentZip): Promise<Book> {
  const container = await zip.xml('META-INF/container.xml');
  const [rootFile] = container ? [...descendants(container, 'rootfile')] : [];
  const opf = rootFile?.attributes['full-path'];
  const book = opf === undefined ? undefined : await zip.xml(opf);
  if (!book || opf === undefined) throw new LonghandError('bad-file', 'it does not say where its book is');
  const manifestElement = elementOf(book, 'manifest');
  const manifest = manifestElement ? elementsOf(manifestElement, 'item') : [];
  const itemById = new Map(manifest.map((item) => [item.attributes.id, item.attributes]));
  const spine = elementOf(book, 'spine');
  const headings = await headingsOf(zip, manifest, opf);
  const chapters = (spine ? elementsOf(spine, 'itemref') : []).flatMap(({ attributes }): Chapter[] => {
    const item = itemById.get(attributes.idref);
    // The table of contents says nothing that the chapters' titles do not.
    if (!item?.href || /(?:^|\s)nav(?:\s|$)/.test(item.properties ?? '')) return [];
    const path = pathOf(opf, item.href);
    return [{ path, heading: headings.get(path) }];
  });
  const metadata = elementOf(book, 'metadata');
  const said = (name: string): string[] =>
    metadata ? [...descendants(metadata, name)].map((element) => inOneLine(textOf(element))).filter(Boolean) : [];
  return {
    chapters,
    summary: {
      title: usableTitle(said('title')[0]),
      metadata: {
        author: usableText(said('creator').join(', ')),
        language: usableText(said('language')[0]),
        createdAt: usableText(said('date')[0]),
      },
    },
  };
}

/** Ways of scrambling fonts, which are no protection of the text. */
const fontObfuscation = /idpf\.org\/2008\/embedding|adobe\.com\/pdf\/enc#RC/;

async function refuseProtected(zip: DocumentZip): Promise<void> {
  const encryption = await zip.xml('META-INF/encryption.xml').catch(() => undefined);
  const methods = encryption ? [...descendants(encryption, 'EncryptedData')] : [];
  const isProtected = methods.some(
    (data) => !fontObfuscation.test(elementOf(data, 'EncryptionMethod')?.attributes.Algorithm ?? ''),
  );
  if (isProtected) throw new LonghandError('unsupported', 'it is protected against being read by other programs (DRM)');
}

/** A chapter's sections; one that has no heading of its own gets the title that the table of contents gives it. */
function chapterSections(markdown: string, { heading }: Chapter, offset: number): FoundSection[] {
  const sections = markdownSections(markdown).map((section) => {
    const { anchor } = section;
    return anchor.kind === 'range'
      ? { ...section, anchor: { ...anchor, start: anchor.start + offset, end: anchor.end + offset } }
      : section;
  });
  const [first, ...others] = sections;
  return first && heading && first.title === null ? [{ ...first, ...heading }, ...others] : sections;
}

async function* readEpub(input: FormatInput): AsyncGenerator<FoundSections, ReadSummary> {
  // The parsers are loaded where files are read, not where the table of formats is looked at.
  const { expandEmptyElements, htmlToMarkdown } = await import('./html-to-markdown.ts');
  const zip = await openDocumentZip(input);
  try {
    await refuseProtected(zip);
    const { chapters, summary } = await openBook(zip);
    if (chapters.length > maximumChapters)
      throw new LonghandError('too-large', `it has more than ${maximumChapters} chapters`);
    let offset = 0;
    let found = 0;
    for (const [i, chapter] of chapters.entries()) {
      const { markdown } = htmlToMarkdown(expandEmptyElements(await zip.source(chapter.path)), 'everything');
      const sections = chapterSections(markdown, chapter, offset);
      offset += markdown.length + 2;
      found += sections.length;
      yield { sections, done: i + 1, total: chapters.length, unit: 'chapters' };
    }
    if (found === 0) throw noText();
    return { ...summary, emptySections: 0 };
  } finally {
    await zip.close();
  }
}

export const epub: Format = {
  kind: 'epub',
  name: 'EPUB',
  extensions: ['epub'],
  mediaType,
  maximumBytes: 1024 ** 3,
  signature: startsZip,
  sniff: (start) => zipSaysType(start, mediaType),
  read: namingErrors('an EPUB book', readEpub),
};
