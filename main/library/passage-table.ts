/** The passages of documents, and the search over their words. */
import type { Database } from './database.ts';
import { leadOf, longestLookedThrough } from './lead.ts';
import type { Anchor, Passage, PassageHit } from './schema.ts';
import { indexedText, matchAny } from './search-query.ts';

export interface SearchOptions {
  query: string;
  /** Searches these documents only; all when left out. */
  documentIds?: readonly string[] | undefined;
  limit: number;
}

export interface PassageTable {
  /** The passages with these ids that still exist, in document order. */
  passages(ids: readonly number[]): Passage[];
  /** A passage with up to `before` and `after` neighbours from the same document, in order; empty when it is gone. */
  passagesAround(id: number, before: number, after: number): Passage[];
  /** The passages of ready documents that match any word of the query, best first (BM25). */
  search(options: SearchOptions): PassageHit[];
}

/** A document is searched once all of it is there; a recording, which takes long to be heard, also before. */
export const searchable = `(state = 'ready' OR (state IN ('queued', 'reading') AND kind IN ('audio', 'video')))`;

export interface PassageRow {
  id: number;
  document_id: string;
  section_id: number;
  ordinal: number;
  text: string;
  start: number;
  end: number;
  anchor: string;
  section: number;
  /** Null where it is too long to be looked through. */
  section_text: string | null;
}

/** The text of the section that the column `id` names. */
export const sectionText = (id: string): string =>
  `(SELECT text FROM sections WHERE sections.id = ${id} AND length <= ${longestLookedThrough})`;

export const passageColumns = `p.id, p.document_id, p.section_id, p.ordinal, p.text, p.start, p."end", p.anchor,
  (SELECT ordinal FROM sections WHERE sections.id = p.section_id) AS section,
  ${sectionText('p.section_id')} AS section_text`;

/** The passage of a row of `passageColumns`. */
export function passageOf(row: PassageRow): Passage {
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
    lead: row.section_text === null ? undefined : leadOf(row.section_text, row.start),
  };
}

/**
 * Makes a passage findable by its words, and by those that stand above it: its section's title, and the first row of a
 * table that it goes on with.
 */
export function indexPassage(
  database: Database,
  id: number,
  text: string,
  above: readonly (string | null | undefined)[],
): void {
  database.run(
    'INSERT OR REPLACE INTO passage_index (rowid, text, heading) VALUES (?, ?, ?)',
    id,
    indexedText(text),
    indexedText(above.filter((words) => words).join('\n')),
  );
}

export function openPassageTable(database: Database): PassageTable {
  return {
    passages: (ids) =>
      database
        .all<PassageRow>(
          `SELECT ${passageColumns} FROM passages p WHERE p.id IN (SELECT value FROM json_each(?))
           ORDER BY p.document_id, p.ordinal`,
          JSON.stringify(ids),
        )
        .map(passageOf),
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
        .map(passageOf),
    search({ query, documentIds, limit }) {
      const match = matchAny(query);
      if (!match) return [];
      return database
        .all<PassageRow & { title: string; score: number }>(
          // The best first, and then what is told of them: most of what matches is not among them.
          `WITH best AS MATERIALIZED (
             SELECT p.id, d.title, -bm25(passage_index, 1.0, 0.5) AS score
             FROM passage_index JOIN passages p ON p.id = passage_index.rowid JOIN documents d ON d.id = p.document_id
             WHERE passage_index MATCH ? AND ${searchable}
               AND (? IS NULL OR p.document_id IN (SELECT value FROM json_each(?)))
             ORDER BY score DESC, p.id LIMIT ?
           )
           SELECT ${passageColumns}, best.title, best.score FROM best JOIN passages p ON p.id = best.id
           ORDER BY best.score DESC, p.id`,
          match,
          documentIds ? 1 : null,
          JSON.stringify(documentIds ?? []),
          limit,
        )
        .map((row) => ({ ...passageOf(row), title: row.title, score: row.score }));
    },
  };
}
