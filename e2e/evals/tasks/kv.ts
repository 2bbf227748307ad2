/** `kv`: one of many entries of a register, whose sheets lie scattered over the text; thousands in a long one. */
import type { Item, Task, TaskFact } from '../items.ts';

const tokensPerEntry = 200;
const fewest = 16;
const most = 4000;
/** Entries that stand together. */
const sheet = 16;

export const kv: Task = {
  name: 'kv',
  layout: 'text',
  make({ random, names, trials, tokens }) {
    const size = Math.max(trials.length, Math.min(most, Math.max(fewest, Math.round(tokens / tokensPerEntry))));
    const source = random.fork(`register/${trials[0]}`);
    const sheets = Math.ceil(size / sheet);
    const entries = Array.from({ length: size }, (_, i) => {
      const label = names.label(source);
      const value = names.number(source);
      const number = Math.floor(i / sheet);
      const depth = (number + 0.5) / sheets;
      const fact: TaskFact = {
        text: `Entry ${label} of the register reads ${value}.`,
        depth,
        group: `register ${number}`,
      };
      return { label, value, fact };
    });
    const asked = source.shuffle(entries);
    return {
      items: trials.map((trial, i): Item => {
        const { label, value, fact } = asked[i] ?? { label: '', value: '', fact: { text: '', depth: 0 } };
        return {
          id: `kv-${trial}`,
          task: 'kv',
          kind: `${size} entries`,
          question: `What does entry ${label} of the register read?`,
          // The register is one: all of its entries are in the background, in their order.
          facts: [],
          answers: [[value]],
          wrong: entries
            .filter((entry) => entry.fact.group === fact.group && entry.label !== label)
            .map((e) => e.value),
          evidence: [fact.text],
          depth: fact.depth,
          documents: [0],
        };
      }),
      background: entries.map(({ fact }) => fact),
    };
  },
};
