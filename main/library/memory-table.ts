/** What the database knows of what each model keeps of each document. The blocks themselves are the engine's. */
import type { Database } from './database.ts';
import type { Memory } from './schema.ts';

export type MemoryRow = Omit<Memory, 'secondsLeft'> & { usedAt: number };

export interface MemoryTable {
  /** Of every document that is in the library, in the order in which they were added. */
  list(modelId: string): MemoryRow[];
  get(documentId: string, modelId: string): MemoryRow | undefined;
  /** Stores what has changed; the first time, everything that is not given begins empty. */
  set(
    documentId: string,
    modelId: string,
    change: Partial<Pick<MemoryRow, 'state' | 'reason' | 'tokens' | 'bytes'>>,
  ): void;
  /** Notes that the document was asked about. */
  touch(documentId: string, modelId: string): void;
  pin(documentId: string, pinned: boolean): void;
  /** Lets every model read it again. */
  resume(documentId: string): void;
  /** Forgets what any model keeps of a document; it stays pinned. */
  forget(documentId: string): void;
  /** Forgets what a model keeps of all documents; a pause holds on. */
  forgetModel(modelId: string): void;
  /** Gives a model another id; what is known under that one stays. */
  rename(modelId: string, to: string): void;
}

interface Row {
  document_id: string;
  state: Memory['state'];
  reason: string | null;
  tokens: number;
  total: number | null;
  bytes: number;
  pinned: number;
  used_at: number;
}

/** A pause is the person's, and holds for a model that has not begun the document as well. */
const stateBefore = `CASE WHEN EXISTS (SELECT 1 FROM memories o WHERE o.document_id = d.id AND o.state = 'paused')
  THEN 'paused' ELSE 'waiting' END`;
const columns = `d.id AS document_id, coalesce(m.state, ${stateBefore}) AS state, m.reason, coalesce(m.tokens, 0) AS tokens,
  d.token_count AS total, coalesce(m.bytes, 0) AS bytes, d.pinned, coalesce(m.used_at, d.added_at) AS used_at`;
const from = `FROM documents d LEFT JOIN memories m ON m.document_id = d.id AND m.model_id = ?
  WHERE d.state = 'ready' AND d.content_hash IS NOT NULL`;

const memoryRow = (row: Row): MemoryRow => ({
  id: row.document_id,
  state: row.state,
  reason: row.reason,
  tokens: row.tokens,
  totalTokens: row.total === null ? null : Math.max(row.total, row.tokens),
  bytes: row.bytes,
  pinned: row.pinned === 1,
  usedAt: row.used_at,
});

/** A document that no model has begun is waiting, or paused as it was for another. */
export function openMemoryTable(database: Database): MemoryTable {
  function get(documentId: string, modelId: string): MemoryRow | undefined {
    const row = database.get<Row>(`SELECT ${columns} ${from} AND d.id = ?`, modelId, documentId);
    return row && memoryRow(row);
  }
  return {
    get,
    list: (modelId) => database.all<Row>(`SELECT ${columns} ${from} ORDER BY d.added_at, d.id`, modelId).map(memoryRow),
    set(documentId, modelId, change) {
      const before = get(documentId, modelId);
      if (!before) return;
      const { state, reason, tokens, bytes, usedAt } = { ...before, ...change };
      database.run(
        `INSERT OR REPLACE INTO memories (document_id, model_id, state, reason, tokens, bytes, used_at)
         VALUES (?, ?, ?, ?, ?, ?, ?)`,
        documentId,
        modelId,
        state,
        reason,
        tokens,
        bytes,
        usedAt,
      );
    },
    touch(documentId, modelId) {
      database.run(
        'UPDATE memories SET used_at = ? WHERE document_id = ? AND model_id = ?',
        Date.now(),
        documentId,
        modelId,
      );
    },
    pin: (documentId, pinned) =>
      void database.run('UPDATE documents SET pinned = ? WHERE id = ?', Number(pinned), documentId),
    resume: (documentId) =>
      void database.run("UPDATE memories SET state = 'waiting' WHERE document_id = ? AND state = 'paused'", documentId),
    forget: (documentId) => void database.run('DELETE FROM memories WHERE document_id = ?', documentId),
    forgetModel: (modelId) =>
      void database.run("DELETE FROM memories WHERE model_id = ? AND state <> 'paused'", modelId),
    rename: (modelId, to) =>
      void database.run('UPDATE OR IGNORE memories SET model_id = ? WHERE model_id = ?', to, modelId),
  };
}
