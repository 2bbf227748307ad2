/** DOCX: Word documents, through mammoth to HTML and then like HTML. */
import { zipSync } from 'fflate';
import type { ReadSummary } from '../../library/library.ts';
import { startsZip, zipNamesFolder } from './document-zip.ts';
import { namingErrors, noText } from './failures.ts';
import type { Format, FormatInput, FoundSections } from './format.ts';
import { markdownSections, markdownTitle } from './markdown.ts';
import { type OfficePackage, openOfficePackage } from './office-package.ts';
import { inSteps } from './text.ts';
import { elementOf } from './xml.ts';

/** Styles that mammoth leaves as plain paragraphs. */
const styleMap = ["p[style-name='Title'] => h1:fresh", "p[style-name='Subtitle'] => p:fresh"];

/** The parts that hold text, as a new ZIP: inflated here within bounds, without pictures. */
async function textParts(office: OfficePackage): Promise<Buffer> {
  const parts: Record<string, Uint8Array> = {};
  for (const { name, isFolder } of office.entries.values())
    if (!isFolder && /\.(?:xml|rels)$/i.test(name) && !/customXml|theme|glossary/i.test(name))
      parts[name] = await office.bytes(name);
  return Buffer.from(zipSync(parts, { level: 0 }));
}

/** The language of the document's default style. */
async function language(office: OfficePackage): Promise<string | null> {
  const styles = await office.xml('word/styles.xml').catch(() => undefined);
  const defaults = elementOf(elementOf(elementOf(elementOf(styles, 'docDefaults'), 'rPrDefault'), 'rPr'), 'lang');
  return defaults?.attributes['w:val'] ?? null;
}

async function* readDocx(input: FormatInput): AsyncGenerator<FoundSections, ReadSummary> {
  // The converters are loaded where files are read, not where the table of formats is looked at.
  const { default: mammoth } = await import('mammoth');
  const { htmlToMarkdown } = await import('./html-to-markdown.ts');
  const office = await openOfficePackage(input);
  try {
    const { value } = await mammoth.convertToHtml(
      { buffer: await textParts(office) },
      { styleMap, convertImage: mammoth.images.imgElement(async () => ({ src: '' })), includeEmbeddedStyleMap: false },
    );
    if (!value) throw noText();
    const sections = markdownSections(htmlToMarkdown(value, 'everything').markdown);
    if (sections.length === 0) throw noText();
    yield* inSteps(sections, input.byteSize);
    const { title, metadata } = await office.summary();
    return {
      title: title ?? markdownTitle(sections),
      metadata: { ...metadata, language: metadata.language ?? (await language(office)) },
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
