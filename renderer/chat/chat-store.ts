/** Conversations, the one that is open, and the answer being written in it. */
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { Conversation, DocumentEntry, Message } from '../../main/ipc/contract.ts';
import type { Connection } from '../app/connection.ts';
import type { NoticesState } from '../app/notices.ts';
import { forget, recall, remember } from '../app/stored.ts';
import { type LiveAnswer, withAsked, withMessage, withText } from './answer-events.ts';

export interface ChatState {
  /** The one changed last comes first. */
  conversations: Conversation[];
  loaded: boolean;
  /** The open conversation; null for a new one, which is stored with its first question. */
  currentId: string | null;
  messages: Message[];
  /** The conversation whose messages these are; null while they are on their way. */
  fetchedId: string | null;
  /** Answers being written, by message id. */
  live: Record<string, LiveAnswer>;
  /** Conversations in which an answer is being written. */
  answering: string[];
  /** Documents that the new conversation leaves unmounted. */
  unticked: string[];
  /** By conversation, as `draftPlace` names it, what was typed and not asked yet. */
  drafts: Readonly<Record<string, string>>;
  /** Counts up when the question box should take the focus. */
  focusRequests: number;
  /** Counts up when a person goes to a conversation, be it the one that is open. */
  visits: number;
  load(): Promise<void>;
  startNew(): void;
  open(id: string): Promise<void>;
  /** Fetches the open conversation anew. */
  refresh(): Promise<void>;
  /** Whether the next question is to have all of the documents read for it. */
  readAll: boolean;
  ask(question: string): Promise<void>;
  /** Goes on with the pass of the last answer. */
  resume(): Promise<void>;
  setReadAll(readAll: boolean): void;
  regenerate(): Promise<void>;
  stop(): Promise<void>;
  rename(id: string, title: string): Promise<void>;
  remove(id: string): Promise<void>;
  mount(documentId: string, mounted: boolean): Promise<void>;
  mountAll(mounted: boolean): Promise<void>;
  mountAdded(documents: readonly DocumentEntry[]): Promise<void>;
  setDraft(draft: string): void;
  /** Leaves a conversation that is no longer there. */
  leave(): void;
  /** Puts a quotation into the question box and moves the focus there. */
  quote(text: string): void;
}

/** Where the draft of a conversation is kept, or of the new one. */
const draftPlace = (id: string | null): string => `draft.${id ?? 'new'}`;

/** The text of the question box. */
export const draftOf = ({ drafts, currentId }: Pick<ChatState, 'drafts' | 'currentId'>): string =>
  drafts[draftPlace(currentId)] ?? '';

const isText = (value: unknown): value is string => typeof value === 'string';
const isId = (value: unknown): value is string | null => value === null || typeof value === 'string';

/** The documents mounted in the open conversation, of those that exist. */
export function mountedDocuments(
  { conversations, currentId, unticked }: Pick<ChatState, 'conversations' | 'currentId' | 'unticked'>,
  documents: readonly DocumentEntry[],
): DocumentEntry[] {
  const current = conversations.find(({ id }) => id === currentId);
  if (!current) return documents.filter(({ id }) => !unticked.includes(id));
  const mounted = new Set(current.documentIds);
  return documents.filter(({ id }) => mounted.has(id));
}

/** Those of the mounted documents that can be read, now or once they have been read in. */
export function readableDocuments(mounted: readonly DocumentEntry[]): DocumentEntry[] {
  return mounted.filter(({ state }) => state !== 'failed' && state !== 'cancelled');
}

/** The answer being written in the open conversation, if there is one. */
export function streamingAnswer({ messages }: Pick<ChatState, 'messages'>): Message | undefined {
  return messages.find(({ role, state }) => role === 'assistant' && state === 'streaming');
}

function withConversation(conversations: readonly Conversation[], conversation: Conversation): Conversation[] {
  return [conversation, ...conversations.filter(({ id }) => id !== conversation.id)].sort(
    (a, b) => b.updatedAt - a.updatedAt,
  );
}

/** A quotation in Markdown, with a free line below it for the question. */
export function quotation(text: string, before: string): string {
  const quoted = text
    .trim()
    .split('\n')
    .map((line) => `> ${line}`.trimEnd())
    .join('\n');
  return before.trim() === '' ? `${quoted}\n\n` : `${before.trimEnd()}\n\n${quoted}\n\n`;
}

/** With the draft that the window remembers for a conversation, where none is known yet. */
function withRemembered(drafts: ChatState['drafts'], id: string | null): ChatState['drafts'] {
  const place = draftPlace(id);
  return place in drafts ? drafts : { ...drafts, [place]: recall(place, '', isText) };
}

interface Needs {
  connection: Connection;
  notices: StoreApi<NoticesState>;
  documents(): readonly DocumentEntry[];
}

export function createChat({ connection, notices, documents }: Needs): StoreApi<ChatState> {
  /** The conversation being fetched again after a gap, so that one gap causes one request. */
  let refetching: string | null = null;

  const { guard } = notices.getState();

  const store = createStore<ChatState>((set, get) => {
    function enter(currentId: string | null): void {
      remember('conversation', currentId);
      set({ currentId, messages: [], fetchedId: null, drafts: withRemembered(get().drafts, currentId) });
    }

    function keepDraft(id: string | null, draft: string): void {
      const place = draftPlace(id);
      if (draft === '') forget(place);
      else remember(place, draft);
      set({ drafts: { ...get().drafts, [place]: draft } });
    }

    /** Goes to another conversation with what was not asked yet, unless something stands in its question box already. */
    function enterWithDraft(id: string | null): void {
      const { currentId: before } = get();
      const draft = draftOf(get());
      enter(id);
      if (id === before || draft === '' || draftOf(get()) !== '') return;
      keepDraft(id, draft);
      keepDraft(before, '');
    }

    /** Goes to the question box of the open conversation. */
    const goToQuestion = (): void => set({ visits: get().visits + 1, focusRequests: get().focusRequests + 1 });

    /** Fetches the messages of a conversation; a person who has moved on meanwhile is left alone. */
    async function fetchMessages(id: string): Promise<void> {
      const { conversation, messages } = await connection.request('chat.open', { id });
      if (get().currentId !== id) return;
      set({ messages, fetchedId: id, conversations: withConversation(get().conversations, conversation) });
    }

    async function mountExactly(documentIds: string[]): Promise<void> {
      const { currentId } = get();
      if (!currentId) {
        const ticked = new Set(documentIds);
        set({ unticked: documents().flatMap(({ id }) => (ticked.has(id) ? [] : [id])) });
        return;
      }
      // Shown at once, so that ticking one box after the other loses none.
      set({
        conversations: get().conversations.map((conversation) =>
          conversation.id === currentId ? { ...conversation, documentIds } : conversation,
        ),
      });
      await guard(() => connection.request('chat.mount', { id: currentId, documentIds }));
    }

    const mountedIds = (): string[] => mountedDocuments(get(), documents()).map(({ id }) => id);

    /** The open conversation; a new one is stored now. */
    async function currentConversation(): Promise<string> {
      const { currentId } = get();
      if (currentId) return currentId;
      const conversation = await connection.request('chat.create', { documentIds: mountedIds() });
      set({ conversations: withConversation(get().conversations, conversation) });
      enterWithDraft(conversation.id);
      set({ fetchedId: conversation.id });
      return conversation.id;
    }

    const replaceAnswer = (request: 'chat.regenerate' | 'chat.resume'): Promise<void> =>
      guard(async () => {
        const { currentId } = get();
        if (!currentId) return;
        const { answer } = await connection.request(request, { id: currentId });
        if (get().currentId !== currentId) return;
        // The new answer takes the place of the last one, whether or not it keeps its id.
        const last = get().messages.at(-1);
        const kept = last?.role === 'assistant' ? get().messages.slice(0, -1) : get().messages;
        set({ messages: withMessage(kept, answer) });
      });

    return {
      conversations: [],
      loaded: false,
      currentId: recall('conversation', null, isId),
      messages: [],
      fetchedId: null,
      live: {},
      answering: [],
      unticked: [],
      drafts: withRemembered({}, recall('conversation', null, isId)),
      readAll: false,
      focusRequests: 0,
      visits: 0,
      load: () =>
        guard(async () => {
          // Those that still go on tell of themselves.
          set({ answering: [], live: {} });
          const conversations = await connection.request('chat.list', {});
          set({ conversations: conversations.sort((a, b) => b.updatedAt - a.updatedAt), loaded: true });
          const { currentId } = get();
          if (currentId && conversations.some(({ id }) => id === currentId)) await fetchMessages(currentId);
          else if (currentId) enterWithDraft(null);
        }),
      startNew() {
        enterWithDraft(null);
        set({ unticked: [] });
        goToQuestion();
      },
      async open(id) {
        if (get().currentId !== id) enter(id);
        set({ visits: get().visits + 1 });
        await guard(() => fetchMessages(id));
      },
      async refresh() {
        const { currentId } = get();
        if (currentId) await guard(() => fetchMessages(currentId));
      },
      ask: (question) =>
        guard(async () => {
          const { readAll } = get();
          const draft = draftOf(get());
          keepDraft(get().currentId, '');
          set({ readAll: false });
          try {
            const id = await currentConversation();
            const asked = await connection.request('chat.ask', { id, question, readAll });
            if (get().currentId === id) set({ messages: withAsked(get().messages, asked) });
          } catch (thrown) {
            if (draftOf(get()) === '') {
              keepDraft(get().currentId, draft);
              set({ readAll });
            }
            throw thrown;
          }
        }),
      regenerate: () => replaceAnswer('chat.regenerate'),
      resume: () => replaceAnswer('chat.resume'),
      setReadAll: (readAll) => set({ readAll }),
      stop: () =>
        guard(async () => {
          const { currentId } = get();
          if (currentId) await connection.request('chat.stop', { id: currentId });
        }),
      rename: (id, title) => guard(() => connection.request('chat.rename', { id, title })),
      remove: (id) => guard(() => connection.request('chat.remove', { id })),
      mount(documentId, mounted) {
        const others = mountedIds().filter((id) => id !== documentId);
        return mountExactly(mounted ? [...others, documentId] : others);
      },
      mountAll: (mounted) => mountExactly(mounted ? documents().map(({ id }) => id) : []),
      mountAdded: (added) => mountExactly([...new Set([...mountedIds(), ...added.map(({ id }) => id)])]),
      setDraft: (draft) => keepDraft(get().currentId, draft),
      quote(text) {
        keepDraft(get().currentId, quotation(text, draftOf(get())));
        goToQuestion();
      },
      leave: () => enterWithDraft(null),
    };
  });

  const change = (messageId: string, next: Partial<LiveAnswer>): void =>
    store.setState(({ live }) => ({
      live: { ...live, [messageId]: { phase: null, citations: [], pass: null, ...live[messageId], ...next } },
    }));

  const began = (conversationId: string): void => {
    if (store.getState().answering.includes(conversationId)) return;
    store.setState(({ answering }) => ({ answering: [...answering, conversationId] }));
  };

  async function refetch(id: string): Promise<void> {
    if (refetching === id) return;
    refetching = id;
    await store.getState().refresh();
    refetching = null;
  }

  connection.on('answer.found', ({ conversationId, messageId, citations }) => {
    began(conversationId);
    change(messageId, { citations });
  });
  connection.on('answer.phase', ({ conversationId, messageId, phase }) => {
    began(conversationId);
    change(messageId, { phase });
  });
  connection.on('answer.pass', ({ conversationId, messageId, pass }) => {
    began(conversationId);
    change(messageId, { pass });
  });
  connection.on('answer.text', (event) => {
    const { currentId, messages } = store.getState();
    began(event.conversationId);
    if (event.conversationId !== currentId) return;
    const result = withText(messages, event);
    if (result.gap) void refetch(currentId);
    else store.setState({ messages: result.messages });
  });
  connection.on('answer.ended', ({ message }) =>
    store.setState(({ messages, currentId, live, answering }) => {
      const { [message.id]: _ended, ...others } = live;
      return {
        live: others,
        answering: answering.filter((id) => id !== message.conversationId),
        ...(message.conversationId === currentId && { messages: withMessage(messages, message) }),
      };
    }),
  );
  connection.on('chat.changed', (conversation) =>
    store.setState(({ conversations }) => ({ conversations: withConversation(conversations, conversation) })),
  );
  connection.on('chat.removed', ({ id }) => {
    const { conversations, currentId, leave } = store.getState();
    store.setState({ conversations: conversations.filter((conversation) => conversation.id !== id) });
    if (currentId === id) leave();
    forget(draftPlace(id));
  });
  return store;
}
