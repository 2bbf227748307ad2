/**
 * What the library holds, as it crosses every boundary. A document is divided into sections, a
 * section into passages; each keeps the anchor that leads back to its place in the source.
 */
import { z } from 'zod';

export const id = z.uuid();

/** A rectangle on a page, in fractions of its width and height, from the top left corner. */
export const box = z.object({ x: z.number(), y: z.number(), width: z.number(), height: z.number() });

/** Where a section or passage stands in its source. */
export const anchor = z.discriminatedUnion('kind', [
  /** A place on a page (1-based), with the boxes its text covers; a whole page has none. */
  z.object({ kind: z.literal('page'), page: z.int().min(1), boxes: z.array(box) }),
  /** Characters `start` to `end` of the document's text (UTF-16 units). */
  z.object({ kind: z.literal('range'), start: z.int().min(0), end: z.int().min(0) }),
  /** A slide (1-based). */
  z.object({ kind: z.literal('slide'), slide: z.int().min(1) }),
  /** Cells of a sheet, as "A2:D40"; the one table of a CSV file is a sheet without a name. */
  z.object({ kind: z.literal('cells'), sheet: z.string().nullable(), cells: z.string() }),
  /** A stretch of a recording, in milliseconds from its beginning. */
  z.object({
    kind: z.literal('time'),
    startMs: z.int().min(0),
    endMs: z.int().min(0),
    /** A transcript's sentences: characters `start` to `end` of its section's text, and when they are said. */
    parts: z
      .array(z.object({ start: z.int().min(0), end: z.int().min(0), startMs: z.int().min(0), endMs: z.int().min(0) }))
      .optional(),
  }),
]);

/** The document kinds that can be read; `formats` in main/ingest says which file is which. */
export const documentKind = z.enum([
  'pdf',
  'docx',
  'pptx',
  'xlsx',
  'odt',
  'odp',
  'ods',
  'rtf',
  'epub',
  'email',
  'subtitles',
  'csv',
  'json',
  'code',
  'markdown',
  'html',
  'text',
  'audio',
  'video',
  'image',
]);

export const documentState = z.enum(['queued', 'reading', 'ready', 'failed', 'cancelled']);

export const documentEntry = z.object({
  id,
  title: z.string(),
  /** The file's name as it was added. */
  fileName: z.string(),
  kind: documentKind,
  state: documentState,
  /** Why it failed, or what of it was left out: one sentence for a person. */
  error: z.string().nullable(),
  /** Its file is encrypted: it is read with a password, and shown as text. */
  locked: z.boolean(),
  /** Steps done of steps known; null until the first is known. */
  progress: z
    .object({
      done: z.number(),
      total: z.number(),
      unit: z.enum(['pages', 'slides', 'sheets', 'chapters', 'bytes', 'seconds']),
      secondsLeft: z.number().nullable(),
    })
    .nullable(),
  byteSize: z.int(),
  /** Sections, which are pages in a PDF and slides in a presentation. */
  sectionCount: z.int(),
  characterCount: z.int(),
  /** Tokens in the current model's vocabulary; null until counted. */
  tokenCount: z.int().nullable(),
  metadata: z.object({
    author: z.string().nullable(),
    language: z.string().nullable(),
    createdAt: z.string().nullable(),
  }),
  /** Pages that hold no text (scans), so that nothing is left out silently. */
  emptySections: z.int(),
  /** The file that it was added from has another content now, and can be read again. */
  changed: z.boolean(),
  /** How often another content took the place of the first: sections and passages of another revision are gone. */
  revision: z.int(),
  addedAt: z.int(),
});

export const section = z.object({
  id: z.int(),
  documentId: id,
  ordinal: z.int(),
  title: z.string().nullable(),
  /** Heading depth, 1 to 6; 0 for a page or an untitled part. */
  level: z.int().min(0).max(6),
  format: z.enum(['plain', 'markdown']),
  /** All of its source: a Markdown section begins with its heading line, a page without text is empty. */
  text: z.string(),
  anchor,
});

/** A section without its text, for outlines and for scrolling. */
export const sectionSummary = section.omit({ text: true }).extend({ length: z.int() });

export const passage = z.object({
  id: z.int(),
  documentId: id,
  sectionId: z.int(),
  /** Its section's ordinal. */
  section: z.int(),
  ordinal: z.int(),
  text: z.string(),
  /** Characters of the section's text that the passage covers. */
  start: z.int(),
  end: z.int(),
  anchor,
  /** The line that it is to be read behind: the first row of its table, or the fence of its code; most have none. */
  lead: z.string().optional(),
});

/** A passage that a search found; `score` is positive, higher is better. */
export const passageHit = passage.extend({ title: z.string(), score: z.number() });

/** What the model keeps of a document, so that it need not read it again. */
export const memory = z.object({
  /** The document's id. */
  id,
  state: z.enum([
    'waiting', // its turn to be read by the model has not come
    'reading',
    'paused', // the person stopped it; what was read is kept
    'kept', // all of it is read and kept
    'evicted', // it gave its space to others, and is read again when it is asked about
    'failed',
  ]),
  /** Why it failed, or waits: a sentence. */
  reason: z.string().nullable(),
  /** Tokens read and kept, of those known; null until they are counted. */
  tokens: z.int(),
  totalTokens: z.int().nullable(),
  secondsLeft: z.number().nullable(),
  /** Space on the disk. */
  bytes: z.number(),
  /** Never evicted. */
  pinned: z.boolean(),
});

export type Memory = z.output<typeof memory>;
export type Box = z.output<typeof box>;
export type Anchor = z.output<typeof anchor>;
export type DocumentKind = z.output<typeof documentKind>;
/** Documents with a timeline, which are heard and not read by their bytes. */
export const recordingKinds: readonly DocumentKind[] = ['audio', 'video'];
/** What is heard or looked at, which takes other means than reading bytes. */
export const sensedKinds: readonly DocumentKind[] = [...recordingKinds, 'image'];

export type DocumentState = z.output<typeof documentState>;
export type DocumentEntry = z.output<typeof documentEntry>;
export type Section = z.output<typeof section>;
export type SectionSummary = z.output<typeof sectionSummary>;
export type Passage = z.output<typeof passage>;
export type PassageHit = z.output<typeof passageHit>;
