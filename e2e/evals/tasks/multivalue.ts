/** `multivalue`: one key with several values, told in different places; all are asked for. */
import { anyDepth, type Item, type Task } from '../items.ts';

const values = 4;

const wordings = [
  {
    fact: (key: string, value: string) => `One of the numbers engraved on the ${key} is ${value}.`,
    question: (key: string) => `Which ${values} numbers are engraved on the ${key}? Name them all.`,
  },
  {
    fact: (key: string, value: string) => `A ticket that admits to the ${key} is number ${value}.`,
    question: (key: string) => `What are the numbers of the ${values} tickets that admit to the ${key}? Name them all.`,
  },
  {
    fact: (key: string, value: string) => `Among the magic numbers of the ${key} is ${value}.`,
    question: (key: string) => `What are all ${values} magic numbers of the ${key}?`,
  },
];

export const multivalue: Task = {
  name: 'multivalue',
  layout: 'text',
  make: ({ random, names, trials }) => ({
    items: trials.map((trial): Item => {
      const source = random.fork(`${trial}`);
      const { fact, question } = source.pick(wordings);
      const key = names.key(source);
      const found = Array.from({ length: values }, () => names.number(source));
      const facts = found.map((value) => ({ text: fact(key, value), depth: anyDepth(source) }));
      return {
        id: `multivalue-${trial}`,
        task: 'multivalue',
        kind: `${values} values`,
        question: question(key),
        facts,
        answers: found.map((value) => [value]),
        wrong: [],
        evidence: facts.map(({ text }) => text),
        depth: null,
        documents: [0],
      };
    }),
    background: [],
  }),
};
