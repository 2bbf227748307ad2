/** `recall`: one fact at each depth, asked for in the text's own words. */
import { depths, type Item, type Task, type TaskRequest } from '../items.ts';
import { drawValue, kindOf, templateOf } from './templates.ts';

export const recall: Task = {
  name: 'recall',
  layout: 'text',
  make: ({ random, names, trials }: TaskRequest) => ({
    items: trials.flatMap((trial) =>
      depths.map((depth, i): Item => {
        const source = random.fork(`${trial}/${i}`);
        const kind = kindOf(trial + i);
        const key = names.key(source);
        const value = drawValue(kind, names, source);
        const template = templateOf(kind, source);
        const text = template.fact(key, value);
        return {
          id: `recall-${trial}-${i}`,
          task: 'recall',
          kind,
          question: template.question(key),
          facts: [{ text, depth }],
          answers: [[value]],
          wrong: [],
          evidence: [text],
          depth,
          documents: [0],
        };
      }),
    ),
    background: [],
  }),
};
