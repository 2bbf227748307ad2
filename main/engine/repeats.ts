/** Watches growing tokens for a stretch that comes again and again: a small model may go round in circles without an end. */

/** The longest stretch that is noticed, and how many tokens have to say again what stands before them: twice all of it. */
const longestStretch = 256;
const fewestTokens = 32;
const timesAgain = 2;

export interface RepeatWatcher {
  /** Adds a token. Gives how many of the last tokens only say again what stands before them, from then on that they do. */
  push(token: number): number;
}

export function watchForRepeats(): RepeatWatcher {
  const tokens: number[] = [];
  /** By length of a stretch, how many of the last tokens are the same as that far before. */
  const same = new Uint32Array(longestStretch + 1);
  return {
    push(token) {
      tokens.push(token);
      let repeated = 0;
      for (let stretch = 1; stretch <= longestStretch; stretch++) {
        const again = tokens.at(-1 - stretch) === token ? (same[stretch] as number) + 1 : 0;
        same[stretch] = again;
        if (again >= Math.max(fewestTokens, timesAgain * stretch)) repeated = Math.max(repeated, again);
      }
      return repeated;
    },
  };
}
