import { dequantize } from '../formats/dequantize.ts';
import { type Constant, constant, input, integers, type Value } from '../graph/graph.ts';
import type { Output } from '../graph/onnx.ts';
import {
  add,
  addRmsNorm,
  concat,
  firstSize,
  gelu,
  groupQueryAttention,
  matMul,
  matMulTransposed,
  multiply,
  reshape,
  reshapeTo,
  rmsNorm,
  rotary,
  silu,
  slice,
  softmax,
  split,
  splitBy,
} from '../graph/operators.ts';
import type { MadeTensor } from '../tensor-store.ts';
import type { Linear, WeightSource, Weights } from '../weights.ts';
import { embeddingName } from './embeddings.ts';
import { type Rotation, rotationTables } from './rotation.ts';

/**
 * Models that only decode (Touvron et al. 2023): pre-normalized layers of rotary grouped-query attention and a gated
 * feed-forward network, each added to the residual stream. What families add to that is there when their files have the
 * weights for it: biases, norms of queries and keys, and norms behind attention and feed-forward network.
 */

export interface ModelConfig {
  readonly layers: number;
  readonly hidden: number;
  readonly feedForward: number;
  readonly heads: number;
  readonly keyValueHeads: number;
  readonly headSize: number;
  readonly vocabulary: number;
  readonly contextLength: number;
  readonly epsilon: number;
  readonly activation: Activation;
  /** What the embeddings of tokens are multiplied by. */
  readonly embeddingScale: number;
  /** What products of queries and keys are multiplied by. */
  readonly queryScale: number;
  /** Neighbouring elements are rotated together; otherwise those of two halves. */
  readonly interleaved: boolean;
  /** By layer; layers that attend alike have the same object. */
  readonly attention: readonly LayerAttention[];
}

/** How a layer attends, and what it rotates by. */
export interface LayerAttention {
  /** How many tokens a token attends to, itself and those before it; all of them where it is left out. */
  readonly window?: number;
  readonly ropeBase: number;
  /** What positions are divided by (Chen et al. 2023). */
  readonly positionDivisor: number;
}

export type Activation = 'silu' | 'gelu';

const activations: Readonly<Record<Activation, (x: Value) => Value>> = { silu, gelu };

/** The layers that attend to everything. */
export const globalLayers = ({ attention }: Pick<ModelConfig, 'attention'>): number[] =>
  [...attention.keys()].filter((layer) => attention[layer]?.window === undefined);

/** The layers that attend to a window. */
export const nearLayers = ({ attention }: Pick<ModelConfig, 'attention'>): number[] =>
  [...attention.keys()].filter((layer) => attention[layer]?.window !== undefined);

/** The windows of a model's layers, each once; undefined for layers that attend to everything. */
export const windowsOf = ({ attention }: Pick<ModelConfig, 'attention'>): (number | undefined)[] => [
  ...new Set(attention.map(({ window }) => window)),
];

/** The name of an input that layers with this window have for themselves: they may have fewer tokens, in other places. */
export const inputName = (name: string, window: number | undefined): string =>
  window === undefined ? name : `${name}.near`;

/**
 * What attention reads and leaves, each the fastest where it is used.
 * - chunk: one operator for many tokens at once.
 * - token: plain operators for a single token over a past that is only ever read.
 * - present: as chunk, but what the operator leaves for the next run is an output, for devices that keep it themselves.
 */
export type AttentionForm = 'chunk' | 'token' | 'present';

const frequencyDivisors = 'rope_freqs.weight';

/** What the queries and keys of a layer are rotated by. */
type RotationTables = Pick<RotationInputs, 'cos' | 'sin'>;

/** The tables of each way of attending. */
async function rotationConstants(
  config: ModelConfig,
  weights: Weights,
): Promise<ReadonlyMap<LayerAttention, RotationTables>> {
  const { contextLength, headSize } = config;
  const tables = new Map<LayerAttention, RotationTables>();
  for (const attention of new Set(config.attention)) {
    const name = `rotation ${contextLength} ${attention.ropeBase} ${attention.positionDivisor}`;
    const made = await weights.computed(name, async (read) => {
      const divisors = weights.has(frequencyDivisors) ? await read(frequencyDivisors) : undefined;
      const { cos, sin } = rotationTables({ ...config, ...attention }, divisors);
      const table = (data: Float32Array<ArrayBuffer>): MadeTensor => ({
        type: 'float32',
        shape: [contextLength, headSize / 2],
        data,
      });
      return { cos: table(cos), sin: table(sin) };
    });
    tables.set(attention, made as { cos: Constant; sin: Constant });
  }
  return tables;
}

/** By layer, how the model rotates, for keys that are rotated outside the graph. Throws what reading the file throws. */
export async function rotationsOf(config: ModelConfig, source: WeightSource): Promise<readonly Rotation[]> {
  const divisors = source.tensors.get(frequencyDivisors);
  const read = divisors && dequantize(divisors.type, await source.readTensor(frequencyDivisors));
  const tables = new Map(
    [...new Set(config.attention)].map((attention) => [attention, rotationTables({ ...config, ...attention }, read)]),
  );
  return config.attention.map((attention) => tables.get(attention) as Rotation);
}

/** Rotated queries and keys, and values, of one layer, in the shapes that the attention form wants. */
interface Projected {
  readonly query: Value;
  readonly key: Value;
  readonly value: Value;
  /** Queries and keys beside each other before they were rotated; of many tokens [tokens, …]. */
  readonly unrotated: Value;
}

/** What becomes of a layer's queries and keys between the map to them and attention. */
interface QueriesAndKeys {
  readonly rotateBy: RotationInputs;
  /** Norms of each head by itself, of queries and keys [.., their number, headSize]; absent in most families. */
  readonly norm: ((x: Value) => Value) | undefined;
}

/** From the normalized residual stream [tokens, hidden] of a layer, by the map to queries, keys and values. */
type Projection = (normalized: Value, linear: Linear, by: QueriesAndKeys) => Projected;

interface RotationInputs {
  readonly positions: Value;
  readonly cos: Value;
  readonly sin: Value;
}

type HeadShape = Pick<ModelConfig, 'heads' | 'keyValueHeads' | 'headSize' | 'queryScale' | 'interleaved'>;

/** How a form projects, and of what its rows of heads are: each query's and each key's, in their order. */
interface ProjectionForm {
  readonly project: Projection;
  readonly rows: readonly ('attn_q_norm' | 'attn_k_norm')[];
}

/** A single token: what belongs to a key-value head comes out together, so that it is parted without being moved. */
function tokenProjection({ heads, keyValueHeads, headSize, queryScale, interleaved }: HeadShape): ProjectionForm {
  const group = heads / keyValueHeads;
  // Queries are scaled here, and not by one number beside their product with the keys: the runtime would fuse that into
  // the product, and the kernel for vectors is only taken for a plain one.
  const scales = constant(
    'float32',
    [group + 1, 1, 1],
    Float32Array.from({ length: group + 1 }, (_, slot) => (slot < group ? queryScale : 1)),
  );
  const project: Projection = (normalized, linear, { rotateBy, norm }) => {
    const projected = reshape(linear(normalized), keyValueHeads, group + 2, 1, headSize);
    const [mapped, value] = split(projected, 1, [group + 1, 1]) as [Value, Value];
    const unrotated = norm
      ? reshape(norm(reshape(mapped, keyValueHeads, group + 1, headSize)), keyValueHeads, group + 1, 1, headSize)
      : mapped;
    const rotated = rotary(unrotated, rotateBy.positions, rotateBy.cos, rotateBy.sin, { interleaved });
    const [query, key] = split(multiply(rotated, scales), 1, [group, 1]) as [Value, Value];
    return { query, key, value, unrotated };
  };
  return { project, rows: [...Array<'attn_q_norm'>(group).fill('attn_q_norm'), 'attn_k_norm'] };
}

/** Many tokens, each [1, tokens, heads · headSize]. */
function chunkProjection({ heads, keyValueHeads, headSize, interleaved }: HeadShape): ProjectionForm {
  const querySize = heads * headSize;
  const keySize = keyValueHeads * headSize;
  const batch = (x: Value, size: number) => reshape(x, 1, -1, size);
  const project: Projection = (normalized, linear, { rotateBy, norm }) => {
    const [mapped, value] = split(linear(normalized), -1, [querySize + keySize, keySize]) as [Value, Value];
    const unrotated = norm
      ? reshape(norm(reshape(mapped, -1, heads + keyValueHeads, headSize)), -1, querySize + keySize)
      : mapped;
    const { positions, cos, sin } = rotateBy;
    const rotated = rotary(batch(unrotated, querySize + keySize), positions, cos, sin, { interleaved });
    const [query, key] = split(rotated, -1, [querySize, keySize]) as [Value, Value];
    return { query, key, value: batch(value, keySize), unrotated };
  };
  return {
    project,
    rows: [
      ...Array<'attn_q_norm'>(heads).fill('attn_q_norm'),
      ...Array<'attn_k_norm'>(keyValueHeads).fill('attn_k_norm'),
    ],
  };
}

/** The norms of a layer's queries and keys, for rows in this order; undefined for a model without. */
async function headNorms(
  { headSize, epsilon }: ModelConfig,
  weights: Weights,
  layer: number,
  rows: ProjectionForm['rows'],
): Promise<QueriesAndKeys['norm']> {
  const name = (part: string) => `blk.${layer}.${part}.weight`;
  if (!weights.has(name('attn_q_norm'))) return undefined;
  const { scales } = await weights.computed(`${name('head_norms')} ${rows.length}`, async (read) => {
    const parts = { attn_q_norm: await read(name('attn_q_norm')), attn_k_norm: await read(name('attn_k_norm')) };
    const data = new Float32Array(rows.length * headSize);
    for (const [row, part] of rows.entries()) data.set(parts[part], row * headSize);
    return { scales: { type: 'float32', shape: [rows.length, headSize], data } };
  });
  const unscaled = constant('float32', [headSize], new Float32Array(headSize).fill(1));
  return (x) => multiply(rmsNorm(x, unscaled, epsilon), scales as Constant);
}

/** Attended values [tokens, heads · headSize], and past and new together where the operator gives them. */
interface Attended {
  readonly attended: Value;
  readonly present?: { readonly key: Value; readonly value: Value };
}

type Attention = (projected: Projected, layer: number) => Attended;

/**
 * A single token's attention over `key.N`, `value.N` [keyValueHeads, 1, capacity, headSize], of scaled queries
 * [keyValueHeads, heads / keyValueHeads, 1, headSize] and a key and value [keyValueHeads, 1, 1, headSize]. Every query is
 * a row of its own, because products of one row need no copy of the keys. `bias` [1, capacity + 1] masks unused capacity
 * and what lies before a window, and `sizes` is [capacity, 1].
 */
function tokenAttention({ heads, keyValueHeads, headSize, attention }: ModelConfig): Attention {
  return ({ query, key, value }, layer) => {
    const named = (name: string) => inputName(name, attention[layer]?.window);
    const bias = input(named('bias'), 'float32', [1, named('total')]);
    const sizes = input(named('sizes'), 'int64', [2]);
    const past = (name: string) =>
      input(`${name}.${layer}`, 'float32', [keyValueHeads, 1, named('capacity'), headSize]);
    const scores = concat(-1, matMulTransposed(query, past('key')), matMulTransposed(query, key));
    const [onPast, onNew] = splitBy(softmax(add(scores, bias)), -1, sizes, 2) as [Value, Value];
    const attended = add(matMul(onPast, past('value')), matMul(onNew, value));
    return { attended: reshape(attended, 1, heads * headSize) };
  };
}

/** Attention by one operator over `key.N`, `value.N` [1, keyValueHeads, capacity, headSize]. */
function chunkAttention(config: ModelConfig, leavesPresent: boolean): Attention {
  const { heads, keyValueHeads, headSize, attention } = config;
  return ({ query, key, value }, layer) => {
    const window = attention[layer]?.window;
    const named = (name: string) => inputName(name, window);
    const lastPosition = input(named('lastPosition'), 'int32', [1]);
    const total = input(named('total'), 'int32', []);
    const past = (name: string) =>
      input(`${name}.${layer}`, 'float32', [1, keyValueHeads, named('capacity'), headSize]);
    const shaped = { ...config, window };
    const [attended, presentKey, presentValue] = groupQueryAttention(shaped, {
      query,
      key,
      value,
      pastKey: past('key'),
      pastValue: past('value'),
      lastPosition,
      total,
    });
    // Results that nothing uses are kept until the run ends, those of all layers: a copy of the whole past. They are
    // freed here, since a shape needs them.
    const shape = () => concat(0, firstSize(presentKey), firstSize(presentValue), integers(-1, heads * headSize));
    return {
      attended: reshape(leavesPresent ? attended : reshapeTo(attended, shape()), -1, heads * headSize),
      ...(leavesPresent && { present: { key: presentKey, value: presentValue } }),
    };
  };
}

const attentionForms: Record<AttentionForm, (config: ModelConfig) => Attention> = {
  token: tokenAttention,
  chunk: (config) => chunkAttention(config, false),
  present: (config) => chunkAttention(config, true),
};

/**
 * The graph of the model. Inputs: `embedded` ([tokens, hidden]), `positions` (int64 [1, tokens], in the token form [1]) and
 * those of the attention form; layers with a window have their own (`inputName`). Outputs for the cache, of the new tokens at every layer: `keys` (rotated) and `values`,
 * of all layers one after the other, and in each of all tokens; in the present form `presentKey.N` and `presentValue.N` of
 * each layer besides the values. In the token form `logits` [1, vocabulary] and `normalized` [2 · layers, hidden], what
 * goes into attention and into the feed-forward network of each layer. In the others `hidden` [tokens, hidden], from which
 * `decoderHead` computes logits where they are wanted, and `unrotatedKeys` and `unrotatedQueries`, as the keys, which blocks
 * are made of and selected by, since they can be placed at any position: of as many tokens as the inputs that
 * `unrotatedEnds` gives say, because a graph computes all its outputs, wanted or not.
 * `outliers` names the columns of the rows of `normalized` that are far larger than the others, for the chunk form.
 */
export async function decoder(
  config: ModelConfig,
  weights: Weights,
  form: AttentionForm,
  outliers: (row: number) => Promise<readonly number[]>,
): Promise<Output[]> {
  const { layers, feedForward, heads, keyValueHeads, headSize, epsilon } = config;
  const single = form === 'token';
  const tables = await rotationConstants(config, weights);
  const { project, rows } = (single ? tokenProjection : chunkProjection)(config);
  const attend = attentionForms[form](config);
  const querySize = heads * headSize;

  const inputs: Value[] = [];
  const projections: Projected[] = [];
  const presents: NonNullable<Attended['present']>[] = [];
  let residual: Value = input('embedded', 'float32', ['tokens', config.hidden]);
  let update: Value | undefined;
  for (let layer = 0; layer < layers; layer++) {
    const named = (parts: readonly string[]) => parts.map((part) => `blk.${layer}.${part}.weight`);
    const linear = (...parts: string[]) => weights.linear(...named(parts));
    const ofNormalized = (parts: readonly string[], row: number) =>
      form === 'chunk' ? weights.batchLinear(named(parts), () => outliers(row)) : linear(...parts);
    const norm = (part: string) => weights.vector(`blk.${layer}.${part}.weight`);
    /** The norm of what a part of the layer gives, in families that have one. */
    const normBehind = async (part: string): Promise<(x: Value) => Value> => {
      if (!weights.has(`blk.${layer}.${part}.weight`)) return (x) => x;
      const scale = await norm(part);
      return (x) => rmsNorm(x, scale, epsilon);
    };

    let normalized: Value;
    [normalized, residual] = addNorm(update, residual, await norm('attn_norm'), epsilon);
    inputs.push(normalized);
    const maps = ['attn_q', 'attn_k', 'attn_v'];
    const projected = project(
      normalized,
      await (single ? weights.groupedLinear(named(maps), keyValueHeads) : ofNormalized(maps, 2 * layer)),
      {
        rotateBy: {
          positions: input(
            inputName('positions', config.attention[layer]?.window),
            'int64',
            single ? [1] : [1, 'tokens'],
          ),
          ...(tables.get(config.attention[layer] as LayerAttention) as RotationTables),
        },
        norm: await headNorms(config, weights, layer, rows),
      },
    );
    projections.push(projected);
    const { attended, present } = attend(projected, layer);
    if (present) presents.push(present);

    const output = await linear('attn_output');
    const attendedUpdate = (await normBehind('post_attention_norm'))(output(attended));
    [normalized, residual] = addNorm(attendedUpdate, residual, await norm('ffn_norm'), epsilon);
    inputs.push(normalized);
    const widen = await ofNormalized(['ffn_gate', 'ffn_up'], 2 * layer + 1);
    const narrow = await linear('ffn_down');
    const [gate, up] = split(widen(normalized), -1, [feedForward, feedForward]) as [Value, Value];
    const bend = activations[config.activation];
    update = (await normBehind('post_ffw_norm'))(narrow(multiply(bend(gate), up)));
  }

  const [normalized] = addNorm(update, residual, await weights.vector('output_norm.weight'), epsilon);
  const float = (name: string, value: Value): Output => ({ name, type: 'float32', value });
  const together = (name: string, of: (projected: Projected) => Value): Output =>
    float(name, concat(0, ...projections.map(of)));
  const values = together('values', ({ value }) => value);
  const keys = together('keys', ({ key }) => key);
  if (single) {
    const logits = float('logits', (await outputLayer(weights))(normalized));
    return [logits, float('normalized', concat(0, ...inputs)), keys, values];
  }
  const unrotated = (name: string, first: number) => {
    const ends = input(`${name}.ends`, 'int64', [2]);
    return together(name, (projected) => slice(projected.unrotated, [0, first], ends));
  };
  const outputs = [
    float('hidden', normalized),
    values,
    unrotated('unrotatedQueries', 0),
    unrotated('unrotatedKeys', querySize),
  ];
  if (form === 'chunk') return [...outputs, keys];
  return [
    ...outputs,
    ...presents.flatMap(({ key, value }, layer) => [
      float(`presentKey.${layer}`, key),
      float(`presentValue.${layer}`, value),
    ]),
  ];
}

/** The inputs of a graph of the chunk or present form that say of how many tokens un-rotated queries and keys are given. */
export function unrotatedEnds(
  { heads, keyValueHeads, headSize }: ModelConfig,
  tokens: { queries: number; keys: number },
): Record<string, readonly [tokens: number, column: number]> {
  return {
    'unrotatedQueries.ends': [tokens.queries, heads * headSize],
    'unrotatedKeys.ends': [tokens.keys, (heads + keyValueHeads) * headSize],
  };
}

/** [norm(residual + update), residual + update]. */
function addNorm(update: Value | undefined, residual: Value, scale: Value, epsilon: number): [Value, Value] {
  return update ? addRmsNorm(update, residual, scale, epsilon) : [rmsNorm(residual, scale, epsilon), residual];
}

/** The last layer; many models use the embedding for it. */
const outputLayer = (weights: Weights): Promise<Linear> =>
  weights.linear(weights.has('output.weight') ? 'output.weight' : embeddingName);

/** The graph from `hidden` [rows, hidden] to `logits` [rows, vocabulary]. */
export async function decoderHead(config: ModelConfig, weights: Weights): Promise<Output[]> {
  const hidden = input('hidden', 'float32', ['rows', config.hidden]);
  return [{ name: 'logits', type: 'float32', value: (await outputLayer(weights))(hidden) }];
}
