/** The embeddings of passages, and the search over their meaning. */
import type { Database } from './database.ts';
import { type PassageRow, passageColumns, passageOf } from './passage-table.ts';
import type { Passage, PassageHit } from './schema.ts';
import { type Judge, openVectorIndex, quantize } from './vector-index.ts';

/** A passage with the title of its section. */
export type PassageWithHeading = Passage & { heading: string | null };

/** The embeddings of a passage's sentences: 384 numbers of length 1 each, whose dot product with another is the cosine. */
export interface PassageEmbedding {
  passageId: number;
  /** At least one. */
  vectors: readonly Float32Array[];
}

export interface EmbeddingTable {
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
}

/** The table, with `forgetVectors` for a document whose passages are others than before. */
export function openEmbeddingTable(database: Database): EmbeddingTable & { forgetVectors(documentId: string): void } {
  const vectors = openVectorIndex(database);

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

  return {
    forgetVectors: vectors.forget,
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
      return rows.map((row) => ({ ...passageOf(row), heading: row.heading }));
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
        return row ? [{ ...passageOf(row), title: row.title, score }] : [];
      });
    },
  };
}
