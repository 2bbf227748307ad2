/** `multikey`: several facts that differ in a word of their key and in their value; one is asked for. */
import { anyDepth, depthOfTrial, type Item, type Task } from '../items.ts';
import { drawValue, kindOf, templateOf } from './templates.ts';

const similar = 4;

export const multikey: Task = {
  name: 'multikey',
  layout: 'text',
  make: ({ random, names, trials }) => ({
    items: trials.map((trial): Item => {
      const source = random.fork(`${trial}`);
      const kind = kindOf(trial);
      const template = templateOf(kind, source);
      const depth = depthOfTrial(trial);
      const facts = names.family(source, similar).map((key, i) => {
        const value = drawValue(kind, names, source);
        return { key, value, text: template.fact(key, value), depth: i === 0 ? depth : anyDepth(source) };
      });
      const [asked, ...others] = facts;
      return {
        id: `multikey-${trial}`,
        task: 'multikey',
        kind,
        question: template.question(asked?.key ?? ''),
        facts: facts.map(({ text, depth: place }) => ({ text, depth: place })),
        answers: [[asked?.value ?? '']],
        wrong: others.map(({ value }) => value),
        evidence: [asked?.text ?? ''],
        depth,
        documents: [0],
      };
    }),
    background: [],
  }),
};
