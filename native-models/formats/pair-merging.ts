/**
 * Merging of adjacent symbols, the heart of BPE and of SentencePiece's BPE kind: while any two neighbours can be
 * merged, the pair of lowest rank is, the leftmost first among equals. A heap makes it O(n log n) in the
 * number of symbols, so that one long piece costs no more than many short ones.
 */
export interface Merges {
  /** The merge of two neighbouring symbols, or -1 when they do not merge. */
  find(left: number, right: number): number;
  /** Integer from 0 to 2^21, lower first. */
  rank(merge: number): number;
  /** The symbol that the merge makes. */
  result(merge: number): number;
}

/** A heap key is a rank and a position, which is below this. */
const positions = 2 ** 32;

/**
 * A function that gives the symbols that remain when no neighbours can be merged any more.
 * It keeps its working memory from call to call, because most pieces are short and there are many.
 */
export function createPairMerger(merges: Merges): (symbols: readonly number[]) => number[] {
  let current = new Int32Array(0);
  // Merged-away symbols leave the chain of neighbours; -1 ends it.
  let next = new Int32Array(0);
  let previous = new Int32Array(0);
  const heap = createHeap();

  function load(symbols: readonly number[]): void {
    if (current.length < symbols.length) {
      const capacity = 2 * symbols.length;
      current = new Int32Array(capacity);
      next = new Int32Array(capacity);
      previous = new Int32Array(capacity);
    }
    for (let index = 0; index < symbols.length; index++) {
      current[index] = symbols[index] as number;
      previous[index] = index - 1;
      next[index] = index + 1 < symbols.length ? index + 1 : -1;
    }
  }

  /** The merge of the symbol at `left` with its neighbour. A symbol that was merged away has no neighbour. */
  function mergeAt(left: number): number {
    const right = next[left] as number;
    return right >= 0 ? merges.find(current[left] as number, current[right] as number) : -1;
  }

  function consider(left: number): void {
    const merge = mergeAt(left);
    if (merge >= 0) heap.push(merges.rank(merge) * positions + left);
  }

  function apply(merge: number, left: number): void {
    const right = next[left] as number;
    const after = next[right] as number;
    current[left] = merges.result(merge);
    next[left] = after;
    next[right] = -1;
    if (after >= 0) previous[after] = left;
    if (left > 0) consider(previous[left] as number);
    consider(left);
  }

  return (symbols) => {
    load(symbols);
    for (let left = 0; left + 1 < symbols.length; left++) consider(left);
    while (heap.size() > 0) {
      const key = heap.pop();
      const rank = Math.floor(key / positions);
      const left = key - rank * positions;
      const merge = mergeAt(left);
      // What stood here may have been merged since with something else.
      if (merge >= 0 && merges.rank(merge) === rank) apply(merge, left);
    }
    const remaining: number[] = [];
    if (symbols.length > 0) {
      for (let index = 0; index >= 0; index = next[index] as number) remaining.push(current[index] as number);
    }
    return remaining;
  };
}

/** A binary heap of numbers, least first. */
function createHeap() {
  let keys = new Float64Array(64);
  let size = 0;
  return {
    size: () => size,
    push(key: number): void {
      if (size === keys.length) {
        const larger = new Float64Array(2 * size);
        larger.set(keys);
        keys = larger;
      }
      let index = size++;
      while (index > 0) {
        const parent = (index - 1) >> 1;
        const above = keys[parent] as number;
        if (above <= key) break;
        keys[index] = above;
        index = parent;
      }
      keys[index] = key;
    },
    pop(): number {
      const least = keys[0] as number;
      const last = keys[--size] as number;
      let index = 0;
      for (let child = 1; child < size; child = 2 * index + 1) {
        if (child + 1 < size && (keys[child + 1] as number) < (keys[child] as number)) child++;
        const below = keys[child] as number;
        if (below >= last) break;
        keys[index] = below;
        index = child;
      }
      keys[index] = last;
      return least;
    },
  };
}

/** A map from pairs of symbols to numbers from 0, as an open-addressing hash table: compact, and fast to look up. */
export interface PairTable {
  /** Keeps the first value of a pair. */
  add(left: number, right: number, value: number): void;
  /** The pair's value, or -1. */
  get(left: number, right: number): number;
}

export function createPairTable(pairs: number): PairTable {
  const capacity = 2 ** Math.ceil(Math.log2(2 * pairs + 2));
  const lefts = new Int32Array(capacity);
  const rights = new Int32Array(capacity);
  const values = new Int32Array(capacity).fill(-1);

  /** Where the pair is, or where it would go. */
  const slot = (left: number, right: number): number => {
    const mixed = Math.imul(left ^ Math.imul(right, 0x9e3779b1), 0x85ebca6b);
    let index = (mixed ^ (mixed >>> 15)) & (capacity - 1);
    while ((values[index] as number) >= 0 && (lefts[index] !== left || rights[index] !== right)) {
      index = (index + 1) & (capacity - 1);
    }
    return index;
  };

  return {
    add(left, right, value) {
      const index = slot(left, right);
      if ((values[index] as number) >= 0) return;
      lefts[index] = left;
      rights[index] = right;
      values[index] = value;
    },
    get: (left, right) => values[slot(left, right)] as number,
  };
}
