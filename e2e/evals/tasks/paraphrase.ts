/** `paraphrase`: a fact of natural English, asked for in a question that shares no content word with it. */
import { depthOfTrial, type Item, type Task } from '../items.ts';
import { createRandom } from '../random.ts';
import { paraphrases } from './paraphrases.ts';

export const paraphrase: Task = {
  name: 'paraphrase',
  layout: 'text',
  make({ random, trials }) {
    // Each trial number has its pair; a text holds a pair once.
    const order = createRandom('paraphrases').shuffle(paraphrases);
    const told = new Set<number>();
    const items = trials.flatMap((trial): Item[] => {
      const index = trial % order.length;
      const pair = order[index];
      if (!pair || told.has(index)) return [];
      told.add(index);
      const depth = depthOfTrial(trial + random.fork(`${trial}`).integer(0, 4));
      return [
        {
          id: `paraphrase-${trial}`,
          task: 'paraphrase',
          kind: 'other words',
          question: pair.question,
          facts: [{ text: pair.fact, depth }],
          answers: [pair.answers],
          wrong: [],
          evidence: [pair.fact],
          depth,
          documents: [0],
        },
      ];
    });
    return { items, background: [] };
  },
};
