/** What a right answer is, and how sure a share of right answers is. */
import type { Item } from './items.ts';

const ones = 'zero one two three four five six seven eight nine'.split(' ');
const teens = 'ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen'.split(' ');
const tens = 'twenty thirty forty fifty sixty seventy eighty ninety'.split(' ');
const small = new Map<string, number>([
  ...ones.map((word, i) => [word, i] as const),
  ...teens.map((word, i) => [word, i + 10] as const),
  ...tens.map((word, i) => [word, (i + 2) * 10] as const),
]);
const large = new Map<string, number>([
  ['thousand', 1e3],
  ['million', 1e6],
]);

/** The words of a text, without case, accents and punctuation, and with numbers as digits: "Forty-Two" is "42". */
export function normalize(text: string): string {
  const plain = text
    .replace(/(?<=\d)[,'’\u00a0\u2009\u202f](?=\d{3}(?!\d))/g, '')
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase();
  return withDigits(plain.match(/[\p{L}\p{N}]+/gu) ?? []).join(' ');
}

/** The words with every run of number words as one number. */
function withDigits(words: readonly string[]): string[] {
  const result: string[] = [];
  for (let i = 0; i < words.length; ) {
    const { value, taken } = numberAt(words, i);
    result.push(taken > 0 ? String(value) : (words[i] ?? ''));
    i += Math.max(1, taken);
  }
  return result;
}

/** The longest number that begins with this word, and how many words it takes; none when it takes 0. */
function numberAt(words: readonly string[], start: number): { value: number; taken: number } {
  let total = 0;
  let current = 0;
  /** What may still be added is less than this: 100 after a hundred, 10 after twenty, nothing after three. */
  let room = 1000;
  let lastScale = Number.POSITIVE_INFINITY;
  let taken = 0;
  for (let i = start; i < words.length; i++) {
    const word = words[i] ?? '';
    const added =
      small.get(word) ??
      (taken === 0 && /^\d{1,3}$/.test(word) && large.has(words[i + 1] ?? '') ? Number(word) : undefined);
    const scale = large.get(word);
    if (added !== undefined && added < room && (added > 0 || taken === 0)) {
      current += added;
      room = added >= 20 && added < 100 && added % 10 === 0 ? 10 : 0;
    } else if (word === 'hundred' && current > 0 && current < 10) {
      current *= 100;
      room = 100;
    } else if (scale !== undefined && current > 0 && scale < lastScale) {
      total += current * scale;
      current = 0;
      room = 1000;
      lastScale = scale;
    } else if (
      word === 'and' &&
      (room === 100 || (room === 1000 && taken > 0)) &&
      (small.get(words[i + 1] ?? '') ?? 0) > 0
    ) {
      continue;
    } else break;
    taken = i - start + 1;
  }
  return { value: total + current, taken };
}

/** True when a text holds a string as whole words. */
export function holds(text: string, accepted: string): boolean {
  const words = normalize(accepted);
  return words !== '' && ` ${normalize(text)} `.includes(` ${words} `);
}

/** This many words of a long fact are enough to tell that it is the one. */
const tellingWords = 24;

/**
 * True when a quote shows a fact: it has the whole of it, or is a part of it that is not too small, or
 * has a long stretch of it.
 */
export function shows(quote: string, fact: string): boolean {
  const quoted = ` ${normalize(quote)} `;
  const words = normalize(fact).split(' ');
  const whole = ` ${words.join(' ')} `;
  if (quoted.includes(whole)) return true;
  const quotedWords = quoted.trim().split(' ').length;
  if (quotedWords >= Math.min(words.length / 2, tellingWords) && whole.includes(quoted)) return true;
  for (let i = 0; i + tellingWords <= words.length; i++)
    if (quoted.includes(` ${words.slice(i, i + tellingWords).join(' ')} `)) return true;
  return false;
}

export interface Score {
  /** The share of what was asked for that the answer holds: 0 or 1 when it is one thing. */
  right: number;
  /** The share of the facts that the citations show; null when nothing was cited because the reader cites nothing. */
  cited: number | null;
  /** The answer holds something that answers another question. */
  misled: boolean;
}

/** Scores an answer; `citations` is null for a reader that does not cite. */
export function scoreAnswer(
  { answers, wrong, evidence }: Pick<Item, 'answers' | 'wrong' | 'evidence'>,
  text: string,
  citations: readonly { quote: string }[] | null,
): Score {
  return {
    right: share(answers, (accepted) => accepted.some((answer) => holds(text, answer))),
    cited: citations && share(evidence, (fact) => citations.some(({ quote }) => shows(quote, fact))),
    misled: wrong.some((answer) => holds(text, answer)),
  };
}

function share<T>(list: readonly T[], holdsFor: (element: T) => boolean): number {
  return list.length === 0 ? 0 : list.filter(holdsFor).length / list.length;
}

/** The standard normal quantile of a 95 % interval. */
const z95 = 1.959964;

/** Wilson's 95 % interval of a share, from the (possibly fractional) number of successes in `trials`. */
export function wilsonInterval(successes: number, trials: number): { low: number; high: number } {
  if (trials === 0) return { low: 0, high: 1 };
  const p = successes / trials;
  const z2 = z95 ** 2;
  const centre = p + z2 / (2 * trials);
  const spread = z95 * Math.sqrt((p * (1 - p)) / trials + z2 / (4 * trials ** 2));
  const scale = 1 + z2 / trials;
  // The share itself lies within, also where rounding says otherwise.
  return {
    low: Math.max(0, Math.min(p, (centre - spread) / scale)),
    high: Math.min(1, Math.max(p, (centre + spread) / scale)),
  };
}
