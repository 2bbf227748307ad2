import { describe, expect, test } from 'vitest';
import { corpus, docxOf, officeParts, openDocumentOf, relations, wordParagraph, zipOf } from '../testing/corpus.ts';
import { readBytes } from '../testing/read.ts';
import { dateOfSerial } from './xlsx.ts';

const bytesOf = (fileName: string): Uint8Array =>
  corpus.find((file) => file.fileName === fileName)?.bytes ?? new Uint8Array();

async function textOfDocx(body: string): Promise<string> {
  const { sections } = await readBytes('a.docx', docxOf(body), 'docx');
  return sections.map(({ text }) => text).join('\n\n');
}

describe('Word', () => {
  test('headings make the outline, the properties the metadata', async () => {
    const { sections, summary } = await readBytes('report.docx', bytesOf('report.docx'), 'docx');
    expect(sections.map(({ title, level }) => [level, title])).toEqual([
      [1, 'Report on the Harbour of Välmora'],
      [1, 'The breakwater'],
      [1, 'The fish market'],
      [1, 'The dredger Perseverance'],
    ]);
    expect(sections[2]?.text).toContain('| Herring | 18,440 | 2.10 kr |');
    expect(summary.metadata).toEqual({
      author: 'Ingrid Östergård',
      language: 'en-GB',
      createdAt: '2024-05-06T07:08:09Z',
    });
  });

  test('what was deleted, and the codes of fields, are not read; what was inserted is', async () => {
    const text = await textOfDocx(
      `<w:p><w:r><w:t xml:space="preserve">Kept </w:t></w:r><w:del><w:r><w:delText>gone</w:delText></w:r></w:del><w:ins><w:r><w:t>new</w:t></w:r></w:ins><w:r><w:instrText>PAGE</w:instrText></w:r><w:r><w:tab/><w:t>after</w:t><w:br/><w:t>below</w:t></w:r></w:p>`,
    );
    expect(text).toBe('Kept new\tafter\nbelow');
  });

  test('a text box is read once, though it is written twice', async () => {
    const box = `<w:txbxContent>${wordParagraph('In the box')}</w:txbxContent>`;
    const text = await textOfDocx(
      `<w:p><w:r><w:t>Around</w:t></w:r><w:r><mc:AlternateContent xmlns:mc="x"><mc:Choice>${box}</mc:Choice><mc:Fallback>${box}</mc:Fallback></mc:AlternateContent></w:r></w:p>`,
    );
    expect(text.match(/In the box/g)).toHaveLength(1);
  });

  test('lists are numbered as they are shown, and notes stand where they are called', async () => {
    const names = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"';
    const item = (text: string, level: number): string =>
      `<w:p><w:pPr><w:numPr><w:ilvl w:val="${level}"/><w:numId w:val="4"/></w:numPr></w:pPr><w:r><w:t>${text}</w:t></w:r></w:p>`;
    const bytes = zipOf({
      ...officeParts('word/document.xml', 'wordprocessingml.document'),
      'word/_rels/document.xml.rels': relations(
        { type: 'numbering', target: 'numbering.xml' },
        { type: 'footnotes', target: 'footnotes.xml' },
      ),
      'word/numbering.xml': `<w:numbering ${names}><w:abstractNum w:abstractNumId="7"><w:lvl w:ilvl="0"><w:start w:val="3"/><w:numFmt w:val="decimal"/></w:lvl><w:lvl w:ilvl="1"><w:numFmt w:val="bullet"/></w:lvl></w:abstractNum><w:num w:numId="4"><w:abstractNumId w:val="7"/></w:num></w:numbering>`,
      'word/footnotes.xml': `<w:footnotes ${names}><w:footnote w:id="2">${wordParagraph('Said in a note.')}</w:footnote></w:footnotes>`,
      'word/document.xml': `<w:document ${names}><w:body>${item('Three', 0)}${item('Point', 1)}${item('Four', 0)}<w:p><w:r><w:t>Called</w:t><w:footnoteReference w:id="2"/></w:r></w:p></w:body></w:document>`,
    });
    const { sections } = await readBytes('a.docx', bytes, 'docx');
    expect(sections[0]?.text).toBe('3. Three\n   - Point\n4. Four\n\nCalled [Said in a note.]');
  });

  test('text that looks like Markdown is shown as it is', async () => {
    expect(await textOfDocx(wordParagraph('# no * heading <b> 1. `x`'))).toBe('\\# no \\* heading \\<b> 1. \\`x\\`');
  });
});

describe('slides', () => {
  test.each(['slides.pptx', 'slides.odp'])('%s: in order, with title and notes, without furniture', async (name) => {
    const { sections, progress } = await readBytes(name, bytesOf(name), name.endsWith('x') ? 'pptx' : 'odp');
    expect(sections.map(({ title, anchor }) => [title, anchor])).toEqual([
      ['The breakwater', { kind: 'slide', slide: 1 }],
      ['The fish market', { kind: 'slide', slide: 2 }],
      ['The dredger Perseverance', { kind: 'slide', slide: 3 }],
    ]);
    expect(sections[2]?.text).toMatch(
      /^# The dredger Perseverance\n\n- The dredger[\s\S]+\*\*Notes:\*\*\n\nShe was broken up/,
    );
    expect(sections[0]?.text).not.toMatch(/^\W*9\W*$/m);
    expect(progress.at(-1)).toEqual({ done: 3, total: 3, unit: 'slides' });
  });
});

describe('sheets', () => {
  test('dates are dates, shares are percentages, formulas are their results', async () => {
    const { sections } = await readBytes('catch.xlsx', bytesOf('catch.xlsx'), 'xlsx');
    expect(sections.map(({ title, anchor }) => [title, anchor])).toEqual([
      ['Catch', { kind: 'cells', sheet: 'Catch', cells: 'B3:D6' }],
      ['Sums', { kind: 'cells', sheet: 'Sums', cells: 'A1:B3' }],
    ]);
    expect(sections[1]?.text).toBe(
      '# Sums\n\n| Day | Share |\n| --- | --- |\n| 2024-01-01 | 12.50% |\n| 2024-02-29 12:00 | 0.3 |',
    );
  });

  test('a long sheet is several tables under one heading, and passages know their cells', async () => {
    const rows = Array.from(
      { length: 450 },
      (_, i) =>
        `<row r="${i + 1}"><c r="A${i + 1}" t="str"><v>${i === 0 ? 'Name' : `Boat ${i}`}</v></c><c r="B${i + 1}"${i === 0 ? ' t="str"' : ''}><v>${i === 0 ? 'Length' : i}</v></c></row>`,
    );
    const bytes = zipOf({
      ...officeParts('xl/workbook.xml', 'spreadsheetml.sheet'),
      'xl/workbook.xml': '<workbook xmlns:r="r"><sheets><sheet name="Boats" r:id="rId1"/></sheets></workbook>',
      'xl/_rels/workbook.xml.rels': relations({ type: 'worksheet', target: 'worksheets/sheet1.xml' }),
      'xl/worksheets/sheet1.xml': `<worksheet><sheetData>${rows.join('')}</sheetData></worksheet>`,
    });
    const { sections } = await readBytes('boats.xlsx', bytes, 'xlsx');
    expect(sections).toHaveLength(5);
    for (const { text } of sections) expect(text).toContain('| Name | Length |\n| --- | --- |');
    const [passage] = sections.flatMap(({ text, passages }) =>
      passages.filter(({ start, end }) => text.slice(start, end).includes('| Boat 321 |')),
    );
    const [, from = 0, to = 0] = /^A(\d+):B(\d+)$/.exec((passage?.anchor as { cells: string }).cells) ?? [];
    expect(Number(from)).toBeLessThanOrEqual(322);
    expect(Number(to)).toBeGreaterThanOrEqual(322);
    expect(Number(to) - Number(from)).toBeLessThan(60);
  });

  test.each([
    [1, false, '1900-01-01'],
    [59, false, '1900-02-28'],
    [61, false, '1900-03-01'],
    [0.75, false, '18:00'],
    [45292, false, '2024-01-01'],
    [43830, true, '2024-01-01'],
    [45292.999988426, false, '2024-01-01 23:59:59'],
    [-1, false, '-1'],
    [1e300, false, '1e+300'],
  ])('the serial date %d (from 1904: %s) is %s', (serial, from1904, shown) => {
    expect(dateOfSerial(serial, from1904)).toBe(shown);
  });

  test.each([
    ['[h]:mm', 1 + 16 / 24, '40:00'],
    ['[h]:mm', 1.6667, '40:00'],
    ['[h]:mm', 0.25, '6:00'],
    ['[hh]:mm:ss', 1.5, '36:00:00'],
    ['[mm]:ss', 90.5 / 1440, '1:30:30'],
    ['[m]', 90 / 1440, '1:30'],
    ['[ss].00', 61 / 86_400, '0:01:01'],
    ['[Red][h]:mm;-[h]:mm', -1.75, '-42:00'],
    ['[h]:mm', 1e300, '1e+300'],
    ['46', 2.000011574, '48:00:01'],
    ['hh:mm', 1.5, '1900-01-01 12:00'],
    ['[$-809]dd mmm yyyy', 45292, '2024-01-01'],
    ['[Magenta]0', 1.5, '2'],
    ['#,##0.00 &quot;CHF&quot;', 1234.5, '1,234.50 CHF'],
    ['#,##0 CHF', 1234.5, '1,235 CHF'],
    ['&quot;$&quot;#,##0.00', 1234.5, '$1,234.50'],
    ['4', 1234.5, '1,234.50'],
  ])('by the format %s, %d is shown as %s', async (format, value, shown) => {
    const id = Number(format) || 164;
    const bytes = zipOf({
      ...officeParts('xl/workbook.xml', 'spreadsheetml.sheet'),
      'xl/workbook.xml': '<workbook xmlns:r="r"><sheets><sheet name="Hours" r:id="rId1"/></sheets></workbook>',
      'xl/_rels/workbook.xml.rels': relations(
        { type: 'worksheet', target: 'worksheets/sheet1.xml' },
        { type: 'styles', target: 'styles.xml' },
      ),
      'xl/styles.xml': `<styleSheet><numFmts><numFmt numFmtId="164" formatCode="${format}"/></numFmts><cellXfs><xf numFmtId="${id}"/></cellXfs></styleSheet>`,
      'xl/worksheets/sheet1.xml': `<worksheet><sheetData><row r="1"><c r="A1" t="str"><v>Worked</v></c></row><row r="2"><c r="A2" s="0"><v>${value}</v></c></row></sheetData></worksheet>`,
    });
    const { sections } = await readBytes('hours.xlsx', bytes, 'xlsx');
    expect(sections[0]?.text).toBe(`# Hours\n\n| Worked |\n| --- |\n| ${shown} |`);
  });

  test('rows and columns that say they are repeated a million times are bounded', async () => {
    const cell =
      '<table:table-cell table:number-columns-repeated="99999999" office:value-type="string"><text:p>x</text:p></table:table-cell>';
    const bytes = openDocumentOf(
      'spreadsheet',
      `<table:table table:name="A"><table:table-row>${cell}${cell}</table:table-row></table:table>`,
    );
    await expect(readBytes('a.ods', bytes, 'ods')).rejects.toMatchObject({ code: 'too-large' });
    const row = `<table:table-row table:number-rows-repeated="1000000"><table:table-cell><text:p>x</text:p></table:table-cell></table:table-row>`;
    const { sections } = await readBytes(
      'b.ods',
      openDocumentOf('spreadsheet', `<table:table table:name="A">${row}</table:table>`),
      'ods',
    );
    expect(sections).toHaveLength(10);
  });
});

describe('what cannot be read', () => {
  const compound = Buffer.concat([Buffer.from('d0cf11e0a1b11ae1', 'hex'), Buffer.alloc(600)]);

  test.each(['docx', 'pptx', 'xlsx'] as const)('an encrypted or old %s file says so', async (kind) => {
    const encrypted = Buffer.concat([compound, Buffer.from('EncryptedPackage', 'utf16le')]);
    await expect(readBytes(`a.${kind}`, encrypted, kind)).rejects.toMatchObject({
      code: 'unsupported',
      message: expect.stringMatching(/^“a\.\w+” .*needs a password/),
    });
    await expect(readBytes(`a.${kind}`, compound, kind)).rejects.toMatchObject({
      code: 'unsupported',
      message: expect.stringContaining('old Office'),
    });
  });

  test('an encrypted OpenDocument file says so, and a protected book', async () => {
    const manifest = '<manifest><file-entry><encryption-data/></file-entry></manifest>';
    const odt = zipOf({ 'content.xml': 'x', 'META-INF/manifest.xml': manifest });
    await expect(readBytes('a.odt', odt, 'odt')).rejects.toMatchObject({
      message: expect.stringContaining('password'),
    });
    const encryption = (algorithm: string): string =>
      `<encryption><EncryptedData><EncryptionMethod Algorithm="${algorithm}"/></EncryptedData></encryption>`;
    const book = zipOf({ 'META-INF/encryption.xml': encryption('http://www.w3.org/2001/04/xmlenc#aes128-cbc') });
    await expect(readBytes('a.epub', book, 'epub')).rejects.toMatchObject({ message: expect.stringContaining('DRM') });
  });

  test.each([
    'docx',
    'pptx',
    'xlsx',
    'odt',
    'odp',
    'ods',
    'epub',
  ] as const)('a %s file without its parts, or with any other ZIP inside', async (kind) => {
    await expect(readBytes(`a.${kind}`, zipOf({ 'a.txt': 'x' }), kind)).rejects.toMatchObject({ code: 'bad-file' });
  });

  test('entities of a part do not expand, and depth is bounded', async () => {
    const laughs = Array.from({ length: 9 }, (_, i) => `<!ENTITY l${i + 1} "${`&l${i};`.repeat(10)}">`).join('');
    const body = `<!DOCTYPE d [<!ENTITY l0 "ha">${laughs}]><d><body><p><r><t>Said: &l9;</t></r></p></body></d>`;
    const parts = officeParts('word/document.xml', 'wordprocessingml.document');
    const { sections } = await readBytes('a.docx', zipOf({ ...parts, 'word/document.xml': body }), 'docx');
    expect(sections.map(({ text }) => text)).toEqual(['Said: &l9;']);
    const nested = '<p>'.repeat(200_000);
    await expect(readBytes('b.docx', zipOf({ ...parts, 'word/document.xml': nested }), 'docx')).rejects.toMatchObject({
      code: 'too-large',
    });
  });
});
