/**
 * A small corpus with known content, one file of every format, written part by part. Tests and the
 * evaluation of reading ask whether every word of it is read, and whether passages lead to their place.
 */
import { gzipSync, strToU8, zipSync } from 'fflate';
import type { Anchor, DocumentKind } from '../../library/schema.ts';
import { formatCells, parseCells } from '../formats/cells.ts';

/** A chapter of what every format tells. */
export interface Chapter {
  heading: string;
  /** Two of them; on slides, the second is what the speaker says. */
  paragraphs: [string, string];
  table?: string[][];
}

/** A question whose answer stands in one place. */
export interface Question {
  query: string;
  quote: string;
  /** The chapter that holds it, counted from 0. */
  chapter: number;
  /** It stands in the chapter's table, else in its text. */
  inTable?: boolean;
}

export interface Story {
  chapters: readonly Chapter[];
  questions: readonly Question[];
}

export interface CorpusFile {
  fileName: string;
  kind: DocumentKind;
  bytes: Uint8Array;
  /** All text that a reader sees, in pieces. */
  texts: string[];
  title: string | null;
  author: string | null;
  /** Questions, and a part of the anchor that the passage with their answer has. */
  probes: { query: string; quote: string; anchor: Partial<Anchor> }[];
}

const title = 'Report on the Harbour of Välmora';
const author = 'Ingrid Östergård';

/** An invented report with what is hard to write: accents, quotation marks, signs of XML. */
const chapters: Chapter[] = [
  {
    heading: 'The breakwater',
    paragraphs: [
      'The breakwater of Välmora was begun in 1873 by the engineer Torvald Quist, who used 41,200 tonnes of grey granite from the quarry at Hessle & Sons.',
      'Its outer arm is 612 metres long. In the storm of 14 November 1881 the sea broke over it for nineteen hours, and the keeper of the light was cut off from his stores.',
    ],
  },
  {
    heading: 'The fish market',
    paragraphs: [
      'Every morning but Sunday the market opens at half past four. Herring is sold by the crate, and a crate holds “two hundred and six” fish by an old custom that nobody has ever written down.',
      'The auctioneer rings a bell of bronze that was cast in Lübeck; its note is an F sharp < G.',
    ],
    table: [
      ['Fish', 'Crates in 1901', 'Price'],
      ['Herring', '18,440', '2.10 kr'],
      ['Mackerel', '3,015', '3.45 kr'],
      ['Eelpout', '77', '0.90 kr'],
    ],
  },
  {
    heading: 'The dredger Perseverance',
    paragraphs: [
      'The dredger Perseverance kept the fairway at a depth of 7.4 metres. Her boiler burst on 2 March 1899 without hurting anyone, because the crew of eleven had gone ashore to vote.',
      'She was broken up at Göteborg, and her bell hangs in the school.',
    ],
  },
];

export const harbour: Story = {
  chapters,
  questions: [
    { query: 'When did the boiler burst?', quote: '2 March 1899', chapter: 2 },
    { query: 'In which town was the bell of bronze cast?', quote: 'Lübeck', chapter: 1 },
    { query: 'How many crates of mackerel?', quote: '3,015', chapter: 1, inTable: true },
  ],
};

/** Text within XML. */
export const xml = (text: string): string => text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/"/g, '&quot;');

const declaration = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';

/** A ZIP from its parts' texts, in their order. */
export function zipOf(parts: Record<string, string>, stored: readonly string[] = []): Uint8Array {
  return zipSync(
    Object.fromEntries(
      Object.entries(parts).map(([path, text]) => [path, [strToU8(text), { level: stored.includes(path) ? 0 : 6 }]]),
    ),
  );
}

const relationsNamespace = 'http://schemas.openxmlformats.org/package/2006/relationships';
const officeTypes = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';

/** A part that says where another one leads: ids are rId1, rId2, … */
export function relations(...list: { type: string; target: string }[]): string {
  const items = list.map(
    ({ type, target }, i) =>
      `<Relationship Id="rId${i + 1}" Type="${type.includes(':') ? type : `${officeTypes}/${type}`}" Target="${target}"/>`,
  );
  return `${declaration}<Relationships xmlns="${relationsNamespace}">${items.join('')}</Relationships>`;
}

const coreProperties = `${declaration}<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/"><dc:title>${xml(title)}</dc:title><dc:creator>${xml(author)}</dc:creator><dc:language>en-GB</dc:language><dcterms:created>2024-05-06T07:08:09Z</dcterms:created></cp:coreProperties>`;

/** What every Office file has: types, the first relations and the properties. */
export function officeParts(main: string, contentType: string): Record<string, string> {
  return {
    '[Content_Types].xml': `${declaration}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/${main}" ContentType="application/vnd.openxmlformats-officedocument.${contentType}.main+xml"/></Types>`,
    '_rels/.rels': relations(
      { type: 'officeDocument', target: main },
      {
        type: 'http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties',
        target: 'docProps/core.xml',
      },
    ),
    'docProps/core.xml': coreProperties,
  };
}

const wordNamespaces = `xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"`;

export const wordParagraph = (text: string, style?: string): string =>
  `<w:p>${style ? `<w:pPr><w:pStyle w:val="${style}"/></w:pPr>` : ''}<w:r><w:t xml:space="preserve">${xml(text)}</w:t></w:r></w:p>`;

const wordTable = (rows: readonly string[][]): string =>
  `<w:tbl>${rows.map((row) => `<w:tr>${row.map((cell) => `<w:tc>${wordParagraph(cell)}</w:tc>`).join('')}</w:tr>`).join('')}</w:tbl>`;

export function docxOf(body: string): Uint8Array {
  const style = (id: string, name: string): string =>
    `<w:style w:type="paragraph" w:styleId="${id}"><w:name w:val="${name}"/></w:style>`;
  return zipOf({
    ...officeParts('word/document.xml', 'wordprocessingml.document'),
    'word/_rels/document.xml.rels': relations({ type: 'styles', target: 'styles.xml' }),
    'word/styles.xml': `${declaration}<w:styles ${wordNamespaces}>${style('Title', 'Title')}${style('Heading1', 'heading 1')}</w:styles>`,
    'word/document.xml': `${declaration}<w:document ${wordNamespaces}><w:body>${body}</w:body></w:document>`,
  });
}

const docxOfStory = ({ chapters }: Story): Uint8Array =>
  docxOf(
    wordParagraph(title, 'Title') +
      chapters
        .map(
          ({ heading, paragraphs, table }) =>
            wordParagraph(heading, 'Heading1') +
            paragraphs.map((text) => wordParagraph(text)).join('') +
            (table ? wordTable(table) : ''),
        )
        .join(''),
  );

const slideNamespaces =
  'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"';

const slideParagraph = (text: string): string => `<a:p><a:r><a:t>${xml(text)}</a:t></a:r></a:p>`;

const slideShape = (placeholder: string, lines: readonly string[]): string =>
  `<p:sp><p:nvSpPr><p:cNvPr id="1" name="x"/><p:cNvSpPr/><p:nvPr><p:ph type="${placeholder}"/></p:nvPr></p:nvSpPr><p:txBody>${lines.map(slideParagraph).join('')}</p:txBody></p:sp>`;

const slideTable = ([head = [], ...body]: readonly string[][]): string => {
  const grid = head.map(() => '<a:gridCol w="2000000"/>').join('');
  const cell = (text: string): string => `<a:tc><a:txBody><a:bodyPr/>${slideParagraph(text)}</a:txBody></a:tc>`;
  const rows = [head, ...body].map((row) => `<a:tr h="370000">${row.map(cell).join('')}</a:tr>`).join('');
  return `<p:graphicFrame><p:nvGraphicFramePr><p:cNvPr id="7" name="t"/><p:cNvGraphicFramePr/><p:nvPr/></p:nvGraphicFramePr><p:xfrm><a:off x="0" y="3000000"/><a:ext cx="6000000" cy="1500000"/></p:xfrm><a:graphic><a:graphicData uri="http://schemas.openxmlformats.org/drawingml/2006/table"><a:tbl><a:tblPr/><a:tblGrid>${grid}</a:tblGrid>${rows}</a:tbl></a:graphicData></a:graphic></p:graphicFrame>`;
};

const slidePart = (kind: string, shapes: string): string =>
  `${declaration}<p:${kind} ${slideNamespaces}><p:cSld><p:spTree>${shapes}</p:spTree></p:cSld></p:${kind}>`;

function pptxParts({ chapters }: Story): Record<string, string> {
  const parts: Record<string, string> = {
    ...officeParts('ppt/presentation.xml', 'presentationml.presentation'),
    // The last slide's file comes first, so that the order is the presentation's and not the names'.
    'ppt/presentation.xml': `${declaration}<p:presentation ${slideNamespaces}><p:sldIdLst>${chapters.map((_, i) => `<p:sldId id="${256 + i}" r:id="rId${chapters.length - i}"/>`).join('')}</p:sldIdLst></p:presentation>`,
    'ppt/_rels/presentation.xml.rels': relations(
      ...chapters.map((_, i) => ({ type: 'slide', target: `slides/slide${i + 1}.xml` })),
    ),
  };
  chapters.forEach(({ heading, paragraphs, table }, i) => {
    const file = chapters.length - i;
    const [said = '', noted = ''] = paragraphs;
    parts[`ppt/slides/slide${file}.xml`] = slidePart(
      'sld',
      slideShape('title', [heading]) +
        slideShape('body', [said]) +
        (table ? slideTable(table) : '') +
        slideShape('sldNum', ['9']),
    );
    parts[`ppt/slides/_rels/slide${file}.xml.rels`] = relations({
      type: 'notesSlide',
      target: `../notesSlides/notesSlide${file}.xml`,
    });
    parts[`ppt/notesSlides/notesSlide${file}.xml`] = slidePart(
      'notes',
      slideShape('sldImg', []) + slideShape('body', [noted]),
    );
  });
  return parts;
}

/** Texts of the sheet "Sums": a date, a time, a share, a formula's result. */
const sums: readonly { cells: string; shown: string[] }[] = [
  {
    cells: '<c r="A1" t="inlineStr"><is><t>Day</t></is></c><c r="B1" t="inlineStr"><is><t>Share</t></is></c>',
    shown: ['Day', 'Share'],
  },
  { cells: '<c r="A2" s="1"><v>45292</v></c><c r="B2" s="2"><v>0.125</v></c>', shown: ['2024-01-01', '12.50%'] },
  {
    cells: '<c r="A3" s="1"><v>45351.5</v></c><c r="B3"><f>B2*2</f><v>0.30000000000000004</v></c>',
    shown: ['2024-02-29 12:00', '0.3'],
  },
];

function xlsxParts(tables: readonly string[][]): Record<string, string> {
  const namespaces =
    'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"';
  const strings = [...new Set(tables.flat())];
  const column = (i: number): string => String.fromCharCode(65 + i);
  const rows = tables.map(
    (cells, row) =>
      `<row r="${row + 3}">${cells.map((cell, i) => `<c r="${column(i + 1)}${row + 3}" t="s"><v>${strings.indexOf(cell)}</v></c>`).join('')}</row>`,
  );
  const sumRows = sums.map(({ cells }, i) => `<row r="${i + 1}">${cells}</row>`);
  return {
    ...officeParts('xl/workbook.xml', 'spreadsheetml.sheet'),
    'xl/workbook.xml': `${declaration}<workbook ${namespaces}><sheets><sheet name="Catch" sheetId="1" r:id="rId1"/><sheet name="Sums" sheetId="2" r:id="rId2"/></sheets></workbook>`,
    'xl/_rels/workbook.xml.rels': relations(
      { type: 'worksheet', target: 'worksheets/sheet1.xml' },
      { type: 'worksheet', target: '/xl/worksheets/sheet2.xml' },
      { type: 'sharedStrings', target: 'sharedStrings.xml' },
      { type: 'styles', target: 'styles.xml' },
    ),
    'xl/styles.xml': `${declaration}<styleSheet ${namespaces}><numFmts count="1"><numFmt numFmtId="164" formatCode="[$-809]dd\\ mmm\\ yyyy"/></numFmts><cellXfs count="3"><xf numFmtId="0"/><xf numFmtId="164"/><xf numFmtId="10"/></cellXfs></styleSheet>`,
    'xl/sharedStrings.xml': `${declaration}<sst ${namespaces}>${strings.map((text) => `<si><r><t xml:space="preserve">${xml(text.slice(0, 2))}</t></r><r><t>${xml(text.slice(2))}</t></r></si>`).join('')}</sst>`,
    'xl/worksheets/sheet1.xml': `${declaration}<worksheet ${namespaces}><sheetData>${rows.join('')}</sheetData></worksheet>`,
    'xl/worksheets/sheet2.xml': `${declaration}<worksheet ${namespaces}><sheetData>${sumRows.join('')}</sheetData></worksheet>`,
  };
}

const openNamespaces = Object.entries({
  office: 'office',
  text: 'text',
  table: 'table',
  draw: 'drawing',
  presentation: 'presentation',
  style: 'style',
  meta: 'meta',
})
  .map(([prefix, name]) => `xmlns:${prefix}="urn:oasis:names:tc:opendocument:xmlns:${name}:1.0"`)
  .join(' ');

/** An OpenDocument file around the content of its body. */
export function openDocumentOf(type: string, body: string, styles = ''): Uint8Array {
  return zipOf(
    {
      mimetype: `application/vnd.oasis.opendocument.${type}`,
      'content.xml': `${declaration}<office:document-content ${openNamespaces} office:version="1.3"><office:automatic-styles>${styles}</office:automatic-styles><office:body><office:${type}>${body}</office:${type}></office:body></office:document-content>`,
      'meta.xml': `${declaration}<office:document-meta ${openNamespaces} office:version="1.3" xmlns:dc="http://purl.org/dc/elements/1.1/"><office:meta><dc:title>${xml(title)}</dc:title><meta:initial-creator>${xml(author)}</meta:initial-creator><meta:creation-date>2024-05-06T07:08:09</meta:creation-date><dc:language>en-GB</dc:language></office:meta></office:document-meta>`,
      'META-INF/manifest.xml': `${declaration}<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" manifest:version="1.3"><manifest:file-entry manifest:full-path="/" manifest:version="1.3" manifest:media-type="application/vnd.oasis.opendocument.${type}"/><manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/><manifest:file-entry manifest:full-path="meta.xml" manifest:media-type="text/xml"/></manifest:manifest>`,
    },
    ['mimetype'],
  );
}

const openParagraph = (text: string, style = 'Standard'): string =>
  `<text:p text:style-name="${style}">${xml(text).replace(/ /g, (_, at: number) => (at % 2 ? ' ' : '<text:s/>'))}</text:p>`;

const openTable = (rows: readonly string[][], name = 'Table'): string =>
  `<table:table table:name="${name}">${rows.map((row) => `<table:table-row>${row.map((cell) => `<table:table-cell office:value-type="string">${openParagraph(cell)}</table:table-cell>`).join('')}</table:table-row>`).join('')}</table:table>`;

const odtOfStory = ({ chapters }: Story): Uint8Array =>
  openDocumentOf(
    'text',
    openParagraph(title, 'P1') +
      chapters
        .map(
          ({ heading, paragraphs, table }) =>
            `<text:h text:outline-level="1">${xml(heading)}</text:h>` +
            paragraphs.map((text) => openParagraph(text)).join('') +
            (table ? openTable(table) : ''),
        )
        .join(''),
    '<style:style style:name="P1" style:family="paragraph" style:parent-style-name="Title"/>',
  );

const openFrame = (kind: string, content: string): string =>
  `<draw:frame presentation:class="${kind}"><draw:text-box>${content}</draw:text-box></draw:frame>`;

const odpOfStory = ({ chapters }: Story): Uint8Array =>
  openDocumentOf(
    'presentation',
    chapters
      .map(({ heading, paragraphs: [said = '', noted = ''], table }, i) => {
        const list = `<text:list><text:list-item>${openParagraph(said)}</text:list-item></text:list>`;
        const frames = openFrame('title', openParagraph(heading)) + openFrame('outline', list);
        const grid = table ? `<draw:frame>${openTable(table)}</draw:frame>` : '';
        const notes = `<presentation:notes>${openFrame('notes', openParagraph(noted))}</presentation:notes>`;
        return `<draw:page draw:name="page${i + 1}">${frames}${grid}${notes}</draw:page>`;
      })
      .join(''),
  );

const odsOfTables = (tables: readonly string[][]): Uint8Array =>
  openDocumentOf(
    'spreadsheet',
    `<table:table table:name="Catch"><table:table-row table:number-rows-repeated="2"><table:table-cell table:number-columns-repeated="4"/></table:table-row>${tables
      .map(
        (row) =>
          `<table:table-row><table:table-cell/>${row.map((cell) => `<table:table-cell office:value-type="string">${openParagraph(cell)}</table:table-cell>`).join('')}</table:table-row>`,
      )
      .join(
        '',
      )}<table:table-row table:number-rows-repeated="1048000"><table:table-cell table:number-columns-repeated="16384"/></table:table-row></table:table><table:table table:name="Days"><table:table-row><table:table-cell office:value-type="date" office:date-value="2024-02-29"><text:p>29.02.24</text:p></table:table-cell></table:table-row></table:table>`,
  );

const chapterPage = ({ heading, paragraphs, table }: Chapter): string =>
  `${declaration}<html xmlns="http://www.w3.org/1999/xhtml"><head><title/></head><body><a id="x"/><h1>${xml(heading)}</h1>${paragraphs.map((text) => `<p>${xml(text)}</p>`).join('')}${table ? `<table>${table.map((row, i) => `<tr>${row.map((cell) => (i === 0 ? `<th>${xml(cell)}</th>` : `<td>${xml(cell)}</td>`)).join('')}</tr>`).join('')}</table>` : ''}</body></html>`;

const epubOfStory = ({ chapters }: Story): Uint8Array =>
  zipOf(
    {
      mimetype: 'application/epub+zip',
      'META-INF/container.xml': `${declaration}<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles><rootfile full-path="OEBPS/book.opf" media-type="application/oebps-package+xml"/></rootfiles></container>`,
      'OEBPS/book.opf': `${declaration}<package xmlns="http://www.idpf.org/2007/opf" version="3.0"><metadata xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>${xml(title)}</dc:title><dc:creator>${xml(author)}</dc:creator><dc:language>en-GB</dc:language><dc:date>2024-05-06</dc:date></metadata><manifest><item id="nav" href="nav.xhtml" properties="nav" media-type="application/xhtml+xml"/><item id="cover" href="cover.xhtml" media-type="application/xhtml+xml"/>${chapters.map((_, i) => `<item id="c${i}" href="text/chapter%20${i}.xhtml" media-type="application/xhtml+xml"/>`).join('')}</manifest><spine><itemref idref="nav"/><itemref idref="cover"/>${chapters.map((_, i) => `<itemref idref="c${i}"/>`).join('')}</spine></package>`,
      'OEBPS/nav.xhtml': `${declaration}<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops"><body><nav epub:type="toc"><ol><li><a href="cover.xhtml">Before it begins</a></li>${chapters.map(({ heading }, i) => `<li><a href="text/chapter%20${i}.xhtml#x">${xml(heading)}</a></li>`).join('')}</ol></nav></body></html>`,
      'OEBPS/cover.xhtml': `${declaration}<html xmlns="http://www.w3.org/1999/xhtml"><body><p>${xml(title)}</p></body></html>`,
      ...Object.fromEntries(chapters.map((chapter, i) => [`OEBPS/text/chapter ${i}.xhtml`, chapterPage(chapter)])),
    },
    ['mimetype'],
  );

/** Text within RTF: bytes of Windows-1252 where it has them, numbers of Unicode otherwise. */
export function rtfText(text: string): string {
  return [...text]
    .map((character) => {
      const code = character.codePointAt(0) ?? 0;
      if (/[\\{}]/.test(character)) return `\\${character}`;
      if (code < 0x80) return character;
      if (code >= 0xa0 && code <= 0xff) return `\\'${code.toString(16)}`;
      return [...Array(character.length).keys()].map((i) => `\\u${character.charCodeAt(i)}?`).join('');
    })
    .join('');
}

const rtfOfStory = ({
  chapters,
}: Story): string => `{\\rtf1\\ansi\\ansicpg1252\\deff0{\\fonttbl{\\f0\\fswiss\\fcharset0 Arial;}}{\\stylesheet{\\s0 Normal;}{\\s1\\outlinelevel0 heading 1;}}{\\info{\\title ${rtfText(title)}}{\\author ${rtfText(author)}}{\\creatim\\yr2024\\mo5\\dy6}}{\\*\\generator Nobody;}{\\header A running head\\par}
${chapters
  .map(
    ({ heading, paragraphs, table = [] }) =>
      `\\pard\\s1 ${rtfText(heading)}\\par\n${paragraphs.map((text) => `\\pard\\plain ${rtfText(text)}\\par\n`).join('')}${table.map((row) => `\\trowd\\pard\\intbl ${row.map((cell) => `${rtfText(cell)}\\cell `).join('')}\\row\n`).join('')}`,
  )
  .join(
    '',
  )}\\pard {\\pict\\pngblip 89504e470d0a}{\\field{\\*\\fldinst HYPERLINK "http://x"}{\\fldrslt ${rtfText(title)}}}\\par}`;

const emlOf = (prose: readonly string[], tables: readonly string[][]): Uint8Array =>
  Buffer.from(
    [
      `From: =?UTF-8?Q?Ingrid_=C3=96sterg=C3=A5rd?= <ingrid@example.org>`,
      'To: The Board <board@example.org>, clerk@example.org',
      `Subject: =?UTF-8?B?${Buffer.from(title).toString('base64')}?=`,
      'Date: Mon, 06 May 2024 07:08:09 +0000',
      'MIME-Version: 1.0',
      'Content-Type: multipart/mixed; boundary="edge"',
      '',
      '--edge',
      'Content-Type: text/plain; charset=utf-8',
      'Content-Transfer-Encoding: base64',
      '',
      Buffer.from(prose.join('\n\n')).toString('base64').replace(/.{76}/g, '$&\r\n'),
      '--edge',
      'Content-Type: text/csv; name="catch.csv"',
      'Content-Disposition: attachment; filename="catch.csv"',
      'Content-Transfer-Encoding: base64',
      '',
      Buffer.from(tables.map((row) => row.join(';')).join('\n')).toString('base64'),
      '--edge--',
      '',
    ].join('\r\n'),
  );

/** One cue every ten seconds. */
const cueSeconds = 10;
const clock = (seconds: number, comma: string): string =>
  `${new Date(seconds * 1000).toISOString().slice(11, 19)}${comma}250`;
const srtOf = (prose: readonly string[]): string =>
  prose
    .map(
      (text, i) =>
        `${i + 1}\r\n${clock(i * cueSeconds, ',')} --> ${clock(i * cueSeconds + 8, ',')}\r\n<i>${text}</i>\r\n`,
    )
    .join('\r\n');
const vttOf = (spoken: readonly string[]): string =>
  `WEBVTT - ${title}\n\nNOTE nothing to see\n\nSTYLE\n::cue { color: red }\n\n${spoken
    .map(
      (text, i) =>
        `${clock(i * cueSeconds, '.')} --> ${clock(i * cueSeconds + 8, '.')} align:start\n<v Ingrid>${text.replace(/&/g, '&amp;')}\n`,
    )
    .join('\n')}`;
const csvOf = (tables: readonly string[][]): string =>
  tables.map((row) => row.map((cell) => `"${cell.replace(/"/g, '""')}"`).join(';')).join('\r\n');

const codeOf = (prose: readonly string[]): string =>
  `/* ${title} */\n${prose.map((text, i) => `\tconst line${i} = ${JSON.stringify(text)};`).join('\n\n')}\n`;

const markdownOf = ({ chapters }: Story): string =>
  `# ${title}\n\n${chapters
    .map(({ heading, paragraphs, table = [] }) =>
      [
        `## ${heading}`,
        ...paragraphs.map((text) => text.replace('<', '\\<')),
        table.map((row, i) => `| ${row.join(' | ')} |${i === 0 ? '\n| --- | --- | --- |' : ''}`).join('\n'),
      ]
        .filter(Boolean)
        .join('\n\n'),
    )
    .join('\n\n')}`;

const htmlOf = ({ chapters }: Story): string =>
  `<!doctype html><html lang="en-GB"><head><title>${xml(title)}</title><meta name="author" content="${author}"></head><body><article><h1>${xml(title)}</h1>${chapters
    .map(
      ({ heading, paragraphs, table }) =>
        `<h2>${xml(heading)}</h2>${paragraphs.map((text) => `<p>${xml(text)}</p>`).join('')}${table ? `<table>${table.map((row, i) => `<tr>${row.map((cell) => `<t${i === 0 ? 'h' : 'd'}>${xml(cell)}`).join('')}`).join('')}</table>` : ''}`,
    )
    .join('')}</article></body></html>`;

/** The story in every format. */
export function corpusOf(story: Story): CorpusFile[] {
  const { chapters, questions } = story;
  const tables = chapters.flatMap(({ table = [] }) => table);
  const prose = chapters.flatMap(({ paragraphs }) => paragraphs);
  // What looks like a mark of style in subtitles is none of the text there.
  const spoken = prose.map((text) => text.replace(/<.*$/, ''));
  const texts = [
    title,
    ...chapters.flatMap(({ heading, paragraphs, table = [] }) => [heading, ...paragraphs, ...table.flat()]),
  ];

  const anchored = (
    asked: readonly Question[],
    anchorOf: (question: Question) => Partial<Anchor>,
  ): CorpusFile['probes'] =>
    asked.map((question) => ({ query: question.query, quote: question.quote, anchor: anchorOf(question) }));
  const ofText = questions.filter(({ inTable }) => !inTable);
  const ofTable = questions.filter(({ inTable }) => inTable);
  const inRange = anchored(questions, () => ({ kind: 'range' }));
  const inProse = anchored(ofText, () => ({ kind: 'range' }));
  const onSlide = anchored(questions, ({ chapter }) => ({ kind: 'slide', slide: chapter + 1 }));
  const inCells = (sheet: string | null, left = 0, top = 0): CorpusFile['probes'] =>
    anchored(ofTable, ({ quote }) => {
      const row = tables.findIndex((cells) => cells.includes(quote));
      const column = tables[row]?.indexOf(quote) ?? 0;
      const cell = { left: left + column, top: top + row, right: left + column, bottom: top + row };
      return { kind: 'cells', sheet, cells: formatCells(cell) };
    });
  const atTime = anchored(ofText, ({ quote }) => {
    const startMs = spoken.findIndex((text) => text.includes(quote)) * cueSeconds * 1000 + 250;
    return { kind: 'time', startMs };
  });

  const told = { texts, title, author };
  const slides = { ...told, texts: texts.slice(1), probes: onSlide };
  const unsigned = { title: null, author: null };
  const utf16 = (text: string): Uint8Array => Buffer.from(`\ufeff${text}`, 'utf16le');

  return [
    { fileName: 'report.docx', kind: 'docx', bytes: docxOfStory(story), ...told, probes: inRange },
    { fileName: 'slides.pptx', kind: 'pptx', bytes: zipOf(pptxParts(story)), ...slides },
    {
      fileName: 'catch.xlsx',
      kind: 'xlsx',
      bytes: zipOf(xlsxParts(tables)),
      texts: [...tables.flat(), ...sums.flatMap(({ shown }) => shown)],
      title,
      author,
      probes: [
        ...inCells('Catch', 1, 2),
        {
          query: 'What is the share on day 2024-01-01?',
          quote: '12.50%',
          anchor: { kind: 'cells', sheet: 'Sums', cells: 'B2' },
        },
      ],
    },
    { fileName: 'report.odt', kind: 'odt', bytes: odtOfStory(story), ...told, probes: inRange },
    { fileName: 'slides.odp', kind: 'odp', bytes: odpOfStory(story), ...slides },
    {
      fileName: 'catch.ods',
      kind: 'ods',
      bytes: odsOfTables(tables),
      texts: [...tables.flat(), '2024-02-29'],
      title,
      author,
      probes: inCells('Catch', 1, 2),
    },
    {
      fileName: 'report.rtf',
      kind: 'rtf',
      bytes: Buffer.from(rtfOfStory(story), 'latin1'),
      ...told,
      probes: inRange,
    },
    { fileName: 'report.epub', kind: 'epub', bytes: epubOfStory(story), ...told, probes: inRange },
    {
      fileName: 'letter.eml',
      kind: 'email',
      bytes: emlOf(prose, tables),
      texts: [title, 'Ingrid Östergård <ingrid@example.org>', 'clerk@example.org', 'catch.csv', ...prose],
      title,
      author: 'Ingrid Östergård <ingrid@example.org>',
      probes: inProse,
    },
    {
      fileName: 'talk.srt',
      kind: 'subtitles',
      bytes: Buffer.from(srtOf(spoken)),
      texts: spoken,
      ...unsigned,
      probes: atTime,
    },
    {
      fileName: 'talk.vtt',
      kind: 'subtitles',
      bytes: Buffer.from(vttOf(spoken)),
      texts: spoken,
      title,
      author: null,
      probes: atTime,
    },
    {
      fileName: 'catch.csv',
      kind: 'csv',
      bytes: Buffer.from(csvOf(tables)),
      texts: tables.flat(),
      ...unsigned,
      probes: inCells(null),
    },
    {
      fileName: 'catch.tsv',
      kind: 'csv',
      bytes: utf16(tables.map((row) => row.join('\t')).join('\n')),
      texts: tables.flat(),
      ...unsigned,
      probes: inCells(null),
    },
    {
      fileName: 'report.json',
      kind: 'json',
      bytes: Buffer.from(JSON.stringify({ title, chapters })),
      texts,
      ...unsigned,
      probes: inRange,
    },
    {
      fileName: 'report.ts',
      kind: 'code',
      bytes: Buffer.from(codeOf(prose)),
      texts: [title, ...prose.map((text) => JSON.stringify(text))],
      ...unsigned,
      probes: inProse,
    },
    {
      fileName: 'report.md',
      kind: 'markdown',
      bytes: Buffer.from(markdownOf(story)),
      ...told,
      author: null,
      probes: inRange,
    },
    { fileName: 'report.html', kind: 'html', bytes: Buffer.from(htmlOf(story)), ...told, probes: inRange },
    {
      fileName: 'report.txt',
      kind: 'text',
      bytes: utf16(texts.join('\r\n\r\n')),
      texts,
      ...unsigned,
      probes: inRange,
    },
  ];
}

/** The harbour's report in every format. */
export const corpus: readonly CorpusFile[] = corpusOf(harbour);

/** True when a passage's anchor is the one that was asked for; of times and cells, when it covers them. */
export function leadsTo(found: Anchor, wanted: Partial<Anchor>): boolean {
  if (found.kind === 'time' && wanted.kind === 'time')
    return found.startMs <= (wanted.startMs ?? 0) && found.endMs > (wanted.startMs ?? 0);
  if (found.kind === 'cells' && wanted.kind === 'cells') {
    const [range, cell] = [parseCells(found.cells), parseCells(wanted.cells ?? '')];
    const isIn =
      range.left <= cell.left && range.right >= cell.right && range.top <= cell.top && range.bottom >= cell.bottom;
    return found.sheet === wanted.sheet && isIn;
  }
  return Object.entries(wanted).every(([key, value]) => found[key as keyof Anchor] === value);
}

/** The words of a text, as far as marks of style leave them. */
export function wordsOf(text: string): string[] {
  return text.replace(/\\(?=[^\p{L}\p{N}\s])/gu, '').match(/[\p{L}\p{N}]+/gu) ?? [];
}

/** The share of the words of `texts` that `read` holds, each as often as it is there. */
export function recall(texts: readonly string[], read: string): number {
  const counts = new Map<string, number>();
  for (const word of wordsOf(read)) counts.set(word, (counts.get(word) ?? 0) + 1);
  const words = texts.flatMap(wordsOf);
  const found = words.filter((word) => {
    const left = counts.get(word) ?? 0;
    counts.set(word, left - 1);
    return left > 0;
  });
  return found.length / Math.max(1, words.length);
}

/** A tar of files; of the old kind without the `mark`. */
export function tarOf(files: Record<string, string | Uint8Array>, mark = 'ustar\x0000'): Uint8Array {
  const blocks = Object.entries(files).flatMap(([name, content]) => {
    const bytes = typeof content === 'string' ? Buffer.from(content) : Buffer.from(content);
    const header = Buffer.alloc(512);
    header.write(name.slice(0, 100), 0);
    header.write('0000644\0', 100);
    header.write(`${bytes.length.toString(8).padStart(11, '0')}\0`, 124);
    header.write('0', 156);
    header.write(mark, 257, 'latin1');
    header.fill(' ', 148, 156);
    const sum = header.reduce((total, byte) => total + byte, 0);
    header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
    return [header, bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)];
  });
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

export const gzip = (bytes: Uint8Array): Uint8Array => gzipSync(bytes);
