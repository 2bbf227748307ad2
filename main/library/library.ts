/**
 * The library: every document that was added, its sections and passages, and the search over them.
 * Writing a long document is done in slices, so that main never stands still for it; a document can
 * be searched and read once all of it is in.
 */
import { randomUUID } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { LonghandError } from '../../base/errors.ts';
import type { Database } from './database.ts';
import { type FileStore, openFileStore } from './files.ts';
import { plainText } from './plain-text.ts';
import { openSceneTable, type SceneTable } from './scene-table.ts';
import {
  type Anchor,
  type DocumentEntry,
  type DocumentKind,
  type DocumentState,
  documentKind,
  type Passage,
  type PassageHit,
  type Section,
  type SectionSummary,
} from './schema.ts';
import { indexedText, matchAny } from './search-query.ts';
import { type Judge, openVectorIndex, quantize } from './vector-index.ts';

/** A passage as a reader found it: characters `start` to `end` of its section's text. */
export type NewPassage = Pick<Passage, 'start' | 'end' | 'anchor'>;

/** A section as a reader found it; its ordinal is its place in the stream. */
export type NewSection = Pick<Section, 'title' | 'level' | 'format' | 'text' | 'anchor'> & { passages: NewPassage[] };

/** A file of this machine that a document was added from. */
export interface Origin {
  path: string;
  /** What it looked like when it was last compared with what is kept: its size and time. */
  look: string;
}

/** A file that was put into the store, about to be queued for reading. */
export interface NewContent {
  kind: DocumentKind;
  contentHash: string;
  byteSize: number;
  origin?: Origin | undefined;
}

export interface NewDocument extends NewContent {
  title: string;
  fileName: string;
}

/** What a reader knows about a document when it has read all of it. */
export interface ReadSummary {
  /** The title that the document gives itself; null keeps the one it has. */
  title: string | null;
  metadata: DocumentEntry['metadata'];
  emptySections: number;
  /** A sentence for what of it could not be read, if anything. */
  leftOut?: string | null;
}

export interface SearchOptions {
  query: string;
  /** Searches these documents only; all when left out. */
  documentIds?: readonly string[] | undefined;
  limit: number;
}

/** A passage with the title of its section. */
export type PassageWithHeading = Passage & { heading: string | null };

/** The embeddings of a passage's sentences: 384 numbers of length 1 each, whose dot product with another is the cosine. */
export interface PassageEmbedding {
  passageId: number;
  /** At least one. */
  vectors: readonly Float32Array[];
}

export interface LibraryListeners {
  onChange?(entry: DocumentEntry): void;
  onRemoved?(id: string): void;
  /** Another content takes a document's place: what was made of the earlier one is worth nothing. */
  onReplaced?(id: string): void;
}

export interface Library {
  readonly files: FileStore;

  /** All documents, newest first. */
  list(): DocumentEntry[];
  /** One document; throws `not-found`. */
  get(id: string): DocumentEntry;
  /** The path of a document's stored file; throws `not-found`. */
  filePath(id: string): string;
  rename(id: string, title: string): DocumentEntry;
  /** Removes a document: gone at once for everyone, deleted from the database slice by slice. Throws `not-found`. */
  remove(id: string): Promise<void>;

  outline(id: string): SectionSummary[];
  /** Sections from the ordinal `from` on, at most `count`. */
  sections(id: string, from: number, count: number): Section[];
  /**
   * Puts another text in the place of characters `start` to `end` of a section: what was misheard is corrected. The
   * passages around keep their ids and their anchors, and are found by their new words at once. Gives the section.
   * Throws `not-found`, and `bad-request` for a place that is none of the section's.
   */
  correct(id: string, ordinal: number, range: { start: number; end: number }, text: string): Section;
  /** The passages with these ids that still exist, in document order. */
  passages(ids: readonly number[]): Passage[];
  /** A passage with up to `before` and `after` neighbours from the same document, in order; empty when it is gone. */
  passagesAround(id: number, before: number, after: number): Passage[];
  /** The passages of ready documents that match any word of the query, best first (BM25). */
  search(options: SearchOptions): PassageHit[];

  /** Passages without an embedding, in order: of this document, or else of the ready document that was added last. */
  passagesWithoutEmbedding(limit: number, documentId?: string): PassageWithHeading[];
  /** How many passages of a document have no embedding yet, and of how many. */
  embeddingsLeft(documentId: string): { left: number; total: number };
  /** Stores embeddings; those of passages that are gone, or have one, are left out. */
  storeEmbeddings(embeddings: readonly PassageEmbedding[]): void;
  /** Forgets all embeddings: those of different models cannot be compared. */
  clearEmbeddings(): void;
  /**
   * The passages of ready documents whose embeddings are nearest to `vector`, best first; `score` is the cosine, above
   * 0. Searches these documents only; all when left out. What is near to much else comes later, and what the judge finds
   * worth more, earlier.
   */
  nearest(
    vector: Float32Array,
    documentIds: readonly string[] | undefined,
    limit: number,
    judge?: Judge,
  ): Promise<PassageHit[]>;

  /** Stores the tokens of each section, in order, and their sum for the document. */
  setTokenCounts(id: string, bySection: readonly number[]): void;
  /** The tokens of each section, in order; undefined until they were counted. */
  tokenCounts(id: string): number[] | undefined;
  /** Forgets all token counts: they are another vocabulary's when the model changes. */
  clearTokenCounts(): void;

  /** A stored setting, or undefined. */
  getSetting(key: string): unknown;
  /** Stores any JSON value. */
  setSetting(key: string, value: unknown): void;

  /** The document with this content, if it is there. */
  findByContent(contentHash: string): DocumentEntry | undefined;
  /** Adds a document in state `queued`. */
  addDocument(document: NewDocument): DocumentEntry;
  /** The document that was added from this path, if one was. */
  findByOrigin(path: string): DocumentEntry | undefined;
  /** The file that a document was added from; undefined when it came in another way. */
  origin(id: string): Origin | undefined;
  /** The documents that were added from files of this machine. */
  withOrigin(): string[];
  /** Notes where a document's file is, how it looked when it was compared, and whether it has another content. */
  setOrigin(id: string, origin: Origin, changed: boolean): void;
  /**
   * Puts another file in the place of a document's, in state `queued`; the title that a person chose and the
   * conversations it is in stay. Resolves when what was read of the earlier one is deleted.
   */
  replaceContent(id: string, content: NewContent): Promise<void>;
  /** The document of these kinds that has waited longest, or undefined: of `only` some, or of all but some. */
  nextQueued(
    kinds?: readonly DocumentKind[],
    which?: { only?: readonly string[]; except?: readonly string[] },
  ): DocumentEntry | undefined;
  /**
   * The second up to which a recording was read before it was interrupted, 0 for one that was not; its sections are
   * kept. Waits until none of them is being discarded.
   */
  keptUntil(id: string): Promise<number>;
  /** Changes a document's state; `queued` puts it at the end of the queue. */
  setState(id: string, state: DocumentState, error?: string): void;
  /** Notes that a document's file is encrypted. */
  setLocked(id: string): void;
  /** How far reading has come; not stored. */
  setProgress(id: string, progress: DocumentEntry['progress']): void;
  /** Appends sections to a document that is being read. */
  addSections(id: string, sections: readonly NewSection[]): Promise<void>;
  /** Makes a document whose sections are all in `ready`. */
  finish(id: string, summary: ReadSummary): void;
  /** Deletes the sections and passages of a document that is not ready. */
  discardSections(id: string): Promise<void>;
  readonly scenes: SceneTable;
  /**
   * Deletes what an earlier run left half done: removed documents, incomplete readings, files of neither. What an earlier
   * version indexed in another form is indexed anew.
   */
  cleanUp(): Promise<void>;
}

/** A document is searched once all of it is there; a recording, which takes long to be heard, also before. */
const searchable = `(state = 'ready' OR (state IN ('queued', 'reading') AND kind IN ('audio', 'video')))`;

/** The form of what is indexed: 2 is without what is not seen, and written in one way. */
const indexForm = 2;

/** Passages stored or deleted in one transaction: some ten milliseconds of work. */
const passagesInSlice = 50;

interface DocumentRow {
  id: string;
  title: string;
  file_name: string;
  kind: DocumentKind;
  state: DocumentState;
  error: string | null;
  locked: number;
  byte_size: number;
  section_count: number;
  character_count: number;
  token_count: number | null;
  author: string | null;
  language: string | null;
  created_at: string | null;
  empty_sections: number;
  changed: number;
  revision: number;
  added_at: number;
}

interface SectionRow {
  id: number;
  document_id: string;
  ordinal: number;
  title: string | null;
  level: number;
  format: Section['format'];
  length: number;
  anchor: string;
}

interface PassageRow {
  id: number;
  document_id: string;
  section_id: number;
  ordinal: number;
  text: string;
  start: number;
  end: number;
  anchor: string;
  section: number;
}

const documentColumns = `id, title, file_name, kind, state, error, locked, byte_size, section_count, character_count,
  token_count, author, language, created_at, empty_sections, changed, revision, added_at`;
const sectionColumns = 'id, document_id, ordinal, title, level, format, length, anchor';
const passageColumns = `p.id, p.document_id, p.section_id, p.ordinal, p.text, p.start, p."end", p.anchor,
  (SELECT ordinal FROM sections WHERE sections.id = p.section_id) AS section`;

function sectionSummary(row: SectionRow): SectionSummary {
  return {
    id: row.id,
    documentId: row.document_id,
    ordinal: row.ordinal,
    title: row.title,
    level: row.level,
    format: row.format,
    length: row.length,
    anchor: JSON.parse(row.anchor) as Anchor,
  };
}

function section(row: SectionRow & { text: string }): Section {
  const { length: _, ...summary } = sectionSummary(row);
  return { ...summary, text: row.text };
}

function passage(row: PassageRow): Passage {
  return {
    id: row.id,
    documentId: row.document_id,
    sectionId: row.section_id,
    section: row.section,
    ordinal: row.ordinal,
    text: row.text,
    start: row.start,
    end: row.end,
    anchor: JSON.parse(row.anchor) as Anchor,
  };
}

/** Where a character stands when those of `range` became `length` others; within them, at their start or end. */
function moved(at: number, range: { start: number; end: number }, length: number, side: 'start' | 'end'): number {
  if (at <= range.start) return at;
  if (at >= range.end) return at + length - (range.end - range.start);
  return side === 'start' ? range.start : range.start + length;
}

function correctedSection(section: Section, range: { start: number; end: number }, text: string): Section {
  const { anchor } = section;
  const parts = anchor.kind === 'time' ? anchor.parts : undefined;
  return {
    ...section,
    text: section.text.slice(0, range.start) + text + section.text.slice(range.end),
    anchor:
      anchor.kind === 'time' && parts
        ? {
            ...anchor,
            parts: parts.map((part) => ({
              ...part,
              start: moved(part.start, range, text.length, 'start'),
              end: moved(part.end, range, text.length, 'end'),
            })),
          }
        : anchor,
  };
}

/** Cuts sections into slices of about `passagesInSlice` passages; a section is never divided. */
function slices(sections: readonly NewSection[]): NewSection[][] {
  const all: NewSection[][] = [];
  let size = passagesInSlice;
  for (const next of sections) {
    if (size >= passagesInSlice) {
      all.push([]);
      size = 0;
    }
    all.at(-1)?.push(next);
    size += 1 + next.passages.length;
  }
  return all;
}

/**
 * Opens the library in an open database. What was being read when the last run ended is queued
 * again. Listeners hear of every change, whoever made it.
 */
export function openLibrary(database: Database, dataFolder: string, listeners: LibraryListeners = {}): Library {
  const files = openFileStore(dataFolder);
  const progressById = new Map<string, DocumentEntry['progress']>();
  const vectors = openVectorIndex(database);
  database.run(`UPDATE documents SET state = 'queued' WHERE state = 'reading'`);

  function getSetting(key: string): unknown {
    const row = database.get<{ value: string }>('SELECT value FROM settings WHERE key = ?', key);
    return row ? JSON.parse(row.value) : undefined;
  }

  function setSetting(key: string, value: unknown): void {
    database.run('INSERT OR REPLACE INTO settings (key, value) VALUES (?, ?)', key, JSON.stringify(value));
  }

  function entry(row: DocumentRow): DocumentEntry {
    return {
      id: row.id,
      title: row.title,
      fileName: row.file_name,
      kind: row.kind,
      state: row.state,
      error: row.error,
      locked: row.locked === 1,
      progress: progressById.get(row.id) ?? null,
      byteSize: row.byte_size,
      sectionCount: row.section_count,
      characterCount: row.character_count,
      tokenCount: row.token_count,
      metadata: { author: row.author, language: row.language, createdAt: row.created_at },
      emptySections: row.empty_sections,
      changed: row.changed === 1,
      revision: row.revision,
      addedAt: row.added_at,
    };
  }

  /** The document with `value` in `column`, unless it is being removed. */
  function find(column: 'id' | 'content_hash' | 'origin_path', value: string): DocumentEntry | undefined {
    const row = database.get<DocumentRow>(
      `SELECT ${documentColumns} FROM documents WHERE ${column} = ? AND content_hash IS NOT NULL`,
      value,
    );
    return row && entry(row);
  }

  function get(id: string): DocumentEntry {
    const found = find('id', id);
    if (!found) throw new LonghandError('not-found', `There is no document with the id ${id} in the library.`);
    return found;
  }

  function changed(id: string): DocumentEntry {
    const current = get(id);
    listeners.onChange?.(current);
    return current;
  }

  function contentHash(id: string): string {
    const row = database.get<{ content_hash: string | null }>('SELECT content_hash FROM documents WHERE id = ?', id);
    if (!row?.content_hash)
      throw new LonghandError('not-found', `There is no document with the id ${id} in the library.`);
    return row.content_hash;
  }

  /** Time for the next place in the queue: now, but never a time that was given before. */
  function queueTime(): number {
    const last = database.get<{ last: number | null }>('SELECT max(queued_at) AS last FROM documents')?.last ?? 0;
    return Math.max(Date.now(), last + 1);
  }

  function insertSection(documentId: string, ordinal: number, firstPassage: number, next: NewSection): void {
    const sectionId = database.insert(
      `INSERT INTO sections (document_id, ordinal, title, level, format, text, length, anchor)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
      documentId,
      ordinal,
      next.title,
      next.level,
      next.format,
      next.text,
      next.text.length,
      JSON.stringify(next.anchor),
    );
    next.passages.forEach(({ start, end, anchor }, i) => {
      const text = next.text.slice(start, end);
      const passageId = database.insert(
        `INSERT INTO passages (document_id, section_id, ordinal, text, start, "end", anchor) VALUES (?, ?, ?, ?, ?, ?, ?)`,
        documentId,
        sectionId,
        firstPassage + i,
        text,
        start,
        end,
        JSON.stringify(anchor),
      );
      indexPassage(passageId, text, next.title);
    });
  }

  function indexPassage(id: number, text: string, heading: string | null): void {
    database.run(
      'INSERT OR REPLACE INTO passage_index (rowid, text, heading) VALUES (?, ?, ?)',
      id,
      indexedText(text),
      indexedText(heading ?? ''),
    );
  }

  /** Indexes anew, slice by slice, what an earlier version indexed in another form. */
  async function indexAnew(): Promise<void> {
    if (getSetting('indexForm') === indexForm) return;
    const slice = (after: number) =>
      database.all<{ id: number; text: string; heading: string | null }>(
        `SELECT p.id, p.text, s.title AS heading FROM passages p JOIN sections s ON s.id = p.section_id
         WHERE p.id > ? ORDER BY p.id LIMIT ${passagesInSlice}`,
        after,
      );
    for (let rows = slice(0); rows.length > 0; rows = slice(rows.at(-1)?.id ?? 0)) {
      database.transaction(() => {
        for (const { id, text, heading } of rows)
          if (`${text}${heading}` !== plainText(`${text}${heading}`)) indexPassage(id, text, heading);
      });
      await nextTurn();
    }
    setSetting('indexForm', indexForm);
  }

  function storeSlice(id: string, slice: readonly NewSection[]): void {
    database.transaction(() => {
      const { state, sectionCount } = get(id);
      if (state !== 'reading') throw new LonghandError('cancelled', `The document ${id} is no longer being read.`);
      let passageCount =
        (database.get<{ last: number | null }>('SELECT max(ordinal) AS last FROM passages WHERE document_id = ?', id)
          ?.last ?? -1) + 1;
      slice.forEach((next, i) => {
        insertSection(id, sectionCount + i, passageCount, next);
        passageCount += next.passages.length;
      });
      database.run(
        'UPDATE documents SET section_count = section_count + ?, character_count = character_count + ? WHERE id = ?',
        slice.length,
        slice.reduce((sum, next) => sum + next.text.length, 0),
        id,
      );
    });
  }

  /** Deletes a document's passages and sections slice by slice. */
  async function deleteSections(id: string): Promise<void> {
    for (const table of ['passages', 'sections']) {
      const sql = `DELETE FROM ${table} WHERE id IN (SELECT id FROM ${table} WHERE document_id = ? LIMIT ${passagesInSlice})`;
      while (database.run(sql, id) > 0) await nextTurn();
    }
    database.run('DELETE FROM scenes WHERE document_id = ?', id);
  }

  /** Discardings under way: a second one waits for the first, and never meets what was read since. */
  const discarding = new Map<string, Promise<void>>();

  function discardSections(id: string): Promise<void> {
    const underWay = discarding.get(id);
    if (underWay) return underWay;
    const started = discard(id).finally(() => discarding.delete(id));
    discarding.set(id, started);
    return started;
  }

  async function discard(id: string): Promise<void> {
    await deleteSections(id);
    database.run(
      `UPDATE documents SET section_count = 0, character_count = 0, token_count = NULL, empty_sections = 0,
         embedded_count = 0
       WHERE id = ? AND state <> 'ready'`,
      id,
    );
    vectors.forget(id);
  }

  async function deleteRemoved(id: string): Promise<void> {
    vectors.forget(id);
    await deleteSections(id);
    database.run('DELETE FROM documents WHERE id = ?', id);
  }

  /** Passages and embeddings of a document. (Ordinals are counted without a gap.) */
  function embeddingCounts(id: string): { total: number; embedded: number } {
    return (
      database.get<{ total: number; embedded: number }>(
        `SELECT (SELECT coalesce(max(ordinal) + 1, 0) FROM passages WHERE document_id = d.id) AS total,
           embedded_count AS embedded FROM documents d WHERE d.id = ?`,
        id,
      ) ?? { total: 0, embedded: 0 }
    );
  }

  /** The ready document with passages that have no embedding; of several, the one that was added last. */
  function nextToEmbed(): string | undefined {
    return database.get<{ id: string }>(
      `SELECT id FROM documents d WHERE state = 'ready' AND content_hash IS NOT NULL
         AND embedded_count < (SELECT coalesce(max(ordinal) + 1, 0) FROM passages WHERE document_id = d.id)
       ORDER BY added_at DESC, id LIMIT 1`,
    )?.id;
  }

  function sections(id: string, from: number, count: number): Section[] {
    get(id);
    return database
      .all<SectionRow & { text: string }>(
        `SELECT ${sectionColumns}, text FROM sections WHERE document_id = ? AND ordinal >= ? ORDER BY ordinal LIMIT ?`,
        id,
        from,
        count,
      )
      .map(section);
  }

  /** Moves a passage with the text of its section; one whose words change is indexed anew. */
  function correctPassage(
    row: PassageRow,
    section: Section,
    range: { start: number; end: number },
    text: string,
  ): void {
    const start = moved(row.start, range, text.length, 'start');
    const end = moved(row.end, range, text.length, 'end');
    const words = section.text.slice(start, end);
    database.run('UPDATE passages SET text = ?, start = ?, "end" = ? WHERE id = ?', words, start, end, row.id);
    if (words === row.text) return;
    indexPassage(row.id, words, section.title);
    const removed = database.run('DELETE FROM passage_embeddings WHERE passage_id = ?', row.id);
    database.run('UPDATE documents SET embedded_count = embedded_count - ? WHERE id = ?', removed, row.document_id);
  }

  return {
    files,
    get,
    discardSections,
    scenes: openSceneTable(database),
    list: () =>
      database
        .all<DocumentRow>(
          `SELECT ${documentColumns} FROM documents WHERE content_hash IS NOT NULL ORDER BY added_at DESC, id`,
        )
        .map(entry),
    filePath: (id) => files.path(contentHash(id)),
    rename(id, title) {
      get(id);
      database.run('UPDATE documents SET title = ?, title_chosen = 1 WHERE id = ?', title, id);
      return changed(id);
    },
    async remove(id) {
      const hash = contentHash(id);
      database.transaction(() => {
        database.run(`UPDATE documents SET content_hash = NULL, state = 'cancelled' WHERE id = ?`, id);
        database.run('DELETE FROM conversation_documents WHERE document_id = ?', id);
      });
      files.remove(hash);
      progressById.delete(id);
      listeners.onRemoved?.(id);
      await deleteRemoved(id);
    },

    outline(id) {
      get(id);
      return database
        .all<SectionRow>(`SELECT ${sectionColumns} FROM sections WHERE document_id = ? ORDER BY ordinal`, id)
        .map(sectionSummary);
    },
    sections,
    correct(id, ordinal, range, text) {
      const [before] = sections(id, ordinal, 1);
      if (before?.ordinal !== ordinal) throw new LonghandError('not-found', `There is no section ${ordinal} of ${id}.`);
      if (range.start > range.end || range.end > before.text.length)
        throw new LonghandError('bad-request', 'There is no such place in the section: it was changed meanwhile.');
      const after = correctedSection(before, range, text);
      database.transaction(() => {
        database.run(
          'UPDATE sections SET text = ?, length = ?, anchor = ?, token_count = NULL WHERE id = ?',
          after.text,
          after.text.length,
          JSON.stringify(after.anchor),
          before.id,
        );
        for (const row of database.all<PassageRow>(
          `SELECT ${passageColumns} FROM passages p WHERE p.section_id = ?`,
          before.id,
        ))
          correctPassage(row, after, range, text);
        database.run(
          'UPDATE documents SET character_count = character_count + ?, token_count = NULL WHERE id = ?',
          after.text.length - before.text.length,
          id,
        );
      });
      vectors.forget(id);
      changed(id);
      return after;
    },
    passages: (ids) =>
      database
        .all<PassageRow>(
          `SELECT ${passageColumns} FROM passages p WHERE p.id IN (SELECT value FROM json_each(?))
           ORDER BY p.document_id, p.ordinal`,
          JSON.stringify(ids),
        )
        .map(passage),
    passagesAround: (id, before, after) =>
      database
        .all<PassageRow>(
          `SELECT ${passageColumns} FROM passages middle JOIN passages p ON p.document_id = middle.document_id
             AND p.ordinal BETWEEN middle.ordinal - ? AND middle.ordinal + ?
           WHERE middle.id = ? ORDER BY p.ordinal`,
          before,
          after,
          id,
        )
        .map(passage),
    search({ query, documentIds, limit }) {
      const match = matchAny(query);
      if (!match) return [];
      return database
        .all<PassageRow & { title: string; score: number }>(
          `SELECT ${passageColumns}, d.title, -bm25(passage_index, 1.0, 0.5) AS score
           FROM passage_index JOIN passages p ON p.id = passage_index.rowid JOIN documents d ON d.id = p.document_id
           WHERE passage_index MATCH ? AND ${searchable}
             AND (? IS NULL OR p.document_id IN (SELECT value FROM json_each(?)))
           ORDER BY score DESC, p.id LIMIT ?`,
          match,
          documentIds ? 1 : null,
          JSON.stringify(documentIds ?? []),
          limit,
        )
        .map((row) => ({ ...passage(row), title: row.title, score: row.score }));
    },

    passagesWithoutEmbedding(limit, documentId = nextToEmbed()) {
      if (documentId === undefined) return [];
      const { total, embedded } = embeddingCounts(documentId);
      if (embedded >= total) return [];
      const from = (ordinal: number) =>
        database.all<PassageRow & { heading: string | null }>(
          `SELECT ${passageColumns}, s.title AS heading FROM passages p JOIN sections s ON s.id = p.section_id
           WHERE p.document_id = ? AND p.ordinal >= ?
             AND NOT EXISTS (SELECT 1 FROM passage_embeddings e WHERE e.passage_id = p.id)
           ORDER BY p.ordinal LIMIT ?`,
          documentId,
          ordinal,
          limit,
        );
      // They are made in order, so that those before need no look, as a rule.
      const after = from(embedded);
      const rows = after.length > 0 ? after : from(0);
      return rows.map((row) => ({ ...passage(row), heading: row.heading }));
    },
    embeddingsLeft(documentId) {
      const { total, embedded } = embeddingCounts(documentId);
      return { left: total - embedded, total };
    },
    storeEmbeddings(embeddings) {
      const changedDocuments = new Set<string>();
      database.transaction(() => {
        for (const { passageId, vectors: sentences } of embeddings) {
          const row = database.get<{ id: string }>('SELECT document_id AS id FROM passages WHERE id = ?', passageId);
          if (!row) continue;
          const stored = database.run(
            'INSERT OR IGNORE INTO passage_embeddings (passage_id, vectors) VALUES (?, ?)',
            passageId,
            quantize(sentences),
          );
          database.run('UPDATE documents SET embedded_count = embedded_count + ? WHERE id = ?', stored, row.id);
          changedDocuments.add(row.id);
        }
      });
      changedDocuments.forEach(vectors.forget);
    },
    clearEmbeddings() {
      database.transaction(() => {
        database.run('DELETE FROM passage_embeddings');
        database.run('UPDATE documents SET embedded_count = 0 WHERE embedded_count > 0');
      });
      vectors.forgetAll();
    },
    async nearest(vector, documentIds, limit, judge) {
      const searched = database.all<{ id: string }>(
        `SELECT id FROM documents WHERE state = 'ready' AND embedded_count > 0
           AND (? IS NULL OR id IN (SELECT value FROM json_each(?)))`,
        documentIds ? 1 : null,
        JSON.stringify(documentIds ?? []),
      );
      const near = await vectors.nearest(
        vector,
        searched.map(({ id }) => id),
        limit,
        judge,
      );
      const rows = database.all<PassageRow & { title: string }>(
        `SELECT ${passageColumns}, d.title FROM passages p JOIN documents d ON d.id = p.document_id
         WHERE p.id IN (SELECT value FROM json_each(?)) AND d.state = 'ready'`,
        JSON.stringify(near.map(({ passageId }) => passageId)),
      );
      const rowById = new Map(rows.map((row) => [row.id, row]));
      return near.flatMap(({ passageId, score }) => {
        const row = rowById.get(passageId);
        return row ? [{ ...passage(row), title: row.title, score }] : [];
      });
    },

    setTokenCounts(id, bySection) {
      database.transaction(() => {
        bySection.forEach((count, ordinal) => {
          database.run('UPDATE sections SET token_count = ? WHERE document_id = ? AND ordinal = ?', count, id, ordinal);
        });
        database.run(
          'UPDATE documents SET token_count = ? WHERE id = ?',
          bySection.reduce((sum, count) => sum + count, 0),
          id,
        );
      });
      changed(id);
    },
    tokenCounts(id) {
      if (get(id).tokenCount === null) return undefined;
      return database
        .all<{ count: number }>(
          'SELECT coalesce(token_count, 0) AS count FROM sections WHERE document_id = ? ORDER BY ordinal',
          id,
        )
        .map((row) => row.count);
    },
    clearTokenCounts: () => void database.run('UPDATE documents SET token_count = NULL WHERE token_count IS NOT NULL'),

    getSetting,
    setSetting,

    findByContent: (hash) => find('content_hash', hash),
    findByOrigin: (path) => find('origin_path', path),
    origin(id) {
      const row = database.get<{ path: string | null; look: string }>(
        `SELECT origin_path AS path, coalesce(origin_look, '') AS look FROM documents
         WHERE id = ? AND content_hash IS NOT NULL`,
        id,
      );
      return row && row.path !== null ? { path: row.path, look: row.look } : undefined;
    },
    withOrigin: () =>
      database
        .all<{ id: string }>('SELECT id FROM documents WHERE origin_path IS NOT NULL AND content_hash IS NOT NULL')
        .map(({ id }) => id),
    setOrigin(id, { path, look }, isChanged) {
      const before = get(id);
      database.run(
        'UPDATE documents SET origin_path = ?, origin_look = ?, changed = ? WHERE id = ?',
        path,
        look,
        Number(isChanged),
        id,
      );
      if (before.changed !== isChanged) changed(id);
    },
    async replaceContent(id, { kind, contentHash: hash, byteSize, origin }) {
      const before = contentHash(id);
      // With a count of 0 the sections that are still there count as left over: `cleanUp` deletes them after a crash.
      database.run(
        `UPDATE documents SET kind = ?, state = 'queued', error = NULL, locked = 0, content_hash = ?, byte_size = ?,
           section_count = 0, character_count = 0, token_count = NULL, empty_sections = 0, embedded_count = 0,
           origin_path = ?, origin_look = ?, changed = 0, revision = revision + 1, queued_at = ?
         WHERE id = ?`,
        kind,
        hash,
        byteSize,
        origin?.path ?? null,
        origin?.look ?? null,
        queueTime(),
        id,
      );
      files.remove(before);
      progressById.delete(id);
      listeners.onReplaced?.(id);
      changed(id);
      await discardSections(id);
    },
    addDocument({ title, fileName, kind, contentHash: hash, byteSize, origin }) {
      const id = randomUUID();
      database.run(
        `INSERT INTO documents (id, title, file_name, kind, state, content_hash, byte_size, origin_path, origin_look,
           added_at, queued_at)
         VALUES (?, ?, ?, ?, 'queued', ?, ?, ?, ?, ?, ?)`,
        id,
        title,
        fileName,
        kind,
        hash,
        byteSize,
        origin?.path ?? null,
        origin?.look ?? null,
        Date.now(),
        queueTime(),
      );
      return changed(id);
    },
    nextQueued(kinds = documentKind.options, { only, except = [] } = {}) {
      const row = database.get<DocumentRow>(
        `SELECT ${documentColumns} FROM documents WHERE state = 'queued' AND content_hash IS NOT NULL
           AND kind IN (SELECT value FROM json_each(?1)) AND id NOT IN (SELECT value FROM json_each(?2))
           AND (?3 IS NULL OR id IN (SELECT value FROM json_each(?3)))
         ORDER BY queued_at LIMIT 1`,
        JSON.stringify(kinds),
        JSON.stringify(except),
        only ? JSON.stringify(only) : null,
      );
      return row && entry(row);
    },
    async keptUntil(id) {
      await discarding.get(id);
      const last = database.get<{ anchor: string }>(
        'SELECT anchor FROM sections WHERE document_id = ? ORDER BY ordinal DESC LIMIT 1',
        id,
      );
      const anchor = last && (JSON.parse(last.anchor) as Anchor);
      return anchor?.kind === 'time' ? anchor.endMs / 1000 : 0;
    },
    setState(id, state, error) {
      get(id);
      if (state !== 'reading') progressById.delete(id);
      database.run('UPDATE documents SET state = ?, error = ? WHERE id = ?', state, error ?? null, id);
      if (state === 'queued') database.run('UPDATE documents SET queued_at = ? WHERE id = ?', queueTime(), id);
      changed(id);
    },
    setLocked(id) {
      database.run('UPDATE documents SET locked = 1 WHERE id = ?', id);
      changed(id);
    },
    setProgress(id, progress) {
      progressById.set(id, progress);
      changed(id);
    },
    async addSections(id, sections) {
      for (const slice of slices(sections)) {
        storeSlice(id, slice);
        await nextTurn();
      }
    },
    finish(id, { title, metadata, emptySections, leftOut = null }) {
      progressById.delete(id);
      database.run(
        `UPDATE documents SET state = 'ready', error = ?, title = iif(title_chosen, title, coalesce(?, title)),
           author = ?, language = ?, created_at = ?, empty_sections = ? WHERE id = ?`,
        leftOut,
        title,
        metadata.author,
        metadata.language,
        metadata.createdAt,
        emptySections,
        id,
      );
      changed(id);
    },
    async cleanUp() {
      const hashes = database.all<{ hash: string }>(
        'SELECT content_hash AS hash FROM documents WHERE content_hash IS NOT NULL',
      );
      files.keepOnly(new Set(hashes.map(({ hash }) => hash)), Number(getSetting('keptSince')));
      for (const { id } of database.all<{ id: string }>('SELECT id FROM documents WHERE content_hash IS NULL'))
        await deleteRemoved(id);
      for (const { id } of database.all<{ id: string }>(
        `SELECT id FROM documents d WHERE (NOT ${searchable} AND section_count > 0)
           OR (section_count = 0 AND EXISTS (SELECT 1 FROM sections WHERE document_id = d.id))`,
      )) {
        // One that is being read already, asked for meanwhile, is no left-over.
        const now = database.get<{ state: string }>('SELECT state FROM documents WHERE id = ?', id);
        if (now?.state !== 'reading') await discardSections(id);
      }
      await indexAnew();
    },
  };
}
