/**
 * Conversations as a person uses them: asking, stopping, writing anew. An answer belongs to its
 * conversation, not to a window: it goes on when the window is closed, and is kept as it grows.
 */
import { errorData, LonghandError } from '../../base/errors.ts';
import { createTimeLeft, type TimeLeft } from '../../base/time-left.ts';
import { countDocumentTokens } from '../library/token-counts.ts';
import { type AnswerServices, answer } from './answer.ts';
import type { ConversationMemories } from './conversation-memory.ts';
import { readThrough, taskOf } from './pass.ts';
import type { Turn } from './prompt.ts';
import type { AnswerDetails, AnswerPhase, Citation, Conversation, DocumentPass, Message, PassTask } from './schema.ts';
import type { ChatStore, MessageChange } from './store.ts';

export interface ChatListeners {
  onChange(conversation: Conversation): void;
  onFound(message: Message, citations: Citation[]): void;
  onPhase(message: Message, phase: AnswerPhase): void;
  onPass(message: Message, pass: DocumentPass): void;
  onText(message: Message, offset: number, text: string): void;
  onEnd(message: Message): void;
}

export interface Chat {
  /** A conversation's messages; an answer being written comes with all of its text so far. */
  messages(conversationId: string): Message[];
  /** `readAll`: every window of the documents is read for it, also when the question does not ask for that. */
  ask(conversationId: string, question: string, readAll?: boolean): { question: Message; answer: Message };
  /** Goes on with the pass of the last answer. Throws `bad-request` when there is none to go on with. */
  resume(conversationId: string): { answer: Message };
  regenerate(conversationId: string): { answer: Message };
  /** Stops the answer being written, if there is one; what stands is kept. */
  stop(conversationId: string): void;
  /** Removes a conversation, and stops its answer first. */
  remove(conversationId: string): void;
  /** Stops every answer and stores what stands; nothing is stored from then on. */
  close(): void;
}

/** An answer being written is stored at most this often. */
const storeEveryMs = 1000;
const titleLength = 60;
/** Another try at the same question should not come out the same. */
const variedSampling = { temperature: 0.7 };

export interface ChatServices extends AnswerServices {
  store: ChatStore;
  conversations: ConversationMemories;
}

/** What an answer is written to. */
interface Writing {
  history: Turn[];
  question: string;
  /** Not the same words again. */
  vary: boolean;
  readAll: boolean;
  /** A pass that was stopped and goes on. */
  pass?: DocumentPass;
}

/** How an answer ended, as it is stored. */
type Ending = Pick<Message, 'state'> & { details: AnswerDetails };

export function createChat(services: ChatServices, listeners: ChatListeners): Chat {
  const { store, conversations } = services;
  /** The answers being written, by conversation. */
  const running = new Map<string, { controller: AbortController; messageId: string; text: string }>();

  let closed = false;

  function assertFree(conversationId: string): void {
    if (running.has(conversationId))
      throw new LonghandError('bad-request', 'An answer is still being written in this conversation. Stop it first.');
  }

  function begin(conversation: Conversation, writing: Writing): Message {
    const { pass } = writing;
    const empty = store.append(conversation.id, { role: 'assistant', text: '', state: 'streaming' });
    // What a pass has read before stands from the beginning, whatever becomes of the rest.
    const message = pass ? store.update(empty.id, { details: { ...foundOnly([]), pass } }) : empty;
    const live = { controller: new AbortController(), messageId: message.id, text: '' };
    running.set(conversation.id, live);
    void write(conversation, message, live, writing);
    return message;
  }

  /** The task of a pass over all of the documents; undefined when the question is answered from what is chosen. */
  async function passOf(
    { documentIds }: Conversation,
    { question, pass, readAll }: Writing,
    signal: AbortSignal,
  ): Promise<PassTask | undefined> {
    if (pass) return pass.task;
    const asked = taskOf(question);
    if (documentIds.length === 0) return undefined;
    if (readAll) return asked ?? 'answer';
    // What fits the window is attended to whole anyway.
    return asked && !(await fitsWindow(documentIds, signal)) ? asked : undefined;
  }

  async function fitsWindow(documentIds: readonly string[], signal: AbortSignal): Promise<boolean> {
    const { library, engine } = services;
    const { contextLength } = await engine.ready(signal);
    const ready = documentIds.filter((id) => library.get(id).state === 'ready');
    const counts = await Promise.all(ready.map((id) => countDocumentTokens(library, engine, id, signal)));
    return counts.reduce((sum, tokens) => sum + tokens, 0) <= contextLength / 2;
  }

  async function write(
    conversation: Conversation,
    message: Message,
    live: { controller: AbortController; text: string },
    writing: Writing,
  ): Promise<void> {
    const { history, question, vary } = writing;
    /** The message as it was stored last. */
    let latest = message;
    const save = (change: MessageChange): void => {
      latest = keep(message.id, change) ?? latest;
    };
    let storedAt = performance.now();
    /** Earlier turns had no room in the prompt: they are read in for the next question. */
    let turnsLeftOut = false;
    const onText = (piece: string): void => {
      listeners.onText(message, live.text.length, piece);
      live.text += piece;
      if (performance.now() - storedAt < storeEveryMs) return;
      storedAt = performance.now();
      save({ text: live.text });
    };
    const ending = await passOf(conversation, writing, live.controller.signal)
      .then((task) => (task ? passOver(task) : fromChosen()))
      .catch((thrown: unknown) => {
        const { code, message: reason } = errorData(thrown);
        return code === 'cancelled' ? { state: 'stopped' as const } : { state: 'failed' as const, error: reason };
      });
    running.delete(conversation.id);
    try {
      const stored = keep(message.id, { text: live.text, ...ending });
      if (!stored) return;
      if (turnsLeftOut) conversations.prepare(conversation.id, [...history, { question, answer: live.text }]);
      listeners.onEnd(stored);
      listeners.onChange(store.get(conversation.id));
    } catch (thrown) {
      // On a full disk not even its end is stored; who looks at it is told nevertheless.
      const { message: error } = errorData(thrown);
      listeners.onEnd({ ...latest, ...ending, text: live.text, state: 'failed', error });
    }

    async function passOver(task: DocumentPass['task']): Promise<Ending> {
      let timeLeft: TimeLeft | undefined;
      const { text, details, stopped } = await readThrough(services, {
        documentIds: conversation.documentIds,
        question,
        task,
        earlier: writing.pass,
        signal: live.controller.signal,
        onReading: (done, total, secondsLeft) =>
          listeners.onPhase(message, { phase: 'reading', done, total, reused: 0, secondsLeft }),
        onProgress(done, total) {
          timeLeft ??= createTimeLeft(done);
          listeners.onPhase(message, { phase: 'passing', done, total, secondsLeft: timeLeft(done, total) });
        },
        onPass(pass) {
          listeners.onPass(message, pass);
          // Kept at once: a pass is long, and goes on from there.
          save({ details: { ...foundOnly([]), pass } });
        },
        onText,
      });
      if (!stopped) live.text = text;
      return { state: stopped ? 'stopped' : 'done', details };
    }

    async function fromChosen(): Promise<Ending> {
      const { text, details, stopped, leftOutTurns } = await answer(services, {
        documentIds: conversation.documentIds,
        history,
        conversation: conversations.of(conversation.id, history),
        question,
        sampling: vary ? { ...variedSampling, seed: Math.floor(Math.random() * 2 ** 31) } : {},
        signal: live.controller.signal,
        onFound(citations) {
          // Kept at once: they stand whatever becomes of the answer.
          save({ details: foundOnly(citations) });
          listeners.onFound(message, citations);
        },
        onPhase: (phase) => listeners.onPhase(message, phase),
        onText,
      });
      live.text = text;
      turnsLeftOut = leftOutTurns > 0;
      return { state: stopped ? 'stopped' : 'done', details };
    }
  }

  /** The last question of a conversation, the turns before it, and its answers with the pass that was made for them. */
  function lastAsked(conversationId: string) {
    const messages = store.messages(conversationId);
    const last = messages.findLastIndex(({ role }) => role === 'user');
    const answers = messages.slice(last + 1);
    return {
      question: messages[last]?.text,
      history: turnsOf(messages.slice(0, Math.max(0, last))),
      answers,
      pass: answers[0]?.details?.pass,
    };
  }

  /** Writes an answer in the place of others. */
  function replace(conversationId: string, answers: readonly Message[], writing: Writing): { answer: Message } {
    for (const { id } of answers) store.removeMessage(id);
    return { answer: begin(store.get(conversationId), writing) };
  }

  /** Stores a change of a message, unless its conversation was removed, or everything closed, meanwhile. */
  function keep(messageId: string, change: MessageChange): Message | undefined {
    if (closed) return undefined;
    try {
      return store.update(messageId, change);
    } catch (thrown) {
      if (errorData(thrown).code === 'not-found') return undefined;
      throw thrown;
    }
  }

  function stop(conversationId: string): void {
    running.get(conversationId)?.controller.abort();
  }

  return {
    stop,
    messages(conversationId) {
      const live = running.get(conversationId);
      return store.messages(conversationId).map((message) => {
        if (message.id === live?.messageId) return { ...message, text: live.text };
        // Its end could not be stored.
        return message.state === 'streaming' ? { ...message, state: 'stopped' } : message;
      });
    },
    ask(conversationId, text, readAll = false) {
      assertFree(conversationId);
      let conversation = store.get(conversationId);
      const earlier = store.messages(conversationId);
      if (conversation.title === '') conversation = store.rename(conversationId, titleFrom(text));
      const question = store.append(conversationId, { role: 'user', text, state: 'done' });
      const message = begin(conversation, { history: turnsOf(earlier), question: text, vary: false, readAll });
      listeners.onChange(store.get(conversationId));
      return { question, answer: message };
    },
    regenerate(conversationId) {
      assertFree(conversationId);
      const { question, pass, history, answers } = lastAsked(conversationId);
      if (!question)
        throw new LonghandError('bad-request', 'There is no question in this conversation to answer anew.');
      return replace(conversationId, answers, { history, question, vary: true, readAll: pass !== undefined });
    },
    resume(conversationId) {
      assertFree(conversationId);
      const { question, pass, history, answers } = lastAsked(conversationId);
      if (!question || !pass)
        throw new LonghandError('bad-request', 'There is no pass over the documents to go on with. Ask anew.');
      return replace(conversationId, answers, { history, question, vary: false, readAll: true, pass });
    },
    remove(conversationId) {
      stop(conversationId);
      store.remove(conversationId);
      conversations.forget(conversationId);
    },
    close() {
      for (const { controller, messageId, text } of running.values()) {
        controller.abort();
        keep(messageId, { text, state: 'stopped' });
      }
      closed = true;
    },
  };
}

/** What there is to say of an answer while no model has read for it: the passages found. */
function foundOnly(citations: Citation[]): AnswerDetails {
  return {
    citations,
    read: { documents: [], tokensMounted: 0, tokensAttended: 0, tokensReused: 0, leftOut: [] },
    timing: null,
    unsupported: [],
    model: '',
    device: '',
  };
}

/** Questions with the answers that stand; a question whose answer failed is not history. */
function turnsOf(messages: Message[]): Turn[] {
  const turns: Turn[] = [];
  messages.forEach((message, i) => {
    const next = messages[i + 1];
    if (message.role === 'user' && next?.role === 'assistant' && next.text !== '')
      turns.push({ question: message.text, answer: next.text });
  });
  return turns;
}

/** A conversation is named after its first question. */
function titleFrom(question: string): string {
  const line = question.replace(/\s+/g, ' ').trim();
  if (line.length <= titleLength) return line;
  const cut = line.slice(0, titleLength);
  return `${cut.slice(0, cut.lastIndexOf(' ') > titleLength / 2 ? cut.lastIndexOf(' ') : titleLength)}…`;
}
