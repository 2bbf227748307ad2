/** `aggregate`: a long list of coined words, some of which stand in it far more often than the others. */
import { depthOfTrial, type Item, type Task } from '../items.ts';

const commonWords = 3;
const commonTimes = 10;
const rareWords = 25;
const rareTimes = 2;

export const aggregate: Task = {
  name: 'aggregate',
  layout: 'text',
  make: ({ random, names, trials }) => ({
    items: trials.map((trial): Item => {
      const source = random.fork(`${trial}`);
      const key = names.key(source);
      const depth = depthOfTrial(trial);
      const coin = (): string => names.coined(source).toLowerCase();
      const common = Array.from({ length: commonWords }, coin);
      const rare = Array.from({ length: rareWords }, coin);
      const list = source.shuffle([
        ...common.flatMap((word) => Array<string>(commonTimes).fill(word)),
        ...rare.flatMap((word) => Array<string>(rareTimes).fill(word)),
      ]);
      const text = `The coded list of the ${key} reads: ${list.join(' ')}.`;
      return {
        id: `aggregate-${trial}`,
        task: 'aggregate',
        kind: `${list.length} words`,
        question: `Which ${commonWords} words stand most often in the coded list of the ${key}?`,
        facts: [{ text, depth, group: `list ${trial}` }],
        answers: common.map((word) => [word]),
        wrong: rare,
        evidence: [text],
        depth,
        documents: [0],
      };
    }),
    background: [],
  }),
};
