import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import forwardFixture from '../fixtures/smollm2-forward.json' with { type: 'json' };
import tokenFixture from '../fixtures/smollm2-tokens.json' with { type: 'json' };
import { type GgufMetadata, openGguf, parseGguf } from './gguf.ts';
import { preTokenizer, preTokenizerNames, segments } from './pre-tokenizers.ts';
import { encodeGguf, type MetadataInput, writeGguf } from './testing/gguf-writer.ts';
import { openReferenceTokenizer } from './testing/llama-cpp.ts';
import { createTokenizer, type Tokenizer } from './tokenizer.ts';

const bundled = 'native-models/bundled/smollm2-135m-instruct/SmolLM2-135M-Instruct.Q4_1.gguf';

const metadataOf = (values: Record<string, MetadataInput>): GgufMetadata =>
  parseGguf(encodeGguf(values), 'test.gguf').metadata;

let folder: string;
let smollm: Tokenizer;
let smollmMetadata: GgufMetadata;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'longhand-tokenizer-'));
  const file = await openGguf(bundled);
  await file.close();
  smollmMetadata = file.metadata;
  smollm = createTokenizer(file.metadata);
});
afterAll(() => rm(folder, { recursive: true }));

/** Whether no character was cut in half: half a surrogate pair does not survive encoding. */
const isWellFormed = (text: string): boolean => Buffer.from(text).toString() === text;

/** Well-formed text of any code points, with a liking for what tokenizers stumble over. */
const fragments = [
  ' ',
  '  ',
  '\n',
  '\r\n',
  '\t',
  '\u00a0',
  '\u3000',
  '\u0085',
  '\ufeff',
  '\u200b',
  'a',
  ' quick',
  'XMLHttp',
  "don't",
  "'S",
  "'ll",
  '1',
  '12345',
  '½',
  '٣',
  'e\u0301',
  'ß',
  'ǅ',
  'Ω',
  'İ',
  '東京',
  '。',
  'ですか',
  'مرحبا',
  '안녕',
  '😀',
  '👩‍👩',
  '_',
  '!!',
  '...',
  '//',
  '$',
  '+=',
  '^',
  '|',
  '「',
  '—',
  '#',
  '@',
];
const known = fc.array(fc.constantFrom(...fragments), { maxLength: 16 }).map((parts) => parts.join(''));
const anything = fc
  .array(fc.oneof(fc.constantFrom(...fragments), fc.string({ unit: 'binary', maxLength: 4 })), { maxLength: 16 })
  .map((parts) => parts.join(''));
/** Text without the characters for whose bytes the bundled model has no tokens: six controls and seven unused planes. */
const encodable = anything.map((text) =>
  Array.from(text, (character) => {
    const codePoint = character.codePointAt(0) ?? 0;
    const lacking = '\x04\x06\x13\x14\x16\x1d'.includes(character) || (codePoint >= 0x40000 && codePoint < 0xc0000);
    return lacking ? '' : character;
  }).join(''),
);

describe('the tokenizer of the bundled model', () => {
  it('equals the reference tokens', () => {
    for (const { text, ids } of tokenFixture) expect([...smollm.encode(text, { parseSpecial: true })]).toEqual(ids);
  });

  it.each(['chat-short', 'plain-unicode', 'bible-4k'])('equals the tokens of the forward fixture %s', (name) => {
    const fixture = forwardFixture.find((entry) => entry.name === name);
    expect([...smollm.encode(fixture?.text ?? '', { parseSpecial: true })]).toEqual(fixture?.ids);
  });

  it('decodes what it encoded', () => {
    fc.assert(
      fc.property(encodable, (text) => {
        expect(smollm.decode(smollm.encode(text))).toBe(text);
      }),
      { numRuns: 500 },
    );
  });

  it('knows its special tokens', () => {
    expect(smollm.vocabularySize).toBe(49152);
    expect([smollm.bos, smollm.eos, smollm.addsBos]).toEqual([1, 2, false]);
    expect([...smollm.endOfGeneration].sort()).toEqual([0, 2]);
    expect(smollm.isControl(2)).toBe(true);
    expect(smollm.isControl(28)).toBe(false);
    expect(smollm.controlTokens.get('<|im_start|>')).toBe(1);
  });

  it('never makes a control token from plain text', () => {
    const controls = [...smollm.controlTokens.keys()];
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.constantFrom(...controls), known)), (parts) => {
        const text = parts.join('');
        const ids = smollm.encode(text);
        expect(ids.some(smollm.isControl)).toBe(false);
        expect(smollm.decode(ids)).toBe(text);
      }),
    );
  });

  it('puts the replacement character for a character it has no tokens for', () => {
    expect(smollm.decode(smollm.encode('a\u{40000}b\x04'))).toBe('a\ufffdb\ufffd');
  });

  it('makes them when asked, and leaves them out of what people read', () => {
    const ids = smollm.encode('<|im_start|>user\nhi<|im_end|>', { parseSpecial: true, addBos: true });
    expect([...ids].filter(smollm.isControl)).toEqual([1, 1, 2]);
    expect(smollm.decode(ids)).toBe('user\nhi');
    expect(new TextDecoder().decode(smollm.tokenBytes(2))).toBe('<|im_end|>');
  });

  it('refuses ids that are not in its vocabulary', () => {
    for (const id of [-1, 49152, 0.5, Number.NaN]) expect(() => smollm.tokenBytes(id)).toThrow(/no token/);
    expect(() => smollm.decode([49152])).toThrow(/49152/);
  });

  it('takes text of any length and without any space', () => {
    const texts = [
      'x'.repeat(300_000),
      '東'.repeat(200_000),
      ' '.repeat(300_000),
      '\n'.repeat(300_000),
      '😀'.repeat(100_000),
      'some words, '.repeat(30_000),
    ];
    for (const text of texts) expect(smollm.decode(smollm.encode(text)) === text).toBe(true);
  });
});

describe('streaming', () => {
  it('gives whole characters only, and all of them', () => {
    fc.assert(
      fc.property(encodable, (text) => {
        const decoder = smollm.streamDecoder();
        const parts = Array.from(smollm.encode(text), (id) => decoder.push(id));
        expect(parts.every((part) => isWellFormed(part))).toBe(true);
        // A replacement character may only be there because the text has one.
        expect(parts.join('').includes('\ufffd')).toBe(text.includes('\ufffd'));
        expect(parts.join('') + decoder.end()).toBe(text);
      }),
      { numRuns: 500 },
    );
  });

  it('ends an unfinished character with a replacement', () => {
    const [first = 0] = smollm.encode('𓀀');
    const decoder = smollm.streamDecoder();
    expect(decoder.push(first)).toBe('');
    expect(decoder.end()).toBe('\ufffd');
  });

  it('keeps the space before a continuation and leaves control tokens out', () => {
    const decoder = smollm.streamDecoder();
    const [paris = 0] = smollm.encode(' Paris');
    expect(decoder.push(paris) + decoder.push(2)).toBe(' Paris');
  });
});

describe('pre-tokenizers', () => {
  it('match every part of any text', () => {
    fc.assert(
      fc.property(fc.constantFrom(...preTokenizerNames), anything, (name, text) => {
        for (const expression of preTokenizer(name).patterns) {
          expect((text.match(expression) ?? []).join('')).toBe(text);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('cut long texts between a letter and a space, or anywhere but inside a character', () => {
    const prose = 'word, word '.repeat(30_000);
    const parts = [...segments(prose)];
    expect(parts.join('')).toBe(prose);
    expect(parts.length).toBeGreaterThan(2);
    for (const part of parts.slice(1)) expect(part.startsWith(' word')).toBe(true);
    for (const text of ['😀'.repeat(200_000), `x${'😀'.repeat(200_000)}`]) {
      const cut = [...segments(text)];
      expect(cut.length).toBeGreaterThan(2);
      expect(cut.join('')).toBe(text);
      expect(cut.every((part) => isWellFormed(part))).toBe(true);
    }
  });

  /** The most frequent tokens of the bundled model: small enough to be loaded many times. */
  const smallVocabulary = () => {
    const tokens = smollmMetadata.strings('tokenizer.ggml.tokens').slice(0, 6000);
    const present = new Set(tokens);
    const merges = smollmMetadata.strings('tokenizer.ggml.merges');
    return {
      'tokenizer.ggml.tokens': tokens,
      'tokenizer.ggml.merges': merges.filter((merge) => present.has(merge.replace(' ', ''))),
      'tokenizer.ggml.token_type': Int32Array.from(
        smollmMetadata.numbers('tokenizer.ggml.token_type').slice(0, tokens.length),
      ),
    };
  };

  /** Where llama.cpp only approximates the model's expression: it takes combining marks for no part of a word. */
  const approximated = ['tekken', 'gpt-4o'];

  it.each([
    'smollm',
    'gpt-2',
    'llama-bpe',
    'qwen2',
    'qwen35',
    'tekken',
    'gpt-4o',
    'default',
  ])('cut as llama.cpp does for %s', async (pre) => {
    const path = join(folder, `${pre}.gguf`);
    const values = {
      'general.architecture': 'llama',
      'tokenizer.ggml.model': 'gpt2',
      'tokenizer.ggml.pre': pre,
      ...smallVocabulary(),
      'tokenizer.ggml.bos_token_id': 1,
      'tokenizer.ggml.eos_token_id': 2,
      'tokenizer.ggml.add_bos_token': false,
    };
    await writeGguf(path, values, []);
    const reference = await openReferenceTokenizer(path);
    const tokenizer = createTokenizer(metadataOf(values));
    fc.assert(
      fc.property(known, fc.boolean(), (original, parseSpecial) => {
        const text = approximated.includes(pre) ? original.replace(/\p{M}/gu, '') : original;
        expect([...tokenizer.encode(text, { parseSpecial })]).toEqual(reference.encode(text, parseSpecial));
      }),
      { numRuns: 300 },
    );
    await reference.close();
  });
});

describe('the SentencePiece kind', () => {
  const prose =
    '▁the▁quick▁brown▁fox▁jumps▁over▁the▁lazy▁dog.▁Das▁ist▁nicht▁sehr▁schön,▁oder?▁東京は▁日本の▁首都です。▁</s>1234';
  const pieces = new Set(prose);
  for (const length of [2, 3, 4, 5]) {
    const characters = [...prose];
    for (const start of characters.keys()) pieces.add(characters.slice(start, start + length).join(''));
  }
  pieces.delete('</s>');
  const special = ['<unk>', '<s>', '</s>', '<|end|>', '  ', '\n\n'];
  const specialTypes = [2, 3, 3, 4, 4, 4];
  const bytes = Array.from({ length: 256 }, (_, byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`);
  const tokens = [...special, ...bytes, ...pieces];
  const values = (addSpacePrefix: boolean) => ({
    'general.architecture': 'llama',
    'tokenizer.ggml.model': 'llama',
    'tokenizer.ggml.tokens': tokens,
    'tokenizer.ggml.token_type': Int32Array.from([
      ...specialTypes,
      ...bytes.map(() => 6),
      ...Array.from(pieces, () => 1),
    ]),
    // Scores in no particular order, and some of them equal.
    'tokenizer.ggml.scores': Float32Array.from(tokens, (_, index) => -((index * 7919) % 101) / 4),
    'tokenizer.ggml.bos_token_id': 1,
    'tokenizer.ggml.eos_token_id': 2,
    'tokenizer.ggml.unknown_token_id': 0,
    'tokenizer.ggml.add_space_prefix': addSpacePrefix,
  });
  const words = [
    ...prose
      .replaceAll('▁', ' ')
      .replaceAll(/[<>/]/g, '')
      .split(/(?<= )/),
    ...fragments,
  ];
  const texts = fc.array(fc.constantFrom(...words), { maxLength: 20 }).map((parts) => parts.join(''));

  it.each([true, false])('equals llama.cpp (a space before the text: %s)', async (addSpacePrefix) => {
    const path = join(folder, `spm-${addSpacePrefix}.gguf`);
    await writeGguf(path, values(addSpacePrefix), []);
    const reference = await openReferenceTokenizer(path);
    const tokenizer = createTokenizer(metadataOf(values(addSpacePrefix)));
    fc.assert(
      fc.property(texts, fc.constantFrom('', '<s>', '</s>'), fc.boolean(), (text, token, parseSpecial) => {
        const whole = parseSpecial ? `${token}${text}${token}${text}` : text;
        expect([...tokenizer.encode(whole, { parseSpecial })]).toEqual(reference.encode(whole, parseSpecial));
      }),
      { numRuns: 500 },
    );
    await reference.close();
  });

  it('decodes what it encoded', () => {
    for (const addSpacePrefix of [true, false]) {
      const tokenizer = createTokenizer(metadataOf(values(addSpacePrefix)));
      fc.assert(
        fc.property(texts, anything, (text, other) => {
          // The sign that stands for a space cannot be told from one.
          const whole = `${text}${other}`.replaceAll('▁', '');
          // A space is put before each text, so also after a token that the text begins with.
          fc.pre(!addSpacePrefix || !/ {2}|\n\n/.test(whole));
          expect(tokenizer.decode(tokenizer.encode(whole))).toBe(whole);
        }),
      );
    }
  });

  it('never makes a control or byte token from plain text that spells it', () => {
    const tokenizer = createTokenizer(metadataOf(values(false)));
    const ids = [...tokenizer.encode('</s><s><|end|><0x41>')];
    expect(ids.some(tokenizer.isControl)).toBe(false);
    expect(ids).not.toContain(tokens.indexOf('<0x41>'));
    expect(tokenizer.decode(ids)).toBe('</s><s><|end|><0x41>');
    expect([...tokenizer.encode('</s>', { parseSpecial: true })]).toEqual([2]);
  });

  it('says what the model expects', () => {
    const tokenizer = createTokenizer(metadataOf(values(true)));
    expect(tokenizer.addsBos).toBe(true);
    expect([...tokenizer.encode('', { addBos: true })]).toEqual([1]);
    // <|end|> is typed as user-defined in the file, and ends a generation nevertheless.
    expect([...tokenizer.endOfGeneration].sort()).toEqual([2, 3]);
  });

  it('takes long text without a place to cut', () => {
    const tokenizer = createTokenizer(metadataOf(values(true)));
    for (const text of ['the'.repeat(100_000), '東'.repeat(100_000), '😀'.repeat(50_000)]) {
      expect(tokenizer.decode(tokenizer.encode(text)) === text).toBe(true);
    }
  });
});

describe('descriptions that cannot be used', () => {
  const values = {
    'tokenizer.ggml.model': 'gpt2',
    'tokenizer.ggml.pre': 'gpt-2',
    'tokenizer.ggml.tokens': ['a', 'b', 'ab'],
    'tokenizer.ggml.merges': ['a b'],
  };
  const cases: [string, Record<string, MetadataInput>, RegExp][] = [
    ['no model', { 'tokenizer.ggml.pre': 'gpt-2' }, /does not say "tokenizer.ggml.model"/],
    ['an unknown model', { ...values, 'tokenizer.ggml.model': 'constructor' }, /kind "constructor"/],
    ['an unknown pre-tokenizer', { ...values, 'tokenizer.ggml.pre': 'other' }, /pre-tokenizer "other"/],
    ['no tokens', { ...values, 'tokenizer.ggml.tokens': [] }, /empty vocabulary/],
    ['too few types', { ...values, 'tokenizer.ggml.token_type': Int32Array.of(1) }, /3 tokens but 1 token types/],
    ['a malformed merge', { ...values, 'tokenizer.ggml.merges': ['ab'] }, /malformed merge/],
    [
      'endless special tokens',
      { ...values, 'tokenizer.ggml.tokens': ['x'.repeat(2 ** 21)], 'tokenizer.ggml.token_type': Int32Array.of(3) },
      /special tokens of 2097152 characters/,
    ],
    ['endless merges', { ...values, 'tokenizer.ggml.merges': Array(2 ** 21 + 1).fill('a b') }, /2097153 merges/],
    ['a BOS outside', { ...values, 'tokenizer.ggml.bos_token_id': 3 }, /bos_token_id" is 3/],
    ['no scores', { ...values, 'tokenizer.ggml.model': 'llama' }, /tokenizer.ggml.scores/],
  ];

  it.each(cases)('are refused: %s', (_, changed, message) => {
    expect(() => createTokenizer(metadataOf(changed))).toThrow(message);
  });

  it('are used as far as they go when a byte or a merge result is missing', () => {
    const tokenizer = createTokenizer(metadataOf({ ...values, 'tokenizer.ggml.merges': ['b a', 'a b'] }));
    expect([...tokenizer.encode('abxba')]).toEqual([2, 1, 0]);
  });
});
