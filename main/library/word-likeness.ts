/**
 * How much of a question a sentence says, word for word, in the same words or in others of like meaning. A sentence's own
 * vector tells what it is about as a whole; what a question asks in other words stands out by its words, each for itself: as in
 * translation models of retrieval (Berger & Lafferty, "Information Retrieval as Statistical Translation", SIGIR 1999), with the
 * likeness of words by their embeddings (Kuzi, Shtok & Kurland, "Query Expansion Using Word Embeddings", CIKM 2016).
 */
import { longestWord, mostWordsAsked, mostWordsCompared } from '../perception/protocol.ts';
import { terms } from './search-query.ts';

/** Cosines [words, others] of words with others, 0 for those that are not known. */
export type RelateWords = (
  words: readonly string[],
  others: readonly string[],
  signal?: AbortSignal,
) => Promise<Float32Array>;

/** Below this cosine, two words have nothing to do with each other; any two have one of some 0.2. */
const unlike = 0.3;
/** From this cosine on, a word counts as much as the same word: several that are alike say more than one that is the same. */
const alike = 0.6;
/** Words of a usual sentence; those of shorter and longer ones count for more and less, by this share. */
const usualWords = 8;
const lengthShare = 0.4;
/** A sentence of fewer words counts as one of so many. */
const fewestWords = 4;

const words = (text: string): string[] => terms(text).filter(({ length }) => length <= longestWord);

/** Of a word, how rare it is: near 0 for one that stands in all of the texts, 1 for one that stands in none. */
export type Rarity = (word: string) => number;

/** How rare words are among texts, by how many of them hold each (inverse document frequency; Spärck Jones 1972). */
export function createRarity(): { add(texts: readonly string[]): void; of: Rarity } {
  const counts = new Map<string, number>();
  let total = 0;
  return {
    add(texts) {
      total += texts.length;
      for (const word of texts.flatMap(words)) counts.set(word, (counts.get(word) ?? 0) + 1);
    },
    of: (word) => Math.log(1 + total / (0.5 + (counts.get(word) ?? 0))) / Math.log(1 + 2 * total),
  };
}

/**
 * Of each sentence, how much of the question it says: 0 for nothing, about 1 for each of its words or one like it, all of them
 * rare, in a sentence of usual length. Throws what `relate` throws.
 */
export async function wordLikeness(
  question: string,
  sentences: readonly string[],
  rarity: Rarity,
  relate: RelateWords,
): Promise<number[]> {
  const asked = words(question).slice(0, mostWordsAsked);
  const said = sentences.map(words);
  const others = [...new Set(said.flat())].slice(0, mostWordsCompared);
  if (asked.length === 0 || others.length === 0) return sentences.map(() => 0);
  const cosines = await relate(asked, others);
  const places = new Map(others.map((word, place) => [word, place]));
  const rarities = others.map(rarity);
  // Words that say that something is asked, and not what about, are frequent, in any language.
  const weights = asked.map((word) => rarity(word) ** 2);
  const all = weights.reduce((sum, weight) => sum + weight, 0);
  const worth = (word: string, index: number, other: string): number => {
    const place = places.get(other);
    if (place === undefined) return 0;
    const cosine = other === word ? 1 : (cosines[index * others.length + place] ?? 0);
    return Math.min(1, Math.max(0, (cosine - unlike) / (alike - unlike))) * (rarities[place] ?? 0);
  };
  return said.map((sentence) => {
    const found = asked.reduce(
      (sum, word, index) =>
        sum + (weights[index] ?? 0) * sentence.reduce((best, other) => Math.max(best, worth(word, index, other)), 0),
      0,
    );
    const length = 1 - lengthShare + (lengthShare * Math.max(fewestWords, sentence.length)) / usualWords;
    return all > 0 ? found / all / length : 0;
  });
}
