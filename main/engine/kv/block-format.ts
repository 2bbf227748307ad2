import type { Rotation } from '../../../native-models/architectures/rotation.ts';
import { rotate } from '../../../native-models/architectures/rotation.ts';
import type { Cache, CacheShape } from './cache.ts';

/**
 * A block: the un-rotated keys, and the values, of 64 consecutive tokens at every layer, in few bits.
 *
 * Keys are quantized by channel, because a few channels are far larger than the others whatever the token, and values by
 * token (KIVI, Liu et al. 2024; KVQuant, Hooper et al. 2024, for keys before rotation). 32 and 16 bits are for documents
 * that are read whole, whose answers are to be those of an ordinary prefill; 8 and 4 bits for those that only parts are
 * attended to of. Per layer and head a block has the quants of 64 × headSize keys, then of the values, each laid out [token, channel]; all scales come first, so that
 * they are aligned. Tokens that a short block lacks are zero.
 */

export const blockTokens = 64;

/** float32 keeps what was computed, to the bit. */
export type BlockFormatName = 'float32' | QuantizedName;
type QuantizedName = 'int16' | 'int8' | 'int4';

export interface BlockFormat {
  readonly name: BlockFormatName;
  readonly bytes: number;
  /** The layers whose keys and values it holds. */
  readonly layers: readonly number[];
  /** Encodes `count` tokens, from the one at `first` on, of keys and values [layers, total, heads · headSize]. */
  encode(tokens: FreshTokens, first: number, count: number): Uint8Array<ArrayBuffer>;
  /** Writes the keys of a layer's head, un-rotated, to `target` from `at` on: [blockTokens, headSize]. */
  decodeKeys(block: Uint8Array, layer: number, head: number, target: Float32Array, at: number, count: number): void;
  decodeValues(block: Uint8Array, layer: number, head: number, target: Float32Array, at: number, count: number): void;
}

/** What the graph gives of `count` new tokens: un-rotated keys and values [layers, count, heads · headSize]. */
export interface FreshTokens {
  readonly count: number;
  readonly keys: Float32Array;
  readonly values: Float32Array;
}

/** How many levels a format has, and where its scales lie. */
interface Levels {
  /** Quants run from -levels to levels. */
  readonly levels: number;
  readonly quantBytes: (elements: number) => number;
  readonly put: (target: Uint8Array, index: number, quant: number) => void;
  readonly get: (source: Uint8Array, index: number) => number;
}

const levelsOf: Readonly<Record<QuantizedName, Levels>> = {
  int16: {
    levels: 32_767,
    quantBytes: (elements) => 2 * elements,
    put(target, index, quant) {
      target[2 * index] = quant;
      target[2 * index + 1] = quant >> 8;
    },
    get: (source, index) => (((source[2 * index] as number) | ((source[2 * index + 1] as number) << 8)) << 16) >> 16,
  },
  int8: {
    levels: 127,
    quantBytes: (elements) => elements,
    put(target, index, quant) {
      target[index] = quant;
    },
    get: (source, index) => ((source[index] as number) << 24) >> 24,
  },
  int4: {
    levels: 7,
    quantBytes: (elements) => elements / 2,
    put(target, index, quant) {
      target[index >> 1] = (target[index >> 1] as number) | ((quant & 15) << (4 * (index & 1)));
    },
    get: (source, index) => ((source[index >> 1] as number) << (28 - 4 * (index & 1))) >> 28,
  },
};

/** Values of a token share a scale over this many channels; a finer one costs int8 nothing that it needs. */
const valueGroup: Readonly<Record<QuantizedName, number>> = { int16: 64, int8: 64, int4: 16 };
/** Keys of a channel share a scale over this many tokens. */
const keyGroup: Readonly<Record<QuantizedName, number>> = { int16: 64, int8: 64, int4: 32 };

type HeadShape = Pick<CacheShape, 'heads' | 'headSize'>;

/** The format of that name for these layers of a model. */
export const blockFormat = (name: BlockFormatName, shape: HeadShape, layers: readonly number[]): BlockFormat =>
  name === 'float32' ? floatFormat(shape, layers) : quantizedFormat(name, shape, layers);

/** By layer and head the keys, then the values, each laid out [token, channel]. */
function floatFormat({ heads, headSize }: HeadShape, layers: readonly number[]): BlockFormat {
  const size = blockTokens * headSize;
  const floatsOf = (block: Uint8Array) => new Float32Array(block.buffer, block.byteOffset, block.byteLength / 4);
  const place = (layer: number, head: number): number => (layers.indexOf(layer) * heads + head) * 2 * size;
  return {
    name: 'float32',
    bytes: layers.length * heads * 2 * size * Float32Array.BYTES_PER_ELEMENT,
    layers,
    encode({ keys, values, count: total }, first, count) {
      const floats = new Float32Array(layers.length * heads * 2 * size);
      for (const layer of layers) {
        for (let head = 0; head < heads; head++) {
          const to = place(layer, head);
          for (let token = 0; token < count; token++) {
            const from = ((layer * total + first + token) * heads + head) * headSize;
            floats.set(keys.subarray(from, from + headSize), to + token * headSize);
            floats.set(values.subarray(from, from + headSize), to + size + token * headSize);
          }
        }
      }
      return new Uint8Array(floats.buffer);
    },
    decodeKeys(block, layer, head, target, at, count) {
      const from = place(layer, head);
      target.set(floatsOf(block).subarray(from, from + count * headSize), at);
    },
    decodeValues(block, layer, head, target, at, count) {
      const from = place(layer, head) + size;
      target.set(floatsOf(block).subarray(from, from + count * headSize), at);
    },
  };
}

function quantizedFormat(name: QuantizedName, { heads, headSize }: HeadShape, layers: readonly number[]): BlockFormat {
  const { levels, quantBytes, put, get } = levelsOf[name];
  const elements = blockTokens * headSize;
  const channelsInGroup = Math.min(valueGroup[name], headSize);
  const tokensInGroup = keyGroup[name];
  const keyScales = (blockTokens / tokensInGroup) * headSize;
  const groups = Math.ceil(headSize / channelsInGroup);
  const valueScales = blockTokens * groups;
  const scaleCount = layers.length * heads * (keyScales + valueScales);
  const quantsAt = scaleCount * Float32Array.BYTES_PER_ELEMENT;
  const size = quantBytes(elements);
  const bytes = quantsAt + layers.length * heads * 2 * size;
  const scalesOf = (block: Uint8Array) => new Float32Array(block.buffer, block.byteOffset, scaleCount);
  /** Where the scales and the quants of a layer's head lie; those of its values follow those of its keys. */
  const place = (layer: number, head: number) => {
    const pair = layers.indexOf(layer) * heads + head;
    return { scaleAt: pair * (keyScales + valueScales), quantAt: quantsAt + pair * 2 * size };
  };

  function encodeHead(
    { keys, values, count: total }: FreshTokens,
    first: number,
    count: number,
    layer: number,
    head: number,
    scales: Float32Array,
    block: Uint8Array,
  ): void {
    const row = heads * headSize;
    const source = (layer * total + first) * row + head * headSize;
    const { scaleAt, quantAt } = place(layer, head);
    const keyQuants = block.subarray(quantAt, quantAt + size);
    for (let group = 0; group * tokensInGroup < count; group++) {
      const from = group * tokensInGroup;
      const to = Math.min(count, from + tokensInGroup);
      for (let channel = 0; channel < headSize; channel++) {
        let largest = 0;
        for (let token = from, at = source + from * row + channel; token < to; token++, at += row) {
          largest = Math.max(largest, Math.abs(keys[at] as number));
        }
        scales[scaleAt + group * headSize + channel] = largest / levels;
        const inverse = largest > 0 ? levels / largest : 0;
        for (let token = from, at = source + from * row + channel; token < to; token++, at += row) {
          put(keyQuants, token * headSize + channel, Math.round((keys[at] as number) * inverse));
        }
      }
    }
    const valueQuants = block.subarray(quantAt + size, quantAt + 2 * size);
    for (let token = 0; token < count; token++) {
      for (let group = 0; group < groups; group++) {
        const start = group * channelsInGroup;
        const end = Math.min(headSize, start + channelsInGroup);
        const at = source + token * row;
        let largest = 0;
        for (let channel = start; channel < end; channel++) {
          largest = Math.max(largest, Math.abs(values[at + channel] as number));
        }
        scales[scaleAt + keyScales + token * groups + group] = largest / levels;
        const inverse = largest > 0 ? levels / largest : 0;
        for (let channel = start; channel < end; channel++) {
          put(valueQuants, token * headSize + channel, Math.round((values[at + channel] as number) * inverse));
        }
      }
    }
  }

  return {
    name,
    bytes,
    layers,
    encode(tokens, first, count) {
      const block = new Uint8Array(bytes);
      const scales = scalesOf(block);
      for (const layer of layers) {
        for (let head = 0; head < heads; head++) encodeHead(tokens, first, count, layer, head, scales, block);
      }
      return block;
    },
    decodeKeys(block, layer, head, target, at, count) {
      const { scaleAt, quantAt } = place(layer, head);
      const scales = scalesOf(block);
      const quants = block.subarray(quantAt, quantAt + size);
      for (let token = 0, index = 0; token < count; token++) {
        const scale = scaleAt + Math.floor(token / tokensInGroup) * headSize;
        for (let channel = 0; channel < headSize; channel++, index++) {
          target[at + index] = get(quants, index) * (scales[scale + channel] as number);
        }
      }
    },
    decodeValues(block, layer, head, target, at, count) {
      const { scaleAt, quantAt } = place(layer, head);
      const scales = scalesOf(block);
      const quants = block.subarray(quantAt + size, quantAt + 2 * size);
      for (let token = 0, index = 0; token < count; token++) {
        for (let group = 0; group < groups; group++) {
          const scale = scales[scaleAt + keyScales + token * groups + group] as number;
          const end = Math.min(headSize, (group + 1) * channelsInGroup);
          for (let channel = group * channelsInGroup; channel < end; channel++, index++) {
            target[at + index] = get(quants, index) * scale;
          }
        }
      }
    },
  };
}

/** The same tokens in another format of the same layers. */
export function transcode(
  block: Uint8Array,
  count: number,
  from: BlockFormat,
  to: BlockFormat,
  { layers, heads, headSize }: CacheShape,
): Uint8Array<ArrayBuffer> {
  const row = heads * headSize;
  const [keys, values] = [from.decodeKeys, from.decodeValues].map((decode) => {
    const rows = new Float32Array(layers * count * row);
    const ofHead = new Float32Array(count * headSize);
    for (const layer of from.layers) {
      for (let head = 0; head < heads; head++) {
        decode(block, layer, head, ofHead, 0, count);
        for (let token = 0; token < count; token++) {
          const vector = ofHead.subarray(token * headSize, (token + 1) * headSize);
          rows.set(vector, (layer * count + token) * row + head * headSize);
        }
      }
    }
    return rows;
  }) as [Float32Array, Float32Array];
  return to.encode({ count, keys, values }, 0, count);
}

/** Puts a block's tokens in their places in a cache, the first at `first`, rotated for them as each layer does. */
export function placeBlock(
  cache: Cache,
  format: BlockFormat,
  block: Uint8Array,
  count: number,
  first: number,
  rotations: readonly Rotation[],
): void {
  const { shape, keys, values } = cache;
  for (const layer of format.layers) {
    const layerKeys = keys[layer] as Float32Array;
    const layerValues = values[layer] as Float32Array;
    for (let head = 0; head < shape.heads; head++) {
      const at = (head * cache.capacityOf(layer) + first) * shape.headSize;
      format.decodeKeys(block, layer, head, layerKeys, at, count);
      rotate(rotations[layer] as Rotation, layerKeys, at, first, count);
      format.decodeValues(block, layer, head, layerValues, at, count);
    }
  }
}
