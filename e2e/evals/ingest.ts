/**
 * How well documents are read: a long story in every format goes through the real reading process,
 * and every word of it, and the place of every answer, is looked for. The truth is what was written.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { forkWithNode } from '../../base/utility-process.ts';
import { createIngest, type Ingest } from '../../main/ingest/ingest.ts';
import {
  type Chapter,
  type CorpusFile,
  corpus,
  corpusOf,
  leadsTo,
  type Question,
  recall,
  type Story,
} from '../../main/ingest/testing/corpus.ts';
import { openDatabase } from '../../main/library/database.ts';
import { type Library, openLibrary } from '../../main/library/library.ts';
import type { PassageHit } from '../../main/library/schema.ts';
import { appFolders } from '../../main/shell/folders.ts';
import { addFile } from '../longhand.ts';
import { createNames } from './names.ts';
import { createRandom } from './random.ts';
import { tableOf } from './report.ts';

export interface IngestRow {
  file: string;
  /** Who wrote the file. */
  producer: string;
  kilobytes: number;
  /** The share of the words that were written which are read. */
  textRecall: number;
  questions: number;
  /** Questions whose answer is in the first passage that a search finds. */
  found: number;
  /** Of those: the passages whose anchor leads to the right page, slide, cells or second. */
  anchorsRight: number;
  seconds: number;
}

const chapterCount = 60;
/** Every so many chapters have a table. */
const tableEvery = 4;
const rowsInTable = 12;

/** A story of facts that occur once, the same every time. */
function longStory(): Story {
  const random = createRandom('ingest');
  const names = createNames();
  const questions: Question[] = [];
  const chapters = Array.from({ length: chapterCount }, (_, chapter): Chapter => {
    const [thing, place, maker, neighbour] = [
      names.key(random),
      names.coined(random),
      names.coined(random),
      names.coined(random),
    ];
    const sum = names.number(random);
    questions.push({ query: `Who made the ${thing} of ${place}?`, quote: maker, chapter });
    questions.push({ query: `How many crowns did the ${thing} cost?`, quote: sum, chapter });
    const rows = Array.from({ length: rowsInTable }, () => [
      names.key(random),
      names.number(random),
      names.phrase(random),
    ]);
    const [[asked = '', count = ''] = []] = rows;
    const hasTable = chapter % tableEvery === 0;
    if (hasTable) questions.push({ query: `How many of ${asked}?`, quote: count, chapter, inTable: true });
    return {
      heading: `The ${thing} of ${place}`,
      paragraphs: [
        `The ${thing} of ${place} was made by ${maker}, who had learnt the craft from an uncle & never wrote any of it down. It cost ${sum} crowns, and was paid for in three parts. People came from the whole valley to see it, and some of them stayed.`,
        `Later it was taken to ${neighbour} on a cart, wrapped in straw and “two old sails”. Nobody knows what became of the cart. The road was mended twice that year, at the expense of the parish.`,
      ],
      ...(hasTable && { table: chapter === 0 ? [['Thing', 'Number', 'Remark'], ...rows] : rows }),
    };
  });
  return { chapters, questions };
}

type Material = CorpusFile & { producer: string };

/** A PDF of twenty pages that Chromium printed; each page is asked for by a sentence, without the number in it. */
async function printedGuide(): Promise<Material> {
  const truth = JSON.parse(await readFile('main/ingest/fixtures/twenty-pages.json', 'utf8')) as { text: string[] };
  const whole = truth.text.join(' ');
  const probes = truth.text.flatMap((page, i) => {
    const sentences = page.split(/(?<=\.)\s+(?=\p{Lu})/u);
    for (const sentence of sentences) {
      const [quote] = sentence.match(/\d[\d,]{2,}\d/) ?? [];
      if (quote && sentence.length > 60 && whole.split(quote).length === 2)
        return [{ query: sentence.replace(quote, ''), quote, anchor: { kind: 'page' as const, page: i + 1 } }];
    }
    return [];
  });
  return {
    fileName: 'twenty-pages.pdf',
    kind: 'pdf',
    bytes: await readFile('e2e/fixtures/twenty-pages.pdf'),
    texts: truth.text,
    title: null,
    author: null,
    probes,
    producer: 'Chromium',
  };
}

/** The harbour's report as LibreOffice wrote it, by the file that it was given. */
const libreOffice: Readonly<Record<string, readonly string[]>> = {
  'report.docx': ['report.docx', 'report.odt', 'report.rtf', 'report.epub'],
  'slides.pptx': ['slides.pptx', 'slides.odp'],
  'catch.xlsx': ['catch.xlsx', 'catch.ods'],
};

async function officeFiles(): Promise<Material[]> {
  const files = Object.entries(libreOffice).flatMap(([source, written]) => {
    const told = corpus.find(({ fileName }) => fileName === source);
    return told ? written.map((fileName) => ({ ...told, fileName, producer: 'LibreOffice' })) : [];
  });
  return Promise.all(
    files.map(async (file) => ({ ...file, bytes: await readFile(`main/ingest/fixtures/office/${file.fileName}`) })),
  );
}

async function readFileIn(
  { library, ingest, folder }: { library: Library; ingest: Ingest; folder: string },
  { fileName, producer, bytes, texts, probes }: Material,
): Promise<IngestRow> {
  const path = join(folder, fileName);
  await writeFile(path, bytes);
  const started = performance.now();
  const document = await addFile({ ingest, library }, path);
  const seconds = (performance.now() - started) / 1000;
  const read = library.sections(document.id, 0, document.sectionCount).map(({ text }) => text);
  const answers = probes.map(({ query, quote, anchor }) => {
    const [hit] = library.search({ query, documentIds: [document.id], limit: 1 });
    return hit?.text.includes(quote) ? [leadsTo(hit.anchor, anchor) && standsThere(library, hit)] : [];
  });
  // What came with it, as well.
  for (const { id } of library.list()) await ingest.remove(id);
  const found = answers.flat();
  return {
    file: fileName,
    producer,
    kilobytes: Math.round(bytes.length / 1000),
    textRecall: round(recall(texts, read.join('\n\n')), 4),
    questions: probes.length,
    found: found.length,
    anchorsRight: found.filter(Boolean).length,
    seconds: round(seconds, 2),
  };
}

/** True when the characters that an anchor names are the passage's; anchors of other kinds name none. */
function standsThere(library: Library, { documentId, section: ordinal, anchor, text }: PassageHit): boolean {
  const [section] = library.sections(documentId, ordinal, 1);
  if (anchor.kind !== 'range' || section?.anchor.kind !== 'range') return anchor.kind !== 'range';
  const offset = section.anchor.start;
  return section.text.slice(anchor.start - offset, anchor.end - offset) === text;
}

const round = (value: number, digits: number): number => Number(value.toFixed(digits));

/** Reads the corpus, and gives one row a file. Throws when one cannot be read. */
export async function evaluateIngest(): Promise<IngestRow[]> {
  const dataFolder = await mkdtemp(join(tmpdir(), 'longhand-eval-'));
  const folder = await mkdtemp(join(tmpdir(), 'longhand-corpus-'));
  const { processes, samples } = appFolders();
  const database = openDatabase(dataFolder);
  const library = openLibrary(database, dataFolder);
  const ingest = createIngest({
    library,
    dataFolder,
    samplesFolder: samples,
    fork: forkWithNode,
    processFolder: processes,
    onError: (error) => {
      throw error;
    },
  });
  try {
    const own = corpusOf(longStory()).map((file) => ({ ...file, producer: 'this evaluation' }));
    const rows: IngestRow[] = [];
    for (const material of [await printedGuide(), ...own, ...(await officeFiles())])
      rows.push(await readFileIn({ library, ingest, folder }, material));
    return rows;
  } finally {
    await ingest.close();
    database.close();
    await Promise.all([dataFolder, folder].map((path) => rm(path, { recursive: true, force: true })));
  }
}

/** The rows as a table of Markdown. */
export function ingestTable(rows: readonly IngestRow[]): string {
  const head = ['file', 'written by', 'kB', 'text recall', 'answer found first', 'right place', 'seconds'];
  const lines = rows.map((row) => [
    row.file,
    row.producer,
    row.kilobytes,
    row.textRecall,
    `${row.found} of ${row.questions}`,
    `${row.anchorsRight} of ${row.found}`,
    row.seconds,
  ]);
  return tableOf(head, lines);
}
