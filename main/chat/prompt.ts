/**
 * What the model gets to read for one answer besides what it keeps of the documents: the conversation, passages as
 * text, the question. Static text comes first, so that its keys and values are reused from turn to turn; what changes
 * with each question (the passages found, the question) comes last. Whatever does not fit is named; nothing is cut
 * silently.
 */
import type { ChatMessage } from '../engine/protocol.ts';
import type { PassageHit } from '../library/schema.ts';
import { excerptText } from './excerpt.ts';

/** A mounted document that can be read now. */
export interface MountedDocument {
  id: string;
  title: string;
  tokens: number;
  /** Its whole text; only called when it is put into the prompt whole. */
  text(): Promise<string>;
}

/**
 * How documents are read for an answer. kept: by attending to the blocks that the model keeps of them. text: by putting
 * them, or what was found in them, into the prompt.
 */
export type ReadingStrategy = 'kept' | 'text';

/** An earlier question with its answer. */
export interface Turn {
  question: string;
  answer: string;
}

export interface PromptRequest {
  documents: MountedDocument[];
  /** What the search found, best first. */
  hits: PassageHit[];
  /** Oldest first. */
  history: Turn[];
  /** Of the first `count` turns, those that the question is about, best first. */
  recall?: ((count: number) => number[]) | undefined;
  question: string;
  contextLength: number;
  strategy: ReadingStrategy;
  /** Tokens of passages put before the question as text. */
  passageTokens?: number | undefined;
  /** Tokens of each text in the model's vocabulary. */
  countTokens(texts: string[]): Promise<number[]>;
}

export interface AssembledPrompt {
  /** The system message. */
  system: string;
  /** The conversation, ending with the question. */
  messages: ChatMessage[];
  /** Room left for the answer. */
  maxTokens: number;
  /** All documents fit the window at once. */
  fits: boolean;
  /** The hits that stand before the question as text, best first, and their tokens. */
  passages: { hit: PassageHit; tokens: number }[];
  /** Turns before those that are in it. */
  leftOutTurns: { count: number; tokens: number };
  /** Those of them that the question is about, best first. The best stand before the question, word for word. */
  recalledTurns: number[];
  /** Everything in it that an answer may be taken from. */
  read: string[];
}

/** The answer's share of the context, and its bound in tokens. */
const answerShare = 1 / 8;
const longestAnswer = 1024;
/** Earlier turns may take this share of the context before the oldest are left out. */
const historyShare = 1 / 4;
/** Tokens of earlier turns that are recalled because the question is about them. */
const recalledTokens = 240;
/** Tokens a chat template spends on each message: role, markers, line breaks. */
const messageOverhead = 8;
/**
 * Tokens of passages put before the question, also when the documents are there whole, and beside what is attended to of
 * them. A small model answers better from a few passages close to the question than from all that fits, and best when
 * the likeliest comes last (measured: e2e/evals/README.md).
 */
const textPassageTokens: Readonly<Record<ReadingStrategy, number>> = { kept: 240, text: 480 };

/** The system messages. What documents say is read behind theirs, so a change of it makes everything be read anew. */
export const instructions = {
  none: 'You are Longhand, a helpful assistant. Answer clearly and briefly. Say so when you do not know.',
  documents:
    'You are Longhand, a careful assistant. Answer the question from the documents, clearly and briefly. Use only what they say; when they do not say it, say that you did not find it.',
};

/** Chooses what is put into the prompt for a question, and lays it out as messages. */
export async function assemblePrompt(request: PromptRequest): Promise<AssembledPrompt> {
  const { documents, hits, question, contextLength, strategy, countTokens } = request;
  const { passageTokens = textPassageTokens[strategy] } = request;
  const maxTokens = Math.min(longestAnswer, Math.floor(contextLength * answerShare));
  const instruction = documents.length > 0 ? instructions.documents : instructions.none;
  const [systemTokens = 0, questionTokens = 0] = await countTokens([instruction, question]);
  const room = contextLength - maxTokens - systemTokens - questionTokens - 4 * messageOverhead;

  const history = await recentTurns(request.history, Math.floor(contextLength * historyShare), countTokens);
  const documentTokens = documents.reduce((sum, { title, tokens }) => sum + tokens + title.length + messageOverhead, 0);
  const fits = documentTokens <= room - history.tokens - passageTokens;

  const wholeTexts =
    fits && strategy === 'text'
      ? await Promise.all(documents.map(async (d) => `# ${d.title}\n\n${await d.text()}`))
      : [];
  const excerptOf = excerpter(documents.length);
  const recalledTurns = history.count > 0 ? (request.recall?.(history.count) ?? []) : [];
  const recalled = await fitting(
    recalledTurns.flatMap((index) => request.history[index] ?? []),
    recalledText,
    Math.min(recalledTokens, room - history.tokens),
    countTokens,
  );
  const turnTokens = history.tokens + recalled.reduce((sum, { tokens }) => sum + tokens, 0);

  const found = await fitting(hits, excerptOf, Math.min(passageTokens, room - turnTokens), countTokens);
  const passages = found.map(({ item, tokens }) => ({ hit: item, tokens }));
  const excerpts = [
    ...passages.map(({ hit }) => excerptOf(hit)).reverse(),
    ...recalled.map(({ item }) => recalledText(item)).reverse(),
  ];

  return {
    system: [instruction, ...wholeTexts].join('\n\n'),
    messages: [
      ...history.turns.flatMap((turn): ChatMessage[] => [
        { role: 'user', content: turn.question },
        { role: 'assistant', content: turn.answer },
      ]),
      { role: 'user', content: [...excerpts, question].join('\n\n') },
    ],
    maxTokens,
    fits,
    passages,
    leftOutTurns: { count: history.count, tokens: history.leftOut },
    recalledTurns,
    read: [...wholeTexts, ...excerpts, question, ...history.turns.flatMap((turn) => [turn.question, turn.answer])],
  };
}

/** The latest turns that fit `limit` tokens together, and how many turns and tokens were left out before them. */
async function recentTurns(
  history: Turn[],
  limit: number,
  countTokens: PromptRequest['countTokens'],
): Promise<{ turns: Turn[]; tokens: number; count: number; leftOut: number }> {
  const counts = await countTokens(history.map(({ question, answer }) => `${question}\n${answer}`));
  let tokens = 0;
  let first = history.length;
  while (first > 0) {
    const cost = (counts[first - 1] ?? 0) + 2 * messageOverhead;
    if (tokens + cost > limit) break;
    tokens += cost;
    first--;
  }
  const leftOut = counts.slice(0, first).reduce((sum, count) => sum + count, 0);
  return { turns: history.slice(first), tokens, count: first, leftOut };
}

/** An earlier turn as the model reads it, long after it was said. */
const recalledText = ({ question, answer }: Turn): string => `Earlier in this conversation:\n${question}\n${answer}`;

/** A passage as the model reads it: with its document's title when there are several. */
function excerpter(documents: number): (hit: PassageHit) => string {
  return (hit) => {
    const excerpt = excerptText(hit);
    return documents > 1 ? `From "${hit.title}":${excerpt.includes('\n') ? '\n' : ' '}${excerpt}` : excerpt;
  };
}

/** The best items that fit `limit` tokens together; a long one does not keep out shorter ones after it. */
async function fitting<Item>(
  items: readonly Item[],
  textOf: (item: Item) => string,
  limit: number,
  countTokens: PromptRequest['countTokens'],
): Promise<{ item: Item; tokens: number }[]> {
  const counts = await countTokens(items.map(textOf));
  let left = limit;
  return items
    .map((item, i) => ({ item, tokens: counts[i] ?? 0 }))
    .filter(({ tokens }) => {
      const cost = tokens + 4;
      if (cost > left) return false;
      left -= cost;
      return true;
    });
}
