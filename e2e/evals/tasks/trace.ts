/** `trace`: a value that is handed on from name to name, 2 to 4 times, beside other such chains. */
import type { Item, Task, TaskFact } from '../items.ts';
import type { Names } from '../names.ts';
import type { Random } from '../random.ts';

const hopCounts = [2, 3, 4];
const otherChains = 2;

interface Chain {
  facts: TaskFact[];
  value: string;
  last: string;
}

export const trace: Task = {
  name: 'trace',
  layout: 'text',
  make: ({ random, names, trials }) => ({
    items: trials.map((trial): Item => {
      const source = random.fork(`${trial}`);
      const hops = hopCounts[trial % hopCounts.length] ?? 2;
      const asked = chain(hops, names, source);
      const others = Array.from({ length: otherChains }, () => chain(hops, names, source));
      return {
        id: `trace-${trial}`,
        task: 'trace',
        kind: `${hops} hops`,
        question: `Which sum is written in the ledger called ${asked.last}?`,
        facts: [asked, ...others].flatMap(({ facts }) => facts),
        answers: [[asked.value]],
        wrong: others.map(({ value }) => value),
        evidence: asked.facts.map(({ text }) => text),
        depth: null,
        documents: [0],
      };
    }),
    background: [],
  }),
};

/** The value and each time that it is handed on, in the text's order. */
function chain(hops: number, names: Names, random: Random): Chain {
  const value = names.number(random);
  const ledgers = Array.from({ length: hops + 1 }, () => names.coined(random));
  const places = Array.from({ length: hops + 1 }, () => random.integer(2, 98) / 100).sort((a, b) => a - b);
  const facts = ledgers.map((ledger, i) => ({
    text:
      i === 0
        ? `The sum written in the ledger called ${ledger} is ${value}.`
        : `The ledger called ${ledger} took over the sum of the ledger called ${ledgers[i - 1]}.`,
    depth: places[i] ?? 0,
  }));
  return { facts, value, last: ledgers.at(-1) ?? '' };
}
