/**
 * A Longhand in memory behind the real contract, for tests of the window and for working on its
 * look: no files, no model. Never part of a build.
 */
import { LonghandError } from '../../base/errors.ts';
import { type Channel, channelPair, type Server, serve } from '../../base/rpc.ts';
import {
  type AnswerDetails,
  type AppContract,
  type AppHandlers,
  type Citation,
  type Conversation,
  contract,
  type DocumentEntry,
  type EngineStatus,
  type ListedModel,
  type Memory,
  type Message,
  type ModelEntry,
  type Section,
  type Settings,
} from '../../main/ipc/contract.ts';

export interface FakeDocument {
  entry: DocumentEntry;
  sections: Section[];
}

export interface FakeAnswer {
  text: string;
  citations: Citation[];
  details: AnswerDetails;
}

export interface FakeOptions {
  /** Paths of models that the person added. */
  models?: readonly string[];
  /** Paths of others, whose files are damaged. */
  damagedModels?: readonly string[];
  documents?: FakeDocument[];
  /** What the model keeps of them. */
  memories?: Memory[];
  sample?: FakeDocument;
  conversations?: { conversation: Conversation; messages: Message[] }[];
  engine?: EngineStatus;
  answer?(question: string): FakeAnswer;
  /** Called between the steps of an answer; a test decides when it goes on. */
  pause?(step: 'search' | 'read' | 'word'): Promise<void>;
}

export interface FakeApp {
  /** A new channel to it, as a window opens one. */
  open(): Promise<Channel>;
  /** Closes every channel, as a lost connection would. */
  drop(): void;
  emit: Server<AppContract>['emit'];
  /** The requests that came, in order. */
  requests: string[];
  /** What the person looks at, as the window told it last. */
  lookedAt: string[];
}

export const readyEngine: EngineStatus = {
  state: 'ready',
  info: {
    modelId: 'smollm2-135m-instruct',
    modelName: 'SmolLM2-135M-Instruct',
    architecture: 'llama',
    contextLength: 8192,
    vocabularySize: 49_152,
    parameters: 134_515_008,
    device: 'cpu',
    deviceReason: 'No GPU that WebGPU can use was found, so the CPU is used.',
    threads: 4,
    memoryBytes: 412_000_000,
    loadMs: 840,
  },
};

/** An id that the contract accepts, made of a number. */
export function fakeId(number: number): string {
  return `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
}

/** An entry for a document that has been read, with `changes` to it. */
export function fakeEntry(number: number, changes: Partial<DocumentEntry> = {}): DocumentEntry {
  return {
    id: fakeId(number),
    title: `Document ${number}`,
    fileName: `document-${number}.md`,
    kind: 'markdown',
    state: 'ready',
    error: null,
    progress: null,
    byteSize: 12_000,
    sectionCount: 8,
    characterCount: 12_000,
    tokenCount: 3000,
    metadata: { author: null, language: 'en', createdAt: null },
    emptySections: 0,
    locked: false,
    changed: false,
    revision: 0,
    addedAt: number,
    ...changes,
  };
}

/** A document that the model has read, with `changes` to that. */
export function fakeMemory(number: number, changes: Partial<Memory> = {}): Memory {
  return {
    id: fakeId(number),
    state: 'kept',
    reason: null,
    tokens: 3000,
    totalTokens: 3000,
    secondsLeft: null,
    bytes: 11_000_000,
    pinned: false,
    ...changes,
  };
}

const noDetails: AnswerDetails = {
  citations: [],
  read: { documents: [], tokensMounted: 0, tokensAttended: 0, tokensReused: 0, leftOut: [] },
  timing: null,
  unsupported: [],
  model: 'SmolLM2-135M-Instruct',
  device: 'cpu',
};

const bundledModel: ModelEntry = {
  id: 'smollm2-135m-instruct',
  name: 'SmolLM2-135M-Instruct.Q4_1',
  path: '/opt/longhand/models/SmolLM2-135M-Instruct.Q4_1.gguf',
  bundled: true,
  architecture: 'llama',
  parameters: 134_515_008,
  contextLength: 8192,
  byteSize: 98_000_000,
  memoryBytes: 530_000_000,
  fits: true,
  license: 'Apache-2.0',
};

/** A model that a person added; a large one does not fit. */
function ownModel(path: string): ModelEntry {
  const name = path.replace(/^.*\//, '').replace(/\.gguf$/i, '');
  const large = /32B/.test(name);
  return {
    id: path,
    name,
    path,
    bundled: false,
    architecture: 'qwen3',
    parameters: large ? 32_000_000_000 : 596_000_000,
    contextLength: 40_960,
    byteSize: large ? 19_000_000_000 : 640_000_000,
    memoryBytes: large ? 70_000_000_000 : 2_000_000_000,
    fits: !large,
    license: 'apache-2.0',
  };
}

/** A model that a person added, and whose file was cut since. */
function damagedModel(path: string): ListedModel {
  const { id, name } = ownModel(path);
  const problem = `The model file ${path.replace(/^.*\//, '')} cannot be used: it is not a GGUF file. Get the file again.`;
  return { id, name, path, bundled: false, problem };
}

export function createFakeApp(options: FakeOptions = {}): FakeApp {
  let models: ListedModel[] = [
    bundledModel,
    ...(options.models ?? []).map(ownModel),
    ...(options.damagedModels ?? []).map(damagedModel),
  ];
  const documents = new Map((options.documents ?? []).map((document) => [document.entry.id, document]));
  const memories = new Map((options.memories ?? []).map((memory) => [memory.id, memory]));
  const chats = new Map((options.conversations ?? []).map((chat) => [chat.conversation.id, chat]));
  const servers = new Set<Server<AppContract>>();
  const stopped = new Set<string>();
  const requests: string[] = [];
  const lookedAt: string[] = [];
  const watched = new Set<string>();
  const pause = options.pause ?? (async () => undefined);
  let nextId = 1000;
  let settings: Settings = {
    device: 'auto',
    threads: null,
    modelId: 'smollm2-135m-instruct',
    theme: 'system',
    memoryBudget: 20_000_000_000,
    blockFormat: 'int8',
    locale: 'en',
  };

  const emit: FakeApp['emit'] = (event, payload) => {
    for (const server of servers) server.emit(event, payload);
  };

  function chat(id: string) {
    const found = chats.get(id);
    if (!found) throw new LonghandError('not-found', 'This conversation does not exist any more.');
    return found;
  }

  function changeConversation(id: string, change: Partial<Conversation>): Conversation {
    const held = chat(id);
    held.conversation = { ...held.conversation, ...change };
    emit('chat.changed', held.conversation);
    return held.conversation;
  }

  function document(id: string): FakeDocument {
    const found = documents.get(id);
    if (!found) throw new LonghandError('not-found', 'This document does not exist any more.');
    return found;
  }

  function put(entry: DocumentEntry, sections: Section[] = []): DocumentEntry {
    documents.set(entry.id, { entry, sections: documents.get(entry.id)?.sections ?? sections });
    emit('library.changed', entry);
    return entry;
  }

  function listFolders(): { path: string; problem: null }[] {
    return Array.from(watched, (path) => ({ path, problem: null }));
  }

  function changeMemory(id: string, change: Partial<Memory>): Record<string, never> {
    const held = memories.get(document(id).entry.id);
    if (!held) throw new LonghandError('not-found', 'The model has not begun to read this document.');
    const memory = { ...held, reason: null, secondsLeft: null, ...change };
    memories.set(id, memory);
    emit('memory.changed', memory);
    return {};
  }

  function message(conversationId: string, role: Message['role'], text: string): Message {
    return {
      id: fakeId(nextId++),
      conversationId,
      role,
      text,
      state: role === 'user' ? 'done' : 'streaming',
      error: null,
      details: null,
      createdAt: nextId,
    };
  }

  /** Searches, reads and writes, with an event at each step. */
  async function write(answer: Message, question: string): Promise<void> {
    const { conversationId, id: messageId } = answer;
    const held = chat(conversationId);
    const planned = options.answer?.(question) ?? { text: 'Yes.', citations: [], details: noDetails };
    const update = (change: Partial<Message>): Message => {
      const index = held.messages.findIndex(({ id }) => id === messageId);
      const next = { ...(held.messages[index] ?? answer), ...change };
      held.messages[index] = next;
      return next;
    };
    const halted = (): boolean => stopped.has(messageId);

    emit('answer.phase', { conversationId, messageId, phase: { phase: 'searching' } });
    await pause('search');
    emit('answer.found', { conversationId, messageId, citations: planned.citations });
    const total = 4096;
    for (let done = 0; done <= total && !halted(); done += 512) {
      const phase = { phase: 'reading', done, total, reused: 512, secondsLeft: (total - done) / 400 } as const;
      emit('answer.phase', { conversationId, messageId, phase });
      await pause('read');
    }
    emit('answer.phase', { conversationId, messageId, phase: { phase: 'writing' } });
    let text = '';
    for (const word of planned.text.split(/(?<=\s)/)) {
      if (halted()) break;
      emit('answer.text', { conversationId, messageId, offset: text.length, text: word });
      text += word;
      update({ text });
      await pause('word');
    }
    emit('answer.ended', {
      message: update({ text, state: halted() ? 'stopped' : 'done', details: planned.details }),
    });
  }

  const handlers: AppHandlers = {
    'app.info': () => ({
      version: '0.1.0',
      shell: 'served',
      platform: 'linux',
      dataFolder: '/home/ada/.local/share/longhand',
      extensions: ['pdf', 'md', 'txt', 'html'],
    }),
    'settings.get': () => settings,
    'settings.set': (change) => {
      settings = { ...settings, ...(change as Partial<Settings>) };
      emit('settings.changed', settings);
      return settings;
    },
    'library.list': () => [...documents.values()].map(({ entry }) => entry),
    'library.add': ({ sources }) => {
      const added: DocumentEntry[] = [];
      const refused: { name: string; reason: string }[] = [];
      for (const source of sources) {
        if (source.kind === 'sample' && options.sample) {
          added.push(put(options.sample.entry, options.sample.sections));
          continue;
        }
        const name = source.kind === 'path' ? source.path : source.kind === 'upload' ? source.name : 'text';
        if (/\.(exe|zip)$/.test(name)) {
          refused.push({ name, reason: 'Files of this kind cannot be read yet.' });
          continue;
        }
        const title = source.kind === 'text' ? source.title : name;
        added.push(put(fakeEntry(nextId++, { title, fileName: name })));
      }
      const folders = sources.flatMap((source) =>
        source.kind === 'path' && source.path.endsWith('/') && !watched.has(source.path) ? [source.path] : [],
      );
      return { documents: added, refused, folders };
    },
    'library.remove': ({ id }) => {
      documents.delete(id);
      memories.delete(id);
      emit('library.removed', { id });
      return {};
    },
    'library.rename': ({ id, title }) => put({ ...document(id).entry, title }),
    'library.cancel': ({ id }) => {
      put({ ...document(id).entry, state: 'cancelled', progress: null });
      return {};
    },
    'library.retry': ({ id }) => {
      put({ ...document(id).entry, state: 'queued', error: null });
      return {};
    },
    'library.refresh': ({ id }) => {
      const { entry } = document(id);
      put({ ...entry, state: 'queued', changed: false, revision: entry.revision + 1 });
      return {};
    },
    'library.lookForChanges': () => ({}),
    'folders.list': listFolders,
    'folders.watch': ({ path }) => {
      watched.add(path);
      emit('folders.changed', listFolders());
      return {};
    },
    'folders.stop': ({ path }) => {
      watched.delete(path);
      emit('folders.changed', listFolders());
      return {};
    },
    'library.outline': ({ id }) =>
      document(id).sections.map(({ text, ...section }) => ({ ...section, length: text.length })),
    'library.sections': ({ id, from, count }) => document(id).sections.slice(from, from + count),
    'library.transcript': () => ({ text: '' }),
    'library.correct': () => {
      throw new Error('There is no recording here.');
    },
    'media.take': () => new Promise(() => undefined),
    'media.give': () => ({ wanted: false }),
    'media.end': () => ({}),
    'media.scenes': () => ({ times: [] }),
    'media.thumbnail': () => {
      throw new Error('There is no video here.');
    },
    'library.search': ({ query, limit }) =>
      [...documents.values()]
        .flatMap(({ entry, sections }) =>
          sections.flatMap((section) => {
            const start = section.text.toLowerCase().indexOf(query.toLowerCase());
            if (start < 0) return [];
            const end = Math.min(section.text.length, start + 220);
            const { documentId, ordinal, anchor, id: sectionId } = section;
            const place = { documentId, sectionId, section: ordinal, ordinal, anchor };
            const text = section.text.slice(start, end);
            return [{ ...place, id: sectionId, text, start, end, title: entry.title, score: 1 }];
          }),
        )
        .slice(0, limit),
    'memory.list': () => [...memories.values()],
    'memory.pause': ({ id }) => changeMemory(id, { state: 'paused' }),
    'memory.resume': ({ id }) => changeMemory(id, { state: 'reading' }),
    'memory.pin': ({ id, pinned }) => changeMemory(id, { pinned }),
    'memory.evict': ({ id }) => changeMemory(id, { state: 'evicted', tokens: 0, bytes: 0 }),
    'memory.look': ({ ids }) => {
      lookedAt.splice(0, lookedAt.length, ...ids);
      return {};
    },
    'chat.list': ({ query = '' }) =>
      [...chats.values()]
        .map(({ conversation }) => conversation)
        .filter(({ title }) => title.toLowerCase().includes(query.toLowerCase())),
    'chat.create': ({ documentIds }) => {
      const now = nextId++;
      const conversation = { id: fakeId(nextId++), title: '', documentIds, createdAt: now, updatedAt: now };
      chats.set(conversation.id, { conversation, messages: [] });
      return conversation;
    },
    'chat.open': ({ id }) => chat(id),
    'chat.rename': ({ id, title }) => changeConversation(id, { title }),
    'chat.remove': ({ id }) => {
      chats.delete(id);
      emit('chat.removed', { id });
      return {};
    },
    'chat.mount': ({ id, documentIds }) => changeConversation(id, { documentIds }),
    'chat.ask': ({ id, question }) => {
      const held = chat(id);
      const asked = message(id, 'user', question);
      const answer = message(id, 'assistant', '');
      held.messages.push(asked, answer);
      changeConversation(id, { title: held.conversation.title || question.slice(0, 60), updatedAt: nextId++ });
      setTimeout(() => void write(answer, question), 0);
      return { question: asked, answer };
    },
    'chat.regenerate': ({ id }) => {
      const held = chat(id);
      held.messages.pop();
      const answer = message(id, 'assistant', '');
      const question = held.messages.at(-1)?.text ?? '';
      held.messages.push(answer);
      setTimeout(() => void write(answer, question), 0);
      return { answer };
    },
    'chat.resume': () => {
      throw new LonghandError('bad-request', 'There is no pass over the documents to go on with. Ask anew.');
    },
    'chat.stop': ({ id }) => {
      for (const { id: messageId, state } of chat(id).messages) if (state === 'streaming') stopped.add(messageId);
      return {};
    },
    'models.list': () => models,
    'models.add': ({ source }) => {
      const path = source.kind === 'path' ? source.path : `/home/ada/.longhand/models/${source.name}`;
      const added = ownModel(path);
      models = [...models.filter(({ id }) => id !== path), added];
      return added;
    },
    'models.remove': ({ id }) => {
      models = models.filter((model) => model.id !== id);
      return {};
    },
    'engine.status': () => options.engine ?? readyEngine,
    'engine.restart': () => {
      emit('engine.changed', readyEngine);
      return {};
    },
  };

  return {
    requests,
    lookedAt,
    emit,
    async open() {
      const [here, there] = channelPair();
      const server = serve(contract, handlers, {
        ...there,
        onMessage: (listener) =>
          there.onMessage((raw) => {
            const { method } = raw as { method?: string };
            if (method) requests.push(method);
            listener(raw);
          }),
      });
      servers.add(server);
      return here;
    },
    drop() {
      for (const server of servers) server.close();
      servers.clear();
    },
  };
}
