import { LonghandError } from '../../base/errors.ts';
import type { GgufHeader } from '../formats/gguf.ts';
import type { Activation, LayerAttention, ModelConfig } from './decoder.ts';
import { embeddingName } from './embeddings.ts';

export {
  type DecoderForm,
  decoder,
  decoderHead,
  globalLayers,
  inputName,
  type ModelConfig,
  nearLayers,
  rotationsOf,
  unrotatedEnds,
  windowsOf,
} from './decoder.ts';
export { type TokenEmbeddings, tokenEmbeddings } from './embeddings.ts';

/** What a family of models does in its own way, beside what its files have weights for. */
interface Family {
  /** GGUF files of some families pair neighbouring elements for rotation, those of others halves. */
  readonly interleaved: boolean;
  readonly activation: Activation;
  /** Embeddings are multiplied by the root of their size. */
  readonly scalesEmbeddings?: true;
  /** Every so many layers one attends to everything, the last of them; the others to a window. */
  readonly globalEvery?: number;
  /** Layers of the largest model, whose queries are scaled by hidden / heads instead of by their size. */
  readonly scaledByHidden?: number;
}

/** By `general.architecture`. */
const families: Readonly<Record<string, Family>> = {
  llama: { interleaved: true, activation: 'silu' },
  qwen2: { interleaved: false, activation: 'silu' },
  qwen3: { interleaved: false, activation: 'silu' },
  gemma3: { interleaved: false, activation: 'gelu', scalesEmbeddings: true, globalEvery: 6, scaledByHidden: 62 },
};

/** What local layers rotate by where the file does not say. */
const localRopeBase = 10_000;

/** Above any model that fits a laptop; keeps a hostile file from asking for huge tables. */
const bounds = {
  layers: 512,
  hidden: 32_768,
  feedForward: 262_144,
  heads: 512,
  headSize: 512,
  contextLength: 2 ** 24,
} as const;

/**
 * A model's sizes from its file's metadata. Throws `unsupported` for an architecture that is not known, with the names of
 * those that are, and for a mixture of experts, and `bad-file` for sizes that cannot be.
 */
export function readModelConfig({ metadata, tensors }: GgufHeader): ModelConfig {
  const name = metadata.string('general.architecture');
  const family = Object.hasOwn(families, name) ? families[name] : undefined;
  if (!family) {
    const known = Object.keys(families).join(', ');
    throw new LonghandError('unsupported', `Models of the architecture "${name}" cannot be run. Use one of: ${known}.`);
  }
  const experts = metadata.number(`${name}.expert_count`, 0);
  if (experts > 0) {
    throw new LonghandError(
      'unsupported',
      `The model is a mixture of ${experts} experts, which cannot be run. Use a model that has none.`,
    );
  }
  const bounded = (key: string, maximum: number, fallback?: number): number => {
    const value = metadata.number(`${name}.${key}`, fallback);
    if (Number.isInteger(value) && value >= 1 && value <= maximum) return value;
    throw new LonghandError('bad-file', `The model file gives ${value} as ${key}; expected 1 to ${maximum}.`);
  };
  const positive = (key: string, fallback: number): number => {
    const value = metadata.number(`${name}.${key}`, fallback);
    if (Number.isFinite(value) && value > 0) return value;
    throw new LonghandError('bad-file', `The model file gives ${value} as ${key}; expected a number above 0.`);
  };
  const layers = bounded('block_count', bounds.layers);
  const hidden = bounded('embedding_length', bounds.hidden);
  const heads = bounded('attention.head_count', bounds.heads);
  const keyValueHeads = bounded('attention.head_count_kv', bounds.heads, heads);
  const headSize = bounded('attention.key_length', bounds.headSize, Math.floor(hidden / heads));
  if (heads % keyValueHeads !== 0 || headSize % 2 !== 0) {
    throw new LonghandError('bad-file', `The model file has ${heads} heads of ${headSize} over ${keyValueHeads} keys.`);
  }
  const scaling = metadata.string(`${name}.rope.scaling.type`, 'none');
  if (scaling !== 'none' && scaling !== 'linear') {
    throw new LonghandError('unsupported', `The model scales its positions by "${scaling}", which is not supported.`);
  }
  const rotated = metadata.number(`${name}.rope.dimension_count`, headSize);
  const embedding = tensors.get(embeddingName);
  if (rotated !== headSize || embedding?.dimensions[0] !== hidden) {
    throw new LonghandError(
      'unsupported',
      `The model's sizes do not belong together (rotation ${rotated} of ${headSize}).`,
    );
  }
  const everything: LayerAttention = {
    ropeBase: positive('rope.freq_base', 10_000),
    positionDivisor: scaling === 'linear' ? positive('rope.scaling.factor', 1) : 1,
  };
  const { globalEvery } = family;
  const window: LayerAttention = globalEvery
    ? {
        window: bounded('attention.sliding_window', bounds.contextLength),
        ropeBase: positive('rope.freq_base_swa', localRopeBase),
        positionDivisor: 1,
      }
    : everything;
  const isGlobal = (layer: number): boolean => globalEvery === undefined || layer % globalEvery === globalEvery - 1;
  return {
    layers,
    hidden,
    feedForward: bounded('feed_forward_length', bounds.feedForward),
    heads,
    keyValueHeads,
    headSize,
    vocabulary: embedding.dimensions[1] ?? 0,
    contextLength: bounded('context_length', bounds.contextLength),
    epsilon: metadata.number(`${name}.attention.layer_norm_rms_epsilon`, 1e-5),
    activation: family.activation,
    embeddingScale: family.scalesEmbeddings ? Math.sqrt(hidden) : 1,
    queryScale: 1 / Math.sqrt(layers === family.scaledByHidden ? hidden / heads : headSize),
    interleaved: family.interleaved,
    attention: Array.from({ length: layers }, (_, layer) => (isGlobal(layer) ? everything : window)),
  };
}
