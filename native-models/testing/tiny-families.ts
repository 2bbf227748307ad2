/** Small models with random weights, one of each family, as GGUF files. */
import type { ModelConfig } from '../architectures/index.ts';
import { type MetadataInput, type TensorInput, writeGguf } from '../formats/testing/gguf-writer.ts';
import { numbers } from './numbers.ts';

type Shape = Pick<ModelConfig, 'layers' | 'hidden' | 'feedForward' | 'heads' | 'keyValueHeads' | 'headSize'>;

interface TinyFamily extends Shape {
  readonly metadata: Readonly<Record<string, MetadataInput>>;
  /** Biases of queries, keys and values. */
  readonly biases?: true;
  /** Norms of each query and key. */
  readonly headNorms?: true;
  /** Norms behind attention and feed-forward network. */
  readonly normsBehind?: true;
}

const common: Shape = { layers: 3, hidden: 64, feedForward: 96, heads: 4, keyValueHeads: 2, headSize: 16 };

/** Tokens that a token attends to in most layers of the tiny Gemma. */
export const tinyWindow = 8;

export const tinyFamilies: Readonly<Record<'llama' | 'qwen2' | 'qwen3' | 'gemma3', TinyFamily>> = {
  llama: { ...common, metadata: { 'rope.freq_base': { float32: 10_000 } } },
  qwen2: { ...common, biases: true, metadata: { 'rope.freq_base': { float32: 1_000_000 } } },
  qwen3: { ...common, headSize: 32, headNorms: true, metadata: { 'rope.freq_base': { float32: 1_000_000 } } },
  gemma3: {
    ...common,
    // The sixth attends to everything.
    layers: 7,
    keyValueHeads: 1,
    headSize: 32,
    headNorms: true,
    normsBehind: true,
    metadata: {
      'rope.freq_base': { float32: 1_000_000 },
      'rope.scaling.type': 'linear',
      'rope.scaling.factor': { float32: 8 },
      'attention.sliding_window': tinyWindow,
    },
  },
};

export type TinyFamilyName = keyof typeof tinyFamilies;

/** Printable ASCII, space and line feed as byte-level BPE writes them, and a control token. */
const tokenTexts = [
  ...Array.from({ length: 94 }, (_, index) => String.fromCharCode(33 + index)),
  '\u0120',
  '\u010a',
  '<|endoftext|>',
];
const controlToken = tokenTexts.length - 1;

/** Tokens of text without meaning, always the same. */
export const tinyTokens = (count: number): Int32Array =>
  Int32Array.from(numbers(count, 7), (value) => Math.floor(((value + 1) / 2) * controlToken));

/** Writes the family's tiny model; matrices have the given type. */
export async function writeTinyFamily(path: string, name: TinyFamilyName, type: 'F32' | 'Q8_0' = 'F32'): Promise<void> {
  const family = tinyFamilies[name];
  const { layers, hidden, feedForward, heads, keyValueHeads, headSize } = family;
  const metadata: Record<string, MetadataInput> = {
    'general.architecture': name,
    [`${name}.block_count`]: layers,
    [`${name}.context_length`]: 4096,
    [`${name}.embedding_length`]: hidden,
    [`${name}.feed_forward_length`]: feedForward,
    [`${name}.attention.head_count`]: heads,
    [`${name}.attention.head_count_kv`]: keyValueHeads,
    [`${name}.attention.key_length`]: headSize,
    [`${name}.attention.value_length`]: headSize,
    [`${name}.attention.layer_norm_rms_epsilon`]: { float32: 1e-6 },
    'tokenizer.ggml.model': 'gpt2',
    'tokenizer.ggml.pre': 'qwen2',
    'tokenizer.ggml.tokens': tokenTexts,
    'tokenizer.ggml.token_type': Int32Array.from(tokenTexts, (_, id) => (id === controlToken ? 3 : 1)),
    'tokenizer.ggml.merges': ['a b'],
    'tokenizer.ggml.eos_token_id': controlToken,
  };
  for (const [key, value] of Object.entries(family.metadata)) metadata[`${name}.${key}`] = value;

  const tensors: TensorInput[] = [];
  let seed = 1;
  /** Of a size that keeps what goes through the matrix as large as it was. */
  const matrix = (part: string, columns: number, rows: number): void => {
    const data = numbers(columns * rows, seed++).map((value) => value * Math.sqrt(3 / columns));
    tensors.push({ name: `${part}.weight`, type, dimensions: [columns, rows], data });
  };
  const vector = (part: string, size: number, middle: number): void => {
    const data = numbers(size, seed++).map((value) => middle + value / 2);
    tensors.push({ name: part, type: 'F32', dimensions: [size], data });
  };
  matrix('token_embd', hidden, tokenTexts.length);
  vector('output_norm.weight', hidden, 1);
  for (let layer = 0; layer < layers; layer++) {
    const at = (part: string) => `blk.${layer}.${part}`;
    const projections = { attn_q: heads, attn_k: keyValueHeads, attn_v: keyValueHeads };
    for (const [part, count] of Object.entries(projections)) {
      matrix(at(part), hidden, count * headSize);
      if (family.biases) vector(at(`${part}.bias`), count * headSize, 0);
    }
    matrix(at('attn_output'), heads * headSize, hidden);
    matrix(at('ffn_gate'), hidden, feedForward);
    matrix(at('ffn_up'), hidden, feedForward);
    matrix(at('ffn_down'), feedForward, hidden);
    for (const part of ['attn_norm', 'ffn_norm']) vector(at(`${part}.weight`), hidden, 1);
    if (family.headNorms) for (const part of ['attn_q_norm', 'attn_k_norm']) vector(at(`${part}.weight`), headSize, 1);
    if (family.normsBehind) {
      for (const part of ['post_attention_norm', 'post_ffw_norm']) vector(at(`${part}.weight`), hidden, 1);
    }
  }
  await writeGguf(path, metadata, tensors);
}
