/**
 * Which tokens of a sequence layers with a window have. Layers that attend to everything have all of them. The others
 * lack what was mounted from far away: for them the text goes on from the prefix straight to what was kept nearby and to
 * what is read now, so their own places are closer together.
 */
export interface Timeline {
  /** Tokens of the sequence. */
  readonly length: number;
  /** Those of them that layers with a window have. */
  readonly nearLength: number;
  /** Adds tokens that all layers have. */
  append(count: number): void;
  /** Adds tokens that only layers without a window have. */
  appendFar(count: number): void;
  /** Gives layers with a window the last `count` tokens of the sequence as well. */
  bringNear(count: number): void;
  /** Takes from layers with a window what lies between the first `from` tokens and the end. */
  forgetNear(from: number): void;
  truncate(length: number): void;
  copy(length: number): Timeline;
}

/** Tokens that follow each other in the sequence, from `from` on. */
interface Stretch {
  readonly from: number;
  readonly count: number;
}

export function createTimeline(
  initial: { length: number; near: readonly Stretch[] } = { length: 0, near: [] },
): Timeline {
  let { length } = initial;
  let near: readonly Stretch[] = initial.near;

  function addNear(from: number, count: number): void {
    const last = near.at(-1);
    near =
      last && last.from + last.count === from
        ? [...near.slice(0, -1), { from: last.from, count: last.count + count }]
        : [...near, { from, count }];
  }

  /** The stretches of the first tokens of the sequence. */
  const nearBefore = (end: number): Stretch[] =>
    near.map(({ from, count }) => ({ from, count: Math.min(count, end - from) })).filter(({ count }) => count > 0);

  return {
    get length() {
      return length;
    },
    get nearLength() {
      return near.reduce((sum, { count }) => sum + count, 0);
    },
    append(count) {
      addNear(length, count);
      length += count;
    },
    appendFar(count) {
      length += count;
    },
    bringNear: (count) => addNear(length - count, count),
    forgetNear(from) {
      near = nearBefore(from);
    },
    truncate(kept) {
      length = Math.min(length, kept);
      near = nearBefore(length);
    },
    copy(kept) {
      return createTimeline({ length: Math.min(length, kept), near: nearBefore(Math.min(length, kept)) });
    },
  };
}
