/**
 * RTF 1.9.1: control words in nested groups. Text, headings, tables, footnotes and what the document
 * says of itself are taken; pictures, fonts and everything that a reader may ignore are passed over.
 */
import { readFile } from 'node:fs/promises';
import { LonghandError } from '../../../base/errors.ts';
import type { ReadSummary } from '../../library/library.ts';
import { decoderLabel, pieceDecoder } from './encoding.ts';
import { namingErrors, noText } from './failures.ts';
import type { Format, FormatInput, FoundSections } from './format.ts';
import { markdownSections, markdownTitle } from './markdown.ts';
import { escapeMarkdown, headingLine, joinBlocks, table } from './markdown-writer.ts';
import { inSteps } from './text.ts';
import { usableText, usableTitle } from './titles.ts';

const maximumDepth = 2_000;
/** Paragraphs and cells. */
const maximumParagraphs = 1_000_000;

/** Groups that hold no text of the document. */
const passedOver = new Set(
  `colortbl filetbl listtable listoverridetable revtbl rsidtbl generator pict object objdata themedata
  colorschememapping datastore latentstyles xmlnstbl fldinst bkmkstart bkmkend header headerl headerr headerf
  footer footerl footerr footerf ftnsep ftnsepc ftncn aftnsep aftnsepc aftncn nonshppict shppict sp sn sv mmathPr
  template company operator comment doccomm subject keywords category manager hlinkbase pntext pntxtb pntxta pgptbl
  annotation atnid atnauthor atrfstart atrfend defchp defpap wgrffmtfilter falt panose listname listtext`
    .trim()
    .split(/\s+/),
);

/** Groups that are read for what they say, and not shown. */
const collected = new Set(['fonttbl', 'stylesheet', 'title', 'author', 'creatim']);

const characters: Readonly<Record<string, string>> = {
  emdash: '—',
  endash: '–',
  emspace: ' ',
  enspace: ' ',
  lquote: '‘',
  rquote: '’',
  ldblquote: '“',
  rdblquote: '”',
  bullet: '•',
  tab: '\t',
  line: '\n',
  lbr: '\n',
  zwj: '\u200d',
  zwnj: '\u200c',
  '~': '\u00a0',
  _: '\u2011',
};

/** Windows' numbers of character sets → code pages. */
const codePageOfCharset: Readonly<Record<number, number>> = {
  77: 10000,
  128: 932,
  129: 949,
  134: 936,
  136: 950,
  161: 1253,
  162: 1254,
  163: 1258,
  177: 1255,
  178: 1256,
  186: 1257,
  204: 1251,
  222: 874,
  238: 1250,
};

/** Code pages that decoders know by another name than "windows-N". */
const codePageNames: Readonly<Record<number, string>> = {
  932: 'shift_jis',
  936: 'gbk',
  949: 'euc-kr',
  950: 'big5',
  866: 'ibm866',
  10000: 'macintosh',
  10007: 'x-mac-cyrillic',
  20866: 'koi8-r',
  65001: 'utf-8',
};

const encodingOfPage = (page: number): string =>
  decoderLabel(codePageNames[page] ?? `windows-${page}`) ?? 'windows-1252';

interface State {
  /** What the group is for; the empty text for the document's own. */
  destination: string;
  isIgnored: boolean;
  /** Characters to pass over after a Unicode character. */
  unicodeSkip: number;
  font: number;
  inTable: boolean;
  outlineLevel: number | undefined;
  style: number | undefined;
}

interface Content {
  blocks: string[];
  collected: Map<string, string>;
  /** The date that the document was made. */
  created: Map<string, number>;
}

/** Walks through the control words; text is decoded as soon as its encoding may change. */
class RtfReader {
  private readonly stack: State[] = [];
  private state: State = {
    destination: '',
    isIgnored: false,
    unicodeSkip: 1,
    font: 0,
    inTable: false,
    outlineLevel: undefined,
    style: undefined,
  };
  private codePage = 1252;
  private bytes: number[] = [];
  private paragraph = '';
  private cells: string[] = [];
  private rows: string[][] = [];
  private skip = 0;
  private paragraphCount = 0;
  private readonly fontPages = new Map<number, number>();
  private readonly styleLevels = new Map<number, number>();
  readonly content: Content = { blocks: [], collected: new Map(), created: new Map() };

  constructor(private readonly source: Uint8Array) {}

  read(): Content {
    let at = 0;
    while (at < this.source.length) {
      const byte = this.source[at] ?? 0;
      if (byte === 0x7b) {
        if (this.stack.length >= maximumDepth) throw new LonghandError('bad-file', 'its groups nest too deep');
        this.flush();
        this.stack.push({ ...this.state });
        at += 1;
      } else if (byte === 0x7d) {
        this.closeGroup();
        at += 1;
      } else if (byte === 0x5c) {
        at = this.control(at + 1);
      } else {
        if (byte !== 0x0a && byte !== 0x0d && byte !== 0) this.character(byte);
        at += 1;
      }
    }
    this.endParagraph();
    this.endTable();
    return this.content;
  }

  private closeGroup(): void {
    this.flush();
    const ended = this.state;
    this.state = this.stack.pop() ?? this.state;
    if (ended.destination === 'footnote' && this.state.destination !== 'footnote') this.paragraph += ']';
    // A style's or a font's own group ends with its name.
    if (ended.destination === 'stylesheet') this.endStyle(ended);
  }

  /** A byte of text, in the code page of its font. */
  private character(byte: number): void {
    if (this.skip > 0) this.skip -= 1;
    else if (!this.state.isIgnored) this.bytes.push(byte);
  }

  private text(text: string): void {
    this.flush();
    this.append(text);
  }

  private append(text: string): void {
    const { isIgnored, destination } = this.state;
    if (isIgnored) return;
    if (collected.has(destination)) {
      const before = this.content.collected.get(destination) ?? '';
      if (before.length < 10_000) this.content.collected.set(destination, before + text);
    } else this.paragraph += text;
  }

  private flush(): void {
    if (this.bytes.length === 0) return;
    const page = this.fontPages.get(this.state.font) ?? this.codePage;
    this.append(pieceDecoder(encodingOfPage(page)).decode(Uint8Array.from(this.bytes), true));
    this.bytes = [];
  }

  /** One control word or symbol, from behind its backslash; gives where it ends. */
  private control(start: number): number {
    const first = String.fromCharCode(this.source[start] ?? 0);
    if (first === "'") {
      const value = Number.parseInt(String.fromCharCode(...this.source.subarray(start + 1, start + 3)), 16);
      if (!Number.isNaN(value)) this.character(value);
      return start + 3;
    }
    if (!/[a-z]/i.test(first)) {
      this.symbol(first);
      return start + 1;
    }
    let end = start;
    while (end < start + 40 && /[a-z]/i.test(String.fromCharCode(this.source[end] ?? 0))) end += 1;
    const word = String.fromCharCode(...this.source.subarray(start, end));
    let digits = end;
    while (digits < end + 12 && /[-\d]/.test(String.fromCharCode(this.source[digits] ?? 0))) digits += 1;
    const number =
      digits > end ? Number.parseInt(String.fromCharCode(...this.source.subarray(end, digits)), 10) : undefined;
    const after = this.source[digits] === 0x20 ? digits + 1 : digits;
    if (word === 'bin') return after + Math.max(0, number ?? 0);
    this.word(word, Number.isNaN(number) ? undefined : number);
    return after;
  }

  private symbol(symbol: string): void {
    if (symbol === '*') {
      // What follows may be ignored by those who do not know it: all but what is known here.
      this.flush();
      this.state.isIgnored = true;
      return;
    }
    if (symbol === '\n' || symbol === '\r') {
      this.endParagraph();
      return;
    }
    if (symbol === '-') return;
    if (this.skip > 0) this.skip -= 1;
    else this.text(characters[symbol] ?? (/[\\{}]/.test(symbol) ? symbol : ''));
  }

  private word(word: string, number: number | undefined): void {
    const { state } = this;
    const shown = characters[word];
    if (shown !== undefined) {
      if (this.skip > 0) this.skip -= 1;
      else this.text(shown);
      return;
    }
    if (word === 'u') {
      this.unicode(number ?? 0);
      return;
    }
    this.flush();
    if (passedOver.has(word)) state.isIgnored = true;
    else if (collected.has(word)) {
      state.destination = word;
      state.isIgnored = false;
    } else if (state.destination === 'creatim') this.content.created.set(word, number ?? 0);
    // The text of a text box stands within a group that may be ignored.
    else if (word === 'shptxt') state.isIgnored = false;
    else if (!state.isIgnored) this.format(word, number);
  }

  private unicode(number: number): void {
    const code = number < 0 ? number + 0x1_0000 : number;
    this.flush();
    if (this.skip > 0) this.skip -= 1;
    else if (code > 0 && code <= 0xffff) this.append(String.fromCharCode(code));
    this.skip = this.state.unicodeSkip;
  }

  private format(word: string, number: number | undefined): void {
    const { state } = this;
    switch (word) {
      case 'ansicpg':
        this.codePage = number || 1252;
        break;
      case 'mac':
        this.codePage = 10000;
        break;
      case 'uc':
        state.unicodeSkip = Math.min(16, Math.max(0, number ?? 1));
        break;
      case 'f':
        state.font = number ?? 0;
        break;
      case 'fcharset':
        if (state.destination === 'fonttbl' && codePageOfCharset[number ?? 0])
          this.fontPages.set(state.font, codePageOfCharset[number ?? 0] ?? 1252);
        break;
      case 'plain':
        state.font = 0;
        break;
      case 'pard':
        state.outlineLevel = undefined;
        state.style = undefined;
        state.inTable = false;
        break;
      case 's':
        state.style = number;
        break;
      case 'outlinelevel':
        state.outlineLevel = number;
        break;
      case 'intbl':
        state.inTable = true;
        break;
      case 'par':
      case 'sect':
      case 'page':
        this.endParagraph();
        break;
      case 'cell':
      case 'nestcell':
        this.cells.push(this.taken());
        break;
      case 'row':
      case 'nestrow':
        this.rows.push(this.cells);
        this.cells = [];
        break;
      case 'footnote':
        state.destination = 'footnote';
        this.paragraph += ' [';
        break;
      default:
        break;
    }
  }

  /** A style whose name says "heading 2" makes its paragraphs headings. */
  private endStyle({ style, outlineLevel }: State): void {
    const name = this.content.collected.get('stylesheet') ?? '';
    this.content.collected.delete('stylesheet');
    const [, digit] = /\b(?:heading|überschrift|titre) ?([1-9])\s*;/i.exec(name) ?? [];
    const level = digit ? Number(digit) - 1 : outlineLevel;
    if (style !== undefined && level !== undefined) this.styleLevels.set(style, level);
    if (style !== undefined && /^\s*title\s*;/i.test(name)) this.styleLevels.set(style, 0);
  }

  private taken(): string {
    this.paragraphCount += 1;
    if (this.paragraphCount > maximumParagraphs)
      throw new LonghandError('too-large', `it has more than ${maximumParagraphs} paragraphs`);
    this.flush();
    const text = this.paragraph.trim();
    this.paragraph = '';
    return text;
  }

  private endParagraph(): void {
    if (this.state.isIgnored || collected.has(this.state.destination)) return;
    if (this.state.inTable || this.cells.length > 0 || this.state.destination === 'footnote') {
      // A paragraph within a cell or a note goes on there.
      this.flush();
      this.paragraph += ' ';
      return;
    }
    this.endTable();
    const { outlineLevel, style } = this.state;
    const level = outlineLevel ?? (style === undefined ? undefined : this.styleLevels.get(style));
    const text = this.taken();
    if (!text) return;
    const isHeading = level !== undefined && level >= 0 && level < 9;
    this.content.blocks.push(isHeading ? headingLine(level + 1, text) : escapeMarkdown(text));
  }

  private endTable(): void {
    if (this.cells.length > 0) this.rows.push(this.cells);
    const block = table(this.rows);
    this.cells = [];
    this.rows = [];
    if (block) this.content.blocks.push(block);
  }
}

async function* readRtf(input: FormatInput): AsyncGenerator<FoundSections, ReadSummary> {
  const bytes = await readFile(input.path);
  if (!startsRtf(bytes)) throw new LonghandError('bad-file', 'it does not begin like one');
  const { blocks, collected: said, created } = new RtfReader(bytes).read();
  const sections = markdownSections(joinBlocks(blocks));
  if (sections.length === 0) throw noText();
  yield* inSteps(sections, input.byteSize);
  const [year, month, day] = ['yr', 'mo', 'dy'].map((part) => created.get(part) ?? 0);
  const two = (value = 0): string => String(value).padStart(2, '0');
  return {
    title: usableTitle(said.get('title')) ?? markdownTitle(sections),
    metadata: {
      author: usableText(said.get('author')),
      language: null,
      createdAt: year ? `${year}-${two(month)}-${two(day)}` : null,
    },
    emptySections: 0,
  };
}

const startsRtf = (start: Uint8Array): boolean =>
  /^\s*\{\\rtf/.test(new TextDecoder('latin1').decode(start.subarray(0, 32)));

export const rtf: Format = {
  kind: 'rtf',
  name: 'RTF',
  extensions: ['rtf'],
  mediaType: 'application/rtf',
  maximumBytes: 256 * 1024 ** 2,
  signature: startsRtf,
  sniff: startsRtf,
  read: namingErrors('RTF', readRtf),
};
