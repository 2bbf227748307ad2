import { type Attribute, constant, integers, type Node, node, type Result, type Value } from './graph.ts';

/**
 * The operators that models are written with: each a function from values to values. All of them exist in ONNX
 * Runtime's CPU provider; those marked "CPU" do not exist in its WebGPU provider.
 */

const microsoft = { domain: 'com.microsoft' } as const satisfies { domain: Node['domain'] };

/** The only result of a node that has one. */
function single(
  operator: string,
  inputs: readonly (Value | undefined)[],
  attributes: Readonly<Record<string, Attribute>> = {},
  options: { domain?: Node['domain'] } = {},
): Result {
  return node(operator, inputs, attributes, options)[0] as Result;
}

export const add = (a: Value, b: Value): Result => single('Add', [a, b]);
export const multiply = (a: Value, b: Value): Result => single('Mul', [a, b]);
export const matMul = (a: Value, b: Value): Result => single('MatMul', [a, b]);
export const softmax = (scores: Value): Result => single('Softmax', [scores], { axis: { int: -1 } });

/** One of two values: only that one is computed, of what is `shared` by both and of what it needs besides. `condition` is a bool [1]. */
export const either = (condition: Value, shared: readonly Value[], yes: Value, no: Value): Result =>
  node('If', [condition], {}, { branches: { results: { then_branch: yes, else_branch: no }, shared } })[0] as Result;

/** The named rows of x; `rows` is int64 [n]. */
export const gatherRows = (x: Value, rows: Value): Result => single('Gather', [x, rows], { axis: { int: 0 } });

/** a · bᵀ over the last two axes. */
export const matMulTransposed = (a: Value, b: Value): Result =>
  single('FusedMatMul', [a, b], { transB: { int: 1 } }, microsoft);

/** a · bᵀ + c for matrices. */
export const gemmTransposed = (a: Value, b: Value, c: Value): Result =>
  single('Gemm', [a, b, c], { transB: { int: 1 } });

/** The sums of x [rows, columns] over blocks of its columns: [rows, columns / size]. */
export const blockSums = (x: Value, columns: number, size: number): Result =>
  single('ReduceSum', [reshape(x, -1, columns / size, size), integers(2)], { keepdims: { int: 0 } });

/** The largest element along an axis, which is left out of the result. */
export const reduceMax = (x: Value, axis: number): Result =>
  single('ReduceMax', [x, integers(axis)], { keepdims: { int: 0 } });

/** x · sigmoid(x): QuickGelu with α = 1. */
export const silu = (x: Value): Result => single('QuickGelu', [x], { alpha: { float: 1 } }, microsoft);

/** x · Φ(x), by the formula with tanh (Hendrycks & Gimpel 2016). */
export const gelu = (x: Value): Result => single('FastGelu', [x], {}, microsoft);

export const reshape = (x: Value, ...shape: number[]): Result => single('Reshape', [x, integers(...shape)]);
export const concat = (axis: number, ...values: Value[]): Result => single('Concat', values, { axis: { int: axis } });

/** Parts of the given sizes along an axis. */
export const split = (x: Value, axis: number, sizes: readonly number[]): Result[] =>
  node('Split', [x, integers(...sizes)], { axis: { int: axis } }, { outputs: sizes.length });

/** Parts along an axis whose sizes (int64, one each) are computed or given at run time. */
export const splitBy = (x: Value, axis: number, sizes: Value, parts: number): Result[] =>
  node('Split', [x, sizes], { axis: { int: axis } }, { outputs: parts });

/** Rows and columns of a matrix from `starts` to `ends` (int64 [2]), which may be given at run time. */
export const slice = (x: Value, starts: readonly number[], ends: Value): Result =>
  single('Slice', [x, integers(...starts), ends]);

/** x / √(mean(x²) + ε) · weight along the last axis (Zhang & Sennrich 2019). */
export const rmsNorm = (x: Value, weight: Value, epsilon: number): Result =>
  single('SimplifiedLayerNormalization', [x, weight], { axis: { int: -1 }, epsilon: { float: epsilon } });

/** [rmsNorm(x + residual), x + residual] in one pass. */
export function addRmsNorm(x: Value, residual: Value, weight: Value, epsilon: number): [norm: Result, sum: Result] {
  const results = node(
    'SkipSimplifiedLayerNormalization',
    [x, residual, weight],
    { epsilon: { float: epsilon } },
    { ...microsoft, outputs: 4 },
  );
  return [results[0] as Result, results[3] as Result];
}

/**
 * Rotary position embedding (Su et al. 2021) of x [1, heads, tokens, size]. `cos` and `sin` are tables
 * [positions, size / 2]; `positions` (int64) is [1, tokens]. Interleaved rotates neighbours, otherwise halves.
 */
export const rotary = (
  x: Value,
  positions: Value,
  cos: Value,
  sin: Value,
  { interleaved }: { interleaved: boolean },
): Result =>
  single('RotaryEmbedding', [x, positions, cos, sin], { interleaved: { int: Number(interleaved) } }, microsoft);

/** Weights [N, K] in blocks of K: see weights.ts. */
export interface BlockWeights {
  readonly rows: number;
  readonly columns: number;
  readonly bits: number;
  readonly blockSize: number;
  readonly quants: Value;
  readonly scales: Value;
}

/** x [.., K] · Wᵀ with block-quantized weights. Level 4 quantizes x to 8 bits by block; level 0 keeps it float. */
export const matMulBlocks = (x: Value, weights: BlockWeights, accuracyLevel: 0 | 4): Result =>
  single(
    'MatMulNBits',
    [x, weights.quants, weights.scales],
    {
      N: { int: weights.rows },
      K: { int: weights.columns },
      bits: { int: weights.bits },
      block_size: { int: weights.blockSize },
      accuracy_level: { int: accuracyLevel },
    },
    microsoft,
  );

/** Weights [columns, rows] in 8 bits (int8), and the scale of each of their rows [rows]. */
export interface RowWeights {
  readonly quants: Value;
  readonly scales: Value;
}

/**
 * x [.., columns] · W (CPU), x rounded to 255 steps from -largestInput to largestInput: what is above is cut. Sums are
 * exact, so that no element depends on what else is computed with it.
 */
export function matMulIntegers(x: Value, { quants, scales }: RowWeights, largestInput: number): Result {
  const step = constant('float32', [], Float32Array.of(largestInput / 127));
  const zero = constant('uint8', [], Uint8Array.of(128));
  const rounded = single('QuantizeLinear', [x, step, zero]);
  return single('MatMulIntegerToFloat', [rounded, quants, step, scales, zero], {}, microsoft);
}

export interface AttentionShape {
  readonly heads: number;
  readonly keyValueHeads: number;
  readonly headSize: number;
  /** What products of queries and keys are multiplied by. */
  readonly queryScale: number;
  /** How many tokens a token attends to, itself and those before it; all where it is left out. */
  readonly window?: number | undefined;
}

/**
 * Causal grouped-query attention (Ainslie et al. 2023) of already rotated queries and keys [1, tokens, heads · size]
 * over a past [1, keyValueHeads, capacity, size]. `lastPosition` (int32 [1]) is past + tokens - 1 and `total` (int32
 * scalar) past + tokens. Returns the attended values and the present keys and values.
 */
export function groupQueryAttention(
  shape: AttentionShape,
  inputs: {
    query: Value;
    key: Value;
    value: Value;
    pastKey: Value;
    pastValue: Value;
    lastPosition: Value;
    total: Value;
  },
): [attended: Result, presentKey: Result, presentValue: Result] {
  const { query, key, value, pastKey, pastValue, lastPosition, total } = inputs;
  const results = node(
    'GroupQueryAttention',
    [query, key, value, pastKey, pastValue, lastPosition, total],
    {
      num_heads: { int: shape.heads },
      kv_num_heads: { int: shape.keyValueHeads },
      scale: { float: shape.queryScale },
      do_rotary: { int: 0 },
      ...(shape.window !== undefined && { local_window_size: { int: shape.window } }),
    },
    { ...microsoft, outputs: 3 },
  );
  return [results[0] as Result, results[1] as Result, results[2] as Result];
}
