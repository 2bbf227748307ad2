/** The Huffman-coded values of an MP3 granule. */
import type { BitReader } from './bit-reader.ts';
import type { Granule } from './mp3-side-info.ts';
import { type PrefixCode, pairTables, prefixCodes } from './mp3-tables.ts';

/** A code as a tree in an array: a node is two entries, for 0 and 1: another node's index, or −1 − a value. */
type Tree = Int16Array;

function treeOf({ lengths, values }: PrefixCode): Tree {
  const nodes: [number, number][] = [[0, 0]];
  const path: { node: number; side: 0 | 1 }[] = [];
  let node = 0;
  let depth = 0;
  let side: 0 | 1 = 0;
  [...lengths].forEach((digit, word) => {
    const length = Number.parseInt(digit, 36);
    for (; depth < length - 1; depth++) {
      const child = nodes.push([0, 0]) - 1;
      (nodes[node] as [number, number])[side] = child;
      path.push({ node, side });
      node = child;
      side = 0;
    }
    (nodes[node] as [number, number])[side] = -1 - Number.parseInt(values.slice(2 * word, 2 * word + 2), 16);
    // To the next free place: up from every second side.
    while (side === 1 && path.length > 0) {
      const up = path.pop() as { node: number; side: 0 | 1 };
      node = up.node;
      side = up.side;
      depth--;
    }
    side = 1;
  });
  return Int16Array.from(nodes.flat());
}

const trees = new Map(Object.entries(prefixCodes).map(([number, code]) => [Number(number), treeOf(code)]));
const noTree = Int16Array.of(-1, -1);

function readWord(bits: BitReader, tree: Tree): number {
  let node = 0;
  for (;;) {
    const next = tree[2 * node + bits.bit()] ?? -1;
    if (next < 0) return -1 - next;
    node = next;
  }
}

/** v^(4/3) for the values that occur often. */
const powers = Float32Array.from({ length: 8207 }, (_, value) => value ** (4 / 3));
const power = (value: number): number => powers[value] ?? value ** (4 / 3);

function readValue(bits: BitReader, coded: number, extraBits: number): number {
  const value = coded === 15 && extraBits > 0 ? coded + bits.read(extraBits) : coded;
  if (value === 0) return 0;
  return bits.bit() === 1 ? -power(value) : power(value);
}

/**
 * Reads a granule's values, to the power of 4/3, into `values` (576), up to the bit `end`; the rest is 0.
 */
export function readValues(bits: BitReader, granule: Granule, end: number, values: Float32Array): void {
  values.fill(0);
  const pairsEnd = Math.min(576, 2 * granule.bigValues);
  const [secondRegion, thirdRegion] = granule.regionStarts;
  let at = 0;
  while (at < pairsEnd && bits.position < end) {
    const region = at < secondRegion ? 0 : at < thirdRegion ? 1 : 2;
    const table = pairTables[granule.tables[region] ?? 0];
    const tree = trees.get(table?.code ?? 0);
    const word = tree ? readWord(bits, tree) : 0;
    values[at++] = readValue(bits, word >> 4, table?.extraBits ?? 0);
    values[at++] = readValue(bits, word & 15, table?.extraBits ?? 0);
  }
  const quads = trees.get(granule.quadTable) ?? noTree;
  while (at + 4 <= 576 && bits.position < end) {
    const word = readWord(bits, quads);
    for (const mask of [8, 4, 2, 1]) values[at++] = word & mask ? (bits.bit() === 1 ? -1 : 1) : 0;
  }
  // Padding was taken for a last word.
  if (bits.position > end && at >= 4) values.fill(0, at - 4);
  bits.position = end;
}
