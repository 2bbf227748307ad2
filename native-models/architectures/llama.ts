import { type Constant, input, type Value } from '../graph/graph.ts';
import type { Output } from '../graph/onnx.ts';
import {
  add,
  addRmsNorm,
  concat,
  groupQueryAttention,
  matMul,
  matMulTransposed,
  multiply,
  reshape,
  rmsNorm,
  rotary,
  scalar,
  silu,
  softmax,
  split,
  splitBy,
} from '../graph/operators.ts';
import type { MadeTensor } from '../tensor-store.ts';
import type { Linear, Weights } from '../weights.ts';

/**
 * The llama family (Touvron et al. 2023): pre-normalized layers of rotary grouped-query attention and a gated
 * feed-forward network, each added to the residual stream.
 */

export interface LlamaConfig {
  readonly layers: number;
  readonly hidden: number;
  readonly feedForward: number;
  readonly heads: number;
  readonly keyValueHeads: number;
  readonly headSize: number;
  readonly vocabulary: number;
  readonly contextLength: number;
  readonly epsilon: number;
  readonly ropeBase: number;
  /** GGUF files of this family pair neighbouring elements for rotation; Hugging Face's pair halves. */
  readonly interleaved: boolean;
}

/**
 * What attention reads and leaves; main/engine/PERFORMANCE.md says why there are several.
 * - chunk: one operator for many tokens at once.
 * - token: plain operators for a single token over a past that is only ever read.
 * - present: as chunk, but what the operator leaves for the next run is an output, for devices that keep it themselves.
 */
export type AttentionForm = 'chunk' | 'token' | 'present';

/** cos and sin of position · frequency, [positions, headSize / 2] each (Su et al. 2021). */
async function rotationTables(config: LlamaConfig, weights: Weights): Promise<{ cos: Constant; sin: Constant }> {
  const { contextLength, headSize, ropeBase } = config;
  const pairs = headSize / 2;
  const factors = 'rope_freqs.weight';
  const tables = await weights.computed(`rotation ${contextLength}`, async (read) => {
    // How llama 3.1 reaches longer contexts: each frequency is divided by a factor of its own.
    const divisors = weights.has(factors) ? await read(factors) : undefined;
    const angle = (position: number, pair: number) =>
      (position * ropeBase ** (-pair / pairs)) / (divisors?.[pair] ?? 1);
    const table = (of: (angle: number) => number): MadeTensor => ({
      type: 'float32',
      shape: [contextLength, pairs],
      data: Float32Array.from({ length: contextLength * pairs }, (_, index) =>
        of(angle(Math.floor(index / pairs), index % pairs)),
      ),
    });
    return { cos: table(Math.cos), sin: table(Math.sin) };
  });
  return tables as { cos: Constant; sin: Constant };
}

/** Rotated queries and keys, and values, of one layer: [tokens, heads · headSize]. */
interface Projected {
  readonly layer: number;
  readonly query: Value;
  readonly key: Value;
  readonly value: Value;
}

/** Attended values [tokens, heads · headSize], and what comes out for the cache. */
interface Attended {
  readonly attended: Value;
  readonly cached: { readonly key: Value; readonly value: Value };
}

type Attention = (projected: Projected) => Attended;

/**
 * A single token's attention over `key.N`, `value.N` [keyValueHeads, 1, capacity, headSize]. Every query is a row of
 * its own, because products of one row need no copy of the keys. `bias` [1, capacity + 1] masks unused capacity and
 * `sizes` is [capacity, 1].
 */
function tokenAttention({ heads, keyValueHeads, headSize }: LlamaConfig): Attention {
  const group = heads / keyValueHeads;
  const bias = input('bias', 'float32', [1, 'total']);
  const sizes = input('sizes', 'int64', [2]);
  return ({ layer, query, key, value }) => {
    const past = (name: string) => input(`${name}.${layer}`, 'float32', [keyValueHeads, 1, 'capacity', headSize]);
    const asPast = (x: Value) => reshape(x, keyValueHeads, 1, 1, headSize);
    // Scaled ahead of the product, and not beside it, since the vector kernel is only taken for a plain product.
    const queries = reshape(multiply(query, scalar(1 / Math.sqrt(headSize))), keyValueHeads, group, 1, headSize);
    const scores = concat(-1, matMulTransposed(queries, past('key')), matMulTransposed(queries, asPast(key)));
    const [onPast, onNew] = splitBy(softmax(add(scores, bias)), -1, sizes, 2) as [Value, Value];
    const attended = add(matMul(onPast, past('value')), matMul(onNew, asPast(value)));
    return { attended: reshape(attended, 1, heads * headSize), cached: { key, value } };
  };
}

/** Attention by one operator over `key.N`, `value.N` [1, keyValueHeads, capacity, headSize]. */
function chunkAttention(config: LlamaConfig, leavesPresent: boolean): Attention {
  const { heads, keyValueHeads, headSize } = config;
  const lastPosition = input('lastPosition', 'int32', [1]);
  const total = input('total', 'int32', []);
  return ({ layer, query, key, value }) => {
    const past = (name: string) => input(`${name}.${layer}`, 'float32', [1, keyValueHeads, 'capacity', headSize]);
    const [attended, presentKey, presentValue] = groupQueryAttention(config, {
      query: reshape(query, 1, -1, heads * headSize),
      key: reshape(key, 1, -1, keyValueHeads * headSize),
      value: reshape(value, 1, -1, keyValueHeads * headSize),
      pastKey: past('key'),
      pastValue: past('value'),
      lastPosition,
      total,
    });
    return {
      attended: reshape(attended, -1, heads * headSize),
      cached: leavesPresent ? { key: presentKey, value: presentValue } : { key, value },
    };
  };
}

const attentionForms: Record<AttentionForm, (config: LlamaConfig) => Attention> = {
  token: tokenAttention,
  chunk: (config) => chunkAttention(config, false),
  present: (config) => chunkAttention(config, true),
};

/**
 * The graph of the model. Inputs: `tokens` (int64 [tokens]), `positions` (int64 [1, tokens]) and those of the attention
 * form. Outputs, for the cache: `keys` (rotated) and `values` [layers, tokens, keyValueHeads · headSize] or, in the
 * present form, `presentKey.N` and `presentValue.N` of each layer. In the token form `logits` [1, vocabulary] and
 * `normalized` [2 · layers, hidden], what goes into attention and into the feed-forward network of each layer; in the
 * others `hidden` [tokens, hidden], from which `llamaHead` computes logits where they are wanted, and `unrotatedKeys`,
 * the keys before rotation, which is how blocks are stored that are to be placed at other positions.
 * `outliers` names the columns of the rows of `normalized` that are far larger than the others, for the chunk form.
 */
export async function llama(
  config: LlamaConfig,
  weights: Weights,
  form: AttentionForm,
  outliers: (row: number) => Promise<readonly number[]>,
): Promise<Output[]> {
  const { layers, feedForward, heads, keyValueHeads, headSize, epsilon, interleaved } = config;
  const positions = input('positions', 'int64', [1, 'tokens']);
  const { cos, sin } = await rotationTables(config, weights);
  const attend = attentionForms[form](config);
  const querySize = heads * headSize;
  const keySize = keyValueHeads * headSize;

  const inputs: Value[] = [];
  const unrotated: Value[] = [];
  const cached: Attended['cached'][] = [];
  let residual = (await weights.table('token_embd.weight'))(input('tokens', 'int64', ['tokens']));
  let update: Value | undefined;
  for (let layer = 0; layer < layers; layer++) {
    const named = (parts: readonly string[]) => parts.map((part) => `blk.${layer}.${part}.weight`);
    const linear = (...parts: string[]) => weights.linear(...named(parts));
    const ofNormalized = (parts: readonly string[], row: number) =>
      form === 'chunk' ? weights.batchLinear(named(parts), () => outliers(row)) : linear(...parts);
    const norm = (part: string) => weights.vector(`blk.${layer}.${part}.weight`);

    let normalized: Value;
    [normalized, residual] = addNorm(update, residual, await norm('attn_norm'), epsilon);
    inputs.push(normalized);
    const project = await ofNormalized(['attn_q', 'attn_k', 'attn_v'], 2 * layer);
    const [queryKey, value] = split(project(normalized), -1, [querySize + keySize, keySize]) as [Value, Value];
    const rotated = rotary(reshape(queryKey, 1, -1, querySize + keySize), positions, cos, sin, { interleaved });
    const [query, key] = split(reshape(rotated, -1, querySize + keySize), -1, [querySize, keySize]) as [Value, Value];
    const attention = attend({ layer, query, key, value });
    cached.push(attention.cached);
    unrotated.push(split(queryKey, -1, [querySize, keySize])[1] as Value);

    const output = await linear('attn_output');
    [normalized, residual] = addNorm(output(attention.attended), residual, await norm('ffn_norm'), epsilon);
    inputs.push(normalized);
    const widen = await ofNormalized(['ffn_gate', 'ffn_up'], 2 * layer + 1);
    const narrow = await linear('ffn_down');
    const [gate, up] = split(widen(normalized), -1, [feedForward, feedForward]) as [Value, Value];
    update = narrow(multiply(silu(gate), up));
  }

  const [normalized] = addNorm(update, residual, await weights.vector('output_norm.weight'), epsilon);
  const float = (name: string, value: Value): Output => ({ name, type: 'float32', value });
  const together = (values: Value[]) => concat(0, ...values.map((value) => reshape(value, 1, -1, keySize)));
  const cache =
    form === 'present'
      ? cached.flatMap(({ key, value }, layer) => [
          float(`presentKey.${layer}`, key),
          float(`presentValue.${layer}`, value),
        ])
      : [
          float('keys', together(cached.map(({ key }) => key))),
          float('values', together(cached.map(({ value }) => value))),
        ];
  if (form === 'token') {
    const logits = (await outputLayer(weights))(normalized);
    return [float('logits', logits), float('normalized', concat(0, ...inputs)), ...cache];
  }
  return [float('hidden', normalized), float('unrotatedKeys', together(unrotated)), ...cache];
}

/** [norm(residual + update), residual + update]. */
function addNorm(update: Value | undefined, residual: Value, scale: Value, epsilon: number): [Value, Value] {
  return update ? addRmsNorm(update, residual, scale, epsilon) : [rmsNorm(residual, scale, epsilon), residual];
}

/** The last layer; many models use the embedding for it. */
const outputLayer = (weights: Weights): Promise<Linear> =>
  weights.linear(weights.has('output.weight') ? 'output.weight' : 'token_embd.weight');

/** The graph from `hidden` [rows, hidden] to `logits` [rows, vocabulary]. */
export async function llamaHead(config: LlamaConfig, weights: Weights): Promise<Output[]> {
  const hidden = input('hidden', 'float32', ['rows', config.hidden]);
  return [{ name: 'logits', type: 'float32', value: (await outputLayer(weights))(hidden) }];
}
