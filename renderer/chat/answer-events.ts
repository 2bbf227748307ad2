/** How the events of an answer being written change what the window shows: pure, so that it can be tested. */
import type { AnswerPhase, Citation, DocumentPass, Message } from '../../main/ipc/contract.ts';

/** What is known of an answer only while it is written. */
export interface LiveAnswer {
  phase: AnswerPhase | null;
  citations: Citation[];
  /** A pass over all of the documents, as far as it has come. */
  pass: DocumentPass | null;
}

export interface TextEvent {
  messageId: string;
  /** Where the text starts in the answer (UTF-16 units). */
  offset: number;
  text: string;
}

export interface TextResult {
  messages: Message[];
  /** True when text before `offset` is missing here, so that the answer has to be fetched again. */
  gap: boolean;
}

/**
 * The messages after more text of an answer came. Text that is there already (events that crossed a
 * reload) is replaced; after a gap nothing is changed.
 */
export function withText(messages: readonly Message[], { messageId, offset, text }: TextEvent): TextResult {
  const message = messages.find(({ id }) => id === messageId);
  if (!message) return { messages: [...messages], gap: true };
  if (offset > message.text.length) return { messages: [...messages], gap: true };
  const next = { ...message, text: message.text.slice(0, offset) + text };
  return { messages: withMessage(messages, next), gap: false };
}

/** The messages with `message` in place of the one with its id, or at the end. */
export function withMessage(messages: readonly Message[], message: Message): Message[] {
  const known = messages.some(({ id }) => id === message.id);
  return known ? messages.map((other) => (other.id === message.id ? message : other)) : [...messages, message];
}

/**
 * The messages after a question was asked. Events can overtake the reply that announces the two new
 * messages: an answer that has already come further is kept.
 */
export function withAsked(messages: readonly Message[], asked: { question: Message; answer: Message }): Message[] {
  const known = messages.find(({ id }) => id === asked.answer.id);
  const further = known && (known.state !== 'streaming' || known.text.length > asked.answer.text.length);
  const others = messages.filter(({ id }) => id !== asked.question.id && id !== asked.answer.id);
  return [...others, asked.question, further ? known : asked.answer];
}

/** The messages of a question in pairs: a question and the answer to it. */
export interface Exchange {
  question: Message | null;
  answer: Message | null;
}

export function exchanges(messages: readonly Message[]): Exchange[] {
  const pairs: Exchange[] = [];
  for (const message of messages) {
    const last = pairs.at(-1);
    if (message.role === 'user') pairs.push({ question: message, answer: null });
    else if (last && !last.answer) last.answer = message;
    else pairs.push({ question: null, answer: message });
  }
  return pairs;
}

/** The identity of an exchange: its question, or an answer without one. */
export function exchangeId({ question, answer }: Exchange): string {
  return question?.id ?? answer?.id ?? '';
}

/** The pass over all of the documents that an answer is made by, as far as it has come; undefined for other answers. */
export function passOf(
  answer: Message,
  live: LiveAnswer | undefined,
): (Pick<DocumentPass, 'parts'> & { windows: number | null }) | undefined {
  const pass = live?.pass ?? answer.details?.pass;
  if (live?.phase?.phase === 'passing') return { windows: live.phase.total, parts: pass?.parts ?? [] };
  return pass;
}

const none: Citation[] = [];

/** The passages an answer rests on: as stored once it ended, as announced before. */
export function citationsOf(answer: Message, live: LiveAnswer | undefined): Citation[] {
  return answer.details?.citations ?? live?.citations ?? none;
}
