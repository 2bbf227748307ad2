import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { dimensions } from '../perception/protocol.ts';
import type { Database } from './database.ts';
import { addReady, openTestLibrary, sectionOf } from './testing/open-library.ts';
import { type Judge, openVectorIndex, quantize } from './vector-index.ts';

/** A vector of length 1 that looks random and is the same for the same seed. */
function vector(seed: number): Float32Array {
  let state = seed * 2654435761;
  const values = Float32Array.from({ length: dimensions }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32 - 0.5;
  });
  const length = Math.hypot(...values);
  return values.map((value) => value / length);
}

const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a).reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0);
const opposite = (of: Float32Array): Float32Array => of.map((value) => -value);

/** A library with a document of `count` passages, which have the vectors of seeds from `first` on. */
async function withVectors(count: number, first = 1) {
  const { library, database } = openTestLibrary();
  const add = async (title: string, from: number, passages: number): Promise<string> => {
    const texts = Array.from({ length: passages }, (_, i) => `Passage ${i} of ${title}.`);
    const { id } = await addReady(library, title, [sectionOf(null, ...texts)]);
    library.storeEmbeddings(
      library.passagesWithoutEmbedding(passages, id).map((passage, i) => ({
        passageId: passage.id,
        vectors: [vector(from + i)],
      })),
    );
    return id;
  };
  return { library, database, add, id: await add('one', first, count) };
}

/** Counts how often vectors are read. */
function counting(database: Database): { database: Database; reads(): number } {
  let reads = 0;
  return {
    database: {
      ...database,
      all<Row>(sql: string, ...values: Parameters<Database['all']>[1][]) {
        if (sql.includes('passage_embeddings')) reads++;
        return database.all<Row>(sql, ...values);
      },
    },
    reads: () => reads,
  };
}

test('a vector keeps its direction in a byte a number', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1e9 }), (seed) => {
      const original = vector(seed);
      const bytes = quantize([original]);
      expect(bytes).toHaveLength(dimensions);
      const signed = new Int8Array(bytes.buffer);
      expect(dot(original, signed) / Math.sqrt(dot(signed, signed))).toBeGreaterThan(0.999);
    }),
  );
  expect([...quantize([new Float32Array(dimensions)])]).toEqual(new Array(dimensions).fill(0));
});

describe('the nearest passages', () => {
  test('are those with the largest cosine less that of their neighbours, in order, over the edges of slices', async () => {
    const count = 2303;
    const { library, id } = await withVectors(count);
    const query = vector(5000);
    const known = Array.from({ length: count }, (_, i) => vector(i + 1));
    const cosine = (a: number, b: number): number => dot(known[a] ?? query, known[b] ?? query);
    const sampled = Array.from({ length: 2048 }, (_, place) => Math.floor((place * count) / 2048));
    const neighbourhood = (of: number): number =>
      sampled
        .filter((other) => other !== of)
        .map((other) => cosine(other, of))
        .sort((a, b) => b - a)
        .slice(0, 16)
        .reduce((sum, value) => sum + value / 16, 0);
    const sum = query.map((_, i) => sampled.reduce((total, other) => total + (known[other]?.[i] ?? 0), 0));
    const toMean = (of: Float32Array): number => dot(of, sum) / Math.hypot(...sum);
    const expected = known
      .map((of, ordinal) => ({ ordinal, score: dot(query, of), chance: dot(query, of) - 0.6 * toMean(of) }))
      .sort((a, b) => b.chance - a.chance)
      .slice(0, 32)
      .map((hit) => ({ ...hit, fitness: hit.score - 1.2 * neighbourhood(hit.ordinal) }))
      .sort((a, b) => b.fitness - a.fitness)
      .slice(0, 5);
    const hits = await library.nearest(query, [id], 5);
    expect(hits.map(({ ordinal }) => ordinal)).toEqual(expected.map(({ ordinal }) => ordinal));
    hits.forEach((hit, i) => {
      expect(hit.score).toBeCloseTo(expected[i]?.score ?? 0, 2);
    });
    expect(hits[0]).toMatchObject({ documentId: id, title: 'one' });
  });

  test('are found by their own vectors, in the given documents, or in all', async () => {
    const { library, add, id } = await withVectors(3);
    const other = await add('two', 11, 3);
    const best = async (seed: number, ids?: string[]) => (await library.nearest(vector(seed), ids, 1))[0];
    expect(await best(2)).toMatchObject({ documentId: id, ordinal: 1, score: expect.closeTo(1, 2) });
    expect(await best(13)).toMatchObject({ documentId: other, ordinal: 2 });
    expect((await best(13, [id]))?.documentId).toBe(id);
    expect(await library.nearest(vector(2), [], 5)).toEqual([]);
  });

  test('come later where they are near to much else', async () => {
    const { library } = openTestLibrary();
    const [asked, other] = [vector(91), vector(92)];
    const mixed = (share: number): Float32Array => {
      const sum = asked.map((value, i) => value + share * (other[i] ?? 0));
      return sum.map((value) => value / Math.hypot(...sum));
    };
    const add = async (title: string, vectors: readonly Float32Array[]): Promise<string> => {
      const texts = vectors.map((_, i) => `Passage ${i} of ${title}.`);
      const { id } = await addReady(library, title, [sectionOf(null, ...texts)]);
      const passages = library.passagesWithoutEmbedding(vectors.length, id);
      library.storeEmbeddings(
        passages.map((passage, i) => ({ passageId: passage.id, vectors: [vectors[i] ?? asked] })),
      );
      return id;
    };
    const both = await add('both', [mixed(1), mixed(-1.1)]);
    const order = async (...ids: string[]) =>
      (await library.nearest(asked, ids, 2)).map(({ documentId, ordinal }) => `${documentId} ${ordinal}`);
    expect(await order(both)).toEqual([`${both} 0`, `${both} 1`]);
    // Much that has nothing to do with the question, and to which the first is near.
    const much = await add(
      'much',
      Array.from({ length: 40 }, () => other),
    );
    expect(await order(both, much)).toEqual([`${both} 1`, `${both} 0`]);
    expect((await library.nearest(asked, [both, much], 2))[1]?.score).toBeCloseTo(1 / Math.sqrt(2), 1);
  });

  test('have the cosine of their nearest sentence, each once', async () => {
    const { library } = await withVectors(0);
    const { id } = await addReady(library, 'two', [sectionOf(null, 'One. Two.', 'Three.')]);
    const [first, second] = library.passagesWithoutEmbedding(2, id);
    library.storeEmbeddings([
      { passageId: first?.id ?? 0, vectors: [vector(1), vector(2), vector(1)] },
      { passageId: second?.id ?? 0, vectors: [vector(3)] },
    ]);
    const hits = await library.nearest(vector(2), [id], 5);
    expect(hits[0]).toMatchObject({ id: first?.id, score: expect.closeTo(1, 2) });
    expect(new Set(hits.map((hit) => hit.id)).size).toBe(hits.length);
    expect((await library.nearest(vector(1), [id], 1))[0]).toMatchObject({
      id: first?.id,
      score: expect.closeTo(1, 2),
    });
    expect((await library.nearest(vector(3), [id], 1))[0]?.id).toBe(second?.id);
  });

  test('are judged besides: each sentence by its place, of those that come near, knowing which stand for all', async () => {
    const { library } = await withVectors(0);
    const { id } = await addReady(library, 'two', [sectionOf(null, 'One. Two.', 'Three.')]);
    const [first, second] = library.passagesWithoutEmbedding(2, id);
    const [asked, other] = [vector(1), vector(2)];
    const near = asked.map((value, i) => (0.95 * value + 0.3 * (other[i] ?? 0)) / Math.hypot(0.95, 0.3));
    library.storeEmbeddings([
      { passageId: first?.id ?? 0, vectors: [other, asked] },
      { passageId: second?.id ?? 0, vectors: [near] },
    ]);
    const order = async (worths: number[]): Promise<(number | undefined)[]> => {
      const judge: Judge = async (sentences, sampled) => {
        expect(sentences).toEqual([
          { passageId: first?.id, place: 1 },
          { passageId: second?.id, place: 0 },
        ]);
        expect(sampled).toEqual([first?.id, second?.id]);
        return worths;
      };
      return (await library.nearest(asked, [id], 5, judge)).map((hit) => hit.id);
    };
    expect(await order([])).toEqual([second?.id, first?.id]);
    expect(await order([0, 1])).toEqual([second?.id, first?.id]);
    expect(await order([1, 0])).toEqual([first?.id, second?.id]);
  });

  test('are none where nothing points the same way', async () => {
    const { library, id } = await withVectors(1);
    expect(await library.nearest(opposite(vector(1)), [id], 5)).toEqual([]);
  });

  test('leave out documents that are removed, or removed meanwhile', async () => {
    const { library, add, id } = await withVectors(3);
    const other = await add('two', 11, 3);
    const searching = library.nearest(vector(1), undefined, 10);
    const removing = library.remove(id);
    expect((await searching).every(({ documentId }) => documentId === other)).toBe(true);
    await removing;
    expect((await library.nearest(vector(1), undefined, 10)).every(({ documentId }) => documentId === other)).toBe(
      true,
    );
  });
});

describe('vectors in memory', () => {
  test('are read once, and again when they have changed', async () => {
    const { library, database, id } = await withVectors(2);
    const counter = counting(database);
    const index = openVectorIndex(counter.database);
    const [first] = await index.nearest(vector(1), [id], 1);
    await index.nearest(vector(2), [id], 1);
    expect(counter.reads()).toBe(1);
    database.run(
      'UPDATE passage_embeddings SET vectors = ? WHERE passage_id = ?',
      quantize([vector(9)]),
      first?.passageId ?? 0,
    );
    expect((await index.nearest(vector(9), [id], 1))[0]?.score).toBeLessThan(0.5);
    index.forget(id);
    expect((await index.nearest(vector(9), [id], 1))[0]?.score).toBeCloseTo(1, 2);
    library.clearEmbeddings();
    index.forgetAll();
    expect(await index.nearest(vector(9), [id], 1)).toEqual([]);
  });

  test('are not kept when they changed while they were read', async () => {
    const { database, id } = await withVectors(2);
    const counter = counting(database);
    const index = openVectorIndex(counter.database);
    const searching = index.nearest(vector(1), [id], 1);
    index.forget(id);
    await searching;
    await index.nearest(vector(1), [id], 1);
    expect(counter.reads()).toBe(2);
  });

  test('stay within the budget: what was searched longest ago gives way, and what is larger is never kept', async () => {
    const { database, add, id } = await withVectors(2);
    const [two, three] = [await add('two', 11, 2), await add('three', 21, 5)];
    const counter = counting(database);
    const index = openVectorIndex(counter.database, 4 * dimensions);
    const readsOf = async (...ids: string[]): Promise<number> => {
      const before = counter.reads();
      await index.nearest(vector(1), ids, 1);
      return counter.reads() - before;
    };
    expect(await readsOf(id, two)).toBe(2);
    expect(await readsOf(id, two)).toBe(0);
    // Once for the sample, and once to be compared.
    expect(await readsOf(three)).toBe(2);
    expect(await readsOf(three)).toBe(2);
    expect(await readsOf(id, two)).toBe(0);
    const four = await add('four', 31, 2);
    expect(await readsOf(four)).toBe(1);
    expect(await readsOf(id)).toBe(0);
    expect(await readsOf(two)).toBe(1);
    // The third, and the first again, which has given way to it.
    expect(await readsOf(id, two, four)).toBe(2);
  });
});

describe('embeddings in the library', () => {
  test('are made for ready documents in order, and what is left is known', async () => {
    const { library, database } = openTestLibrary();
    const queued = library.addDocument({
      title: 'q',
      fileName: 'q',
      kind: 'text',
      contentHash: 'f'.repeat(64),
      byteSize: 1,
    });
    library.setState(queued.id, 'reading');
    await library.addSections(queued.id, [sectionOf(null, 'Not yet.')]);
    expect(library.passagesWithoutEmbedding(10)).toEqual([]);
    const { id } = await addReady(library, 'one', [sectionOf('Heading', 'A.', 'B.'), sectionOf(null, 'C.')]);
    expect(library.embeddingsLeft(id)).toEqual({ left: 3, total: 3 });
    const [a, b, c] = library.passagesWithoutEmbedding(10);
    expect([a, b, c]).toMatchObject([
      { text: 'A.', heading: 'Heading', documentId: id },
      { text: 'B.', heading: 'Heading' },
      { text: 'C.', heading: null },
    ]);
    const store = (passageId = 0): void => library.storeEmbeddings([{ passageId, vectors: [vector(passageId)] }]);
    store(c?.id);
    store(c?.id);
    store(12345);
    expect(library.embeddingsLeft(id)).toEqual({ left: 2, total: 3 });
    expect(library.passagesWithoutEmbedding(10).map(({ text }) => text)).toEqual(['B.']);
    store(b?.id);
    expect(library.passagesWithoutEmbedding(10, id).map(({ text }) => text)).toEqual(['A.']);
    store(a?.id);
    expect(library.embeddingsLeft(id)).toEqual({ left: 0, total: 3 });
    expect(library.passagesWithoutEmbedding(10)).toEqual([]);
    library.clearEmbeddings();
    expect(library.embeddingsLeft(id)).toEqual({ left: 3, total: 3 });
    store(a?.id);
    await library.remove(id);
    expect(database.all('SELECT * FROM passage_embeddings')).toEqual([]);
    expect(library.embeddingsLeft(id)).toEqual({ left: 0, total: 0 });
  });

  test('begin anew for a document that is read anew', async () => {
    const { library, id } = await withVectors(3);
    library.setState(id, 'queued');
    await library.discardSections(id);
    expect(library.embeddingsLeft(id)).toEqual({ left: 0, total: 0 });
  });
});
