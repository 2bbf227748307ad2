import { LonghandError } from '../../base/errors.ts';

/**
 * Pre-tokenizers of byte-level BPE: how text is cut into the pieces inside which merges happen.
 * A GGUF file names its own in `tokenizer.ggml.pre`; the expressions are those of the models' tokenizers.
 */
export interface PreTokenizer {
  /**
   * Applied one after the other, each to the pieces of the one before. Each matches all of any text,
   * so that the pieces joined are the text.
   */
  readonly patterns: readonly RegExp[];
  /** A piece that is a token is taken whole, whatever the merges say. */
  readonly wholePieces: boolean;
  /** Whether sequences begin with the BOS token when the file does not say. */
  readonly addsBos: boolean;
}

/** In tokenizers `\s` is the Unicode property, which differs from JavaScript's in U+0085 and U+FEFF. */
const pattern = (source: string): RegExp =>
  new RegExp(source.replaceAll('\\s', '\\p{White_Space}').replaceAll('\\S', '\\P{White_Space}'), 'gu');

const contraction = `'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD]`;
const lineEndsAndSpaces = String.raw`\s*[\r\n]+|\s+(?!\S)|\s+`;

const gpt2 = pattern(String.raw`'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`);

/** GPT-4's expression, of which models vary how many digits go together and what belongs to a word. */
const gpt4 = (digits: string, letter = String.raw`\p{L}`): RegExp =>
  pattern(
    String.raw`(?:${contraction})|[^\r\n\p{L}\p{N}]?[${letter}]+|${digits}| ?[^\s${letter}\p{N}]+[\r\n]*|${lineEndsAndSpaces}`,
  );

/** GPT-4o's expression, which cuts words where a capital follows a small letter. */
const gpt4o = (suffix: string, digits: string): RegExp => {
  const upper = String.raw`[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]`;
  const lower = String.raw`[\p{Ll}\p{Lm}\p{Lo}\p{M}]`;
  const before = String.raw`[^\r\n\p{L}\p{N}]?`;
  return pattern(
    String.raw`${before}${upper}*${lower}+${suffix}|${before}${upper}+${lower}*${suffix}|${digits}| ?[^\s\p{L}\p{N}]+[\r\n/]*|${lineEndsAndSpaces}`,
  );
};

const punctuation = String.raw`\p{P}$+<=>\^~\|`;

const kinds: readonly { names: readonly string[]; preTokenizer: PreTokenizer }[] = [
  {
    names: ['smollm', 'starcoder', 'refact', 'command-r', 'codeshell', 'exaone', 'minerva-7b', 'mellum2'],
    preTokenizer: {
      patterns: [pattern(String.raw`\p{N}|\P{N}+`), gpt2],
      wholePieces: false,
      addsBos: false,
    },
  },
  {
    names: ['gpt-2', 'phi-2', 'mpt', 'olmo', 'jais', 'trillion', 'granite-docling', 'exaone4', 'mellum', 'gigachat'],
    preTokenizer: { patterns: [gpt2], wholePieces: false, addsBos: false },
  },
  {
    names: ['llama-bpe', 'llama3', 'llama-v3', 'falcon3', 'falcon-h1', 'pixtral', 'lfm2'],
    preTokenizer: { patterns: [gpt4(String.raw`\p{N}{1,3}`)], wholePieces: true, addsBos: true },
  },
  {
    names: ['dbrx', 'smaug-bpe', 'glm4', 'chatglm-bpe'],
    preTokenizer: { patterns: [gpt4(String.raw`\p{N}{1,3}`)], wholePieces: false, addsBos: false },
  },
  {
    names: ['qwen2', 'deepseek-r1-qwen', 'stablelm2', 'megrez', 'hunyuan', 'solar-open', 'grok-2'],
    preTokenizer: { patterns: [gpt4(String.raw`\p{N}`)], wholePieces: false, addsBos: false },
  },
  {
    names: ['qwen35'],
    preTokenizer: {
      patterns: [gpt4(String.raw`\p{N}`, String.raw`\p{L}\p{M}`)],
      wholePieces: false,
      addsBos: false,
    },
  },
  {
    names: ['tekken'],
    preTokenizer: { patterns: [gpt4o('', String.raw`\p{N}`)], wholePieces: true, addsBos: true },
  },
  {
    names: ['gpt-4o', 'llama4', 'kanana2'],
    preTokenizer: {
      patterns: [gpt4o(`(?:${contraction})?`, String.raw`\p{N}{1,3}`)],
      wholePieces: false,
      addsBos: false,
    },
  },
  {
    names: ['default'],
    preTokenizer: {
      patterns: [
        pattern(`[${punctuation}]+|[^${punctuation}]+`),
        gpt2,
        pattern(String.raw`\p{N}+|\P{N}+`),
        pattern('[0-9]{3}|(?:(?![0-9]{3})[^])+'),
      ],
      wholePieces: false,
      addsBos: false,
    },
  },
];

const preTokenizers: ReadonlyMap<string, PreTokenizer> = new Map(
  kinds.flatMap(({ names, preTokenizer }) => names.map((name) => [name, preTokenizer] as const)),
);

/** The names that `preTokenizer` knows. */
export const preTokenizerNames: readonly string[] = [...preTokenizers.keys()];

/** The pre-tokenizer that a GGUF file names. Throws `unsupported` for an unknown name. */
export function preTokenizer(name: string): PreTokenizer {
  const found = preTokenizers.get(name);
  if (!found) {
    throw new LonghandError(
      'unsupported',
      `The model's tokenizer uses the pre-tokenizer "${name}", which is not known.`,
    );
  }
  return found;
}

/**
 * The pieces of a text. Long texts are cut into segments first, so that no expression ever runs over more
 * than `longestSegment` characters: they backtrack on a stack of limited size.
 */
export function* pieces(text: string, { patterns }: PreTokenizer): Generator<string> {
  for (const segment of segments(text)) {
    yield* patterns.reduce<readonly string[]>(
      (parts, expression) => parts.flatMap((part) => part.match(expression) ?? []),
      [segment],
    );
  }
}

const segmentLength = 2 ** 16;
const longestSegment = 2 * segmentLength;
/** Every pre-tokenizer above cuts between a letter or digit and a white space. */
const safeCut = /[\p{L}\p{N}](?=\p{White_Space})/gu;

/**
 * Cuts a text where every pre-tokenizer would cut it too. Only a run without such a place for 64 thousand
 * characters is cut anywhere, between two characters, which can change a token there.
 */
export function* segments(text: string): Generator<string> {
  for (let start = 0; start < text.length; ) {
    const end = segmentEnd(text, start);
    yield text.slice(start, end);
    start = end;
  }
}

function segmentEnd(text: string, start: number): number {
  if (text.length - start <= longestSegment) return text.length;
  const latest = start + longestSegment;
  // The slice keeps the search from running to the end of a text without any place to cut.
  const window = text.slice(start + segmentLength, latest);
  safeCut.lastIndex = 0;
  if (safeCut.test(window)) return start + segmentLength + safeCut.lastIndex;
  const splitsSurrogates = (text.codePointAt(latest - 1) ?? 0) > 0xffff;
  return splitsSurrogates ? latest - 1 : latest;
}
