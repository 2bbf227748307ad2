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
}

export interface Cache {
  readonly shape: CacheShape;
  readonly length: number;
  readonly capacity: number;
  /** By layer: [heads, capacity, headSize]. The views change when the capacity does. */
  readonly keys: readonly Float32Array<ArrayBuffer>[];
  readonly values: readonly Float32Array<ArrayBuffer>[];
  /** Adds `count` tokens, given as [layers, count, heads · headSize]. */
  append(keys: Float32Array, values: Float32Array, count: number): void;
  /** Moves what it holds once, if need be, so that it can grow to `total` tokens without moving it again. */
  reserve(total: number): void;
  /** Makes room for `count` more tokens, whose keys and values the caller writes; gives the place of the first. */
  grow(count: number): number;
  /** Forgets all but the first `length` tokens. */
  truncate(length: number): void;
  /** Forgets everything, to hold about `expected` tokens next. */
  clear(expected: number): void;
  /** A cache of the first `length` tokens, that has room for `expected` before it must be moved. */
  copy(length: number, expected?: number): Cache;
  /** Memory in use. */
  readonly bytes: number;
}

/** Tokens by which the capacity grows. */
export const step = 128;

const roundUp = (length: number): number => Math.max(step, Math.ceil(length / step) * step);

/** An empty cache that has room for `expected` tokens before it must be moved. */
export function createCache(shape: CacheShape, expected: number): Cache {
  const { layers, heads, headSize } = shape;
  const arrays = 2 * layers;
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

  /** Puts tokens, which come as whole rows, in their places by head, in the arrays from `first` on. */
  function writeRows(first: number, rows: Float32Array, count: number): void {
    for (let layer = 0, at = 0; layer < layers; layer++) {
      const view = views[first + layer] as Float32Array;
      for (let token = length; token < length + count; token++) {
        for (let head = 0; head < heads; head++, at += headSize) {
          const to = (head * capacity + token) * headSize;
          for (let element = 0; element < headSize; element++) view[to + element] = rows[at + element] as number;
        }
      }
    }
  }

  const cache: Cache = {
    shape,
    get length() {
      return length;
    },
    get capacity() {
      return capacity;
    },
    get keys() {
      return views.slice(0, layers);
    },
    get values() {
      return views.slice(layers);
    },
    get bytes() {
      return arrays * heads * capacity * headSize * Float32Array.BYTES_PER_ELEMENT;
    },
    append(keys, values, count) {
      setCapacity(Math.max(capacity, roundUp(length + count)));
      writeRows(0, keys, count);
      writeRows(layers, values, count);
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
    copy(kept, room = expected) {
      const rows = (from: readonly Float32Array[]): Float32Array => {
        const gathered = new Float32Array(layers * kept * heads * headSize);
        let at = 0;
        for (const view of from) {
          for (let token = 0; token < kept; token++) {
            for (let head = 0; head < heads; head++, at += headSize) {
              const start = (head * capacity + token) * headSize;
              gathered.set(view.subarray(start, start + headSize), at);
            }
          }
        }
        return gathered;
      };
      const made = createCache(shape, Math.max(kept, room));
      made.append(rows(cache.keys), rows(cache.values), kept);
      return made;
    },
  };
  return cache;
}
