/** A model that has lost its way says the same over and over; what it says then is worth nothing. */

/** The longest run of tokens that is looked for, repeated. */
const longestCycle = 16;
/** How often a run of tokens may follow itself; short ones do so in real speech ("no, no, no"). */
const mostRepeats = (cycle: number): number => (cycle <= 2 ? 8 : 4);

/**
 * The tokens that the end of `tokens` repeats: how many they are, when they follow each other more often than speech
 * does, or undefined.
 */
export function endlessCycle(tokens: readonly number[]): number | undefined {
  for (let cycle = 1; cycle <= longestCycle; cycle++) {
    const needed = cycle * mostRepeats(cycle);
    if (tokens.length < needed) continue;
    const from = tokens.length - needed;
    let same = true;
    for (let i = from; same && i + cycle < tokens.length; i++) same = tokens[i] === tokens[i + cycle];
    if (same) return cycle;
  }
  return undefined;
}

/** `tokens` with the repetition at their end said once. */
export function withoutEndlessCycle(tokens: readonly number[]): readonly number[] {
  const cycle = endlessCycle(tokens);
  if (cycle === undefined) return tokens;
  let end = tokens.length;
  while (
    end - 2 * cycle >= 0 &&
    tokens.slice(end - cycle, end).every((token, i) => token === tokens[end - 2 * cycle + i])
  )
    end -= cycle;
  return tokens.slice(0, end);
}
