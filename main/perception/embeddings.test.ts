import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import reference from '../../native-models/fixtures/minilm-sentences.json' with { type: 'json' };
import { type Embedder, openEmbedder, pieces } from './embeddings.ts';
import { dimensions, embeddingModelId } from './protocol.ts';

const model = join(import.meta.dirname, '../../native-models/bundled', embeddingModelId);

let embedder: Embedder;
beforeAll(async () => {
  embedder = await openEmbedder(model, 1);
});
afterAll(() => embedder.dispose());

function cosine(a: ArrayLike<number> | undefined, b: ArrayLike<number> | undefined): number {
  if (!a || !b) return Number.NaN;
  const dot = (x: ArrayLike<number>, y: ArrayLike<number>): number =>
    Array.from(x).reduce((sum, value, i) => sum + value * (y[i] ?? Number.NaN), 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}

const texts = reference.sentences.map(({ text }) => text);

describe('embeddings', () => {
  test('equal those of an independent implementation, together and one by one, whatever their length', async () => {
    const together = await embedder.embed(texts);
    expect(together).toHaveLength(texts.length);
    for (const [i, { text, embedding }] of reference.sentences.entries()) {
      const [alone] = await embedder.embed([text]);
      expect([text, cosine(together[i], embedding) >= 0.999]).toEqual([text, true]);
      expect([text, cosine(alone, embedding) >= 0.999]).toEqual([text, true]);
    }
  });

  test('have 384 numbers and the length 1', async () => {
    for (const vector of await embedder.embed(texts)) {
      expect(vector).toHaveLength(dimensions);
      expect(Math.hypot(...vector)).toBeCloseTo(1, 5);
    }
    expect(await embedder.embed([])).toEqual([]);
  });

  test('of the same thing in other words are closer than those of different things', async () => {
    const [a, b, c, d, e, f] = await embedder.embed(texts);
    const same = [cosine(a, b), cosine(c, d), cosine(e, f)];
    const different = [a, b].flatMap((x) => [c, d, e, f].map((y) => cosine(x, y)));
    expect(Math.min(...same)).toBeGreaterThan(Math.max(...different, cosine(c, e), cosine(d, f)));
  });

  test('see the end of a long text, not only its beginning', async () => {
    const filler = 'The sea was calm and nothing passed the reef. '.repeat(60);
    const [plain, told, query] = await embedder.embed([
      filler,
      `${filler}${'The volcano covered the town in ash. '.repeat(30)}`,
      'An eruption buried a settlement.',
    ]);
    expect(cosine(told, query)).toBeGreaterThan(cosine(plain, query) + 0.05);
  });

  test('are given up when they are no longer wanted', async () => {
    const controller = new AbortController();
    const embedding = embedder.embed(texts, controller.signal);
    controller.abort();
    await expect(embedding).rejects.toMatchObject({ code: 'cancelled' });
  });
});

describe('the pieces of a text', () => {
  test('make up the whole, are bounded, and cut no character and, where there are spaces, no word', () => {
    const runs = fc.oneof(
      fc.constantFrom(' ', '\n', '東京', '😀', 'é'),
      fc.integer({ min: 1, max: 3000 }).map((length) => 'x'.repeat(length)),
      fc.string({ unit: 'binary', maxLength: 50 }),
    );
    fc.assert(
      fc.property(fc.array(runs, { maxLength: 20 }), (parts) => {
        const text = parts.join('');
        const all = pieces(text);
        expect(all.join('')).toBe(text);
        for (const piece of all) {
          expect(piece.length).toBeLessThanOrEqual(2000);
          expect(Buffer.from(piece).toString()).toBe(piece);
        }
      }),
    );
    const words = 'word '.repeat(2000);
    expect(pieces(words).flatMap((piece) => piece.match(/\S+/g) ?? [])).toEqual(words.trim().split(' '));
  });
});

describe('a model that is not as it should be', () => {
  test('is missing, or damaged, and says which file', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'longhand-embeddings-'));
    try {
      const refusal = (): Promise<unknown> => openEmbedder(folder, 1).catch((thrown: unknown) => thrown);
      expect(await refusal()).toMatchObject({ code: 'missing-weights', message: expect.stringContaining(folder) });
      await writeFile(join(folder, 'tokenizer.json'), '{');
      await copyFile(join(model, 'sentence_bert_config.json'), join(folder, 'sentence_bert_config.json'));
      expect(await refusal()).toMatchObject({ code: 'bad-file', message: expect.stringContaining('tokenizer.json') });
      await writeFile(join(folder, 'tokenizer.json'), '{}');
      expect(await refusal()).toMatchObject({ code: 'bad-file', message: expect.stringContaining('tokenizer.json') });
      await copyFile(join(model, 'tokenizer.json'), join(folder, 'tokenizer.json'));
      expect(await refusal()).toMatchObject({
        code: 'missing-weights',
        message: expect.stringContaining('model.onnx'),
      });
      await writeFile(join(folder, 'model.onnx'), 'no model');
      expect(await refusal()).toMatchObject({ code: 'bad-file', message: expect.stringContaining('model.onnx') });
      await writeFile(join(folder, 'sentence_bert_config.json'), '{"max_seq_length":1}');
      expect(await refusal()).toMatchObject({ code: 'bad-file', message: expect.stringContaining('config.json') });
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
