/** Made-up books for tests, of sentences that are all different. */
import type { Book } from '../books.ts';
import { createRandom } from '../random.ts';

const nouns = 'river miller garden road letter winter horse window cousin market evening story'.split(' ');
const verbs = 'crossed remembered followed praised forgot described avoided mended'.split(' ');

/** A book of so many paragraphs, each of 1 to 5 sentences. */
export function makeBook(title: string, paragraphs: number): Book {
  const random = createRandom(title);
  let count = 0;
  const sentence = (): string =>
    `The ${random.pick(nouns)} of ${title} ${random.pick(verbs)} the ${random.pick(nouns)} in chapter ${++count}.`;
  return {
    title,
    paragraphs: Array.from({ length: paragraphs }, () =>
      Array.from({ length: random.integer(1, 5) }, sentence).join(' '),
    ),
  };
}

/** Four characters a token. */
export function countTokens(text: string): number {
  return Math.ceil(text.length / 4);
}
