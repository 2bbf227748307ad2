/**
 * How fast files are read, and in how much memory: PDFs beside pdftotext and beside pdf.js alone, and recordings and videos
 * by their length. What is measured of Longhand is all of it, from adding a file to its being found in a search.
 */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { deflateSync } from 'node:zlib';
import { LonghandError } from '../../base/errors.ts';
import { type Fork, forkWithNode } from '../../base/utility-process.ts';
import { createIngest, type Ingest } from '../../main/ingest/ingest.ts';
import { openDatabase } from '../../main/library/database.ts';
import { type Library, openLibrary } from '../../main/library/library.ts';
import { embeddingModelId, speechModelId, textModelId, voiceModelId } from '../../main/perception/protocol.ts';
import { supervisePerception } from '../../main/perception/supervisor.ts';
import { appFolders } from '../../main/shell/folders.ts';
import { writeSlideShow } from '../evals/slide-show.ts';
import { addFile, openLonghand } from '../longhand.ts';

export interface PdfRow {
  pages: number;
  kilobytes: number;
  /** Pages a second, process starts included; the others read the text alone, and store nothing. */
  longhand: number;
  /** Null where it is not installed. */
  pdftotext: number | null;
  pdfjs: number;
  /** Peak bytes of the process that reads files; null on systems that do not tell. */
  peakBytes: number | null;
}

export interface RecordingRow {
  /** The recording's length. */
  seconds: number;
  /** Seconds of sound that are heard in a second. */
  heardPerSecond: number;
  /** Peak bytes of the process that decodes, and of the one that listens. */
  decodingPeakBytes: number | null;
  hearingPeakBytes: number | null;
}

export interface VideoRow {
  /** The video's length. */
  seconds: number;
  framesPerSecond: number;
  /** Seconds of it that are heard, looked at and read in a second, and frames that are decoded for it. */
  readPerSecond: number;
  decodedPerSecond: number;
  /** Different pictures that were found and read. */
  pictures: number;
}

export interface IngestBenchmarkOptions {
  readonly pages?: readonly number[];
  /** Lengths of recordings, in seconds. */
  readonly seconds?: readonly number[];
  /** Lengths of videos, in seconds. */
  readonly videoSeconds?: readonly number[];
  readonly repetitions?: number;
}

/** A library, and the processes that read for it with the most memory they had. */
interface Reading {
  library: Library;
  ingest: Ingest;
  folder: string;
  peakOf(processName: string): number | null;
  forgetPeaks(): void;
}

const run = promisify(execFile);

/** Runs the benchmark; throws when something cannot be read. */
export async function runIngestBenchmark(options: IngestBenchmarkOptions = {}): Promise<object> {
  const { pages = [50, 200, 800], seconds = [60, 600], videoSeconds = [60, 300], repetitions = 3 } = options;
  const videos: VideoRow[] = [];
  for (const length of videoSeconds) videos.push(await measureVideo(length));
  return withReading(async (reading) => {
    const pdf: PdfRow[] = [];
    for (const count of pages) pdf.push(await measurePdf(reading, count, repetitions));
    const recordings: RecordingRow[] = [];
    for (const length of seconds) recordings.push(await measureRecording(reading, length));
    return { repetitions, pdf, recordings, videos };
  });
}

/** The product's reading on a library of its own, which is gone afterwards. */
async function withReading<T>(work: (reading: Reading) => Promise<T>): Promise<T> {
  const dataFolder = await mkdtemp(join(tmpdir(), 'longhand-bench-'));
  const folder = await mkdtemp(join(tmpdir(), 'longhand-files-'));
  const { processes: processFolder, samples, bundled } = appFolders();
  const running: { name: string; pid: number }[] = [];
  const peaks = new Map<string, number>();
  const fork: Fork = (path, options) => {
    const child = forkWithNode(path, options);
    running.push({ name: basename(path, '.js'), pid: child.pid ?? 0 });
    return child;
  };
  const notePeaks = (): void => {
    for (const { name, pid } of running) {
      const peak = peakBytes(pid);
      if (peak !== null) peaks.set(name, Math.max(peak, peaks.get(name) ?? 0));
    }
  };
  const database = openDatabase(dataFolder);
  // At each step, the last one included: a process ends when it has nothing to do.
  const library = openLibrary(database, dataFolder, { onChange: notePeaks });
  const perception = supervisePerception({
    fork,
    processFolder,
    embeddingModel: join(bundled, embeddingModelId),
    voiceModel: join(bundled, voiceModelId),
    speechModel: join(bundled, speechModelId),
    textModel: join(bundled, textModelId),
    onStatus: () => undefined,
  });
  const ingest = createIngest({
    library,
    dataFolder,
    samplesFolder: samples,
    fork,
    processFolder,
    recordings: { senses: perception, windows: null },
    onError: (error) => {
      throw error;
    },
  });
  try {
    return await work({
      library,
      ingest,
      folder,
      peakOf: (name) => peaks.get(name) ?? null,
      forgetPeaks: () => peaks.clear(),
    });
  } finally {
    await ingest.close();
    perception.close();
    database.close();
    await Promise.all([dataFolder, folder].map((path) => rm(path, { recursive: true, force: true })));
  }
}

async function measurePdf(reading: Reading, pages: number, repetitions: number): Promise<PdfRow> {
  const bytes = pdfOf(pages);
  const path = join(reading.folder, `${pages}-pages.pdf`);
  await writeFile(path, bytes);
  reading.forgetPeaks();
  const contestants = {
    longhand: async () => void (await readWhole(reading, path, pages)),
    pdftotext: () => readWithPdftotext(path),
    pdfjs: () => readWithPdfjs(path),
  };
  const times: Record<keyof typeof contestants, (number | null)[]> = { longhand: [], pdftotext: [], pdfjs: [] };
  // In turns, so that whatever else the machine does hits all of them.
  for (let repetition = 0; repetition < repetitions; repetition++) {
    for (const name of ['longhand', 'pdftotext', 'pdfjs'] as const) {
      const began = performance.now();
      const outcome = await contestants[name]();
      times[name].push(outcome === 'missing' ? null : (performance.now() - began) / 1000);
    }
  }
  const speed = (name: keyof typeof contestants): number | null => {
    const seconds = times[name].filter((time) => time !== null);
    return seconds.length === 0 ? null : round(pages / median(seconds), 1);
  };
  const row = {
    pages,
    kilobytes: Math.round(bytes.length / 1000),
    longhand: speed('longhand') ?? 0,
    pdftotext: speed('pdftotext'),
    pdfjs: speed('pdfjs') ?? 0,
    peakBytes: reading.peakOf('ingest'),
  };
  say(
    `${pages} pages: ${row.longhand} a second, pdftotext ${row.pdftotext}, pdf.js ${row.pdfjs}; ${mebibytes(row.peakBytes)}`,
  );
  return row;
}

async function measureRecording(reading: Reading, seconds: number): Promise<RecordingRow> {
  const path = join(reading.folder, `${seconds}-seconds.wav`);
  await writeFile(path, await speechOf(seconds));
  reading.forgetPeaks();
  const began = performance.now();
  await readWhole(reading, path, 1);
  const took = (performance.now() - began) / 1000;
  const row = {
    seconds,
    heardPerSecond: round(seconds / took, 2),
    decodingPeakBytes: reading.peakOf('media'),
    hearingPeakBytes: reading.peakOf('perception'),
  };
  say(
    `${seconds} s of sound: ${row.heardPerSecond} s a second; ${mebibytes(row.decodingPeakBytes)}, ${mebibytes(row.hearingPeakBytes)}`,
  );
  return row;
}

const frameRate = 25;
const secondsOfSlide = 20;

/** Slides that someone talks to, read with a window. */
async function measureVideo(seconds: number): Promise<VideoRow> {
  const folder = await mkdtemp(join(tmpdir(), 'longhand-video-'));
  const { services, close } = await openLonghand({ window: true });
  try {
    const sound = join(folder, 'sound.wav');
    await writeFile(sound, await speechOf(seconds));
    const path = join(folder, 'video.webm');
    const slides = Array.from({ length: Math.ceil(seconds / secondsOfSlide) }, (_, i) => ({
      heading: `Slide ${i + 1}`,
      text: `On this slide there are ${100 + 7 * i} reasons to read on, and a line of text about each of them.`,
    }));
    await writeSlideShow(path, { slides, secondsEach: secondsOfSlide, framesPerSecond: frameRate, sound, folder });
    // Loading the model is no part of reading.
    await services.engine.ready();
    const began = performance.now();
    const { id } = await addFile(services, path);
    const took = (performance.now() - began) / 1000;
    const row = {
      seconds,
      framesPerSecond: frameRate,
      readPerSecond: round(seconds / took, 2),
      decodedPerSecond: round((seconds * frameRate) / took, 1),
      pictures: services.library.scenes.times(id).length,
    };
    say(`${seconds} s of video: ${row.readPerSecond} s and ${row.decodedPerSecond} frames a second`);
    return row;
  } finally {
    await close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Adds a file, waits until it is read, and removes it again; throws when it has fewer sections than it should. */
async function readWhole({ library, ingest }: Reading, path: string, leastSections: number): Promise<void> {
  const { id, sectionCount } = await addFile({ library, ingest }, path);
  if (sectionCount < leastSections)
    throw new LonghandError('internal', `“${path}” has ${sectionCount} sections, and should have ${leastSections}.`);
  await ingest.remove(id);
}

async function readWithPdftotext(path: string): Promise<'read' | 'missing'> {
  try {
    await run('pdftotext', [path, '-'], { maxBuffer: 2 ** 28 });
    return 'read';
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return 'missing';
    throw thrown;
  }
}

/** The text of each page with pdf.js and nothing more, as programs do that need no places. */
async function readWithPdfjs(path: string): Promise<'read'> {
  const { getDocument } = await import('pdfjs-dist/legacy/build/pdf.mjs');
  const task = getDocument({ data: new Uint8Array(await readFile(path)), verbosity: 0 });
  const document = await task.promise;
  for (let number = 1; number <= document.numPages; number++) {
    const page = await document.getPage(number);
    const { items } = await page.getTextContent();
    items.map((item) => ('str' in item ? item.str : '')).join(' ');
    page.cleanup();
  }
  await task.destroy();
  return 'read';
}

const linesOnPage = 46;

/** A PDF of that many pages of running text, about 3000 characters each, no two of them alike. */
function pdfOf(pages: number): Buffer {
  const { text } = JSON.parse(readFileSync('main/ingest/fixtures/twenty-pages.json', 'utf8')) as { text: string[] };
  const words = text
    .join(' ')
    .replace(/[^ -~]/g, '')
    .split(/\s+/);
  let at = 0;
  const line = (): string => {
    let found = '';
    while (found.length < 66) found += `${words[at++ % words.length]} `;
    return found.trimEnd().replace(/[\\()]/g, '\\$&');
  };
  const font = 3;
  const objects: Buffer[] = [
    Buffer.from('<< /Type /Catalog /Pages 2 0 R >>'),
    Buffer.from(
      `<< /Type /Pages /Count ${pages} /Kids [${Array.from({ length: pages }, (_, i) => `${4 + 2 * i} 0 R`).join(' ')}] >>`,
    ),
    Buffer.from('<< /Type /Font /Subtype /Type1 /BaseFont /Times-Roman >>'),
  ];
  for (let page = 0; page < pages; page++) {
    const lines = Array.from({ length: linesOnPage }, () => `(${line()}) Tj T*`);
    const content = deflateSync(`BT /F 11 Tf 15 TL 72 760 Td (Page ${page + 1}) Tj T* ${lines.join('\n')} ET`);
    objects.push(
      Buffer.from(
        `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents ${objects.length + 2} 0 R /Resources << /Font << /F ${font} 0 R >> >> >>`,
      ),
      Buffer.concat([
        Buffer.from(`<< /Length ${content.length} /Filter /FlateDecode >>\nstream\n`),
        content,
        Buffer.from('\nendstream'),
      ]),
    );
  }
  return written(objects);
}

/** The objects as a file, the first of them its catalogue. */
function written(objects: readonly Buffer[]): Buffer {
  const parts: Buffer[] = [Buffer.from('%PDF-1.4\n')];
  let length = parts[0]?.length ?? 0;
  const add = (part: Buffer): void => {
    parts.push(part);
    length += part.length;
  };
  const offsets = objects.map((object, i) => {
    const offset = length;
    add(Buffer.concat([Buffer.from(`${i + 1} 0 obj\n`), object, Buffer.from('\nendobj\n')]));
    return `${String(offset).padStart(10, '0')} 00000 n \n`;
  });
  const size = objects.length + 1;
  const table = length;
  add(Buffer.from(`xref\n0 ${size}\n0000000000 65535 f \n${offsets.join('')}`));
  add(Buffer.from(`trailer\n<< /Size ${size} /Root 1 0 R >>\nstartxref\n${table}\n%%EOF\n`));
  return Buffer.concat(parts);
}

/** A recording of that many seconds: a person who says the same over and over, as dense as speech gets. */
async function speechOf(seconds: number): Promise<Buffer> {
  const spoken = await readFile(resolve('main/perception/fixtures/beckett.wav'));
  const start = spoken.indexOf('data', 12, 'latin1') + 8;
  const once = spoken.subarray(start);
  const bytesPerSecond = spoken.readUInt32LE(28);
  const length = seconds * bytesPerSecond;
  const header = Buffer.from(spoken.subarray(0, start));
  header.writeUInt32LE(start + length - 8, 4);
  header.writeUInt32LE(length, start - 4);
  const times = Math.ceil(length / once.length);
  return Buffer.concat([header, ...Array<Buffer>(times).fill(once)], start + length);
}

/** The most memory that a running process ever had; null where the system does not tell, or it has ended. */
function peakBytes(pid: number): number | null {
  try {
    const [, kibibytes] = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return kibibytes === undefined ? null : Number(kibibytes) * 1024;
  } catch {
    return null;
  }
}

const round = (value: number, digits: number): number => Number(value.toFixed(digits));
const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
const mebibytes = (bytes: number | null): string => (bytes === null ? 'unknown' : `${Math.round(bytes / 2 ** 20)} MiB`);
const say = (line: string): void => void process.stderr.write(`${line}\n`);
