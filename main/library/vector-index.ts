/**
 * The passages with a sentence that lies nearest to a vector, by looking at all of them. A document's vectors are held
 * in memory as bytes once it was searched, as long as there is room; ten thousand of them are looked through in some
 * milliseconds.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { dimensions } from '../perception/protocol.ts';
import type { Database } from './database.ts';

export interface Near {
  passageId: number;
  /** Cosine of the angle to the sentence that it was found by: above 0, at most 1. */
  score: number;
}

/** A sentence, as the place of its vector among those of its passage. */
export interface SentencePlace {
  readonly passageId: number;
  readonly place: number;
}

/**
 * What sentences are worth besides the nearness of their vectors, about 0 to 1 each. `sampled` are the passages, each once, of
 * sentences that stand for all that are searched.
 */
export type Judge = (sentences: readonly SentencePlace[], sampled: readonly number[]) => Promise<readonly number[]>;

export interface VectorIndex {
  /**
   * The `limit` passages of these documents whose embeddings are nearest to `vector` (384 numbers of length 1), best
   * first; those at a right angle to it and beyond are no match at all. A sentence that is near to many others comes
   * later: some are near to every question (hubs: Radovanović et al. 2010). What is best is so by its cosine less a
   * multiple of its mean cosine with its nearest neighbours (CSLS: Lample et al. 2018), which are looked for in a sample
   * of all. A judge has a say about those that come near, too. Main has a turn between slices.
   */
  nearest(vector: Float32Array, documentIds: readonly string[], limit: number, judge?: Judge): Promise<Near[]>;
  /** Must be told when the embeddings of a document have changed. */
  forget(documentId: string): void;
  /** Must be told when all embeddings are gone. */
  forgetAll(): void;
}

/** Memory for vectors, in bytes: 170,000 sentences, which is some 5 million tokens. */
const defaultBudget = 64 * 2 ** 20;
/** Ordinals read from the database at once: a few milliseconds. */
const ordinalsInSlice = 500;
/** Vectors compared at once: a few milliseconds. */
const vectorsInSlice = 8192;

/** The vectors of one document, those of a passage in a row. */
interface Vectors {
  /** The passage of each. */
  passageIds: number[];
  /** `dimensions` bytes for each. */
  bytes: Int8Array;
  /** What makes the length of each 1. */
  scales: Float32Array;
}

/** A passage with its best sentence. */
interface Found extends Near, Sentence {
  /** What it is ordered by. */
  fitness: number;
}

/** One sentence. */
interface Sentence {
  vectors: Vectors;
  index: number;
}

/** Passages that are judged: those that are best by what stands for their neighbours. With 256, no other facts are found. */
const fewestJudged = 128;
/** How much a judge's word counts beside nearness. Measured as below: from 0.3 to 0.6 there is no difference. */
const judgeWeight = 0.45;
/** Passages whose neighbours are looked for: the best of those. */
const fewestConsidered = 32;
/** Sentences that stand for all that are searched. */
const sampleSize = 2048;
/**
 * Nearest neighbours of a sentence in the sample. Fewer would be better in long texts, but more are less disturbed by a
 * second sentence that says the same.
 */
const neighbours = 16;
/**
 * How much nearness to neighbours counts beside nearness to the question. Measured on a million tokens with 96 facts asked
 * for in other words: with 1.0, 1.2 and 1.4, 0.91 to 0.92 are among the first six, and by the cosine alone 0.56.
 */
const neighboursWeight = 1.2;
/**
 * How much more of nearness to neighbours a sentence has that is nearer to the mean of all, by which those that are considered
 * are chosen: among 32, 0.93 of these facts stand, and by the cosine alone 0.80.
 */
const neighboursByMean = 0.5;
/** Passages whose neighbours are looked for at once: a few milliseconds. */
const foundInSlice = 8;

/** Bytes in the directions of vectors, one after the other; their lengths, which are known to be 1, are not kept. */
export function quantize(vectors: readonly Float32Array[]): Uint8Array {
  const bytes = new Int8Array(vectors.length * dimensions);
  for (const [index, vector] of vectors.entries()) {
    const largest = vector.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    if (largest > 0)
      bytes.set(
        vector.map((value) => Math.round((value * 127) / largest)),
        index * dimensions,
      );
  }
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

  /** Sentences of all documents, each with its share; the shares of many small ones add up to the same. */
  async function sampleOf(documentIds: readonly string[]): Promise<Sentence[]> {
    const counts = documentIds.map((documentId) => passageCount(database, documentId));
    const all = counts.reduce((sum, count) => sum + count, 0);
    const sample: Sentence[] = [];
    let before = 0;
    for (const [place, documentId] of documentIds.entries()) {
      const until = before + (counts[place] ?? 0);
      const share = Math.floor((until * sampleSize) / all) - Math.floor((before * sampleSize) / all);
      sample.push(...spread(await vectorsOf(documentId), share));
      before = until;
    }
    return sample;
  }

  return {
    async nearest(vector, documentIds, limit, judge) {
      const sample = await sampleOf(documentIds);
      const mean = meanOf(sample);
      const withoutMean = vector.map((value, i) => value - neighboursWeight * neighboursByMean * (mean[i] ?? 0));
      const considered = Math.max(limit, fewestConsidered);
      const judged = judge ? Math.max(limit, fewestJudged) : considered;
      const near: Found[] = [];
      // Backwards: where not all of them are kept, those that were looked at last for the sample are.
      for (const documentId of documentIds.toReversed()) {
        const vectors = await vectorsOf(documentId);
        for (let from = 0; from < vectors.passageIds.length; from += vectorsInSlice) {
          if (from > 0) await nextTurn();
          const to = Math.min(from + vectorsInSlice, vectors.passageIds.length);
          compare(vector, withoutMean, vectors, from, to, near, judged);
        }
      }
      const worths = (await judge?.(near.map(placeOf), passagesOf(sample))) ?? [];
      const best = near
        .map((found, place) => {
          const worth = judgeWeight * (worths[place] ?? 0);
          return { ...found, worth, fitness: found.fitness + worth };
        })
        .sort((a, b) => b.fitness - a.fitness)
        .slice(0, considered);
      for (const [place, found] of best.entries()) {
        if (place > 0 && place % foundInSlice === 0) await nextTurn();
        found.fitness = found.score - neighboursWeight * neighbourhood(found, sample) + found.worth;
      }
      return best
        .sort((a, b) => b.fitness - a.fitness)
        .slice(0, limit)
        .map(({ passageId, score }) => ({ passageId, score }));
    },
    forget,
    forgetAll() {
      changes++;
      kept.clear();
      keptBytes = 0;
    },
  };
}

function passageCount(database: Database, documentId: string): number {
  const row = database.get<{ count: number }>(
    'SELECT coalesce(max(ordinal) + 1, 0) AS count FROM passages WHERE document_id = ?',
    documentId,
  );
  return row?.count ?? 0;
}

async function readVectors(database: Database, documentId: string): Promise<Vectors> {
  const count = passageCount(database, documentId);
  const passageIds: number[] = [];
  const scales: number[] = [];
  const parts: Int8Array[] = [];
  for (let from = 0; from < count; from += ordinalsInSlice) {
    const rows = database.all<{ id: number; vectors: Uint8Array }>(
      `SELECT p.id, e.vectors FROM passages p JOIN passage_embeddings e ON e.passage_id = p.id
       WHERE p.document_id = ? AND p.ordinal >= ? AND p.ordinal < ? ORDER BY p.ordinal`,
      documentId,
      from,
      Math.min(from + ordinalsInSlice, count),
    );
    for (const { id, vectors } of rows) {
      parts.push(new Int8Array(vectors.buffer, vectors.byteOffset, vectors.length));
      for (let at = 0; at < vectors.length; at += dimensions) {
        const squares =
          parts
            .at(-1)
            ?.subarray(at, at + dimensions)
            .reduce((sum, value) => sum + value * value, 0) ?? 0;
        scales.push(squares > 0 ? 1 / Math.sqrt(squares) : 0);
        passageIds.push(id);
      }
    }
    await nextTurn();
  }
  const bytes = new Int8Array(passageIds.length * dimensions);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return { passageIds, bytes, scales: Float32Array.from(scales) };
}

/** So many of the sentences, or all of them where there are fewer, at equal distances. */
function spread(vectors: Vectors, count: number): Sentence[] {
  const all = vectors.passageIds.length;
  const size = Math.min(count, all);
  return Array.from({ length: size }, (_, place) => ({ vectors, index: Math.floor((place * all) / size) }));
}

const passagesOf = (sentences: readonly Sentence[]): number[] => [
  ...new Set(sentences.map(({ vectors, index }) => vectors.passageIds[index] ?? 0)),
];

function placeOf({ passageId, vectors: { passageIds }, index }: Found): SentencePlace {
  let first = index;
  while (passageIds[first - 1] === passageId) first--;
  return { passageId, place: index - first };
}

/** A sentence's vector, of length 1. */
function directionOf({ vectors: { bytes, scales }, index }: Sentence): Float32Array {
  const direction = new Float32Array(dimensions);
  const scale = scales[index] ?? 0;
  for (let i = 0; i < dimensions; i++) direction[i] = (bytes[index * dimensions + i] ?? 0) * scale;
  return direction;
}

/** The direction of the mean of these sentences, of length 1; of none, or of those that cancel out, zeros. */
function meanOf(sample: readonly Sentence[]): Float32Array {
  const sum = new Float32Array(dimensions);
  for (const sentence of sample) {
    const direction = directionOf(sentence);
    for (let i = 0; i < dimensions; i++) sum[i] = (sum[i] ?? 0) + (direction[i] ?? 0);
  }
  const length = Math.hypot(...sum);
  return length > 0 ? sum.map((value) => value / length) : sum;
}

/** The mean cosine of a sentence with its nearest neighbours among those of other passages; 0 where there are none. */
function neighbourhood(sentence: Found, sample: readonly Sentence[]): number {
  const direction = directionOf(sentence);
  const others = sample.filter(({ vectors, index }) => vectors.passageIds[index] !== sentence.passageId);
  const nearest = new Float32Array(others.map(({ vectors, index }) => cosine(direction, vectors, index)))
    .sort()
    .subarray(-neighbours);
  return nearest.length > 0 ? nearest.reduce((sum, value) => sum + value, 0) / nearest.length : 0;
}

/**
 * Puts the passages of those of the vectors `from` to `to` that are best into `best`, which stays sorted by their cosine with
 * `withoutMean`. Those that are at a right angle to `vector` or beyond are left out.
 */
function compare(
  vector: Float32Array,
  withoutMean: Float32Array,
  vectors: Vectors,
  from: number,
  to: number,
  best: Found[],
  limit: number,
): void {
  for (let index = from; index < to; index++) {
    const fitness = cosine(withoutMean, vectors, index);
    if (best.length === limit && fitness <= (best.at(-1)?.fitness ?? 0)) continue;
    const passageId = vectors.passageIds[index] ?? 0;
    const known = best.findIndex((other) => other.passageId === passageId);
    if (known >= 0 && (best[known]?.fitness ?? 0) >= fitness) continue;
    const score = cosine(vector, vectors, index);
    if (score <= 0) continue;
    if (known >= 0) best.splice(known, 1);
    const place = best.findIndex((other) => other.fitness < fitness);
    best.splice(place < 0 ? best.length : place, 0, { passageId, score, vectors, index, fitness });
    if (best.length > limit) best.pop();
  }
}

/** The cosine of the angle between a vector and the one at `index`. */
function cosine(vector: Float32Array, { bytes, scales }: Vectors, index: number): number {
  const at = index * dimensions;
  let sum = 0;
  for (let i = 0; i < dimensions; i++) sum += (vector[i] ?? 0) * (bytes[at + i] ?? 0);
  return sum * (scales[index] ?? 0);
}
