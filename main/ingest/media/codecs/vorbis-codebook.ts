/** The codebooks of a Vorbis stream (Vorbis I specification, section 3): words → numbers, and numbers → vectors. */
import { bitLength, type VorbisBits } from './vorbis-bits.ts';

export interface Codebook {
  dimensions: number;
  /** Reads a word and gives its entry's number. */
  readEntry(bits: VorbisBits): number;
  /** `dimensions` values for each entry; none for a book that only codes numbers. */
  vectors: Float32Array | undefined;
}

/** Far more than any encoder makes; what is larger is made to fill the memory. */
const mostEntries = 2 ** 17;
const mostValues = 2 ** 22;

export function readCodebook(bits: VorbisBits): Codebook {
  if (bits.read(24) !== 0x564342) throw new Error('A Vorbis codebook does not begin like one.');
  const dimensions = bits.read(16);
  const entries = bits.read(24);
  if (entries > mostEntries || entries * dimensions > mostValues) throw new Error('A Vorbis codebook is too large.');
  const lengths = readLengths(bits, entries);
  const tree = treeOf(lengths);
  const vectors = readVectors(bits, entries, dimensions);
  return {
    dimensions,
    vectors,
    readEntry(from) {
      let node = 0;
      for (;;) {
        const next = tree[2 * node + from.bit()] ?? 0;
        if (next < 0) return -1 - next;
        if (next === 0) throw new Error('A Vorbis packet holds an unknown word.');
        node = next;
      }
    },
  };
}

/** The length of each entry's word; 0 for an entry that is not used. */
function readLengths(bits: VorbisBits, entries: number): Uint8Array {
  const lengths = new Uint8Array(entries);
  if (bits.bit() === 1) {
    let length = bits.read(5) + 1;
    for (let at = 0; at < entries; length++) {
      const count = bits.read(bitLength(entries - at));
      if (at + count > entries || length > 32) throw new Error('A Vorbis codebook has too many words.');
      lengths.fill(length, at, at + count);
      at += count;
    }
    return lengths;
  }
  const sparse = bits.bit() === 1;
  for (let i = 0; i < entries; i++) if (!sparse || bits.bit() === 1) lengths[i] = bits.read(5) + 1;
  return lengths;
}

/**
 * A tree in an array: a node is two entries, for 0 and 1: another node's index, −1 − an entry's number, or 0 for none.
 * Each entry gets the first word of its length that is free.
 */
function treeOf(lengths: Uint8Array): Int32Array {
  const nodes: number[] = [0, 0];
  /** Places that are free, by their depth: node and side. There is at most one at each depth. */
  const free: (number | undefined)[] = [];
  const used = lengths.filter((length) => length > 0).length;
  let started = false;
  for (const [entry, length] of lengths.entries()) {
    if (length === 0) continue;
    // A book of one entry has one bit, whatever it is.
    if (used === 1) return Int32Array.of(-1 - entry, -1 - entry);
    let depth = length;
    let place: number | undefined;
    if (!started) {
      place = 0;
      depth = 1;
      free[1] = 1;
      started = true;
    } else {
      while (depth > 0 && free[depth] === undefined) depth--;
      place = free[depth];
      free[depth] = undefined;
    }
    if (place === undefined) throw new Error('A Vorbis codebook has too many words.');
    for (; depth < length; depth++) {
      const node = nodes.length / 2;
      nodes.push(0, 0);
      nodes[place] = node;
      place = 2 * node;
      free[depth + 1] = 2 * node + 1;
    }
    nodes[place] = -1 - entry;
  }
  return Int32Array.from(nodes);
}

/** The greatest number whose power `dimensions` is at most `entries`. */
function latticeSize(entries: number, dimensions: number): number {
  let size = Math.floor(entries ** (1 / dimensions));
  while ((size + 1) ** dimensions <= entries) size++;
  while (size > 0 && size ** dimensions > entries) size--;
  return size;
}

function readVectors(bits: VorbisBits, entries: number, dimensions: number): Float32Array | undefined {
  const kind = bits.read(4);
  if (kind === 0) return undefined;
  if (kind > 2 || dimensions === 0) throw new Error('A Vorbis codebook is of a reserved kind.');
  const minimum = bits.readFloat();
  const step = bits.readFloat();
  const valueBits = bits.read(4) + 1;
  const cumulative = bits.bit() === 1;
  const count = kind === 1 ? latticeSize(entries, dimensions) : entries * dimensions;
  const values = Array.from({ length: count }, () => bits.read(valueBits) * step + minimum);
  const vectors = new Float32Array(entries * dimensions);
  for (let entry = 0; entry < entries; entry++) {
    let last = 0;
    let divisor = 1;
    for (let i = 0; i < dimensions; i++) {
      const at = kind === 1 ? Math.floor(entry / divisor) % count : entry * dimensions + i;
      const value = (values[at] ?? 0) + last;
      vectors[entry * dimensions + i] = value;
      if (cumulative) last = value;
      divisor *= count;
    }
  }
  return vectors;
}
