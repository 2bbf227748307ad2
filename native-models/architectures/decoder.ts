import { dequantize } from '../formats/dequantize.ts';
import { type Constant, constant, input, integers, type Value } from '../graph/graph.ts';
import type { Output } from '../graph/onnx.ts';
import {
  add,
  addRmsNorm,
  concat,
  either,
  gatherRows,
  gelu,
  groupQueryAttention,
  matMul,
  matMulTransposed,
  multiply,
  reshape,
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
 * Who keeps keys and values between runs.
 * - host: the program, from whose memory they are only ever read, and which gets those of new tokens.
 * - device: the device, to which what one run leaves is given for the next.
 */
export type DecoderForm = 'host' | 'device';

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

/** Rotated queries and keys, and values, of one layer, each [1, tokens, its heads · headSize]. */
interface Projected {
  readonly query: Value;
  readonly key: Value;
  readonly value: Value;
  /** Queries and keys beside each other before they were rotated [tokens, …]. */
  readonly unrotated: Value;
}

interface RotationInputs {
  readonly positions: Value;
  readonly cos: Value;
  readonly sin: Value;
}

/** The parts of what the map to queries, keys and values gives [tokens, …], normalized by head where `norm` is given. */
function project(
  { heads, keyValueHeads, headSize, interleaved }: ModelConfig,
  mapped: Value,
  { positions, cos, sin }: RotationInputs,
  norm: ((x: Value) => Value) | undefined,
): Projected {
  const querySize = heads * headSize;
  const keySize = keyValueHeads * headSize;
  const batch = (x: Value, size: number) => reshape(x, 1, -1, size);
  const [queriesAndKeys, value] = split(mapped, -1, [querySize + keySize, keySize]) as [Value, Value];
  const unrotated = norm
    ? reshape(norm(reshape(queriesAndKeys, -1, heads + keyValueHeads, headSize)), -1, querySize + keySize)
    : queriesAndKeys;
  const rotated = rotary(batch(unrotated, querySize + keySize), positions, cos, sin, { interleaved });
  const [query, key] = split(rotated, -1, [querySize, keySize]) as [Value, Value];
  return { query, key, value: batch(value, keySize), unrotated };
}

/** The norm of each query and each key of a layer by itself [.., heads + keyValueHeads, headSize]; undefined for a model without. */
async function headNorms(
  { heads, keyValueHeads, headSize, epsilon }: ModelConfig,
  weights: Weights,
  layer: number,
): Promise<((x: Value) => Value) | undefined> {
  const name = (part: string) => `blk.${layer}.${part}.weight`;
  if (!weights.has(name('attn_q_norm'))) return undefined;
  const { scales } = await weights.computed(name('head_norms'), async (read) => {
    const rows = heads + keyValueHeads;
    const [ofQueries, ofKeys] = [await read(name('attn_q_norm')), await read(name('attn_k_norm'))];
    const data = new Float32Array(rows * headSize);
    for (let row = 0; row < rows; row++) data.set(row < heads ? ofQueries : ofKeys, row * headSize);
    return { scales: { type: 'float32', shape: [rows, headSize], data } };
  });
  const unscaled = constant('float32', [headSize], new Float32Array(headSize).fill(1));
  return (x) => multiply(rmsNorm(x, unscaled, epsilon), scales as Constant);
}

/** Attended values [tokens, heads · headSize], and past and new together where they are kept by the device. */
interface Attended {
  readonly attended: Value;
  readonly present?: { readonly key: Value; readonly value: Value };
}

type Attention = (projected: Projected, layer: number) => Attended;

/**
 * Attention over `key.N`, `value.N` [keyValueHeads, 1, capacity, headSize], each way the fastest where it is taken: by
 * one operator for many tokens at once, and by plain products, which need no copy of the past, for a single one, which
 * the input `single` (bool [1]) says it is.
 */
function hostAttention(config: ModelConfig): Attention {
  const { keyValueHeads, headSize, attention } = config;
  return (projected, layer) => {
    const window = attention[layer]?.window;
    const past = (name: string) =>
      input(`${name}.${layer}`, 'float32', [keyValueHeads, 1, inputName('capacity', window), headSize]);
    const [pastKey, pastValue] = [past('key'), past('value')];
    const batch = (x: Value) => reshape(x, 1, keyValueHeads, -1, headSize);
    const { query, key, value } = projected;
    const attended = either(
      input('single', 'bool', [1]),
      [query, key, value],
      tokenAttention(config, projected, { pastKey, pastValue }, window),
      manyAttention(config, projected, { pastKey: batch(pastKey), pastValue: batch(pastValue) }, window).attended,
    );
    return { attended };
  };
}

interface Past {
  readonly pastKey: Value;
  readonly pastValue: Value;
}

/**
 * A single token's attention over a past [keyValueHeads, 1, capacity, headSize]. Every query is a row of its own, because
 * products of one row need no copy of the keys. `bias` [1, capacity + 1] masks unused capacity and what lies before a
 * window, and `sizes` is [capacity, 1].
 */
function tokenAttention(
  { heads, keyValueHeads, headSize, queryScale }: ModelConfig,
  projected: Projected,
  { pastKey, pastValue }: Past,
  window: number | undefined,
): Value {
  const bias = input(inputName('bias', window), 'float32', [1, inputName('ofBias', window)]);
  const sizes = input(inputName('sizes', window), 'int64', [2]);
  // By a vector: the runtime would fuse a single number into the product with the keys, and the kernel for vectors is
  // only taken for a plain one.
  const scale = constant('float32', [headSize], new Float32Array(headSize).fill(queryScale));
  const query = multiply(reshape(projected.query, keyValueHeads, heads / keyValueHeads, 1, headSize), scale);
  const [key, value] = [projected.key, projected.value].map((x) => reshape(x, keyValueHeads, 1, 1, headSize)) as [
    Value,
    Value,
  ];
  const scores = concat(-1, matMulTransposed(query, pastKey), matMulTransposed(query, key));
  const [onPast, onNew] = splitBy(softmax(add(scores, bias)), -1, sizes, 2) as [Value, Value];
  return reshape(add(matMul(onPast, pastValue), matMul(onNew, value)), 1, heads * headSize);
}

/** Attention by one operator over a past [1, keyValueHeads, capacity, headSize]. */
function manyAttention(
  config: ModelConfig,
  { query, key, value }: Projected,
  past: Past,
  window: number | undefined,
): Required<Attended> {
  const [attended, presentKey, presentValue] = groupQueryAttention(
    { ...config, window },
    {
      query,
      key,
      value,
      ...past,
      lastPosition: input(inputName('lastPosition', window), 'int32', [1]),
      total: input(inputName('total', window), 'int32', []),
    },
  );
  return {
    attended: reshape(attended, -1, config.heads * config.headSize),
    present: { key: presentKey, value: presentValue },
  };
}

/** Attention over `key.N`, `value.N` [1, keyValueHeads, capacity, headSize]. */
function deviceAttention(config: ModelConfig): Attention {
  const { keyValueHeads, headSize, attention } = config;
  return (projected, layer) => {
    const window = attention[layer]?.window;
    const past = (name: string) =>
      input(`${name}.${layer}`, 'float32', [1, keyValueHeads, inputName('capacity', window), headSize]);
    return manyAttention(config, projected, { pastKey: past('key'), pastValue: past('value') }, window);
  };
}

/** What the layers gave. */
interface Decoded {
  /** Of the last layer, normalized [tokens, hidden]. */
  readonly hidden: Value;
  /** What the last layer makes that of, behind its map to queries, keys and values. */
  readonly beforeHidden: readonly Value[];
  /** By layer. */
  readonly projections: readonly Projected[];
  readonly presents: readonly NonNullable<Attended['present']>[];
}

const float = (name: string, value: Value): Output => ({ name, type: 'float32', value });

/** Of all layers, one after the other. */
const together = ({ projections }: Decoded, of: (projected: Projected) => Value): Value =>
  concat(0, ...projections.map(of));

/** Un-rotated queries and keys, and from which column of both on they are. */
const unrotatedParts = ({ heads, headSize }: ModelConfig): readonly { name: string; first: number }[] => [
  { name: 'unrotatedQueries', first: 0 },
  { name: 'unrotatedKeys', first: heads * headSize },
];

/** As an end of a slice: to the end. */
const endOfAxis = 2 ** 31 - 1;

async function hostOutputs(config: ModelConfig, weights: Weights, decoded: Decoded): Promise<Output[]> {
  const rows = input('logitRows', 'int64', ['rows']);
  const all = decoded.projections.map(({ unrotated }) => unrotated);
  const none = constant('float32', [0], new Float32Array(0));
  const unrotated = unrotatedParts(config).map(({ name, first }) => {
    const ends = integers(endOfAxis, first === 0 ? config.heads * config.headSize : endOfAxis);
    const parts = all.map((value) => slice(value, [0, first], ends));
    return float(name, either(input(`${name}.wanted`, 'bool', [1]), all, concat(0, ...parts), none));
  });
  const logits = (await outputLayer(weights))(gatherRows(decoded.hidden, rows));
  return [
    float('logits', either(input('logits.wanted', 'bool', [1]), decoded.beforeHidden, logits, none)),
    float(
      'values',
      together(decoded, ({ value }) => value),
    ),
    float(
      'keys',
      together(decoded, ({ key }) => key),
    ),
    ...unrotated,
  ];
}

async function deviceOutputs(config: ModelConfig, _weights: Weights, decoded: Decoded): Promise<Output[]> {
  const unrotated = unrotatedParts(config).map(({ name, first }) => {
    const ends = input(`${name}.ends`, 'int64', [2]);
    return float(
      name,
      together(decoded, (projected) => slice(projected.unrotated, [0, first], ends)),
    );
  });
  return [
    float('hidden', decoded.hidden),
    float(
      'values',
      together(decoded, ({ value }) => value),
    ),
    ...unrotated,
    ...decoded.presents.flatMap(({ key, value }, layer) => [
      float(`presentKey.${layer}`, key),
      float(`presentValue.${layer}`, value),
    ]),
  ];
}

interface Form {
  attention(config: ModelConfig): Attention;
  outputs(config: ModelConfig, weights: Weights, decoded: Decoded): Promise<Output[]>;
}

const forms: Readonly<Record<DecoderForm, Form>> = {
  host: { attention: hostAttention, outputs: hostOutputs },
  device: { attention: deviceAttention, outputs: deviceOutputs },
};

/**
 * The graph of the model. Inputs: `embedded` ([tokens, hidden]), `positions` (int64 [1, tokens]) and those of the
 * attention; layers with a window have their own (`inputName`). Outputs of the new tokens at every layer, of all layers
 * one after the other, and in each of all tokens: `values`, and `unrotatedKeys` and `unrotatedQueries`, which blocks are
 * made of and selected by, since they can be placed at any position. A graph computes all its outputs, wanted or not.
 * - host: also `keys` (rotated), and `logits` [rows, vocabulary] of the tokens that `logitRows` (int64 [rows]) names. Of
 *   logits and un-rotated keys and queries there are none, and nothing is computed for them, where `logits.wanted`,
 *   `unrotatedKeys.wanted` and `unrotatedQueries.wanted` (bool [1]) say so.
 * - device: also `presentKey.N` and `presentValue.N` of each layer, and `hidden` [tokens, hidden], from which
 *   `decoderHead` computes logits. Un-rotated keys and queries are of as many tokens as the inputs that `unrotatedEnds`
 *   gives say.
 */
export async function decoder(config: ModelConfig, weights: Weights, form: DecoderForm): Promise<Output[]> {
  const { layers, feedForward, epsilon } = config;
  const tables = await rotationConstants(config, weights);
  const attend = forms[form].attention(config);

  const projections: Projected[] = [];
  const presents: NonNullable<Attended['present']>[] = [];
  let residual: Value = input('embedded', 'float32', ['tokens', config.hidden]);
  let update: Value | undefined;
  let beforeHidden: Value[] = [];
  for (let layer = 0; layer < layers; layer++) {
    const name = (part: string) => `blk.${layer}.${part}.weight`;
    const linear = (...parts: string[]) => weights.linear(...parts.map(name));
    const norm = (part: string) => weights.vector(name(part));
    /** The norm of what a part of the layer gives, in families that have one. */
    const normBehind = async (part: string): Promise<(x: Value) => Value> => {
      if (!weights.has(name(part))) return (x) => x;
      const scale = await norm(part);
      return (x) => rmsNorm(x, scale, epsilon);
    };

    let normalized: Value;
    [normalized, residual] = addNorm(update, residual, await norm('attn_norm'), epsilon);
    const positions = input(inputName('positions', config.attention[layer]?.window), 'int64', [1, 'tokens']);
    const projected = project(
      config,
      (await linear('attn_q', 'attn_k', 'attn_v'))(normalized),
      { positions, ...(tables.get(config.attention[layer] as LayerAttention) as RotationTables) },
      await headNorms(config, weights, layer),
    );
    projections.push(projected);
    beforeHidden = [residual, projected.query, projected.key, projected.value];
    const { attended, present } = attend(projected, layer);
    if (present) presents.push(present);

    const output = await linear('attn_output');
    const attendedUpdate = (await normBehind('post_attention_norm'))(output(attended));
    [normalized, residual] = addNorm(attendedUpdate, residual, await norm('ffn_norm'), epsilon);
    const widen = await linear('ffn_gate', 'ffn_up');
    const narrow = await linear('ffn_down');
    const [gate, up] = split(widen(normalized), -1, [feedForward, feedForward]) as [Value, Value];
    const bend = activations[config.activation];
    update = (await normBehind('post_ffw_norm'))(narrow(multiply(bend(gate), up)));
  }

  const [hidden] = addNorm(update, residual, await weights.vector('output_norm.weight'), epsilon);
  return forms[form].outputs(config, weights, { hidden, beforeHidden, projections, presents });
}

/** The inputs of a graph of the device form that say of how many tokens un-rotated queries and keys are given. */
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
