/** `multiquery`: several keys in one question. */
import { anyDepth, type Item, listed, type Task } from '../items.ts';

const sizes = [2, 3, 4];

export const multiquery: Task = {
  name: 'multiquery',
  layout: 'text',
  make: ({ random, names, trials }) => ({
    items: trials.map((trial): Item => {
      const source = random.fork(`${trial}`);
      const size = sizes[trial % sizes.length] ?? 2;
      const pairs = Array.from({ length: size }, () => {
        const key = names.key(source);
        const value = names.number(source);
        return { key, value, text: `The shelf mark of the ${key} is ${value}.`, depth: anyDepth(source) };
      });
      return {
        id: `multiquery-${trial}`,
        task: 'multiquery',
        kind: `${size} keys`,
        question: `What are the shelf marks of ${listed(pairs.map(({ key }) => `the ${key}`))}?`,
        facts: pairs.map(({ text, depth }) => ({ text, depth })),
        answers: pairs.map(({ value }) => [value]),
        wrong: [],
        evidence: pairs.map(({ text }) => text),
        depth: null,
        documents: [0],
      };
    }),
    background: [],
  }),
};
