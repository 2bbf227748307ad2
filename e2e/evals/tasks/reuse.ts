/**
 * `reuse`: several documents, each read once, mounted together in any order; a question asks for a
 * fact of one of them, or for one fact of each of two.
 */
import { anyDepth, type Item, type Task } from '../items.ts';
import { drawValue, kindOf, templateOf } from './templates.ts';

/** Documents that are mounted together. */
export const reuseDocuments = 4;

export const reuse: Task = {
  name: 'reuse',
  layout: 'documents',
  make: ({ random, names, trials }) => ({
    items: trials.map((trial): Item => {
      const source = random.fork(`${trial}`);
      const documents = source.shuffle(Array.from({ length: reuseDocuments }, (_, i) => i));
      const holders = source.shuffle(documents).slice(0, trial % 2 === 0 ? 1 : 2);
      const kind = kindOf(Math.floor(trial / 2));
      const facts = holders.map((document) => {
        const key = names.key(source);
        const value = drawValue(kind, names, source);
        const template = templateOf(kind, source);
        return {
          value,
          question: template.question(key),
          text: template.fact(key, value),
          depth: anyDepth(source),
          document,
        };
      });
      return {
        id: `reuse-${trial}`,
        task: 'reuse',
        kind: holders.length === 1 ? 'one document' : 'two documents',
        question: facts.map(({ question }) => question).join(' And: '),
        facts: facts.map(({ text, depth, document }) => ({ text, depth, document })),
        answers: facts.map(({ value }) => [value]),
        wrong: [],
        evidence: facts.map(({ text }) => text),
        depth: null,
        documents,
      };
    }),
    background: [],
  }),
};
