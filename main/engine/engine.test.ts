import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import fixture from '../../native-models/fixtures/smollm2-forward.json' with { type: 'json' };
import { largestDifference } from '../../native-models/testing/numbers.ts';
import {
  readTinyLlamaLogits,
  tinyLlamaLabels,
  tinyLlamaLoss,
  writeTinyLlama,
} from '../../native-models/testing/tiny-llama.ts';
import { affordableContext, type Engine, type LoadOptions, loadEngine, streamsFingerprint } from './engine.ts';
import type { GenerateOptions, Generation } from './generate.ts';
import { allLogits, errorShare, greedy, mean, quantizedShare, rootMeanSquare, surprise } from './testing/logits.ts';

const modelPath = 'native-models/bundled/smollm2-135m-instruct/SmolLM2-135M-Instruct.Q4_1.gguf';

// Reading the weights takes a slow machine a while.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'longhand-engine-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const asked = (tokens: Iterable<number>, options: Partial<GenerateOptions> = {}): GenerateOptions => ({
  tokens: Int32Array.from(tokens),
  maxTokens: 16,
  sampling: greedy,
  stop: [],
  ...options,
});

/** What a generation made, without how long it took. */
const made = ({ text, tokens, finishReason, logprobs }: Generation) => ({ text, tokens, finishReason, logprobs });

describe('the engine with the model that ships', () => {
  const [chat, unicode, licence] = fixture as [(typeof fixture)[0], (typeof fixture)[0], (typeof fixture)[0]];
  const progress: number[] = [];
  let engine: Engine;
  const load = (options: Partial<LoadOptions> = {}): Promise<Engine> =>
    loadEngine({ modelPath, device: 'cpu', threads: 2, cacheFolder: join(folder, 'cache'), ...options });
  beforeAll(async () => {
    engine = await load({ onProgress: (fraction) => progress.push(fraction) });
  });
  afterAll(() => engine.dispose());

  it('says what it is and how it runs', () => {
    expect(engine.info).toMatchObject({
      architecture: 'llama',
      contextLength: 8192,
      vocabularySize: 49152,
      parameters: 134515008,
      device: 'cpu',
      threads: 2,
    });
    expect(engine.info.name).toMatch(/smollm2/i);
    expect(engine.info.deviceReason).toMatch(/\w+ .*\.$/);
  });

  it('tells how far loading has come, from the beginning to the end', () => {
    expect(progress.length).toBeGreaterThan(10);
    expect(progress).toEqual([...progress].sort((a, b) => a - b));
    expect(progress[0]).toBeLessThan(0.5);
    expect(progress.at(-1)).toBe(1);
  });

  it('has the reference’s tokens for a text and for a question', () => {
    expect([...engine.tokenizer.encode(unicode.text)]).toEqual(unicode.ids);
    expect([...engine.encodeChat([{ role: 'user', content: 'What is the capital of France?' }])]).toEqual(chat.ids);
    expect(engine.countTokens(unicode.text)).toBe(unicode.ids.length);
  });

  it('has the reference’s largest logits, but for the rounding of 8 bits', async () => {
    for (const { ids, top } of [chat, unicode]) {
      const { logprobs = [] } = await engine.generate(asked(ids, { maxTokens: 0, logprobs: 64 }));
      expect(logprobs).toHaveLength(ids.length);
      const errors = top.flatMap(({ position, ids: largest, logits }) => {
        const found = new Map(logprobs[position]?.map(({ id, logit }) => [id, logit]));
        // One that is not even among the 64 best makes the error no number, which fails.
        const actual = largest.map((id) => found.get(id) ?? Number.NaN);
        return actual.map((logit, rank) => logit - mean(actual) - (logits[rank] as number) + mean(logits));
      });
      // The standard deviation of the model's logits is 3.0 to 3.7.
      expect(rootMeanSquare(errors)).toBeLessThan(quantizedShare * 3.6);
    }
  });

  it('writes what the reference writes wherever one token is clearly the likeliest', async () => {
    for (const { ids, greedy: wanted } of [chat, unicode]) {
      let parted = 0;
      for (let at = 0; at < wanted.length; ) {
        const before = [...ids, ...wanted.slice(0, at)];
        const { tokens } = await engine.generate(asked(before, { maxTokens: wanted.length - at }));
        const same = tokens.findIndex((id, index) => id !== wanted[at + index]);
        const next = at + (same < 0 ? tokens.length : same);
        if (next < wanted.length && !engine.tokenizer.endOfGeneration.has(wanted[next] as number)) {
          parted++;
          const context = [...ids, ...wanted.slice(0, next)];
          const { logprobs } = await engine.generate(asked(context, { maxTokens: 0, logprobs: 8 }));
          const ranked = logprobs?.at(-1) ?? [];
          const reference = ranked.find(({ id }) => id === wanted[next]);
          // Both are off by up to 8 % of 3.6, so 0.4 against each other: two and a half times that is clear.
          expect((ranked[0]?.logit ?? 0) - (reference?.logit ?? Number.NEGATIVE_INFINITY)).toBeLessThan(1);
        }
        at = next + 1;
      }
      expect(parted).toBeLessThan(5);
    }
  });

  it('stops reading at the next run when it is cancelled, and keeps what it has read', async () => {
    const controller = new AbortController();
    const prompt = licence.ids.slice(0, 200);
    const done: number[] = [];
    const attempt = engine.generate(
      asked(prompt, {
        signal: controller.signal,
        onPrefill: (reading) => {
          done.push(reading.done);
          if (reading.done > 0) controller.abort();
        },
      }),
    );
    await expect(attempt).rejects.toMatchObject({ code: 'cancelled' });
    expect(done).toHaveLength(2);
    expect(done[1]).toBeLessThanOrEqual(64);
    expect((await engine.generate(asked(prompt, { maxTokens: 1 }))).reusedTokens).toBe(done[1]);
  });

  it('stops writing at the next token when it is cancelled', async () => {
    const controller = new AbortController();
    const pieces: string[] = [];
    const prompt = [...unicode.ids, ...unicode.greedy.slice(0, 30)];
    const attempt = engine.generate(
      asked(prompt, {
        signal: controller.signal,
        onText: (piece) => {
          pieces.push(piece);
          if (pieces.length === 3) controller.abort();
        },
      }),
    );
    await expect(attempt).rejects.toMatchObject({ code: 'cancelled' });
    expect(pieces).toHaveLength(3);
    // The next one is not held up by it.
    expect((await engine.generate(asked(prompt, { maxTokens: 3 }))).text).toBe(pieces.join(''));
  });

  it('stops at a stop string', async () => {
    const prompt = [...unicode.ids, ...unicode.greedy.slice(0, 30)];
    const { text } = await engine.generate(asked(prompt));
    const stop = text.slice(3, 6);
    const pieces: string[] = [];
    const stopped = await engine.generate(asked(prompt, { stop: [stop], onText: (piece) => pieces.push(piece) }));
    expect(stopped).toMatchObject({ text: text.slice(0, text.indexOf(stop)), finishReason: 'stop' });
    expect(pieces.join('')).toBe(stopped.text);
  });

  it('loaded again from its prepared weights is the very same, and a kept beginning changes no answer', async () => {
    const files = async () => {
      const entries = await readdir(join(folder, 'cache'), { recursive: true, withFileTypes: true });
      const names = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
      return Promise.all(
        names.sort().map(async (name) => {
          const { size, mtimeMs } = await stat(name);
          return { name, size, mtimeMs };
        }),
      );
    };
    const before = await files();
    expect(before.filter(({ name }) => name.endsWith('weights.bin'))).toHaveLength(1);
    const again = await load();
    try {
      expect(await files()).toEqual(before);
      expect(again.info.id).toBe(engine.info.id);
      // Chunks of one size, however fast the machine is.
      const request = asked(unicode.ids.slice(0, 17), { maxTokens: 4, logprobs: 16 });
      expect(made(await again.generate(request))).toEqual(made(await engine.generate(request)));

      const longer = [...unicode.ids, ...unicode.greedy.slice(0, 36)];
      await engine.generate(asked(longer.slice(0, -6), { maxTokens: 1 }));
      const kept = await engine.generate(asked(longer, { maxTokens: 12 }));
      const fresh = await again.generate(asked(longer, { maxTokens: 12 }));
      expect(kept.reusedTokens).toBeGreaterThanOrEqual(longer.length - 6);
      expect(fresh.reusedTokens).toBeLessThan(20);
      expect(kept.tokens).toEqual(unicode.greedy.slice(36));
      expect(made(kept)).toEqual(made(fresh));
    } finally {
      await again.dispose();
    }
  });

  it('that is cancelled while it loads leaves nothing behind', async () => {
    const controller = new AbortController();
    const cacheFolder = join(folder, 'cancelled');
    const attempt = load({ cacheFolder, signal: controller.signal, onProgress: () => controller.abort() });
    await expect(attempt).rejects.toMatchObject({ code: 'cancelled' });
    expect((await readdir(cacheFolder, { recursive: true, withFileTypes: true })).filter((it) => it.isFile())).toEqual(
      [],
    );
  });
});

/**
 * The tiny model in floats. Its logits are up to 7.6, and round by 7.6 · 2⁻²⁴ in each of 4 products of up to 80 terms in
 * each of 3 layers: 7.6 · 2⁻²⁴ · √(4 · 3 · 80) = 1.4e-5. The largest of some thousands is four times that.
 */
const tinyFloatTolerance = 6e-5;

it('attends to no more tokens at once than the memory has room for', () => {
  const [ofSmol, ofQwen] = [46_080, 229_376];
  // An eighth of 8 GiB.
  expect(affordableContext(ofSmol, 2 ** 33)).toBe(22 * 1024);
  expect(affordableContext(ofQwen, 2 ** 33)).toBe(4 * 1024);
  expect(affordableContext(ofQwen, 2 ** 30)).toBe(2048);
});

it('keeps streams of another version, model, way of reading or prefix in another folder', () => {
  const geometry = { chunkBlocks: 8, windowTokens: 1024 };
  const names = [
    streamsFingerprint(3, 'a', geometry, Int32Array.of(1, 2)),
    streamsFingerprint(4, 'a', geometry, Int32Array.of(1, 2)),
    streamsFingerprint(3, 'b', geometry, Int32Array.of(1, 2)),
    streamsFingerprint(3, 'a', { ...geometry, chunkBlocks: 4 }, Int32Array.of(1, 2)),
    streamsFingerprint(3, 'a', geometry, Int32Array.of(1, 3)),
  ];
  expect(new Set(names).size).toBe(names.length);
  expect(streamsFingerprint(3, 'a', geometry, Int32Array.of(1, 2))).toBe(names[0]);
});

describe('the engine with a tiny model', () => {
  let path: string;
  let engine: Engine;
  beforeAll(async () => {
    path = join(folder, 'tiny.gguf');
    await writeTinyLlama(path);
    engine = await loadEngine({ modelPath: path, device: 'cpu', threads: 1, precision: 'float' });
  });
  afterAll(() => engine.dispose());

  it('has the reference’s logits in floats', async () => {
    for (const { tokens, logits } of await readTinyLlamaLogits()) {
      const actual = (await allLogits(engine, tokens)).flatMap((row) => [...row]);
      expect(largestDifference(actual, logits)).toBeLessThan(tinyFloatTolerance);
    }
  });

  it('has the reference’s loss', async () => {
    const losses: number[] = [];
    for (const [index, { tokens }] of (await readTinyLlamaLogits()).entries()) {
      const all = await allLogits(engine, tokens);
      for (const [at, label] of (tinyLlamaLabels[index] ?? []).entries()) {
        const before = all[at - 1];
        if (before && label >= 0) losses.push(surprise(before, label));
      }
    }
    expect(Math.abs(mean(losses) - tinyLlamaLoss)).toBeLessThan(2 * tinyFloatTolerance);
  });

  it('has them in integers, but for the rounding of 8 bits', async () => {
    const quantized = await loadEngine({ modelPath: path, device: 'cpu', threads: 1 });
    for (const { tokens, logits } of await readTinyLlamaLogits()) {
      const { vocabularySize } = quantized.info;
      const shares = (await allLogits(quantized, tokens)).map((row, at) =>
        errorShare(row, logits.subarray(at * vocabularySize, (at + 1) * vocabularySize)),
      );
      expect(rootMeanSquare(shares)).toBeLessThan(quantizedShare);
    }
    await quantized.dispose();
  });

  it.each([
    { name: 'an empty prompt', tokens: [], code: 'bad-request' },
    { name: 'a token that it does not have', tokens: [1, 97], code: 'bad-request' },
    { name: 'a prompt beyond its window', tokens: new Array(513).fill(1), code: 'too-large' },
  ])('refuses $name, and goes on', async ({ tokens, code }) => {
    await expect(engine.generate(asked(tokens))).rejects.toMatchObject({ code });
    expect((await engine.generate(asked([1, 2], { maxTokens: 1 }))).promptTokens).toBe(2);
  });

  it('ends when its window is full, however long that is bounded', async () => {
    const short = await loadEngine({
      modelPath: path,
      device: 'cpu',
      threads: 1,
      precision: 'float',
      contextLength: 300,
    });
    expect(short.info.contextLength).toBe(300);
    const { tokens } = (await readTinyLlamaLogits())[0] ?? { tokens: new Int32Array() };
    const prompt = Array.from({ length: 299 }, (_, at) => tokens[at % tokens.length] as number);
    const full = await short.generate(asked(prompt));
    expect(full).toMatchObject({ finishReason: 'context', attendedTokens: 300 });
    expect(full.tokens).toHaveLength(2);
    await expect(short.generate(asked([...prompt, 1, 1]))).rejects.toMatchObject({ code: 'too-large' });
    await short.dispose();
  });

  it('takes requests in turn', async () => {
    const order: number[] = [];
    const requests = [1, 2, 3].map(async (id) => {
      const result = await engine.generate(asked([id, 10, 20], { maxTokens: 3 }));
      order.push(id);
      return result.tokens;
    });
    const together = await Promise.all(requests);
    expect(order).toEqual([1, 2, 3]);
    for (const [index, tokens] of together.entries()) {
      expect((await engine.generate(asked([index + 1, 10, 20], { maxTokens: 3 }))).tokens).toEqual(tokens);
    }
  });

  it('finishes what it began before it ends', async () => {
    const own = await loadEngine({ modelPath: path, device: 'cpu', threads: 1, precision: 'float' });
    const begun = own.generate(asked([1, 2, 3], { maxTokens: 3 }));
    await own.dispose();
    expect((await begun).promptTokens).toBe(3);
  });

  it('says what is wrong with a file that cannot be loaded', async () => {
    const load = (modelPath: string) => loadEngine({ modelPath, device: 'cpu', threads: 1 });
    await expect(load(join(folder, 'none.gguf'))).rejects.toMatchObject({ code: 'not-found' });
    const text = join(folder, 'text.gguf');
    await writeFile(text, 'This is no model.');
    await expect(load(text)).rejects.toMatchObject({ code: 'bad-file' });
  });
});
