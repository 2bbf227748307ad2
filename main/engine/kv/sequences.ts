import type { Forward, Sequence } from '../forward.ts';

/** A sequence and the tokens it holds: ids, or the marks of what is mounted. */
export interface Held {
  tokens: number[];
  sequence: Sequence;
}

/** Keeps recent sequences, so that what begins like one of them need not be read again. */
export interface Sequences {
  /**
   * A sequence with the longest kept beginning of `tokens`, though never all of it: the last token is always left to
   * be read, since its logits are wanted. It will hold about `expected` tokens.
   */
  take(tokens: readonly number[], expected: number): Held;
  dispose(): void;
}

export interface Limits {
  readonly count: number;
  readonly bytes: number;
}

/**
 * Least recently used sequences are dropped, before one is added, so that there are never more than `limits` allow. The
 * one in use always stays, however large.
 */
export function keepSequences(forward: Forward, limits: Limits): Sequences {
  /** The most recently used comes last. */
  let kept: Held[] = [];

  function drop(held: Held): void {
    kept = kept.filter((other) => other !== held);
    held.sequence.dispose();
  }

  const bytesOf = (held: readonly Held[]) => held.reduce((sum, { sequence }) => sum + sequence.bytes, 0);
  const isFull = (added: number) => kept.length >= limits.count || bytesOf(kept) + added > limits.bytes;

  /** Drops what is oldest until a sequence of this size may be added. */
  function makeRoom(added: number, except?: Held): void {
    while (isFull(added)) {
      const oldest = kept.find((held) => held !== except);
      if (!oldest) return;
      drop(oldest);
    }
  }

  /** The held sequence itself when all of it is wanted or there is no room for a copy; otherwise a copy. */
  function continueFrom({ held, shared }: { held: Held; shared: number }, expected: number): Held {
    const { sequence, tokens } = held;
    const added = forward.bytesFor(expected);
    if (shared < tokens.length && sequence.fork && sequence.bytes + added <= limits.bytes) {
      makeRoom(added, held);
      return { tokens: tokens.slice(0, shared), sequence: sequence.fork(shared) };
    }
    kept = kept.filter((other) => other !== held);
    tokens.length = shared;
    sequence.truncate(shared);
    makeRoom(added);
    return held;
  }

  /** A new sequence; in the memory of the oldest when there is no room for both. */
  function start(expected: number): Held {
    const added = forward.bytesFor(expected);
    const [oldest] = kept;
    if (oldest && oldest.sequence.room >= expected && isFull(added)) {
      kept = kept.filter((other) => other !== oldest);
      oldest.tokens.length = 0;
      oldest.sequence.clear(expected);
      makeRoom(added);
      return oldest;
    }
    makeRoom(added);
    return { tokens: [], sequence: forward.createSequence(expected) };
  }

  return {
    take(tokens, expected) {
      const begun = kept
        .filter(({ sequence }) => sequence.room >= expected)
        .map((held) => ({ held, shared: Math.min(commonPrefix(held.tokens, tokens), tokens.length - 1) }))
        .reduce((best, other) => (other.shared > best.shared ? other : best), { held: undefined, shared: 0 } as {
          held: Held | undefined;
          shared: number;
        });
      const { held, shared } = begun;
      const taken = held ? continueFrom({ held, shared }, expected) : start(expected);
      kept.push(taken);
      return taken;
    },
    dispose() {
      for (const held of [...kept]) drop(held);
    },
  };
}

function commonPrefix(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let length = 0;
  while (length < a.length && length < b.length && a[length] === b[length]) length++;
  return length;
}
