import { LonghandError } from '../../base/errors.ts';
import type { GgufHeader } from '../formats/gguf.ts';
import type { Output } from '../graph/onnx.ts';
import type { WeightSource, Weights } from '../weights.ts';
import { type AttentionForm, type LlamaConfig, llama, llamaHead, llamaRotation, unrotatedEnds } from './llama.ts';
import type { Rotation } from './rotation.ts';

export type ModelConfig = LlamaConfig;
export { type AttentionForm, unrotatedEnds };

export interface Architecture {
  /** The model's sizes from the file's metadata. */
  readConfig(header: GgufHeader): ModelConfig;
  /** The graph of the model, and the one that computes logits from its hidden states; see llama.ts. */
  build(
    config: ModelConfig,
    weights: Weights,
    form: AttentionForm,
    outliers: (row: number) => Promise<readonly number[]>,
  ): Promise<Output[]>;
  head(config: ModelConfig, weights: Weights): Promise<Output[]>;
  /** How keys and queries are rotated for their positions. */
  rotation(config: ModelConfig, source: WeightSource): Promise<Rotation>;
}

/** By `general.architecture`. */
const architectures: Readonly<Record<string, Architecture>> = {
  llama: {
    readConfig: (header) => readLlamaConfig('llama', header),
    build: llama,
    head: llamaHead,
    rotation: llamaRotation,
  },
};

/** The architecture of that name. Throws `unsupported` with the names that are known. */
export function architecture(name: string): Architecture {
  const found = Object.hasOwn(architectures, name) ? architectures[name] : undefined;
  if (found) return found;
  const known = Object.keys(architectures).join(', ');
  throw new LonghandError('unsupported', `Models of the architecture "${name}" cannot be run. Use one of: ${known}.`);
}

/** Above any model that fits a laptop; keeps a hostile file from asking for huge tables. */
const bounds = {
  layers: 512,
  hidden: 32_768,
  feedForward: 262_144,
  heads: 512,
  headSize: 512,
  contextLength: 2 ** 24,
} as const;

function readLlamaConfig(name: string, { metadata, tensors }: GgufHeader): LlamaConfig {
  const bounded = (key: string, maximum: number, fallback?: number): number => {
    const value = metadata.number(`${name}.${key}`, fallback);
    if (Number.isInteger(value) && value >= 1 && value <= maximum) return value;
    throw new LonghandError('bad-file', `The model file gives ${value} as ${key}; expected 1 to ${maximum}.`);
  };
  const hidden = bounded('embedding_length', bounds.hidden);
  const heads = bounded('attention.head_count', bounds.heads);
  const keyValueHeads = bounded('attention.head_count_kv', bounds.heads, heads);
  const headSize = bounded('attention.key_length', bounds.headSize, Math.floor(hidden / heads));
  if (heads % keyValueHeads !== 0 || headSize % 2 !== 0) {
    throw new LonghandError('bad-file', `The model file has ${heads} heads of ${headSize} over ${keyValueHeads} keys.`);
  }
  const scaling = metadata.string(`${name}.rope.scaling.type`, 'none');
  if (scaling !== 'none') {
    throw new LonghandError('unsupported', `The model scales its positions by "${scaling}", which is not supported.`);
  }
  const rotated = metadata.number(`${name}.rope.dimension_count`, headSize);
  const embedding = tensors.get('token_embd.weight');
  if (rotated !== headSize || embedding?.dimensions[0] !== hidden) {
    throw new LonghandError(
      'unsupported',
      `The model's sizes do not belong together (rotation ${rotated} of ${headSize}).`,
    );
  }
  return {
    layers: bounded('block_count', bounds.layers),
    hidden,
    feedForward: bounded('feed_forward_length', bounds.feedForward),
    heads,
    keyValueHeads,
    headSize,
    vocabulary: embedding.dimensions[1] ?? 0,
    contextLength: bounded('context_length', bounds.contextLength),
    epsilon: metadata.number(`${name}.attention.layer_norm_rms_epsilon`, 1e-5),
    ropeBase: metadata.number(`${name}.rope.freq_base`, 10_000),
    interleaved: true,
  };
}
