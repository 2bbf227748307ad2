import { LonghandError } from '../base/errors.ts';
import { embeddingName } from './architectures/embeddings.ts';
import { dequantize } from './formats/dequantize.ts';
import { isMixable, type Mixing } from './mixing.ts';
import { blockSize, type Rounding, type WeightSource } from './weights.ts';

/**
 * A model's weights for a residual stream whose elements are mixed by an orthogonal map: the same function in another
 * basis (QuaRot; Ashkboos et al. 2024). Language models keep a few elements of that stream far above all others (Dettmers
 * et al. 2022; Sun et al. 2024, "Massive Activations"), and what is quantized in a block with one of them loses its last
 * bits. Mixed, all elements are of one size, so that whole rows can be rounded alike, which is faster.
 *
 * Norms by the root mean square commute with the map but for their weights, which go into the matrices behind them.
 */

/** What reads the residual stream, and the norm in front of it. */
const readers: readonly { readonly pattern: RegExp; readonly norm: string }[] = [
  { pattern: /^(blk\.\d+\.)attn_[qkv]\.weight$/, norm: 'attn_norm.weight' },
  { pattern: /^(blk\.\d+\.)ffn_(?:gate|up)\.weight$/, norm: 'ffn_norm.weight' },
  { pattern: /^()output\.weight$/, norm: 'output_norm.weight' },
];
const writers = /^blk\.\d+\.(?:attn_output|ffn_down)\.weight$/;
const norms = /^(?:blk\.\d+\.(?:attn|ffn)|output)_norm\.weight$/;

/** What is added to the stream or scaled by element, which cannot be done in another basis. */
const elementwise =
  /^blk\.\d+\.(?:post_attention_norm\.weight|post_ffw_norm\.weight|attn_output\.bias|ffn_down\.bias)$/;

/**
 * What stands before a reader is normalized, so that its elements are about 1, and spread as by chance: one in 5,600 is
 * above this. Measured: a larger bound makes all coarser, a smaller one cuts more (PERFORMANCE.md).
 */
const readerRounding: Rounding = { largestInput: 3.75 };
/** The last layer is as large as all others together in many models, and is read once for a token: memory is its limit. */
const outputRounding: Rounding = { blockSize: 4 * blockSize };

const outputName = 'output.weight';

/** Whether everything that a model does with its residual stream of `hidden` elements can be done in another basis. */
export const canBeMixed = ({ tensors }: Pick<WeightSource, 'tensors'>, hidden: number): boolean =>
  isMixable(hidden) && ![...tensors.keys()].some((name) => elementwise.test(name));

/** The name of the norm in front of a matrix that reads the residual stream; undefined for everything else. */
function normBefore(name: string): string | undefined {
  for (const { pattern, norm } of readers) {
    const match = pattern.exec(name);
    if (match) return `${match[1]}${norm}`;
  }
  return undefined;
}

/**
 * The weights for mixed embeddings. Reading throws what `source` throws, and `bad-file` for a tensor that does not have
 * the size of the residual stream.
 */
export function mixedSource(source: WeightSource, mixing: Mixing): WeightSource {
  /** Many models use the embedding as their last layer. */
  const stored = (name: string): string =>
    name === outputName && !source.tensors.has(outputName) ? embeddingName : name;
  const floatsOf = async (name: string): Promise<Float32Array<ArrayBuffer>> =>
    dequantize(source.tensors.get(stored(name))?.type ?? 'F32', await source.readTensor(stored(name)));

  /** Throws unless an axis of the tensor is that of the residual stream. */
  function check(name: string, axis: 0 | 1): void {
    const size = source.tensors.get(stored(name))?.dimensions[axis];
    if (size === mixing.size) return;
    throw new LonghandError(
      'bad-file',
      `The model's "${name}" has a size of ${size} where ${mixing.size} is expected. Get the file again.`,
    );
  }

  async function reader(name: string, norm: string): Promise<Float32Array<ArrayBuffer>> {
    check(name, 0);
    check(norm, 0);
    const [weights, scales] = [await floatsOf(name), await floatsOf(norm)];
    for (let row = 0; row < weights.length; row += mixing.size) {
      for (let column = 0; column < mixing.size; column++) {
        weights[row + column] = (weights[row + column] as number) * (scales[column] as number);
      }
    }
    mixing.apply(weights);
    return weights;
  }

  async function writer(name: string): Promise<Float32Array<ArrayBuffer>> {
    check(name, 1);
    const weights = await floatsOf(name);
    mixing.apply(weights, source.tensors.get(name)?.dimensions[0]);
    return weights;
  }

  /** Reads what is other than in the file; undefined for all else. */
  function changed(name: string): (() => Promise<Float32Array<ArrayBuffer>>) | undefined {
    const norm = normBefore(name);
    if (norm !== undefined) return () => reader(name, norm);
    if (writers.test(name)) return () => writer(name);
    if (norms.test(name)) return async () => (await floatsOf(name)).fill(1);
    return undefined;
  }

  const tensors = new Map(source.tensors);
  for (const name of [...source.tensors.keys(), outputName]) {
    const tensor = source.tensors.get(stored(name));
    if (tensor && changed(name)) tensors.set(name, { ...tensor, name, type: 'F32' });
  }
  return {
    tensors,
    async readTensor(name) {
      const read = changed(name);
      return read ? new Uint8Array((await read()).buffer) : source.readTensor(name);
    },
    rounding: (name) => (name === outputName ? outputRounding : normBefore(name) ? readerRounding : { blockSize }),
  };
}
