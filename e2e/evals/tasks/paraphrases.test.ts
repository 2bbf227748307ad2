import { describe, expect, it } from 'vitest';
import { holds } from '../score.ts';
import { furtherParaphrases, paraphrases } from './paraphrases.ts';

const all = [...paraphrases, ...furtherParaphrases];

/** Words that only hold a sentence together. */
const functionWords = new Set(
  `a about aboard after against all an and another any are as at be been before beside but by can cannot could did do
  does down during each every for from get had has have he her his how in inside into is it its last like must
  not of off on once or out over s she so someone that the their them there these they this those through to
  under until up used was were what when whenever where which while who whom whose why will with without would`.split(
    /\s+/,
  ),
);

/** The content words, without the commonest endings. */
function stems(text: string): string[] {
  const words = text.toLowerCase().match(/\p{L}+/gu) ?? [];
  return words
    .filter((word) => word.length > 1 && !functionWords.has(word))
    .map((word) => word.replace(/(?:ies|ied|ing|ers?|ed|es|ly|s|e|y)$/, ''))
    .filter((stem) => stem.length > 1);
}

/** True for words of one family: the same stem, or one that begins with the other. */
function related(a: string, b: string): boolean {
  const [short, long] = a.length < b.length ? [a, b] : [b, a];
  return short === long || (short.length >= 4 && long.startsWith(short));
}

describe('paraphrases', () => {
  it('are at least two dozen, all different', () => {
    expect(paraphrases.length).toBeGreaterThanOrEqual(24);
    expect(new Set(all.map(({ fact }) => fact)).size).toBe(all.length);
    expect(new Set(all.map(({ question }) => question)).size).toBe(all.length);
  });

  it.each(all.map((pair) => [pair.question, pair] as const))('share no content word: %s', (_, { fact, question }) => {
    const told = stems(fact);
    expect(told.length).toBeGreaterThan(2);
    expect(stems(question).filter((asked) => told.some((word) => related(asked, word)))).toEqual([]);
  });

  it.each(
    paraphrases.map((pair) => [pair.fact, pair] as const),
  )('tell one accepted answer, which is not asked: %s', (_, pair) => {
    expect(pair.answers.some((answer) => holds(pair.fact, answer))).toBe(true);
    expect(pair.answers.some((answer) => holds(pair.question, answer))).toBe(false);
    const others = paraphrases.filter((other) => other !== pair);
    expect(others.filter(({ fact }) => pair.answers.some((answer) => holds(fact, answer)))).toEqual([]);
  });
});
