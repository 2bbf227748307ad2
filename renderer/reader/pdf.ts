/** The one place of the window that touches PDF.js; fetched when the first PDF is opened. */

import type { PDFDocumentProxy, PDFPageProxy } from 'pdfjs-dist';
import { GlobalWorkerOptions, getDocument, PDFDataRangeTransport, TextLayer } from 'pdfjs-dist';
import workerUrl from 'pdfjs-dist/build/pdf.worker.min.mjs?url';

GlobalWorkerOptions.workerSrc = workerUrl;

/** What PDF.js reads for some documents: character maps, the fourteen standard fonts, image decoders. */
const data: Record<string, Record<string, string>> = {
  cMapUrl: import.meta.glob<string>('../../node_modules/pdfjs-dist/cmaps/*.bcmap', {
    query: '?url&no-inline',
    import: 'default',
    eager: true,
  }),
  standardFontDataUrl: import.meta.glob<string>('../../node_modules/pdfjs-dist/standard_fonts/*.{pfb,ttf}', {
    query: '?url&no-inline',
    import: 'default',
    eager: true,
  }),
  wasmUrl: import.meta.glob<string>('../../node_modules/pdfjs-dist/wasm/{jbig2,openjpeg}.wasm', {
    query: '?url&no-inline',
    import: 'default',
    eager: true,
  }),
};

/** Gives PDF.js its data files by name; they are bundled like every other asset. */
class BundledData {
  async fetch({ kind, filename }: { kind: string; filename: string }): Promise<Uint8Array> {
    const entry = Object.entries(data[kind] ?? {}).find(([path]) => path.endsWith(`/${filename}`));
    if (!entry) throw new Error(`PDF.js asked for "${filename}", which is not bundled.`);
    return new Uint8Array(await (await fetch(entry[1])).arrayBuffer());
  }
}

const chunkBytes = 256 * 1024;

/** Reads a file by parts with `fetch`, which works over every protocol a shell serves the page from. */
class FetchTransport extends PDFDataRangeTransport {
  readonly #url: string;
  readonly #onError: (error: Error) => void;
  readonly #controller = new AbortController();
  /** The whole file, where the server gives nothing less. */
  #whole: Promise<ArrayBuffer> | undefined;

  constructor(url: string, byteSize: number, onError: (error: Error) => void) {
    super(byteSize, null);
    this.#url = url;
    this.#onError = onError;
  }

  override requestDataRange(begin: number, end: number): void {
    this.#read(begin, end).then(
      (bytes) => this.onDataRange(begin, bytes),
      (error: Error) => {
        if (!this.#controller.signal.aborted) this.#onError(error);
      },
    );
  }

  override abort(): void {
    this.#controller.abort();
  }

  async #read(begin: number, end: number): Promise<Uint8Array> {
    if (this.#whole) return new Uint8Array((await this.#whole).slice(begin, end));
    const headers = { Range: `bytes=${begin}-${end - 1}` };
    const response = await fetch(this.#url, { headers, signal: this.#controller.signal });
    if (response.status === 206) return new Uint8Array(await response.arrayBuffer());
    if (!response.ok) throw new Error(`The file could not be read (status ${response.status}).`);
    this.#whole = response.arrayBuffer();
    return new Uint8Array((await this.#whole).slice(begin, end));
  }
}

export interface OpenedPdf {
  document: PDFDocumentProxy;
  /** Size of the first page at scale 1, in CSS pixels; other pages are assumed like it until they are seen. */
  firstPage: { width: number; height: number };
  close(): void;
}

/** Opens the PDF at `url`; rejects when it can't be read. */
export async function openPdf(url: string, byteSize: number, signal: AbortSignal): Promise<OpenedPdf> {
  let fail: (error: Error) => void = () => undefined;
  const failed = new Promise<never>((_, reject) => {
    fail = reject;
  });
  const task = getDocument({
    range: new FetchTransport(url, byteSize, (error) => fail(error)),
    rangeChunkSize: chunkBytes,
    disableAutoFetch: true,
    disableStream: true,
    useWorkerFetch: false,
    useSystemFonts: false,
    BinaryDataFactory: BundledData,
    cMapPacked: true,
    isEvalSupported: false,
    enableXfa: false,
  });
  const close = (): void => void task.destroy();
  signal.addEventListener('abort', close, { once: true });
  const document = await Promise.race([task.promise, failed]);
  const { width, height } = (await document.getPage(1)).getViewport({ scale: 1 });
  return { document, firstPage: { width, height }, close };
}

export interface PageTarget {
  canvas: HTMLCanvasElement;
  textLayer: HTMLElement;
  /** CSS pixels for one unit of the page. */
  scale: number;
}

const mostPixels = 16_000_000;

/** Draws a page and lays its text over it; resolves when both are there, rejects when `signal` fires. */
export async function drawPage(page: PDFPageProxy, target: PageTarget, signal: AbortSignal): Promise<void> {
  const { canvas, textLayer, scale } = target;
  const viewport = page.getViewport({ scale });
  const area = viewport.width * viewport.height;
  const density = Math.min(window.devicePixelRatio || 1, Math.sqrt(mostPixels / area));
  canvas.width = Math.floor(viewport.width * density);
  canvas.height = Math.floor(viewport.height * density);
  const drawing = page.render({ canvas, viewport, transform: [density, 0, 0, density, 0, 0] });
  textLayer.replaceChildren();
  textLayer.style.setProperty('--total-scale-factor', String(scale));
  const text = new TextLayer({ textContentSource: page.streamTextContent(), container: textLayer, viewport });
  signal.addEventListener('abort', () => {
    drawing.cancel();
    text.cancel();
  });
  await Promise.all([drawing.promise, text.render()]);
  // What a selection runs into below the text, instead of jumping to its beginning.
  const end = document.createElement('div');
  end.className = 'endOfContent';
  textLayer.append(end);
}

export type { PDFDocumentProxy, PDFPageProxy };
