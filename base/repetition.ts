/** Tokens that say the same again and again, as a model writes that has lost its way. */

/** The end of some tokens that only says again what stands before it. */
export interface Repetition {
  /** Length of what is repeated. */
  stretch: number;
  /** How many of the last tokens say it again, not always to its end. */
  repeated: number;
}

export interface RepetitionLimits {
  /** The longest stretch that is noticed. */
  longestStretch: number;
  /** How many tokens have to say a stretch of this length again. */
  enough(stretch: number): number;
}

/** The shortest stretch that the end of `tokens` repeats often enough; undefined when there is none. */
export function repetitionAtEnd(
  tokens: readonly number[],
  { longestStretch, enough }: RepetitionLimits,
): Repetition | undefined {
  for (let stretch = 1; stretch <= longestStretch && stretch < tokens.length; stretch++) {
    let at = tokens.length - 1;
    while (at >= stretch && tokens[at] === tokens[at - stretch]) at--;
    const repeated = tokens.length - 1 - at;
    if (repeated >= enough(stretch)) return { stretch, repeated };
  }
  return undefined;
}
