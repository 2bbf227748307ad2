/**
 * What the model gets to read for one answer. Static text comes first (instructions, then whole
 * documents, then the conversation), so that its keys and values are reused from turn to turn; what
 * changes with each question (the passages found, the question) comes last. Whatever does not fit is
 * named in the report; nothing is cut silently.
 */
import type { ChatMessage } from '../engine/protocol.ts';
import type { PassageHit } from '../library/schema.ts';
import type { ReadReport } from './schema.ts';

/** A mounted document that can be read now. */
export interface MountedDocument {
  id: string;
  title: string;
  tokens: number;
  /** Its whole text; only called when it is read whole. */
  text(): Promise<string>;
}

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
  question: string;
  contextLength: number;
  /** Tokens of each text in the model's vocabulary. */
  countTokens(texts: string[]): Promise<number[]>;
}

export interface AssembledPrompt {
  messages: ChatMessage[];
  /** Room left for the answer. */
  maxTokens: number;
  /** The documents are in it whole; otherwise only `passages` are. */
  whole: boolean;
  /** The hits that stand before the question, best first. */
  passages: PassageHit[];
  documents: ReadReport['documents'];
  leftOut: ReadReport['leftOut'];
  /** Everything that was read, for checking the answer against it. */
  read: string[];
}

/** The answer's share of the context, and its bound in tokens. */
const answerShare = 1 / 8;
const longestAnswer = 1024;
/** Earlier turns may take this share of the context before the oldest are left out. */
const historyShare = 1 / 4;
/** Tokens a chat template spends on each message: role, markers, line breaks. */
const messageOverhead = 8;
/**
 * Tokens of passages put before the question, also when the documents are there whole. A small model
 * answers better from a few passages close to the question than from all that fits, and best when the
 * likeliest comes last (measured: e2e/evals/README.md).
 */
const passageTokens = 480;

const instructions = {
  none: 'You are Longhand, a helpful assistant. Answer clearly and briefly. Say so when you do not know.',
  documents:
    'You are Longhand, a careful assistant. Answer the question from the documents, clearly and briefly. Use only what they say; when they do not say it, say that you did not find it.',
};

/** Chooses what is read for a question, and lays it out as messages. */
export async function assemblePrompt(request: PromptRequest): Promise<AssembledPrompt> {
  const { documents, hits, question, contextLength, countTokens } = request;
  const maxTokens = Math.min(longestAnswer, Math.floor(contextLength * answerShare));
  const system = documents.length > 0 ? instructions.documents : instructions.none;
  const [systemTokens = 0, questionTokens = 0] = await countTokens([system, question]);
  const room = contextLength - maxTokens - systemTokens - questionTokens - 4 * messageOverhead;

  const history = await recentTurns(request.history, Math.floor(contextLength * historyShare), countTokens);
  const documentTokens = documents.reduce((sum, { title, tokens }) => sum + tokens + title.length + messageOverhead, 0);
  const whole = documentTokens <= room - history.tokens - passageTokens;

  const wholeTexts = whole ? await Promise.all(documents.map(async (d) => `# ${d.title}\n\n${await d.text()}`)) : [];
  const excerptOf = excerpter(documents.length);
  const passages = await fitting(hits, excerptOf, Math.min(passageTokens, room - history.tokens), countTokens);
  const excerpts = passages.map(excerptOf).reverse();

  const messages: ChatMessage[] = [
    { role: 'system', content: [system, ...wholeTexts].join('\n\n') },
    ...history.turns.flatMap((turn): ChatMessage[] => [
      { role: 'user', content: turn.question },
      { role: 'assistant', content: turn.answer },
    ]),
    { role: 'user', content: [...excerpts, question].join('\n\n') },
  ];

  const readOf = new Map<string, number>();
  const excerptTokens = await countTokens(passages.map(({ text }) => text));
  passages.forEach(({ documentId }, i) => {
    readOf.set(documentId, (readOf.get(documentId) ?? 0) + (excerptTokens[i] ?? 0));
  });
  const reports = documents.map(({ id, title, tokens }) => ({
    id,
    title,
    tokens,
    tokensRead: whole ? tokens : Math.min(tokens, readOf.get(id) ?? 0),
    whole,
  }));
  return {
    messages,
    maxTokens,
    whole,
    passages,
    documents: reports,
    leftOut: [
      ...reports
        .filter(({ tokens, tokensRead }) => tokensRead < tokens)
        .map(({ id, title, tokens, tokensRead }) => ({
          documentId: id,
          title,
          tokens: tokens - tokensRead,
          reason: tokensRead > 0 ? ('no-room' as const) : ('nothing-found' as const),
        })),
      ...(history.leftOut > 0
        ? [
            {
              documentId: null,
              title: '',
              tokens: history.leftOut,
              reason: 'earlier-turns' as const,
            },
          ]
        : []),
    ],
    read: [...wholeTexts, ...excerpts, question, ...history.turns.flatMap((t) => [t.question, t.answer])],
  };
}

/** The latest turns that fit `limit` tokens together, and how many tokens were left out before them. */
async function recentTurns(
  history: Turn[],
  limit: number,
  countTokens: PromptRequest['countTokens'],
): Promise<{ turns: Turn[]; tokens: number; leftOut: number }> {
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
  return { turns: history.slice(first), tokens, leftOut };
}

/** A passage as the model reads it: with its document's title when there are several. */
function excerpter(documents: number): (hit: PassageHit) => string {
  const plain = (text: string): string => text.replace(/\s+/g, ' ');
  return ({ title, text }) => (documents > 1 ? `From "${title}": ${plain(text)}` : plain(text));
}

/** The best hits that fit `limit` tokens together; a long one does not keep out shorter ones after it. */
async function fitting(
  hits: PassageHit[],
  excerptOf: (hit: PassageHit) => string,
  limit: number,
  countTokens: PromptRequest['countTokens'],
): Promise<PassageHit[]> {
  const counts = await countTokens(hits.map(excerptOf));
  let left = limit;
  return hits.filter((_, i) => {
    const cost = (counts[i] ?? 0) + 4;
    if (cost > left) return false;
    left -= cost;
    return true;
  });
}
