/** A model that has lost its way says the same over and over; what it says then is worth nothing. */
import { type RepetitionLimits, repetitionAtEnd } from '../../base/repetition.ts';

/** How often a run of tokens may follow itself; short ones do so in real speech ("no, no, no"). */
const mostRepeats = (cycle: number): number => (cycle <= 2 ? 8 : 4);
const limits: RepetitionLimits = { longestStretch: 16, enough: (cycle) => cycle * (mostRepeats(cycle) - 1) };

/**
 * The tokens that the end of `tokens` repeats: how many they are, when they follow each other more often than speech
 * does, or undefined.
 */
export const endlessCycle = (tokens: readonly number[]): number | undefined => repetitionAtEnd(tokens, limits)?.stretch;

/** `tokens` with the repetition at their end said once. */
export function withoutEndlessCycle(tokens: readonly number[]): readonly number[] {
  const found = repetitionAtEnd(tokens, limits);
  if (!found) return tokens;
  const { stretch, repeated } = found;
  return tokens.slice(0, tokens.length - Math.floor(repeated / stretch) * stretch);
}
