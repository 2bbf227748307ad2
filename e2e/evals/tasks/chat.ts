/** `chat`: what the person said in the first turns of a long conversation. */
import type { Item, Task, Template } from '../items.ts';
import { drawValue, kindOf, type ValueKind } from './templates.ts';

/** The share of the conversation in which facts are told. */
const early = 0.2;
const places = [0, 0.25, 0.5, 0.75, 1];

const templates: Record<ValueKind, Template> = {
  number: {
    fact: (key, value) => `By the way, my booking number for the ${key} is ${value}.`,
    question: (key) => `What did I say my booking number for the ${key} is?`,
  },
  uuid: {
    fact: (key, value) => `Please keep in mind that my licence for the ${key} is ${value}.`,
    question: (key) => `Which licence did I say I have for the ${key}?`,
  },
  words: {
    fact: (key, value) => `Between us, my secret name for the ${key} is "${value}".`,
    question: (key) => `What did I say my secret name for the ${key} is?`,
  },
};

export const chat: Task = {
  name: 'chat',
  layout: 'conversation',
  make: ({ random, names, trials }) => ({
    items: trials.map((trial): Item => {
      const source = random.fork(`${trial}`);
      const kind = kindOf(trial);
      const { fact, question } = templates[kind];
      const key = names.key(source);
      const value = drawValue(kind, names, source);
      const depth = early * (places[trial % places.length] ?? 0);
      const text = fact(key, value);
      return {
        id: `chat-${trial}`,
        task: 'chat',
        kind,
        question: question(key),
        facts: [{ text, depth }],
        answers: [[value]],
        wrong: [],
        evidence: [text],
        depth,
        documents: [],
      };
    }),
    background: [],
  }),
};
