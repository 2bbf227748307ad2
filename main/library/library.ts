/**
 * The library: every document that was added, its sections and passages, and the search over them.
 * Writing a long document is done in slices, so that main never stands still for it; a document can
 * be searched and read once all of it is in.
 */
import { randomUUID } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { LonghandError } from '../../base/errors.ts';
import type { Database } from './database.ts';
import { type EmbeddingTable, openEmbeddingTable } from './embedding-table.ts';
import { type FileStore, openFileStore } from './files.ts';
import { openPassageTable, type PassageTable, searchable } from './passage-table.ts';
import { openSceneTable, type SceneTable } from './scene-table.ts';
import { type DocumentEntry, type DocumentKind, type DocumentState, documentKind } from './schema.ts';
import { type NewSection, openSectionTable, type SectionTable, slices } from './section-table.ts';

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

export interface LibraryListeners {
  onChange?(entry: DocumentEntry): void;
  onRemoved?(id: string): void;
  /** Another content takes a document's place: what was made of the earlier one is worth nothing. */
  onReplaced?(id: string): void;
}

export interface Library extends PassageTable, EmbeddingTable, Pick<SectionTable, 'outline' | 'sections' | 'correct'> {
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

/**
 * The form of what is indexed: 2 is without what is not seen, and written in one way; 3 has a table's rows under the names
 * of their columns.
 */
const indexForm = 3;

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

const documentColumns = `id, title, file_name, kind, state, error, locked, byte_size, section_count, character_count,
  token_count, author, language, created_at, empty_sections, changed, revision, added_at`;

/**
 * Opens the library in an open database. What was being read when the last run ended is queued
 * again. Listeners hear of every change, whoever made it.
 */
export function openLibrary(database: Database, dataFolder: string, listeners: LibraryListeners = {}): Library {
  const files = openFileStore(dataFolder);
  const progressById = new Map<string, DocumentEntry['progress']>();
  const sections = openSectionTable(database);
  const { forgetVectors, ...embeddings } = openEmbeddingTable(database);
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

  function storeSlice(id: string, slice: readonly NewSection[]): void {
    database.transaction(() => {
      const { state, sectionCount } = get(id);
      if (state !== 'reading') throw new LonghandError('cancelled', `The document ${id} is no longer being read.`);
      sections.add(id, sectionCount, slice);
      database.run(
        'UPDATE documents SET section_count = section_count + ?, character_count = character_count + ? WHERE id = ?',
        slice.length,
        slice.reduce((sum, next) => sum + next.text.length, 0),
        id,
      );
    });
  }

  async function deleteSections(id: string): Promise<void> {
    await sections.delete(id);
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
    forgetVectors(id);
  }

  async function deleteRemoved(id: string): Promise<void> {
    forgetVectors(id);
    await deleteSections(id);
    database.run('DELETE FROM documents WHERE id = ?', id);
  }

  return {
    files,
    get,
    discardSections,
    ...openPassageTable(database),
    ...embeddings,
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
      return sections.outline(id);
    },
    sections(id, from, count) {
      get(id);
      return sections.sections(id, from, count);
    },
    correct(id, ordinal, range, text) {
      get(id);
      const corrected = sections.correct(id, ordinal, range, text);
      forgetVectors(id);
      changed(id);
      return corrected;
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
      return sections.endSeconds(id);
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
    async addSections(id, added) {
      for (const slice of slices(added)) {
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
      if (getSetting('indexForm') === indexForm) return;
      await sections.indexAnew();
      setSetting('indexForm', indexForm);
    },
  };
}
