import { createTimeline, type Timeline } from './timeline.ts';

/**
 * The keys and values of one token sequence, as the CPU's attention reads them.
 *
 * For each layer there is one array of keys and one of values, laid out [head, capacity, size]: the graph takes them as
 * inputs without a copy, and multiplies whole heads. `capacity` is the stride of a head. It is kept at the length
 * rounded up to a multiple of `step`, because attention works through all of it and masks what is unused. The arrays
 * themselves are larger and are only touched as far as they are used, so that growing moves data in place.
 *
 * Keys are kept as rotated for their positions. The key before rotation, from which a block can be placed at any other
 * position, leaves the graph as `unrotatedKeys` beside `values` when it is asked for.
 */

export interface CacheShape {
  readonly layers: number;
  readonly heads: number;
  readonly headSize: number;
  /** Layers with a window, which lack what is far away; see timeline.ts. */
  readonly nearLayers?: readonly number[];
}

export interface Cache {
  readonly shape: CacheShape;
  /** Tokens of the sequence, and those of them that layers with a window have. */
  readonly length: number;
  readonly nearLength: number;
  /** Of layers without a window, and of those with one. */
  readonly capacity: number;
  readonly nearCapacity: number;
  /** By layer: [heads, its capacity, headSize]. The views change when the capacity does. */
  readonly keys: readonly Float32Array<ArrayBuffer>[];
  readonly values: readonly Float32Array<ArrayBuffer>[];
  /** A layer's capacity, which is the distance between its heads. */
  capacityOf(layer: number): number;
  /** Adds `count` tokens, given as [layers, count, heads · headSize]. */
  append(keys: Float32Array, values: Float32Array, count: number): void;
  /** Moves what it holds once, if need be, so that it can grow to `total` tokens without moving it again. */
  reserve(total: number): void;
  /** Makes room for `count` more tokens of all layers, whose keys and values the caller writes. */
  grow(count: number): void;
  /** The same of layers without a window; gives the place of the first token. */
  growFar(count: number): number;
  /** Makes room for the last `count` tokens in layers with a window as well; gives the place of the first there. */
  bringNear(count: number): number;
  /** Takes from layers with a window what lies between the first `from` tokens and the end. */
  forgetNear(from: number): void;
  /** Forgets all but the first `length` tokens. */
  truncate(length: number): void;
  /** Forgets everything, to hold about `expected` tokens next. */
  clear(expected: number): void;
  /** A cache of the first `length` tokens, that has room for `expected` before it must be moved. */
  copy(length: number, expected?: number): Cache;
  /** Which of its tokens layers with a window have. */
  readonly timeline: Timeline;
  /** Memory in use. */
  readonly bytes: number;
}

/** Some layers' keys and values, which all have the same tokens. */
interface Track {
  readonly layers: readonly number[];
  readonly capacity: number;
  /** By place of the layer: [heads, capacity, headSize]. */
  readonly keys: readonly Float32Array<ArrayBuffer>[];
  readonly values: readonly Float32Array<ArrayBuffer>[];
  readonly bytes: number;
  /** Adds tokens of all of the model's layers, of which it takes its own. */
  append(keys: Float32Array, values: Float32Array, count: number): void;
  reserve(total: number): void;
  grow(count: number): number;
  truncate(length: number): void;
  clear(expected: number): void;
  copy(length: number, expected: number): Track;
}

/** Tokens by which the capacity grows. */
export const step = 128;

const roundUp = (length: number): number => Math.max(step, Math.ceil(length / step) * step);

/** An empty cache that has room for `expected` tokens before it must be moved. */
export function createCache(shape: CacheShape, expected: number): Cache {
  const near = new Set(shape.nearLayers);
  const layers = Array.from({ length: shape.layers }, (_, layer) => layer);
  const tracks = {
    far: createTrack(
      shape,
      layers.filter((layer) => !near.has(layer)),
      expected,
    ),
    near: createTrack(
      shape,
      layers.filter((layer) => near.has(layer)),
      near.size > 0 ? expected : 0,
    ),
  };
  return cacheOf(shape, expected, createTimeline(), tracks);
}

function cacheOf(
  shape: CacheShape,
  expected: number,
  timeline: Timeline,
  { far, near }: Record<'far' | 'near', Track>,
): Cache {
  const nearLayers = new Set(shape.nearLayers);
  /** By layer, its track and its place there. */
  const places = Array.from({ length: shape.layers }, (_, layer) => {
    const track = nearLayers.has(layer) ? near : far;
    return { track, slot: track.layers.indexOf(layer) };
  });
  const cache: Cache = {
    shape,
    timeline,
    get length() {
      return timeline.length;
    },
    get nearLength() {
      return timeline.nearLength;
    },
    get capacity() {
      return far.capacity;
    },
    get nearCapacity() {
      return near.capacity;
    },
    get keys() {
      return places.map(({ track, slot }) => track.keys[slot] as Float32Array<ArrayBuffer>);
    },
    get values() {
      return places.map(({ track, slot }) => track.values[slot] as Float32Array<ArrayBuffer>);
    },
    get bytes() {
      return far.bytes + near.bytes;
    },
    capacityOf: (layer) => (places[layer]?.track ?? far).capacity,
    append(keys, values, count) {
      far.append(keys, values, count);
      near.append(keys, values, count);
      timeline.append(count);
    },
    reserve: (total) => far.reserve(total),
    grow(count) {
      far.grow(count);
      near.grow(count);
      timeline.append(count);
    },
    growFar(count) {
      timeline.appendFar(count);
      return far.grow(count);
    },
    bringNear(count) {
      timeline.bringNear(count);
      return near.grow(count);
    },
    forgetNear(from) {
      timeline.forgetNear(from);
      near.truncate(timeline.nearLength);
    },
    truncate(kept) {
      timeline.truncate(kept);
      far.truncate(kept);
      near.truncate(timeline.nearLength);
    },
    clear(next) {
      timeline.truncate(0);
      far.clear(next);
      near.clear(nearLayers.size > 0 ? next : 0);
    },
    copy(kept, room = expected) {
      const copied = timeline.copy(kept);
      return cacheOf(shape, room, copied, {
        far: far.copy(copied.length, room),
        near: near.copy(copied.nearLength, nearLayers.size > 0 ? room : 0),
      });
    },
  };
  return cache;
}

/** An empty track of these layers that has room for `expected` tokens before it must be moved. */
function createTrack(
  { heads, headSize }: Pick<CacheShape, 'heads' | 'headSize'>,
  layers: readonly number[],
  expected: number,
): Track {
  const arrays = 2 * layers.length;
  let allocated = roundUp(expected);
  let capacity = step;
  let length = 0;
  /** All in one piece, which the system can back by large pages. */
  function allocate(): Float32Array<ArrayBuffer>[] {
    const size = heads * allocated * headSize;
    const all = new Float32Array(arrays * size);
    return Array.from({ length: arrays }, (_, index) => all.subarray(index * size, (index + 1) * size));
  }
  let buffers = allocate();
  let views: Float32Array<ArrayBuffer>[] = [];
  const renewViews = (): void => {
    views = buffers.map((buffer) => buffer.subarray(0, heads * capacity * headSize));
  };
  renewViews();

  /** Moves the heads apart or together; the order keeps a head from being overwritten before it is moved. */
  function setCapacity(next: number): void {
    if (next === capacity) return;
    if (next > allocated) {
      allocated = Math.max(next, 2 * allocated);
      const old = buffers;
      buffers = allocate();
      for (const [index, buffer] of buffers.entries()) {
        buffer.set((old[index] as Float32Array).subarray(0, heads * capacity * headSize));
      }
    }
    const order = Array.from({ length: heads }, (_, head) => (next > capacity ? heads - 1 - head : head));
    for (const buffer of buffers) {
      for (const head of order) {
        const from = head * capacity * headSize;
        buffer.copyWithin(head * next * headSize, from, from + length * headSize);
      }
    }
    capacity = next;
    renewViews();
  }

  /** Puts tokens, which come as whole rows of all of the model's layers, in their places by head, from a view on. */
  function writeRows(first: number, rows: Float32Array, count: number): void {
    for (const [slot, layer] of layers.entries()) {
      const view = views[first + slot] as Float32Array;
      let at = layer * count * heads * headSize;
      for (let token = length; token < length + count; token++) {
        for (let head = 0; head < heads; head++, at += headSize) {
          const to = (head * capacity + token) * headSize;
          for (let element = 0; element < headSize; element++) view[to + element] = rows[at + element] as number;
        }
      }
    }
  }

  const track: Track = {
    layers,
    get capacity() {
      return capacity;
    },
    get keys() {
      return views.slice(0, layers.length);
    },
    get values() {
      return views.slice(layers.length);
    },
    get bytes() {
      return arrays * heads * capacity * headSize * Float32Array.BYTES_PER_ELEMENT;
    },
    append(keys, values, count) {
      setCapacity(Math.max(capacity, roundUp(length + count)));
      writeRows(0, keys, count);
      writeRows(layers.length, values, count);
      length += count;
    },
    reserve(total) {
      setCapacity(Math.max(capacity, roundUp(total)));
    },
    grow(count) {
      setCapacity(Math.max(capacity, roundUp(length + count)));
      length += count;
      return length - count;
    },
    truncate(kept) {
      length = Math.min(length, kept);
      setCapacity(roundUp(length));
    },
    clear(next) {
      length = 0;
      if (roundUp(next) > allocated) {
        allocated = roundUp(next);
        buffers = allocate();
      }
      capacity = step;
      renewViews();
    },
    copy(kept, room) {
      const made = createTrack({ heads, headSize }, layers, Math.max(kept, room));
      made.grow(kept);
      const copyHeads = (from: readonly Float32Array[], to: readonly Float32Array[]): void => {
        for (const [slot, view] of from.entries()) {
          for (let head = 0; head < heads; head++) {
            const at = head * capacity * headSize;
            to[slot]?.set(view.subarray(at, at + kept * headSize), head * made.capacity * headSize);
          }
        }
      };
      copyHeads(track.keys, made.keys);
      copyHeads(track.values, made.values);
      return made;
    },
  };
  return track;
}
