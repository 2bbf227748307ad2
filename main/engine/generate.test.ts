import { describe, expect, it } from 'vitest';
import { throwIfCancelled } from '../../base/errors.ts';
import { parseGguf } from '../../native-models/formats/gguf.ts';
import { encodeGguf } from '../../native-models/formats/testing/gguf-writer.ts';
import { createTokenizer } from '../../native-models/formats/tokenizer.ts';
import { type GenerateOptions, type Generator, generate } from './generate.ts';
import { createCache } from './kv/cache.ts';
import { keepSequences } from './kv/sequences.ts';
import { createPace } from './pace.ts';
import { type FakeForward, fakeForward } from './testing/fake-forward.ts';

/** Letters, the two bytes of "ä" as byte-level BPE writes them, and the end. */
const ids = { a: 0, b: 1, c: 2, d: 3, e: 4, firstOfTwo: 5, secondOfTwo: 6, end: 7 } as const;
const texts = ['a', 'b', 'c', 'd', 'e', '\u00c3', '\u00a4', '<|endoftext|>'];
const { a, b, c, d, e, firstOfTwo, secondOfTwo, end } = ids;

const tokenizer = createTokenizer(
  parseGguf(
    encodeGguf({
      'tokenizer.ggml.model': 'gpt2',
      'tokenizer.ggml.pre': 'gpt-2',
      'tokenizer.ggml.tokens': texts,
      'tokenizer.ggml.token_type': Int32Array.from(texts, (text) => (text.length > 1 ? 3 : 1)),
      'tokenizer.ggml.merges': ['a b'],
    }),
    'test.gguf',
  ).metadata,
);

const greedy = { temperature: 0, topP: 1, topK: 0, minP: 0, repetitionPenalty: 1, seed: 0 };

interface Setting {
  /** What the model writes, one token after the other, behind a prompt of `promptLength`; then the end. */
  readonly script?: readonly number[];
  readonly promptLength?: number;
  readonly contextLength?: number;
  readonly onRun?: (tokens: readonly number[]) => void;
}

function generatorOf({ script = [], promptLength = 2, contextLength = 1000, onRun = () => undefined }: Setting): {
  generator: Generator;
  forward: FakeForward;
} {
  const next = (tokens: readonly number[]) => script[tokens.length - promptLength] ?? end;
  const forward = fakeForward({ vocabulary: texts.length, next, onRun });
  const sequences = keepSequences(forward, { count: 4, bytes: 10_000 });
  return { forward, generator: { forward, sequences, tokenizer, contextLength, pace: createPace() } };
}

const asked = (options: Partial<GenerateOptions> = {}): GenerateOptions => ({
  tokens: Int32Array.of(a, b),
  maxTokens: 100,
  sampling: greedy,
  stop: [],
  ...options,
});

const promptOf = (length: number): Int32Array => Int32Array.from({ length }, (_, at) => at % 5);

describe('reading a prompt', () => {
  it('takes chunks, and its last token by itself', async () => {
    const { generator, forward } = generatorOf({ promptLength: 150 });
    const progress: number[] = [];
    const { promptTokens, reusedTokens } = await generate(
      generator,
      asked({
        tokens: promptOf(150),
        onPrefill: ({ done, total, reused }) => {
          expect([total, reused]).toEqual([150, 0]);
          progress.push(done);
        },
      }),
    );
    expect(forward.runs.flat()).toEqual([...promptOf(150)]);
    // How fast a run was may make the later ones shorter.
    expect(forward.runs[0]).toHaveLength(64);
    expect(Math.max(...forward.runs.map(({ length }) => length))).toBe(64);
    expect(forward.runs.at(-1)).toHaveLength(1);
    let done = 0;
    expect(progress).toEqual([0, ...forward.runs.map(({ length }) => (done += length))]);
    expect({ promptTokens, reusedTokens }).toEqual({ promptTokens: 150, reusedTokens: 0 });
  });

  it('goes on behind what was kept from before, the text of the model included', async () => {
    const { generator, forward } = generatorOf({ script: [c, d] });
    const first = await generate(generator, asked());
    expect(first.tokens).toEqual([c, d]);
    const before = forward.runs.length;
    const second = await generate(generator, asked({ tokens: Int32Array.of(a, b, c, d, e, a) }));
    expect(second.reusedTokens).toBe(4);
    expect(forward.runs.slice(before)).toEqual([[e], [a]]);
    expect(second.promptTokens).toBe(6);
  });

  it.each([
    { name: 'an empty prompt', tokens: [], code: 'bad-request' },
    { name: 'a negative token', tokens: [a, -1], code: 'bad-request' },
    { name: 'a token beyond the vocabulary', tokens: [texts.length, a], code: 'bad-request' },
    { name: 'more than the window holds', tokens: [a, a, a, a, a], code: 'too-large' },
  ])('refuses $name before anything is read', async ({ tokens, code }) => {
    const { generator, forward } = generatorOf({ contextLength: 4 });
    await expect(generate(generator, asked({ tokens: Int32Array.from(tokens) }))).rejects.toMatchObject({ code });
    expect(forward.runs).toEqual([]);
    expect(forward.sequences).toEqual([]);
  });
});

describe('writing', () => {
  it('ends with the token that ends a text, which is not part of it', async () => {
    const { generator, forward } = generatorOf({ script: [c, d] });
    const made = await generate(generator, asked());
    expect(made).toMatchObject({ text: 'cd', tokens: [c, d], finishReason: 'end', decodeTokens: 1, attendedTokens: 4 });
    expect(forward.runs).toEqual([[a], [b], [c], [d]]);
  });

  it('ends at the wanted length, and reads no token that nothing follows', async () => {
    const { generator, forward } = generatorOf({ script: [c, d, e] });
    expect(await generate(generator, asked({ maxTokens: 2 }))).toMatchObject({ text: 'cd', finishReason: 'length' });
    expect(forward.runs).toEqual([[a], [b], [c]]);
  });

  it('ends where it goes round in circles, if that is wanted, without what it says again', async () => {
    const circle = [c, d, firstOfTwo, secondOfTwo];
    const script = [e, ...Array.from({ length: 30 }, () => circle).flat()];
    const { generator } = generatorOf({ script });
    const ended = await generate(generator, asked({ maxTokens: 200, endRepeats: true }));
    expect(ended).toMatchObject({ text: 'ecdä', tokens: [e, ...circle], finishReason: 'repeat', decodeTokens: 36 });
    const whole = await generate(generatorOf({ script }).generator, asked({ maxTokens: 200 }));
    expect(whole).toMatchObject({ tokens: script, finishReason: 'end' });
  });

  it('of nothing reads the prompt only', async () => {
    const { generator, forward } = generatorOf({ script: [c] });
    expect(await generate(generator, asked({ maxTokens: 0 }))).toMatchObject({
      text: '',
      tokens: [],
      finishReason: 'length',
      decodeTokens: 0,
    });
    expect(forward.runs).toEqual([[a], [b]]);
  });

  it.each([
    { promptLength: 2, written: [c, d, e] },
    { promptLength: 4, written: [c] },
  ])('ends when the window is full, behind $promptLength of 4 tokens', async ({ promptLength, written }) => {
    const { generator } = generatorOf({ script: [c, d, e, a], promptLength, contextLength: 4 });
    expect(await generate(generator, asked({ tokens: promptOf(promptLength) }))).toMatchObject({
      tokens: written,
      finishReason: 'context',
      attendedTokens: 4,
    });
  });

  it('shows whole characters, as soon as they are whole', async () => {
    const { generator } = generatorOf({ script: [c, firstOfTwo, secondOfTwo, d] });
    const pieces: string[] = [];
    const { text } = await generate(generator, asked({ onText: (piece) => pieces.push(piece) }));
    expect(pieces).toEqual(['c', 'ä', 'd']);
    expect(text).toBe('cäd');
  });

  it('shows a character that was never finished as a replacement', async () => {
    const { generator } = generatorOf({ script: [c, firstOfTwo] });
    const pieces: string[] = [];
    const { text } = await generate(generator, asked({ onText: (piece) => pieces.push(piece) }));
    expect(pieces.join('')).toBe('c\ufffd');
    expect(text).toBe('c\ufffd');
  });

  it('ends at a stop string, of which nothing is shown', async () => {
    const { generator } = generatorOf({ script: [a, c, d, e, a] });
    const pieces: string[] = [];
    const made = await generate(generator, asked({ stop: ['x', 'cde'], onText: (piece) => pieces.push(piece) }));
    expect(made).toMatchObject({ text: 'a', tokens: [a, c, d, e], finishReason: 'stop' });
    expect(pieces).toEqual(['a']);
  });

  it('shows what only began like a stop string', async () => {
    const { generator } = generatorOf({ script: [a, c, d] });
    const pieces: string[] = [];
    const made = await generate(generator, asked({ stop: ['cde'], onText: (piece) => pieces.push(piece) }));
    expect(made).toMatchObject({ text: 'acd', finishReason: 'end' });
    expect(pieces).toEqual(['a', 'cd']);
  });

  it('tells for every position that was read what was likeliest to follow', async () => {
    const { generator } = generatorOf({ script: [c, d] });
    // What was kept is read again: the logits of every position are wanted.
    await generate(generator, asked());
    const { logprobs, reusedTokens } = await generate(generator, asked({ logprobs: 2 }));
    expect(reusedTokens).toBe(0);
    expect(logprobs?.map((ranked) => ranked.length)).toEqual([2, 2, 2, 2]);
    expect(logprobs?.map(([best]) => best)).toEqual([
      { id: end, token: '<|endoftext|>', logit: 1 },
      { id: c, token: 'c', logit: 1 },
      { id: d, token: 'd', logit: 1 },
      { id: end, token: '<|endoftext|>', logit: 1 },
    ]);
  });

  it('draws the same text for the same seed', async () => {
    const drawn = async (seed: number): Promise<number[]> => {
      const { generator } = generatorOf({ script: new Array(50).fill(c) });
      const sampling = { ...greedy, temperature: 1, seed };
      return (await generate(generator, asked({ sampling, maxTokens: 50 }))).tokens;
    };
    expect(await drawn(7)).toEqual(await drawn(7));
    expect(await drawn(7)).not.toEqual(await drawn(8));
  });
});

describe('a generation that is cancelled', () => {
  it('before it begins reads nothing', async () => {
    const { generator, forward } = generatorOf({});
    await expect(generate(generator, asked({ signal: AbortSignal.abort() }))).rejects.toMatchObject({
      code: 'cancelled',
    });
    expect(forward.runs).toEqual([]);
  });

  it('while it reads finishes no further run, and keeps what was read', async () => {
    const controller = new AbortController();
    let runs = 0;
    const { generator, forward } = generatorOf({
      promptLength: 300,
      onRun: () => {
        if (++runs === 2) controller.abort();
      },
    });
    const tokens = promptOf(300);
    await expect(generate(generator, asked({ tokens, signal: controller.signal }))).rejects.toMatchObject({
      code: 'cancelled',
    });
    expect(forward.runs).toHaveLength(2);
    const read = forward.runs.flat().length;
    expect((await generate(generator, asked({ tokens }))).reusedTokens).toBe(read);
    expect(forward.runs.flat()).toEqual([...tokens]);
  });

  it('while it writes makes no further token, and keeps what was written', async () => {
    const controller = new AbortController();
    const { generator, forward } = generatorOf({ script: [c, d, e, a, a] });
    const pieces: string[] = [];
    const onText = (piece: string): void => {
      pieces.push(piece);
      if (pieces.length === 2) controller.abort();
    };
    await expect(generate(generator, asked({ onText, signal: controller.signal }))).rejects.toMatchObject({
      code: 'cancelled',
    });
    expect(pieces).toEqual(['c', 'd']);
    expect(forward.runs).toEqual([[a], [b], [c]]);
    const again = await generate(generator, asked({ tokens: Int32Array.of(a, b, c, d) }));
    expect(again).toMatchObject({ reusedTokens: 3, text: 'eaa' });
  });

  it('by an error of the device keeps only what was read', async () => {
    let broken = true;
    const { generator } = generatorOf({
      script: [c, d],
      onRun: ([token]) => {
        if (broken && token === c) throw new Error('The device was lost.');
      },
    });
    await expect(generate(generator, asked())).rejects.toThrow('The device was lost.');
    broken = false;
    expect(await generate(generator, asked({ tokens: Int32Array.of(a, b, c) }))).toMatchObject({
      reusedTokens: 2,
      text: 'd',
    });
  });
});

describe('what is mounted', () => {
  it('is put into place no further when the person stops', async () => {
    const { generator } = generatorOf({});
    const forward = { ...generator.forward, emptyCache: () => createCache({ layers: 1, heads: 1, headSize: 8 }, 64) };
    const controller = new AbortController();
    const mounted = {
      marks: [-1],
      boundary: () => 0,
      async place(_cache: unknown, _from: number, signal?: AbortSignal) {
        controller.abort();
        throwIfCancelled(signal);
      },
    };
    const attempt = generate({ ...generator, forward }, asked({ mounted, signal: controller.signal }));
    await expect(attempt).rejects.toMatchObject({ code: 'cancelled' });
    // Nothing of it is taken for what it was.
    expect(await generate(generator, asked())).toMatchObject({ reusedTokens: 0 });
  });
});

describe('the pace', () => {
  it('begins with the largest chunk', () => {
    expect(createPace().chunk).toBe(64);
  });

  it.each([
    { ms: 199, chunk: 64 },
    { ms: 201, chunk: 32 },
    { ms: 500, chunk: 16 },
    { ms: 60_000, chunk: 16 },
  ])('takes $chunk tokens after 64 took $ms ms, so that a run ends soon', ({ ms, chunk }) => {
    const pace = createPace();
    pace.measured(64, ms);
    expect(pace.chunk).toBe(chunk);
  });

  it('takes larger chunks again when the machine is faster', () => {
    const pace = createPace();
    pace.measured(64, 1000);
    expect(pace.chunk).toBe(16);
    pace.measured(16, 20);
    expect(pace.chunk).toBe(64);
  });

  it('takes the smallest chunks step by step, as far as they shorten a run', () => {
    const pace = createPace();
    /** The chunks that are taken when a run takes so long whatever its size, and so long for each token. */
    const runs = (fixed: number, each: number) =>
      Array.from({ length: 7 }, () => {
        const { chunk } = pace;
        pace.measured(chunk, fixed + chunk * each);
        expect(64 % chunk).toBe(0);
        return chunk;
      });
    // A large model, whose time is that of its tokens.
    expect(runs(0, 60)).toEqual([64, 16, 8, 4, 4, 4, 4]);
    expect(runs(0, 1).slice(-5)).toEqual([64, 64, 64, 64, 64]);
    // A small one on a slow machine, behind more and more tokens.
    expect(runs(160, 12).slice(-3)).toEqual([8, 8, 8]);
    expect(runs(500, 12).slice(-3)).toEqual([16, 16, 16]);
    expect(runs(0, 1).slice(-5)).toEqual([64, 64, 64, 64, 64]);
  });
});
