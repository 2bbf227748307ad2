/** What the database knows of the scenes of a video: when each begins, and a small picture of it. */
import type { Database } from './database.ts';

export interface SceneTable {
  /** Adds a scene; one that was there at this time is replaced. `thumbnail` is a JPEG file. */
  add(documentId: string, atMs: number, thumbnail: Uint8Array): void;
  /** When the scenes of a document begin, in milliseconds, in order. */
  times(documentId: string): number[];
  /** Undefined when there is no such scene. */
  thumbnail(documentId: string, atMs: number): Uint8Array | undefined;
}

export function openSceneTable(database: Database): SceneTable {
  return {
    add: (documentId, atMs, thumbnail) =>
      void database.run(
        'INSERT OR REPLACE INTO scenes (document_id, at_ms, thumbnail) VALUES (?, ?, ?)',
        documentId,
        atMs,
        thumbnail,
      ),
    times: (documentId) =>
      database
        .all<{ at_ms: number }>('SELECT at_ms FROM scenes WHERE document_id = ? ORDER BY at_ms', documentId)
        .map(({ at_ms }) => at_ms),
    thumbnail: (documentId, atMs) =>
      database.get<{ thumbnail: Uint8Array }>(
        'SELECT thumbnail FROM scenes WHERE document_id = ? AND at_ms = ?',
        documentId,
        atMs,
      )?.thumbnail,
  };
}
