/** Facts as they might stand in any text, with the question in the same words. */

import type { Template } from '../items.ts';
import type { Names } from '../names.ts';
import type { Random } from '../random.ts';

export const valueKinds = ['number', 'uuid', 'words'] as const;
export type ValueKind = (typeof valueKinds)[number];

const numbers: readonly Template[] = [
  {
    fact: (key, value) => `The special magic number for the ${key} is ${value}.`,
    question: (key) => `What is the special magic number for the ${key}?`,
  },
  {
    fact: (key, value) => `The combination that opens the ${key} is ${value}.`,
    question: (key) => `What is the combination that opens the ${key}?`,
  },
  {
    fact: (key, value) => `In the inventory, the ${key} carries the number ${value}.`,
    question: (key) => `Which number does the ${key} carry in the inventory?`,
  },
  {
    fact: (key, value) => `Whoever telephones about the ${key} has to dial ${value}.`,
    question: (key) => `Which number has to be dialled to telephone about the ${key}?`,
  },
  {
    fact: (key, value) => `The last owner paid exactly ${value} crowns for the ${key}.`,
    question: (key) => `Exactly how many crowns did the last owner pay for the ${key}?`,
  },
];

const uuids: readonly Template[] = [
  {
    fact: (key, value) => `The papers of the ${key} are filed under the identifier ${value}.`,
    question: (key) => `Under which identifier are the papers of the ${key} filed?`,
  },
  {
    fact: (key, value) => `The serial number stamped on the ${key} reads ${value}.`,
    question: (key) => `What does the serial number stamped on the ${key} read?`,
  },
  {
    fact: (key, value) => `The special magic code for the ${key} is ${value}.`,
    question: (key) => `What is the special magic code for the ${key}?`,
  },
];

const phrases: readonly Template[] = [
  {
    fact: (key, value) => `The password to the ${key} is "${value}".`,
    question: (key) => `What is the password to the ${key}?`,
  },
  {
    fact: (key, value) => `Among the workmen, the ${key} goes by the nickname "${value}".`,
    question: (key) => `By which nickname does the ${key} go among the workmen?`,
  },
  {
    fact: (key, value) => `The motto painted on the ${key} consists of the words "${value}".`,
    question: (key) => `Of which words does the motto painted on the ${key} consist?`,
  },
  {
    fact: (key, value) => `The inn beside the ${key} is called the ${value}.`,
    question: (key) => `What is the inn beside the ${key} called?`,
  },
];

const templates: Record<ValueKind, readonly Template[]> = { number: numbers, uuid: uuids, words: phrases };

export function templateOf(kind: ValueKind, random: Random): Template {
  return random.pick(templates[kind]);
}

export function drawValue(kind: ValueKind, names: Names, random: Random): string {
  if (kind === 'number') return names.number(random);
  return kind === 'uuid' ? names.uuid(random) : names.phrase(random);
}

/** The kinds in turn. */
export function kindOf(index: number): ValueKind {
  return valueKinds[index % valueKinds.length] ?? 'number';
}
