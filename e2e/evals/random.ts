/** Numbers that look random and are the same for the same seed, on every machine. */
export interface Random {
  /** At least 0 and less than 1. */
  next(): number;
  /** A whole number from `low` to `high`, both included. */
  integer(low: number, high: number): number;
  /** One of a list that is not empty. */
  pick<T>(list: readonly T[]): T;
  /** The list in another order. */
  shuffle<T>(list: readonly T[]): T[];
  /** An independent source for a named purpose: what is drawn from it changes nothing here. */
  fork(name: string): Random;
}

/** Spreads every bit of a 32-bit number over all of them. */
function mix(value: number): number {
  let bits = value | 0;
  bits = Math.imul(bits ^ (bits >>> 16), 0x7feb352d);
  bits = Math.imul(bits ^ (bits >>> 15), 0x846ca68b);
  return (bits ^ (bits >>> 16)) >>> 0;
}

function seedOf(name: string): number {
  let seed = 0x9e3779b9;
  for (const character of name) seed = mix(seed ^ (character.codePointAt(0) ?? 0));
  return seed;
}

/** The source for a seed; equal seeds give equal numbers. */
export function createRandom(seed: number | string): Random {
  const start = typeof seed === 'number' ? mix(seed) : seedOf(seed);
  let count = 0;
  const random: Random = {
    next: () => mix(start ^ mix(++count)) / 2 ** 32,
    integer: (low, high) => low + Math.floor(random.next() * (high - low + 1)),
    pick(list) {
      const chosen = list[Math.floor(random.next() * list.length)];
      if (chosen === undefined) throw new RangeError('Nothing to pick from.');
      return chosen;
    },
    shuffle(list) {
      const keyed = list.map((element) => ({ element, key: random.next() }));
      return keyed.sort((a, b) => a.key - b.key).map(({ element }) => element);
    },
    fork: (name) => createRandom(`${start}/${name}`),
  };
  return random;
}
