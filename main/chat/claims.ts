/** What an answer says that can be looked up. */
import type { Readings } from './words.ts';

export interface Claim {
  /** As it stands in the answer. */
  text: string;
  /** Normalized words and numbers, all of which must occur in the text that was read, each in one of its readings. */
  keys: readonly Readings[];
}

/** A way of writing something that is claimed. */
export interface ClaimForm {
  pattern: RegExp;
  /** What has to be found; nothing where the match is no claim. */
  keysOf(match: RegExpMatchArray): readonly Readings[];
}

/** What is claimed in one form after the other, and the text without it, in which all else stays at its place. */
export function takeClaims(text: string, forms: readonly ClaimForm[]): { claims: Claim[]; rest: string } {
  const claims: Claim[] = [];
  let rest = text;
  for (const { pattern, keysOf } of forms)
    for (const match of rest.matchAll(pattern)) {
      const [claimed] = match;
      const keys = keysOf(match);
      if (keys.length === 0) continue;
      claims.push({ text: claimed, keys });
      rest = rest.slice(0, match.index) + '-'.repeat(claimed.length) + rest.slice(match.index + claimed.length);
    }
  return { claims, rest };
}
