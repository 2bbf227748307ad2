/** Asks the items of a plan, and scores the answers. */

import { throwIfCancelled } from '../../base/errors.ts';
import type { Turn } from '../../main/chat/prompt.ts';
import type { ReadReport, Timing } from '../../main/chat/schema.ts';
import type { Item, TaskName } from './items.ts';
import type { Plan } from './plan.ts';
import { type Score, scoreAnswer } from './score.ts';

/** How a text is read for an answer. */
export const conditions = ['longhand', 'full', 'passages', 'equal', 'window'] as const;
export type Condition = (typeof conditions)[number];

export interface AskOptions {
  /** Which of the plan's documents are mounted, in this order. */
  documents: readonly number[];
  /** Oldest first. */
  history: readonly Turn[];
  maxTokens: number;
  signal?: AbortSignal;
}

export interface Reading {
  text: string;
  /** Null for a reader that does not say where its answer comes from. */
  citations: { quote: string }[] | null;
  timing: Timing | null;
  read: Pick<ReadReport, 'tokensMounted' | 'tokensAttended'>;
}

/** Answers questions to the documents of a plan. */
export interface Reader {
  ask(question: string, options: AskOptions): Promise<Reading>;
}

export interface Outcome extends Score {
  id: string;
  task: TaskName;
  kind: string;
  condition: Condition;
  tokens: number;
  depth: number | null;
  question: string;
  text: string;
  answers: string[][];
  firstTokenMs: number | null;
  attendedTokens: number;
}

export interface RunOptions {
  condition: Condition;
  reader: Reader;
  plan: Plan;
  signal?: AbortSignal;
  onOutcome?(outcome: Outcome): void;
}

/** Room for an answer of one thing, and for each further one: a UUID is up to 36 tokens. */
const firstAnswerTokens = 64;
const furtherAnswerTokens = 32;

/** Asks all items of a plan, one after the other. Throws what the reader throws. */
export async function runItems(options: RunOptions): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const item of options.plan.items) {
    throwIfCancelled(options.signal);
    const outcome = await runItem(item, options);
    options.onOutcome?.(outcome);
    outcomes.push(outcome);
  }
  return outcomes;
}

async function runItem(item: Item, { condition, reader, plan, signal }: RunOptions): Promise<Outcome> {
  const { id, task, kind, depth, question, answers, documents } = item;
  const { text, citations, timing, read } = await reader.ask(question, {
    documents,
    history: plan.history,
    maxTokens: firstAnswerTokens + furtherAnswerTokens * (answers.length - 1),
    ...(signal && { signal }),
  });
  return {
    id,
    task,
    kind,
    condition,
    tokens: plan.tokens,
    depth,
    question,
    text,
    answers,
    ...scoreAnswer(item, text, citations),
    firstTokenMs: timing?.firstTokenMs ?? null,
    attendedTokens: read.tokensAttended,
  };
}
