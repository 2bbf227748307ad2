import { describe, expect, test } from 'vitest';
import { corpus, rtfText } from '../testing/corpus.ts';
import { type ReadResult, readBytes } from '../testing/read.ts';
import { delimiterOf } from './csv.ts';
import { encodingOf } from './encoding.ts';
import { formatOfKind } from './index.ts';
import { parseCues } from './subtitles.ts';

const bytesOf = (fileName: string): Uint8Array =>
  corpus.find((file) => file.fileName === fileName)?.bytes ?? new Uint8Array();

describe('encodings', () => {
  const texts = {
    russian: 'Когда в товарищах согласья нет, на лад их дело не пойдёт, и выйдет из него не дело, только мука. ',
    japanese:
      '吾輩は猫である。名前はまだ無い。どこで生れたかとんと見当がつかぬ。何でも薄暗いじめじめした所で泣いていた。',
    chinese: '北冥有鱼，其名为鲲。鲲之大，不知其几千里也。化而为鸟，其名为鹏。鹏之背，不知其几千里也。',
    korean: '나랏말싸미 중국과 달라 문자와 서로 통하지 아니하므로 어리석은 백성이 말하고자 하는 바가 있어도',
  };
  // Bytes of `text` in an encoding, found by asking the decoder for every pair of bytes.
  const encoded = (text: string, encoding: string): Uint8Array => {
    const table = new Map<string, number[]>();
    const decoder = new TextDecoder(encoding);
    for (let high = 0; high < 256; high++) {
      const one = decoder.decode(Uint8Array.of(high));
      if (one.length === 1 && one !== '\ufffd') table.set(one, [high]);
      if (high < 0x80) continue;
      for (let low = 0x40; low < 256; low++) {
        const two = decoder.decode(Uint8Array.of(high, low));
        if ([...two].length === 1 && two !== '\ufffd' && !table.has(two)) table.set(two, [high, low]);
      }
    }
    return Uint8Array.from([...text].flatMap((character) => table.get(character) ?? [0x3f]));
  };

  test.each([
    ['windows-1251', texts.russian],
    ['koi8-r', texts.russian],
    ['shift_jis', texts.japanese],
    ['euc-jp', texts.japanese],
    ['gb18030', texts.chinese],
    ['big5', '北冥有魚，其名為鯤。鯤之大，不知其幾千里也。化而為鳥，其名為鵬。鵬之背，不知其幾千里也。'],
    ['euc-kr', texts.korean],
    ['windows-1252', 'Die Straße führt über die Höhe, und die Möwen schreien; so hörte man es früher täglich.'],
  ])('text in %s is read', async (encoding, text) => {
    const bytes = encoded(text, encoding);
    expect(encodingOf(bytes).replace('gb18030', 'gbk')).toBe(
      new TextDecoder(encoding).encoding.replace('gb18030', 'gbk'),
    );
    const { sections } = await readBytes('a.txt', bytes, 'text');
    expect(sections.map((section) => section.text).join('')).toBe(text.trim());
  });

  test.each([true, false])('UTF-32 with its mark (little-endian: %s)', async (little) => {
    const bytes = Buffer.alloc(4 * 5);
    for (const [i, code] of [0xfeff, 0x48, 0x1f600, 0xfc, 0x2e].entries())
      if (little) bytes.writeUInt32LE(code, 4 * i);
      else bytes.writeUInt32BE(code, 4 * i);
    const { sections } = await readBytes('a.txt', bytes, 'text');
    expect(sections[0]?.text).toBe('H😀ü.');
  });
});

describe('tables of text', () => {
  test.each([
    ['a,b\n"1,5",2\n', ','],
    ['a;b\n1,5;2\n', ';'],
    ['a\tb, c\n1\t2, 3', '\t'],
    ['a|b\n1|2', '|'],
    ['one column\nonly', '\t'],
    ['A title\n\na,b\n1,2', ','],
    ['A title, and more\n\na;b;c\n1,5;2;3\n1;2,5;3', ';'],
  ])('the delimiter of %j is %j', (text, delimiter) => {
    expect(delimiterOf(text)).toBe(delimiter);
  });

  test('quoted fields hold delimiters, quotation marks and lines; cells are counted as they stand', async () => {
    const source = 'Name,Said\r\n"Quist, T.","""Build"" it\r\nhigh"\r\n\r\nBo|b,x\n';
    const { sections } = await readBytes('a.csv', source, 'csv');
    expect(sections).toHaveLength(1);
    expect(sections[0]?.text).toBe('| Name | Said |\n| --- | --- |\n| Quist, T. | "Build" it high |\n| Bo\\|b | x |');
    expect(sections[0]?.anchor).toEqual({ kind: 'cells', sheet: null, cells: 'A1:B4' });
  });

  test('numbers without names above them get the letters of their columns', async () => {
    const { sections } = await readBytes('a.tsv', '1\t2\n3\t4', 'csv');
    expect(sections[0]?.text).toBe('| A | B |\n| --- | --- |\n| 1 | 2 |\n| 3 | 4 |');
  });

  test.each([
    ['sep=;\r\na,b;c\r\n1,5;2', '| a,b | c |\n| --- | --- |\n| 1,5 | 2 |'],
    ['"sep=^"\na^b;c\n1^2', '| a | b;c |\n| --- | --- |\n| 1 | 2 |'],
    ['\ufeffsep=\t\na\tb\n1\t2', '| a | b |\n| --- | --- |\n| 1 | 2 |'],
    ['sep=x\na,b\n1,2', 'sep=x\n\n| a | b |\n| --- | --- |\n| 1 | 2 |'],
  ])('a first line that names the delimiter is no row: %j', async (source, text) => {
    const { sections } = await readBytes('a.csv', source, 'csv');
    expect(sections[0]?.text).toBe(text);
  });

  test.each([
    ['years', 'Region,2022,2023,2024\nNorth,5,6,7', '| Region | 2022 | 2023 | 2024 |'],
    ['years alone, above a column without a name', ',2022,2023\nNorth,5,6', '|  | 2022 | 2023 |'],
    ['years that are data', 'Toyota,1997\nFiat,2003', '| A | B |'],
    ['amounts of money', 'Tea,$5.00\nCoffee,($6.50)', '| A | B |'],
    ['amounts of money by name', 'Tea,CHF 5.00\nCoffee,6.50 EUR', '| A | B |'],
    ['one column', 'Name\nAnn\nBo', '| Name |'],
    ['fewer names than columns', 'Item,Price,\nTea,5,new\nCake,6,old', '| Item | Price |  |'],
  ])('a table’s first row names its columns or not: %s', async (_, source, heading) => {
    const { sections } = await readBytes('a.csv', source, 'csv');
    expect(sections[0]?.text.split('\n', 1)).toEqual([heading]);
  });

  test('what stands above a table is its caption, and only its first row is repeated', async () => {
    const rows = Array.from({ length: 230 }, (_, i) => `Item ${i},2024-01-02,${i}.50,new`);
    const source = ['| Stock list of the *Ashby* store', 'As of,May', '', 'Item,Bought,Price,State', ...rows].join(
      '\n',
    );
    const { sections } = await readBytes('a.csv', source, 'csv');
    const heading = '| Item | Bought | Price | State |\n| --- | --- | --- | --- |\n';
    expect(sections).toHaveLength(3);
    expect(sections[0]?.text).toMatch(/^\\\| Stock list of the \\\*Ashby\\\* store\n\nAs of May\n\n\| Item/);
    expect(sections[0]?.anchor).toEqual({ kind: 'cells', sheet: null, cells: 'A1:D101' });
    expect(sections[0]?.text).toContain(`\n\n${heading}| Item 0 |`);
    for (const { text } of sections.slice(1)) expect(text.startsWith(`${heading}| Item `)).toBe(true);
    const [first] = sections[0]?.passages ?? [];
    expect(first?.anchor).toMatchObject({ cells: expect.stringMatching(/^A1:D/) });
  });

  test('a field without end is refused', async () => {
    await expect(readBytes('a.csv', `a,"${'x'.repeat(1_100_000)}`, 'csv')).rejects.toMatchObject({
      code: 'too-large',
      message: expect.stringContaining('row 1'),
    });
  });
});

describe('subtitles', () => {
  test('voices are named, marks of style taken out, and hours may be missing', () => {
    expect(
      parseCues(
        'WEBVTT\n\n1\n00:01.500 --> 00:02.000 align:start\n<v.loud Ann Lee>Good <b>day</b> &amp; night\n\nNOTE x\n\n99:00:01,5 --> 99:00:02,000\n{\\an8}Late\n- Two\n',
      ),
    ).toEqual([
      { startMs: 1500, endMs: 2000, text: 'Ann Lee: Good day & night' },
      { startMs: 356_401_500, endMs: 356_402_000, text: 'Late - Two' },
    ]);
  });

  test('a long talk is cut at pauses, each section with its time', async () => {
    const cues = Array.from({ length: 200 }, (_, i) => {
      const at = (seconds: number): string => new Date(seconds * 1000).toISOString().slice(11, 19);
      const start = i * 4 + Math.floor(i / 30) * 60;
      return `${i + 1}\n${at(start)},000 --> ${at(start + 4)},000\nThis is sentence number ${i}, which says little but takes its time.\n`;
    });
    const { sections } = await readBytes('talk.srt', cues.join('\n'), 'subtitles');
    expect(sections.length).toBeGreaterThan(5);
    expect(sections[1]?.anchor).toEqual({ kind: 'time', startMs: 180_000, endMs: 300_000 });
    expect(sections[1]?.text).toMatch(/^This is sentence number 30,/);
  });

  test('a file without times says that it is none', async () => {
    await expect(readBytes('a.srt', 'Only text', 'subtitles')).rejects.toMatchObject({ code: 'bad-file' });
  });
});

describe('RTF', () => {
  const read = async (body: string): Promise<string> => {
    const { sections } = await readBytes('a.rtf', Buffer.from(`{\\rtf1\\ansi\\ansicpg1252 ${body}}`, 'latin1'), 'rtf');
    return sections.map(({ text }) => text).join('\n\n');
  };

  test('code pages, Unicode and what stands for it in old readers', async () => {
    const fonts = '{\\fonttbl{\\f0\\fcharset0 A;}{\\f1\\fcharset204 B;}{\\f2\\fcharset128 C;}}';
    expect(
      await read(`${fonts}\\f0 Caf\\'e9 \\f1\\'cf\\'f0\\f2\\'93\\'fa \\f0\\u8364?\\uc2\\u-10179 ??\\u-8704 ??.`),
    ).toBe('Café Пр日 €😀.');
  });

  test('what a reader may ignore is ignored; notes and text boxes are not', async () => {
    expect(
      await read(
        'A{\\*\\unknown hidden}{\\footnote a note}\\par{\\shp{\\*\\shpinst{\\sp{\\sn a}{\\sv 1}}{\\shptxt Box\\par}}}B {\\v x}\\~C\\par',
      ),
    ).toMatch(/^A \[a note\]\n\nBox\n\nB x\u00a0C$/);
    expect(await read('{\\pict\\bin5 }}}}}after}\\par Text')).toBe('Text');
  });

  test('headings by outline level and tables', async () => {
    const text = await read(
      '\\pard\\outlinelevel1 Head\\par\\pard Text\\par\\trowd\\intbl a\\cell b\\cell\\row\\intbl c\\cell d\\cell\\row\\pard End\\par',
    );
    expect(text).toBe('## Head\n\nText\n\n| a | b |\n| --- | --- |\n| c | d |\n\nEnd');
  });

  test('groups and paragraphs without end are refused', async () => {
    await expect(read('{'.repeat(100_000))).rejects.toMatchObject({ code: 'bad-file' });
    await expect(read('\\par '.repeat(1_000_001))).rejects.toMatchObject({ code: 'too-large' });
    expect(rtfText('a{ü😀')).toBe("a\\{\\'fc\\u55357?\\u56832?");
  });
});

describe('books', () => {
  test('chapters come in reading order; one without a heading is titled by the table of contents', async () => {
    const { sections, summary } = await readBytes('report.epub', bytesOf('report.epub'), 'epub');
    expect(sections.map(({ title }) => title)).toEqual([
      'Before it begins',
      'The breakwater',
      'The fish market',
      'The dredger Perseverance',
    ]);
    expect(summary.metadata).toEqual({ author: 'Ingrid Östergård', language: 'en-GB', createdAt: '2024-05-06' });
    const ends = sections.map(({ anchor }) => (anchor.kind === 'range' ? [anchor.start, anchor.end] : []));
    expect(ends.flat()).toEqual([...ends.flat()].sort((a, b) => a - b));
  });
});

describe('letters', () => {
  test('who wrote to whom stands at the top', async () => {
    const { sections } = await readBytes('letter.eml', bytesOf('letter.eml'), 'email');
    expect(sections[0]?.text).toContain('**From:** Ingrid Östergård \\<ingrid@example.org>');
    expect(sections[0]?.text).toContain('**Attached:** catch.csv');
    expect(sections[0]).toMatchObject({ title: 'Report on the Harbour of Välmora', level: 1 });
  });

  test('a letter in HTML alone is read, without its addresses', async () => {
    const source =
      'Subject: Hi\nFrom: a@example.org\nContent-Type: text/html\n\n<p>Read <b>this</b> <a href="http://x.example">now</a></p><script>x()</script>';
    const { sections } = await readBytes('a.eml', source, 'email');
    expect(sections[1]?.text).toBe('Read **this** now');
  });

  test('what is no letter says so', async () => {
    await expect(readBytes('a.eml', 'no headers here', 'email')).rejects.toMatchObject({ code: 'bad-file' });
  });
});

describe('code and JSON', () => {
  test('is fenced in its language, with a fence that it does not hold', async () => {
    const { sections } = await readBytes('a.py', '    def f():\n        return "```"\n```\n', 'code');
    expect(sections[0]?.text).toBe('````python\n    def f():\n        return "```"\n```\n````');
  });

  test('JSON in one long line is broken as a person would; lines of JSON each', async () => {
    const long = JSON.stringify({ a: 'x'.repeat(3000), b: [1] });
    const { sections } = await readBytes('a.json', long, 'json');
    expect(sections[0]?.text).toMatch(/^```json\n\{\n {2}"a": "x+",\n {2}"b": \[\n {4}1\n {2}\]\n\}\n```$/);
    const lines = await readBytes('a.jsonl', `${long}\n{"c":2}\nno json`, 'json');
    expect(lines.sections.map(({ text }) => text).join('')).toContain('{\n  "c": 2\n}\nno json');
  });
});

describe('bounds', () => {
  test.each([
    'csv',
    'text',
    'json',
    'code',
    'markdown',
    'subtitles',
    'html',
    'rtf',
    'email',
  ] as const)('one long line as %s is read in bounded pieces, or refused', async (kind) => {
    const { extensions, maximumBytes } = formatOfKind(kind);
    expect(maximumBytes).toBeLessThanOrEqual(256 * 1024 ** 2);
    const result = await readBytes(`a.${extensions[0]}`, Buffer.alloc(1_100_000, 'word '), kind).catch(
      (thrown: unknown) => thrown,
    );
    if (result instanceof Error) expect(result).toMatchObject({ code: expect.stringMatching(/bad-file|too-large/) });
    else for (const { text } of (result as ReadResult).sections) expect(text.length).toBeLessThan(20_000);
  });
});
