/** What the tasks make: facts to hide, and the questions about them. */
import type { Fact } from './haystack.ts';
import type { Names } from './names.ts';
import type { Random } from './random.ts';

export const taskNames = [
  'recall',
  'multikey',
  'multivalue',
  'multiquery',
  'kv',
  'trace',
  'aggregate',
  'paraphrase',
  'reuse',
  'chat',
] as const;

export type TaskName = (typeof taskNames)[number];

/** Where facts are asked for: 0 is the beginning of the text, 1 its end. */
export const depths = [0, 0.25, 0.5, 0.75, 1] as const;

/** A fact in one of a plan's documents (the first, unless said); in a conversation it has no document. */
export interface TaskFact extends Fact {
  document?: number;
}

export interface Item {
  id: string;
  task: TaskName;
  /** The task's own variety: number, uuid, 3 hops, … */
  kind: string;
  question: string;
  /** Its own facts, those that mislead included. */
  facts: TaskFact[];
  /** All that a right answer holds, each as the strings of which one is enough. */
  answers: string[][];
  /** Answers to the questions that this one is easily taken for. */
  wrong: string[];
  /** The facts that have to be among the sources. */
  evidence: string[];
  /** Of the fact that is asked for; null when there are several. */
  depth: number | null;
  /** The documents to mount, in this order. */
  documents: number[];
}

export interface TaskRequest {
  random: Random;
  names: Names;
  /** The numbers of the trials to make; equal numbers make equal items whatever else is made. */
  trials: readonly number[];
  /** Length of the text that the facts will be hidden in. */
  tokens: number;
}

export interface TaskItems {
  items: Item[];
  /** Facts that belong to no item alone. */
  background: TaskFact[];
}

export interface Task {
  name: TaskName;
  /** What the facts are hidden in: one text, several documents, or the earlier turns of the conversation itself. */
  layout: 'text' | 'documents' | 'conversation';
  make(request: TaskRequest): TaskItems;
}

/** A fact, and the question that it answers, as sentences with gaps. */
export interface Template {
  fact(key: string, value: string): string;
  question(key: string): string;
}

/** A depth for facts that may stand anywhere. */
export function anyDepth(random: Random): number {
  return random.integer(2, 98) / 100;
}

/** The depths in turn, so that a handful of trials covers them. */
export function depthOfTrial(trial: number): number {
  return depths[trial % depths.length] ?? 0;
}

/** Joins words as English does. */
export function listed(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}
