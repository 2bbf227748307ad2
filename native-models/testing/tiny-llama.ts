/**
 * A llama of three layers with random weights, of which fixtures/ holds the weights and what an independent
 * implementation computes with them in float64.
 *
 * Its heads have 12 elements and attention wants a multiple of 8, so each head is written with 16, in a way that changes
 * nothing: what is added is zero, the rotation keeps the frequencies of 12 by divisors of its own, and queries are
 * larger by √(16 / 12), since attention divides by √16.
 */
import { join } from 'node:path';
import expected from '../fixtures/tiny-llama.json' with { type: 'json' };
import { dequantize } from '../formats/dequantize.ts';
import { openSafetensors, type SafetensorsFile } from '../formats/safetensors.ts';
import { type MetadataInput, type TensorInput, writeGguf } from '../formats/testing/gguf-writer.ts';

const { config } = expected;
const headSize = 16;
const fixtures = join(import.meta.dirname, '..', 'fixtures');
const endOfText = '<|endoftext|>';

/** Every printable character of ASCII, space and line feed as byte-level BPE writes them, and a control token. */
const tokenTexts = [
  ...Array.from({ length: 94 }, (_, index) => String.fromCharCode(33 + index)),
  '\u0120',
  '\u010a',
  endOfText,
];

const tokenTypes = Int32Array.from(tokenTexts, (text) => (text === endOfText ? 3 : 1));

const metadata: Record<string, MetadataInput> = {
  'general.architecture': 'llama',
  'general.name': 'Tiny llama',
  'llama.block_count': config.num_hidden_layers,
  'llama.context_length': 512,
  'llama.embedding_length': config.hidden_size,
  'llama.feed_forward_length': config.intermediate_size,
  'llama.attention.head_count': config.num_attention_heads,
  'llama.attention.head_count_kv': config.num_key_value_heads,
  'llama.attention.key_length': headSize,
  'llama.attention.layer_norm_rms_epsilon': { float32: config.rms_norm_eps },
  'llama.rope.freq_base': { float32: config.rope_theta },
  'tokenizer.ggml.model': 'gpt2',
  'tokenizer.ggml.pre': 'smollm',
  'tokenizer.ggml.tokens': tokenTexts,
  'tokenizer.ggml.token_type': tokenTypes,
  'tokenizer.ggml.merges': ['a b'],
  'tokenizer.ggml.eos_token_id': tokenTexts.indexOf(endOfText),
};

/** The names of a layer's tensors in Hugging Face's files and in GGUF. */
const layerNames = {
  'input_layernorm.weight': 'attn_norm.weight',
  'self_attn.q_proj.weight': 'attn_q.weight',
  'self_attn.k_proj.weight': 'attn_k.weight',
  'self_attn.v_proj.weight': 'attn_v.weight',
  'self_attn.o_proj.weight': 'attn_output.weight',
  'post_attention_layernorm.weight': 'ffn_norm.weight',
  'mlp.gate_proj.weight': 'ffn_gate.weight',
  'mlp.up_proj.weight': 'ffn_up.weight',
  'mlp.down_proj.weight': 'ffn_down.weight',
} as const;

type Matrix = Pick<TensorInput, 'dimensions' | 'data'>;

/** Where an element of a head goes: GGUF puts those that are rotated together beside each other. */
const interleaved = (element: number): number => {
  const half = config.head_dim / 2;
  return 2 * (element % half) + Math.floor(element / half);
};
const asItIs = (element: number): number => element;

/** Each head's rows in heads of the new size, multiplied by `factor`. */
function widenRows({ dimensions, data }: Matrix, place: (element: number) => number, factor = 1): Matrix {
  const [columns = 0, rows = 0] = dimensions;
  const heads = rows / config.head_dim;
  const result = new Float32Array(heads * headSize * columns);
  for (let row = 0; row < rows; row++) {
    const to = Math.floor(row / config.head_dim) * headSize + place(row % config.head_dim);
    const values = data.subarray(row * columns, (row + 1) * columns).map((value) => value * factor);
    result.set(values, to * columns);
  }
  return { dimensions: [columns, heads * headSize], data: result };
}

/** Each head's columns in heads of the new size. */
function widenColumns({ dimensions, data }: Matrix): Matrix {
  const [columns = 0, rows = 0] = dimensions;
  const heads = columns / config.head_dim;
  const result = new Float32Array(rows * heads * headSize);
  for (let start = 0; start < data.length; start += config.head_dim) {
    result.set(data.subarray(start, start + config.head_dim), (start / config.head_dim) * headSize);
  }
  return { dimensions: [heads * headSize, rows], data: result };
}

const widened: Readonly<Record<string, (matrix: Matrix) => Matrix>> = {
  'attn_q.weight': (matrix) => widenRows(matrix, interleaved, Math.sqrt(headSize / config.head_dim)),
  'attn_k.weight': (matrix) => widenRows(matrix, interleaved),
  'attn_v.weight': (matrix) => widenRows(matrix, asItIs),
  'attn_output.weight': widenColumns,
};

/** What turns the frequencies of the new size, base^(-pair / 8), into those of the old one, base^(-pair / 6). */
const divisors: TensorInput = {
  name: 'rope_freqs.weight',
  type: 'F32',
  dimensions: [headSize / 2],
  data: Float32Array.from(
    { length: headSize / 2 },
    (_, pair) => config.rope_theta ** (pair / (config.head_dim / 2) - pair / (headSize / 2)),
  ),
};

async function readMatrix(file: SafetensorsFile, name: string): Promise<Matrix> {
  const tensor = file.tensors.get(name);
  const dimensions = [...(tensor?.shape ?? [])].reverse();
  return { dimensions, data: dequantize(tensor?.type ?? 'F32', await file.readTensor(name)) };
}

/** Writes the model as a GGUF file of 32-bit floats. */
export async function writeTinyLlama(path: string): Promise<void> {
  const file = await openSafetensors(join(fixtures, 'tiny-llama.safetensors'));
  const tensors: TensorInput[] = [divisors];
  const add = async (from: string, name: string): Promise<void> => {
    const change = widened[name.replace(/^blk\.\d+\./, '')];
    const matrix = await readMatrix(file, from);
    tensors.push({ name, type: 'F32', ...(change ? change(matrix) : matrix) });
  };
  await add('model.embed_tokens.weight', 'token_embd.weight');
  await add('model.norm.weight', 'output_norm.weight');
  for (let layer = 0; layer < config.num_hidden_layers; layer++) {
    for (const [from, name] of Object.entries(layerNames)) {
      await add(`model.layers.${layer}.${from}`, `blk.${layer}.${name}`);
    }
  }
  await file.close();
  await writeGguf(path, metadata, tensors);
}

/** The prompts of the fixture, and what must follow each of their tokens: logits [tokens, vocabulary]. */
export async function readTinyLlamaLogits(): Promise<{ tokens: Int32Array; logits: Float32Array }[]> {
  const file = await openSafetensors(join(fixtures, 'tiny-llama-logits.safetensors'));
  const { data: logits } = await readMatrix(file, 'logits');
  await file.close();
  const size = logits.length / expected.input_ids.length;
  return expected.input_ids.map((ids, index) => ({
    tokens: Int32Array.from(ids),
    logits: logits.subarray(index * size, (index + 1) * size),
  }));
}

/** What the fixture says a model's mean loss is over the tokens that its labels name. */
export const tinyLlamaLoss = expected.loss_full;
/** For each token of each prompt, the token whose prediction counts; -100 for none. The first predicts the second. */
export const tinyLlamaLabels: readonly (readonly number[])[] = expected.labels;
