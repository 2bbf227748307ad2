/**
 * PDF: the text of each page with its places. The one file that imports pdf.js on this side.
 *
 * pdf.js guesses from its surroundings whether it runs in a browser, and guesses differently in
 * Node and in Electron's utility process; so everything it would guess is given to it here: the
 * parser runs in this thread, bytes come from the file as they are asked for, and character maps
 * and standard fonts are read from its package.
 */
import { type FileHandle, open, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type {
  getDocument as GetDocument,
  PDFDataRangeTransport as PDFDataRangeTransportClass,
  PDFDocumentProxy,
  PDFPageProxy,
} from 'pdfjs-dist/legacy/build/pdf.mjs';
import { LonghandError } from '../../../base/errors.ts';
import type { ReadSummary } from '../../library/library.ts';
import { startsZip } from './document-zip.ts';
import { type Format, type FormatInput, type FoundSection, maximumCharacters } from './format.ts';
import { type Matrix, multiply, pagePicture } from './page-picture.ts';
import { blocksText, type Piece, pageBlocks, type Row, rowText } from './pdf-layout.ts';
import { maximumPicturePixels, type Operators, piecesOfLines, scanOf } from './pdf-scan.ts';
import { usableText, usableTitle } from './titles.ts';

type PDFOutline = Awaited<ReturnType<PDFDocumentProxy['getOutline']>>;
type TextContent = Awaited<ReturnType<PDFPageProxy['getTextContent']>>;

const maximumPages = 20_000;
/** Pieces of text on one page: a dense newspaper page has some 10,000. */
const maximumPieces = 200_000;
const maximumOutlineItems = 5_000;

interface Pdfjs {
  getDocument: typeof GetDocument;
  PDFDataRangeTransport: typeof PDFDataRangeTransportClass;
  OPS: Operators;
}

let loading: Promise<Pdfjs> | undefined;

/** Loads pdf.js, which wants some classes of a browser to exist though text needs none of them. */
function pdfjs(): Promise<Pdfjs> {
  loading ??= (async () => {
    const scope = globalThis as Record<string, unknown>;
    for (const name of ['DOMMatrix', 'ImageData', 'Path2D']) scope[name] ??= class {};
    scope.pdfjsWorker ??= await import('pdfjs-dist/legacy/build/pdf.worker.mjs');
    return await import('pdfjs-dist/legacy/build/pdf.mjs');
  })();
  return loading;
}

/** Folders of the pdf.js package, by the name of the parameter under which it asks for their files. */
const dataFolders: Record<string, string> = {
  cMapUrl: 'cmaps',
  standardFontDataUrl: 'standard_fonts',
  wasmUrl: 'wasm',
};

class PackageDataFactory {
  async fetch({ kind, filename }: { kind: string; filename: string }): Promise<Uint8Array> {
    const folder = dataFolders[kind];
    if (!folder || !/^[\w.-]+$/.test(filename)) throw new Error(`There is no data file ${filename}.`);
    const root = dirname(createRequire(import.meta.url).resolve('pdfjs-dist/package.json'));
    return new Uint8Array(await readFile(join(root, folder, filename)));
  }
}

/** Stands where a browser's drawing goes: nothing is drawn. */
class NoDrawing {
  destroy(): void {}
}

/** Bytes of the file as the parser asks for them, so that a large scan is not held in memory. */
async function transportOf(
  file: FileHandle,
  byteSize: number,
  Transport: typeof PDFDataRangeTransportClass,
): Promise<PDFDataRangeTransportClass> {
  const read = async (begin: number, end: number): Promise<Uint8Array> => {
    const bytes = new Uint8Array(end - begin);
    const { bytesRead } = await file.read(bytes, 0, bytes.length, begin);
    return bytes.subarray(0, bytesRead);
  };
  const transport = new Transport(byteSize, await read(0, Math.min(byteSize, 1 << 16)));
  transport.requestDataRange = (begin, end) => {
    // A read that fails ends as a page that cannot be parsed.
    read(begin, end).then(
      (bytes) => transport.onDataRange(begin, bytes),
      () => transport.onDataRange(begin, new Uint8Array(end - begin)),
    );
  };
  return transport;
}

/** The document, or the error that says why it cannot be opened. */
async function openPdf(file: FileHandle, { fileName, byteSize, password }: FormatInput) {
  const { getDocument, PDFDataRangeTransport } = await pdfjs();
  const task = getDocument({
    range: await transportOf(file, byteSize, PDFDataRangeTransport),
    ...(password !== undefined && { password }),
    disableAutoFetch: true,
    disableStream: true,
    rangeChunkSize: 1 << 18,
    cMapUrl: 'cmaps/',
    standardFontDataUrl: 'standard_fonts/',
    wasmUrl: 'wasm/',
    cMapPacked: true,
    BinaryDataFactory: PackageDataFactory,
    CanvasFactory: NoDrawing,
    FilterFactory: NoDrawing,
    useWorkerFetch: false,
    useSystemFonts: false,
    disableFontFace: true,
    isEvalSupported: false,
    isOffscreenCanvasSupported: false,
    isImageDecoderSupported: false,
    maxImageSize: maximumPicturePixels,
    verbosity: 0,
  });
  try {
    return { document: await task.promise, destroy: () => task.destroy() };
  } catch (thrown) {
    await task.destroy();
    const error = thrown as Error;
    if (error.name === 'PasswordException')
      throw new LonghandError(
        'needs-password',
        password === undefined
          ? `“${fileName}” needs a password to be read.`
          : `“${fileName}” is not opened by this password.`,
      );
    throw new LonghandError('bad-file', `“${fileName}” is not a readable PDF: it is damaged or incomplete.`, {
      cause: thrown,
    });
  }
}

const tooLarge = (fileName: string, what: string): LonghandError =>
  new LonghandError('too-large', `“${fileName}” is too large: ${what}.`);

/** All that is drawn as text on a page, in the order in which it is drawn. */
async function textContent(page: PDFPageProxy, fileName: string): Promise<TextContent> {
  const content: TextContent = { items: [], styles: {}, lang: null };
  const reader = (page.streamTextContent() as ReadableStream<TextContent>).getReader();
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return content;
    content.items.push(...value.items);
    Object.assign(content.styles, value.styles);
    if (content.items.length > maximumPieces) {
      await reader.cancel(new Error('too much text'));
      throw tooLarge(fileName, `its page ${page.pageNumber} has more than ${maximumPieces} pieces of text`);
    }
  }
}

/** The pieces of a page in fractions of it; text that does not run level is told apart. */
function piecesOf(page: PDFPageProxy, content: TextContent): { level: Piece[]; turned: Piece[] } {
  const viewport = page.getViewport({ scale: 1 });
  const pieces = { level: [] as Piece[], turned: [] as Piece[] };
  let last: Piece | undefined;
  for (const item of content.items) {
    if (!('str' in item)) continue;
    if (item.str.trim() === '') {
      if (last && (item.str !== '' || item.hasEOL) && !last.text.endsWith(' ')) last.text += ' ';
      continue;
    }
    const [a, b, c, d, x, y] = multiply(viewport.transform as Matrix, item.transform as Matrix);
    const size = Math.hypot(c, d) || Math.hypot(a, b);
    const along = Math.hypot(a, b) || 1;
    const style = content.styles[item.fontName];
    const ascent = Number.isFinite(style?.ascent) && style?.ascent ? style.ascent : 0.8;
    const descent = Number.isFinite(style?.descent) && style?.descent ? style.descent : -0.2;
    // The four corners of the text's box, whichever way it runs.
    const [ux, uy, vx, vy] = [a / along, b / along, c / (size || 1), d / (size || 1)];
    const corners = [
      [0, ascent],
      [item.width, ascent],
      [0, descent],
      [item.width, descent],
    ].map(([w = 0, h = 0]) => ({ x: x + ux * w + vx * h * size, y: y + uy * w + vy * h * size }));
    const inPage = (value: number, whole: number): number => Math.min(1, Math.max(0, value / whole));
    const xs = corners.map((corner) => inPage(corner.x, viewport.width));
    const ys = corners.map((corner) => inPage(corner.y, viewport.height));
    const piece: Piece = {
      text: item.str.replace(/[\0\s]+/g, ' '),
      left: Math.min(...xs),
      right: Math.max(...xs),
      top: Math.min(...ys),
      bottom: Math.max(...ys),
      baseline: y / viewport.height,
      em: size / viewport.width,
      rightToLeft: item.dir === 'rtl',
    };
    // Text outside the page, or without extent, is not to be seen there.
    if (!(piece.right > piece.left && piece.bottom > piece.top)) {
      last = undefined;
      continue;
    }
    const isLevel = Math.abs(b) < 0.05 * along && a > 0;
    (isLevel ? pieces.level : pieces.turned).push(piece);
    last = piece;
  }
  return pieces;
}

/** A page's rows in blocks of reading order, before running headers are taken out. */
interface PageRows {
  number: number;
  blocks: Row[][];
}

/** A page that draws more characters than this is none that was scanned: a scanner's stamp has fewer. */
const stampCharacters = 150;

/** What stands on a page that draws next to no text itself, read from its pictures; what it draws there is not read again. */
async function scannedPieces(
  page: PDFPageProxy,
  drawn: readonly Piece[],
  { readText }: FormatInput,
  progress: { done: number; total: number },
): Promise<Piece[]> {
  const characters = drawn.reduce((sum, { text }) => sum + text.length, 0);
  if (!readText || characters > stampCharacters) return [];
  const { size, pictures } = await scanOf(page, (await pdfjs()).OPS);
  if (pictures.length === 0) return [];
  const lines = await readText(pagePicture(size, pictures), { ...progress, unit: 'pages' });
  return piecesOfLines(lines, size).filter((piece) => !drawn.some((known) => liesOn(piece, known)));
}

/** True when the middle of a piece of text lies on another. */
function liesOn({ left, right, top, bottom }: Piece, other: Piece): boolean {
  const [x, y] = [(left + right) / 2, (top + bottom) / 2];
  return other.left <= x && x <= other.right && other.top <= y && y <= other.bottom;
}

async function pageRows(document: PDFDocumentProxy, number: number, input: FormatInput): Promise<PageRows> {
  const page = await document.getPage(number);
  try {
    const { level, turned } = piecesOf(page, await textContent(page, input.fileName));
    const progress = { done: number - 1, total: document.numPages };
    level.push(...(await scannedPieces(page, [...level, ...turned], input, progress)));
    // Turned text (a stamp in the margin, a landscape table) follows in the order it was drawn.
    const asides = turned.map((piece): Row[] => [
      { ...piece, runs: [{ ...piece, pieces: [piece], characters: piece.text.length }] },
    ]);
    return { number, blocks: [...pageBlocks(level), ...asides] };
  } finally {
    page.cleanup();
  }
}

/** Pages before and after that a running header is looked for on. */
const neighbours = 4;
/** A row is a running header when at least this many of those pages have it too. */
const repetitions = 3;
/** Running headers stand in this share of the page at its top and bottom. */
const margin = 0.12;

/** What makes rows of different pages the same header: the words, with any page number, and the height. */
function headerKeys(row: Row): string[] {
  if (row.bottom > margin && row.top < 1 - margin) return [];
  const words = rowText(row)
    .replace(/\d+|\b[ivxlc]+\b/gi, '#')
    .replace(/\s+/g, ' ')
    .trim();
  const place = Math.round(row.baseline * 200);
  return [place - 1, place, place + 1].map((y) => `${y} ${words}`);
}

/** Takes out rows that stand at the same height with the same words on neighbouring pages. */
function withoutRunningHeaders(page: PageRows, others: readonly PageRows[]): Row[][] {
  const seen = others.map((other) => new Set(other.blocks.flat().flatMap((row) => headerKeys(row)[1] ?? [])));
  const isRunning = (row: Row): boolean =>
    seen.filter((keys) => headerKeys(row).some((key) => keys.has(key))).length >= repetitions;
  const kept = page.blocks.map((block) => block.filter((row) => !isRunning(row))).filter((block) => block.length > 0);
  // A page that is all "header" is a form that repeats: it is text.
  return kept.length > 0 ? kept : page.blocks;
}

/** The outline's first and highest title for each page that has one. */
async function outlineTitles(document: PDFDocumentProxy): Promise<Map<number, { title: string; level: number }>> {
  const titles = new Map<number, { title: string; level: number }>();
  let budget = maximumOutlineItems;
  const visit = async (items: PDFOutline, level: number): Promise<void> => {
    for (const item of items) {
      budget -= 1;
      if (budget < 0) return;
      const page = await destinationPage(document, item.dest);
      const title = item.title
        .replace(/[\0\s]+/g, ' ')
        .trim()
        .slice(0, 300);
      const known = page === undefined ? undefined : titles.get(page);
      if (page !== undefined && title && (!known || known.level > level)) titles.set(page, { title, level });
      if (level < 6) await visit(item.items, level + 1);
    }
  };
  try {
    await visit((await document.getOutline()) ?? [], 1);
  } catch {
    // A damaged outline costs the titles, not the text.
  }
  return titles;
}

async function destinationPage(document: PDFDocumentProxy, dest: unknown): Promise<number | undefined> {
  try {
    const explicit: unknown = typeof dest === 'string' ? await document.getDestination(dest) : dest;
    const target: unknown = Array.isArray(explicit) ? explicit[0] : undefined;
    if (typeof target === 'number') return target + 1;
    if (typeof target !== 'object' || target === null) return undefined;
    return (await document.getPageIndex(target as { num: number; gen: number })) + 1;
  } catch {
    return undefined;
  }
}

/** A PDF's date, "D:20240131…", as an ISO date. */
function isoDate(date: unknown): string | null {
  const [, year, month = '01', day = '01'] = /^(?:D:)?(\d{4})(\d{2})?(\d{2})?/.exec(String(date)) ?? [];
  return year ? `${year}-${month}-${day}` : null;
}

async function summaryOf(document: PDFDocumentProxy): Promise<Omit<ReadSummary, 'emptySections'>> {
  const info = await document.getMetadata().then(
    (metadata) => metadata.info as Record<string, unknown>,
    () => ({}) as Record<string, unknown>,
  );
  return {
    title: usableTitle(info.Title),
    metadata: {
      author: usableText(info.Author),
      language: usableText(info.Language),
      createdAt: isoDate(info.CreationDate),
    },
  };
}

/** Reads the pages one after the other; each is given once its neighbours have been seen too. */
async function* pages(document: PDFDocumentProxy, input: FormatInput) {
  const window: PageRows[] = [];
  let unreadable = 0;
  for (let next = 1; next <= document.numPages + neighbours; next++) {
    if (next <= document.numPages)
      window.push(
        await pageRows(document, next, input).catch((thrown: unknown) => {
          if (thrown instanceof LonghandError) throw thrown;
          unreadable += 1;
          return { number: next, blocks: [] };
        }),
      );
    const page = window.find(({ number }) => number === next - neighbours);
    const seen = Math.min(next, document.numPages);
    if (page) yield { page, others: window.filter((other) => other !== page), seen, unreadable };
    if (window.length > 2 * neighbours) window.shift();
  }
}

async function* readPdf(
  input: FormatInput,
): AsyncGenerator<{ sections: FoundSection[]; done: number; total: number; unit: 'pages' }> {
  const { fileName, path } = input;
  const file = await open(path);
  try {
    const { document, destroy } = await openPdf(file, input);
    try {
      const total = document.numPages;
      if (total > maximumPages)
        throw tooLarge(fileName, `it has ${total} pages, and at most ${maximumPages} can be read`);
      const summary = await summaryOf(document);
      const titles = await outlineTitles(document);
      let characters = 0;
      let emptySections = 0;
      let unreadablePages = 0;
      for await (const { page, others, seen, unreadable } of pages(document, input)) {
        const { text, boxes } = blocksText(withoutRunningHeaders(page, others));
        const { title, level } = titles.get(page.number) ?? { title: null, level: 0 };
        characters += text.length;
        if (characters > maximumCharacters)
          throw tooLarge(fileName, `it holds more than ${maximumCharacters} characters`);
        if (!text) emptySections += 1;
        unreadablePages = unreadable;
        const anchor = { kind: 'page' as const, page: page.number, boxes: [] };
        yield {
          sections: [{ title, level, format: 'plain', text, anchor, boxes }],
          done: seen,
          total,
          unit: 'pages',
        };
      }
      if (unreadablePages === total)
        throw new LonghandError('bad-file', `“${fileName}” is damaged: none of its ${total} pages can be read.`);
      if (emptySections === total)
        throw new LonghandError(
          'unsupported',
          `“${fileName}” holds no text that can be read: its ${total} pages are pictures.`,
        );
      return { ...summary, emptySections };
    } finally {
      await destroy();
    }
  } finally {
    await file.close();
  }
}

const startsPdf = (start: Uint8Array): boolean =>
  new TextDecoder('latin1').decode(start.subarray(0, 1024)).includes('%PDF-');

export const pdf: Format = {
  kind: 'pdf',
  name: 'PDF',
  extensions: ['pdf'],
  mediaType: 'application/pdf',
  maximumBytes: 1024 ** 3,
  signature: startsPdf,
  // A ZIP file whose first bytes hold the beginning of a PDF is an archive of PDFs, unless its name says otherwise.
  sniff: (start) => startsPdf(start) && !startsZip(start),
  read: readPdf,
};
