import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { longestWord, mostWordsAsked, mostWordsCompared } from '../perception/protocol.ts';
import { createRarity, type RelateWords, wordLikeness } from './word-likeness.ts';

function rarityIn(...texts: string[]) {
  const rarity = createRarity();
  rarity.add(texts);
  return rarity.of;
}

/** Pairs of words that are alike, either way round. */
const relating =
  (...pairs: [string, string, number][]): RelateWords =>
  async (words, others) =>
    Float32Array.from({ length: words.length * others.length }, (_, place) => {
      const pair = [words[Math.floor(place / others.length)] ?? '', others[place % others.length] ?? ''];
      return pairs.find(([a, b]) => pair.includes(a) && pair.includes(b) && a !== b)?.[2] ?? 0.2;
    });

const prose = ['The keeper lit the lamp.', 'The boat was at the pier.', 'The lamp of the tower was lit by the keeper.'];

describe('how rare a word is', () => {
  test('goes by how many texts hold it, not by how often', () => {
    const rarity = rarityIn(...prose);
    const order = ['the', 'lamp', 'boat', 'poet'].map(rarity);
    expect(order).toEqual(order.toSorted((a, b) => a - b));
    expect(rarity('keeper')).toBe(rarity('lamp'));
    expect(rarity('poet')).toBe(1);
    expect(rarity('the')).toBeGreaterThan(0);
  });
});

describe('how much of a question a sentence says', () => {
  const question = 'Who wrote down the last lines of the author?';
  const rarity = rarityIn(...prose);

  test('is the more, the more of its words it has, or others like them', async () => {
    const relate = relating(['author', 'poet', 0.6], ['lines', 'verses', 0.5]);
    const sentences = [
      'The boat was painted.',
      'The poet was painted.',
      'The poet sold verses.',
      'The author sold lines.',
    ];
    const worths = await wordLikeness(question, sentences, rarity, relate);
    expect(worths).toEqual(worths.toSorted((a, b) => a - b));
    expect(new Set(worths).size).toBe(sentences.length);
    expect(worths[0]).toBeLessThan(0.05);
  });

  test('is less in a longer sentence, and less by frequent words', async () => {
    const [short = 0, long = 0, frequent = 0] = await wordLikeness(
      'The poet, the lamp',
      [
        'The poet sold a boat.',
        'The poet sold a boat that had been painted green by a man from the other shore.',
        'The lamp sold a boat.',
      ],
      rarity,
      relating(),
    );
    expect(short).toBeGreaterThan(long);
    expect(short).toBeGreaterThan(frequent);
  });

  test('asks for no more, and no longer, words than can be asked for at once', async () => {
    const many = Array.from({ length: 20_000 }, (_, i) => `w${i}`).join(' ');
    let asked = 0;
    const relate: RelateWords = async (words, others) => {
      asked++;
      expect(words.length).toBeLessThanOrEqual(mostWordsAsked);
      expect(others.length).toBeLessThanOrEqual(mostWordsCompared);
      for (const word of [...words, ...others]) expect(word.length).toBeLessThanOrEqual(longestWord);
      return new Float32Array(words.length * others.length);
    };
    const [worth] = await wordLikeness(many, [`${many} ${'x'.repeat(100)}`], rarity, relate);
    expect(worth).toBeGreaterThan(0);
    expect(await wordLikeness('…?', ['One.'], rarity, relate)).toEqual([0]);
    expect(await wordLikeness('One?', ['', '—'], rarity, relate)).toEqual([0, 0]);
    expect(await wordLikeness('One?', [], rarity, relate)).toEqual([]);
    expect(asked).toBe(1);
  });

  test('is a number from 0 on, and at most some one and a half, for any texts', async () => {
    const relate: RelateWords = async (words, others) => new Float32Array(words.length * others.length).fill(1);
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit: 'grapheme' }),
        fc.array(fc.string({ unit: 'grapheme' })),
        async (asked, texts) => {
          for (const worth of await wordLikeness(asked, texts, rarityIn(...texts), relate)) {
            expect(worth).toBeGreaterThanOrEqual(0);
            expect(worth).toBeLessThan(1.5);
          }
        },
      ),
    );
  });
});
