import type { Forward, Sequence } from '../forward.ts';

/** A sequence of a model that does not exist: it only remembers its tokens. */
export interface FakeSequence extends Sequence {
  readonly tokens: readonly number[];
  readonly disposed: number;
}

export interface FakeForwardOptions {
  /** How many logits each place has. */
  readonly vocabulary?: number;
  /** What the model writes after these tokens. */
  readonly next?: (tokens: readonly number[]) => number;
  /** Called before each run; what it throws, the run throws. */
  readonly onRun?: (tokens: readonly number[]) => void;
  /** As a device that keeps sequences itself: of a fixed size, and without copies. */
  readonly onDevice?: boolean;
}

export interface FakeForward extends Forward {
  /** All that were ever made. */
  readonly sequences: readonly FakeSequence[];
  /** The tokens of each run. */
  readonly runs: readonly number[][];
}

const unused = (): never => {
  throw new Error('The fake has no keys and values.');
};

/** A token takes a byte; a device's sequence takes all of its room from the beginning. */
export function fakeForward(options: FakeForwardOptions = {}): FakeForward {
  const { vocabulary = 1, next = () => 0, onRun, onDevice = false } = options;
  const sequences: FakeSequence[] = [];
  const held = new Map<Sequence, number[]>();
  const runs: number[][] = [];

  function create(room: number, tokens: number[]): FakeSequence {
    let disposed = 0;
    const sequence: FakeSequence = {
      tokens,
      room,
      get disposed() {
        return disposed;
      },
      get length() {
        return tokens.length;
      },
      get bytes() {
        return onDevice ? room : tokens.length;
      },
      truncate(length) {
        tokens.length = Math.min(tokens.length, length);
      },
      clear() {
        tokens.length = 0;
      },
      ...(!onDevice && { fork: (length: number) => create(room, tokens.slice(0, length)) }),
      dispose() {
        disposed++;
      },
    };
    sequences.push(sequence);
    held.set(sequence, tokens);
    return sequence;
  }

  return {
    sequences,
    runs,
    createSequence: (expected) => create(onDevice ? expected : Number.POSITIVE_INFINITY, []),
    bytesFor: (tokens) => tokens,
    async run(sequence, tokens, logitRows) {
      const known = held.get(sequence);
      if (!known) throw new Error('This sequence is of another model.');
      const added = Array.from(tokens);
      onRun?.(added);
      runs.push(added);
      const before = [...known];
      known.push(...added);
      const logits = new Float32Array(logitRows.length * vocabulary);
      for (const [index, row] of logitRows.entries()) {
        logits[index * vocabulary + next([...before, ...added.slice(0, row + 1)])] = 1;
      }
      return logits;
    },
    emptyCache: unused,
    read: unused,
    queries: unused,
    mount: unused,
  };
}
