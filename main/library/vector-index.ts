/**
 * The passages that lie nearest to a vector, by looking at all of them. A document's vectors are held in memory as
 * bytes once it was searched, as long as there is room; ten thousand of them are looked through in some milliseconds.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { dimensions } from '../perception/protocol.ts';
import type { Database } from './database.ts';

export interface Near {
  passageId: number;
  /** Cosine of the angle between the two: above 0, at most 1. */
  score: number;
}

export interface VectorIndex {
  /**
   * The `limit` passages of these documents whose embeddings are nearest to `vector` (384 numbers of length 1), best
   * first; those at a right angle to it and beyond are no match at all. Main has a turn between slices.
   */
  nearest(vector: Float32Array, documentIds: readonly string[], limit: number): Promise<Near[]>;
  /** Must be told when the embeddings of a document have changed. */
  forget(documentId: string): void;
  /** Must be told when all embeddings are gone. */
  forgetAll(): void;
}

/** Memory for vectors, in bytes: 170,000 passages, which is some 17 million tokens. */
const defaultBudget = 64 * 2 ** 20;
/** Ordinals read from the database at once: a few milliseconds. */
const ordinalsInSlice = 500;
/** Vectors compared at once: a few milliseconds. */
const vectorsInSlice = 8192;

/** The vectors of one document. */
interface Vectors {
  passageIds: number[];
  /** `dimensions` bytes for each passage. */
  bytes: Int8Array;
  /** What makes the length of each 1. */
  scales: Float32Array;
}

/** Bytes in the direction of a vector; its length, which is known to be 1, is not kept. */
export function quantize(vector: Float32Array): Uint8Array {
  const largest = vector.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const bytes = Int8Array.from(vector, (value) => (largest > 0 ? Math.round((value * 127) / largest) : 0));
  return new Uint8Array(bytes.buffer);
}

/** Looks through what `passage_embeddings` holds, with at most `budget` bytes of it in memory between searches. */
export function openVectorIndex(database: Database, budget = defaultBudget): VectorIndex {
  /** Least recently used first. */
  const kept = new Map<string, Vectors>();
  let keptBytes = 0;
  /** Counts what was forgotten, so that nothing read before is kept after it. */
  let changes = 0;

  function forget(documentId: string): void {
    changes++;
    keptBytes -= kept.get(documentId)?.bytes.length ?? 0;
    kept.delete(documentId);
  }

  function keep(documentId: string, vectors: Vectors): void {
    if (vectors.bytes.length > budget) return;
    forget(documentId);
    kept.set(documentId, vectors);
    keptBytes += vectors.bytes.length;
    for (const oldest of kept.keys()) {
      if (keptBytes <= budget) return;
      forget(oldest);
    }
  }

  async function vectorsOf(documentId: string): Promise<Vectors> {
    const known = kept.get(documentId);
    if (known) {
      keep(documentId, known);
      return known;
    }
    const before = changes;
    const read = await readVectors(database, documentId);
    if (changes === before) keep(documentId, read);
    return read;
  }

  return {
    async nearest(vector, documentIds, limit) {
      const best: Near[] = [];
      for (const documentId of documentIds) {
        const vectors = await vectorsOf(documentId);
        for (let from = 0; from < vectors.passageIds.length; from += vectorsInSlice) {
          if (from > 0) await nextTurn();
          compare(vector, vectors, from, Math.min(from + vectorsInSlice, vectors.passageIds.length), best, limit);
        }
      }
      return best;
    },
    forget,
    forgetAll() {
      changes++;
      kept.clear();
      keptBytes = 0;
    },
  };
}

async function readVectors(database: Database, documentId: string): Promise<Vectors> {
  const { count } = database.get<{ count: number }>(
    'SELECT coalesce(max(ordinal) + 1, 0) AS count FROM passages WHERE document_id = ?',
    documentId,
  ) ?? { count: 0 };
  const passageIds: number[] = [];
  const bytes = new Int8Array(count * dimensions);
  const scales = new Float32Array(count);
  for (let from = 0; from < count; from += ordinalsInSlice) {
    const rows = database.all<{ id: number; vector: Uint8Array }>(
      `SELECT p.id, e.vector FROM passages p JOIN passage_embeddings e ON e.passage_id = p.id
       WHERE p.document_id = ? AND p.ordinal >= ? AND p.ordinal < ? ORDER BY p.ordinal`,
      documentId,
      from,
      Math.min(from + ordinalsInSlice, count),
    );
    for (const { id, vector } of rows) {
      const signed = new Int8Array(vector.buffer, vector.byteOffset, dimensions);
      let squares = 0;
      for (const value of signed) squares += value * value;
      bytes.set(signed, passageIds.length * dimensions);
      scales[passageIds.length] = squares > 0 ? 1 / Math.sqrt(squares) : 0;
      passageIds.push(id);
    }
    await nextTurn();
  }
  return { passageIds, bytes: bytes.slice(0, passageIds.length * dimensions), scales };
}

/** Puts those of the vectors `from` to `to` that are near enough into `best`, which stays sorted. */
function compare(
  vector: Float32Array,
  { passageIds, bytes, scales }: Vectors,
  from: number,
  to: number,
  best: Near[],
  limit: number,
): void {
  for (let i = from; i < to; i++) {
    const score = dot(vector, bytes, i * dimensions) * (scales[i] ?? 0);
    if (score <= (best.length < limit ? 0 : (best.at(-1)?.score ?? 0))) continue;
    const place = best.findIndex((other) => other.score < score);
    best.splice(place < 0 ? best.length : place, 0, { passageId: passageIds[i] ?? 0, score });
    if (best.length > limit) best.pop();
  }
}

/** The dot product of a vector and the one that begins at `at`. */
function dot(vector: Float32Array, bytes: Int8Array, at: number): number {
  let sum = 0;
  for (let i = 0; i < dimensions; i++) sum += (vector[i] ?? 0) * (bytes[at + i] ?? 0);
  return sum;
}
