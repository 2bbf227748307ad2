/**
 * What single words mean to the embedding model: its vectors of the words of its own vocabulary, made beforehand, so that
 * a question's words are compared with thousands of others without running the model. `npm run -s eval -- words` makes them.
 */
import { join } from 'node:path';
import { z } from 'zod';
import { LonghandError } from '../../base/errors.ts';
import { readJson, readModelFile } from './model-files.ts';
import { dimensions } from './protocol.ts';

export interface WordVectors {
  /**
   * The cosines of vectors of length 1 with the vectors of words [vectors, words], 0 for a word that is not in the vocabulary.
   * Capitals and accents make no difference.
   */
  likeness(vectors: readonly Float32Array[], words: readonly string[]): Float32Array<ArrayBuffer>;
}

/** Beside the model: 384 signed bytes a word, in the order of `wholeWords`. */
export const wordVectorsFile = 'words.bin';

const vocabularyOf = z.object({ model: z.object({ vocab: z.record(z.string(), z.int()) }) });
const wholeWord = /^\p{L}{3,}$/u;

/** The words of the model's vocabulary, by their number: parts of words, signs and the shortest are none. */
export async function wholeWords(folder: string): Promise<string[]> {
  const { model } = await readJson(join(folder, 'tokenizer.json'), (content) => vocabularyOf.parse(content));
  return Object.entries(model.vocab)
    .filter(([word]) => wholeWord.test(word))
    .sort(([, a], [, b]) => a - b)
    .map(([word]) => word);
}

/** As the vocabulary writes it. */
const spelled = (word: string): string => word.toLowerCase().normalize('NFD').replace(/\p{M}/gu, '');

/** Opens the vectors of a model's folder. Throws `missing-weights` or `bad-file`. */
export async function openWordVectors(folder: string): Promise<WordVectors> {
  const words = await wholeWords(folder);
  const path = join(folder, wordVectorsFile);
  const file = await readModelFile(path);
  if (file.length !== words.length * dimensions)
    throw new LonghandError('bad-file', `The file ${path} is damaged. Install Longhand again.`);
  const bytes = new Int8Array(file.buffer, file.byteOffset, file.length);
  const rows = new Map(words.map((word, row) => [word, row]));
  return {
    likeness(vectors, others) {
      const cosines = new Float32Array(vectors.length * others.length);
      for (const [column, word] of others.entries()) {
        const row = rows.get(spelled(word));
        if (row === undefined) continue;
        const vector = bytes.subarray(row * dimensions, (row + 1) * dimensions);
        const length = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
        for (const [index, direction] of vectors.entries()) {
          let sum = 0;
          for (let i = 0; i < dimensions; i++) sum += (direction[i] ?? 0) * (vector[i] ?? 0);
          cosines[index * others.length + column] = sum / length;
        }
      }
      return cosines;
    },
  };
}
