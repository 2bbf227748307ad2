import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { openEmbedder } from './embeddings.ts';
import { dimensions, embeddingModelId } from './protocol.ts';
import { openWordVectors, type WordVectors, wholeWords, wordVectorsFile } from './word-vectors.ts';

const model = join(import.meta.dirname, '../../native-models/bundled', embeddingModelId);

describe('the vectors of words that ship', () => {
  let known: WordVectors;
  let words: string[];
  beforeAll(async () => {
    known = await openWordVectors(model);
    words = await wholeWords(model);
  });

  test('are those that the embedding model gives these words', async () => {
    const chosen = Array.from({ length: 64 }, (_, i) => words[Math.floor((i * words.length) / 64)] ?? '');
    const embedder = await openEmbedder(model, 1);
    const vectors = await embedder.embed(chosen);
    await embedder.dispose();
    const cosines = known.likeness(vectors, chosen);
    for (const [i, word] of chosen.entries())
      expect([word, (cosines[i * chosen.length + i] ?? 0) > 0.999]).toEqual([word, true]);
  });

  test('are nearer for words of like meaning, whatever their capitals and accents, and unknown for what is no word', async () => {
    const embedder = await openEmbedder(model, 1);
    const vectors = await embedder.embed(['author', 'monk']);
    await embedder.dispose();
    const others = ['poet', 'POÈT', 'bridge', 'qxzv', '', 'of', '東京'];
    const cosines = known.likeness(vectors, others);
    expect(cosines).toHaveLength(vectors.length * others.length);
    const [poet = 0, spelled, bridge = 1, ...unknown] = cosines.subarray(0, others.length);
    expect(poet).toBeGreaterThan(bridge + 0.2);
    expect(spelled).toBe(poet);
    expect(unknown).toEqual([0, 0, 0, 0]);
    expect(known.likeness([], others)).toHaveLength(0);
    expect(known.likeness(vectors, [])).toHaveLength(0);
  });

  test('have a file that is missing, or of another length, and the message says which', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'longhand-words-'));
    try {
      await copyFile(join(model, 'tokenizer.json'), join(folder, 'tokenizer.json'));
      const named = { message: expect.stringContaining(join(folder, wordVectorsFile)) };
      await expect(openWordVectors(folder)).rejects.toMatchObject({ code: 'missing-weights', ...named });
      await writeFile(join(folder, wordVectorsFile), new Uint8Array((words.length - 1) * dimensions));
      await expect(openWordVectors(folder)).rejects.toMatchObject({ code: 'bad-file', ...named });
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
