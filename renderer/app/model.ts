/** Everything the window knows: its stores, wired to one connection and to each other. */
import { createContext, useContext } from 'react';
import { type StoreApi, useStore } from 'zustand';
import { type ChatState, createChat, mountedDocuments } from '../chat/chat-store.ts';
import { createLibrary, type LibraryState } from '../library/library-store.ts';
import { createMemory, type MemoryState } from '../library/memory-store.ts';
import { createEngine, type EngineState } from '../models/engine-store.ts';
import { createModels, type ModelsState } from '../models/models-store.ts';
import { createReader, type ReaderState } from '../reader/reader-store.ts';
import { createSettings, type SettingsState } from '../settings/settings-store.ts';
import { type Connection, createConnection } from './connection.ts';
import type { Host } from './host.ts';
import { createLayout, type LayoutState } from './layout-store.ts';
import { createNotices, type NoticesState } from './notices.ts';

export interface Model {
  connection: Connection;
  host: Host;
  notices: StoreApi<NoticesState>;
  layout: StoreApi<LayoutState>;
  settings: StoreApi<SettingsState>;
  engine: StoreApi<EngineState>;
  models: StoreApi<ModelsState>;
  library: StoreApi<LibraryState>;
  memory: StoreApi<MemoryState>;
  chat: StoreApi<ChatState>;
  reader: StoreApi<ReaderState>;
}

/** Makes the stores and loads them each time the connection opens. */
export function createModel(host: Host, connection: Connection = createConnection(host.open)): Model {
  const notices = createNotices();
  const settings = createSettings(connection, notices);
  const engine = createEngine(connection, notices);
  const models = createModels({ connection, host, notices });
  const library: StoreApi<LibraryState> = createLibrary({
    connection,
    host,
    notices,
    onAdded: (documents) => void chat.getState().mountAdded(documents),
    onModelFile(file) {
      layout.getState().showDialog('settings');
      void models.getState().add(file);
    },
  });
  const chat = createChat({ connection, notices, documents: () => library.getState().documents });
  const memory = createMemory(connection, notices);
  const reader = createReader(connection, notices);

  // A sidebar that lies over the others goes away once something is chosen in it.
  const layout = createLayout();
  const hideSidebar = (): void => layout.getState().setSidebarOver(false);
  chat.subscribe((next, before) => next.visits !== before.visits && hideSidebar());
  reader.subscribe((next, before) => next.visit !== before.visit && hideSidebar());

  // What is open in the reader, and then what is mounted: the model reads it first.
  const tellWhatIsLookedAt = (): void => {
    const { documents, loaded } = library.getState();
    if (!loaded || !chat.getState().loaded) return;
    const { documentId } = reader.getState();
    const mounted = mountedDocuments(chat.getState(), documents).map(({ id }) => id);
    void memory.getState().look([...new Set(documentId ? [documentId, ...mounted] : mounted)]);
  };
  reader.subscribe((next, before) => next.documentId !== before.documentId && tellWhatIsLookedAt());
  library.subscribe(
    (next, before) => (next.documents !== before.documents || next.loaded !== before.loaded) && tellWhatIsLookedAt(),
  );
  chat.subscribe((next, before) => {
    const { conversations, currentId, unticked, loaded } = before;
    const same =
      next.conversations === conversations &&
      next.currentId === currentId &&
      next.unticked === unticked &&
      next.loaded === loaded;
    if (!same) tellWhatIsLookedAt();
  });

  // What is kept is one model's: another one keeps something else.
  settings.subscribe((next, before) => {
    if (before.settings && next.settings?.modelId !== before.settings.modelId) void memory.getState().load();
  });

  connection.on('app.problem', ({ message }) => notices.getState().show(message));
  connection.onState((state) => {
    if (state !== 'open') return;
    notices.getState().reconnected();
    for (const store of [settings, engine, library, memory, chat]) void store.getState().load();
  });
  return { connection, host, notices, layout, settings, engine, models, library, memory, chat, reader };
}

export const ModelContext = createContext<Model | null>(null);

export function useModel(): Model {
  const model = useContext(ModelContext);
  if (!model) throw new Error('There is no model above this component.');
  return model;
}

/** What `select` picks from a store; the component is drawn again when it changes. */
export const useLibrary = <T>(select: (state: LibraryState) => T): T => useStore(useModel().library, select);
export const useMemory = <T>(select: (state: MemoryState) => T): T => useStore(useModel().memory, select);
export const useChat = <T>(select: (state: ChatState) => T): T => useStore(useModel().chat, select);
export const useReader = <T>(select: (state: ReaderState) => T): T => useStore(useModel().reader, select);
export const useSettings = <T>(select: (state: SettingsState) => T): T => useStore(useModel().settings, select);
export const useModels = <T>(select: (state: ModelsState) => T): T => useStore(useModel().models, select);
export const useEngine = <T>(select: (state: EngineState) => T): T => useStore(useModel().engine, select);
export const useLayout = <T>(select: (state: LayoutState) => T): T => useStore(useModel().layout, select);
export const useNotices = <T>(select: (state: NoticesState) => T): T => useStore(useModel().notices, select);
