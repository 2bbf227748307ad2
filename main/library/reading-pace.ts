/** How long a model takes for a token, from when it said how far it had come. */
export interface ReadingPace {
  /** So many tokens are read now. */
  note(tokens: number): void;
  /** Seconds that so many tokens will take; null while too little is known. */
  secondsFor(tokens: number): number | null;
}

/** Steps that count: enough for a median that a pause for a question does not change, and few enough to follow. */
const steps = 31;
const fewest = 3;

/** `now` in milliseconds. */
export function createReadingPace(now: () => number): ReadingPace {
  const recent: number[] = [];
  let last: { at: number; tokens: number } | undefined;
  return {
    note(tokens) {
      const at = now();
      if (last && tokens > last.tokens) {
        recent.push((at - last.at) / (tokens - last.tokens));
        if (recent.length > steps) recent.shift();
      }
      last = { at, tokens };
    },
    secondsFor(tokens) {
      if (recent.length < fewest) return null;
      const middle = recent.toSorted((a, b) => a - b)[recent.length >> 1] ?? 0;
      return (middle * Math.max(0, tokens)) / 1000;
    },
  };
}
