/**
 * The composition root: makes the services, wires them to each other and to the contract, and hands
 * the result to a shell or to the command line. Everything that outlives a request is made here.
 */
import { join } from 'node:path';
import { errorData } from '../base/errors.ts';
import { type Params, type Server, serve } from '../base/rpc.ts';
import type { AnswerServices } from './chat/answer.ts';
import { createChat } from './chat/chat.ts';
import { type ConversationMemories, openConversationMemories } from './chat/conversation-memory.ts';
import { instructions } from './chat/prompt.ts';
import { type ChatStore, openChatStore } from './chat/store.ts';
import { removeMadeFor } from './engine/made-for-model.ts';
import { superviseEngine } from './engine/supervisor.ts';
import { mediaTypeOf } from './ingest/formats/index.ts';
import { createIngest, type Ingest } from './ingest/ingest.ts';
import { createWindowDecoding } from './ingest/media/window-decoding.ts';
import { createWatchedFolders } from './ingest/watched-folders.ts';
import type { App, AppOptions } from './ipc/app.ts';
import { type AppContract, contract, type Settings } from './ipc/contract.ts';
import { createHandlers, type Emit } from './ipc/handlers.ts';
import { openSettings } from './ipc/settings.ts';
import { openDatabase } from './library/database.ts';
import { openLibrary } from './library/library.ts';
import { openMemory } from './library/memory.ts';
import { openMemoryTable } from './library/memory-table.ts';
import type { DocumentEntry } from './library/schema.ts';
import { createSemanticIndex } from './library/semantic-index.ts';
import { countDocumentTokens } from './library/token-counts.ts';
import { openWatchTable } from './library/watch-table.ts';
import { openModelList } from './models/model-list.ts';
import { embeddingModelId, speechModelId, textModelId, voiceModelId } from './perception/protocol.ts';
import { supervisePerception } from './perception/supervisor.ts';

/** The app with its services in reach, for the command line. */
export interface Services extends AnswerServices {
  app: App;
  ingest: Ingest;
  store: ChatStore;
  conversations: ConversationMemories;
  /** Hears of every change of a document; gives the function that stops it. */
  onDocument(listener: (entry: DocumentEntry) => void): () => void;
  /** Hears when some more passages are found by their meaning; gives the function that stops it. */
  onEmbedded(listener: () => void): () => void;
}

/** The settings that the engine takes at its start. */
const loadedWith = ['modelId', 'device', 'threads', 'blockFormat'] as const;

/**
 * Opens the data folder and starts everything. Throws a sentence for every broken start-up:
 * `disk`, `data-corrupt`, `data-newer`, `in-use`; nothing is overwritten then. A model that cannot be
 * loaded is no broken start-up: the engine's status says why, and another can be chosen.
 */
export function createServices(options: AppOptions): Services {
  const { dataFolder, fork, processFolder, samplesFolder } = options;
  const windows = new Set<Server<AppContract>>();
  const emit: Emit = (event, payload) => {
    for (const window of windows) window.emit(event, payload);
  };

  const documentListeners = new Set<(entry: DocumentEntry) => void>();
  const embeddingListeners = new Set<() => void>();

  const database = openDatabase(dataFolder);
  const library = openLibrary(database, dataFolder, {
    onChange(entry) {
      emit('library.changed', entry);
      for (const listener of documentListeners) listener(entry);
      countWhenReady(entry);
      if (entry.state !== 'ready') return;
      memory.wake();
      semanticIndex.run();
    },
    onRemoved(id) {
      memory.forget(id);
      emit('library.removed', { id });
    },
    onReplaced: (id) => memory.forget(id),
  });
  const store = openChatStore(database);

  const settings = openSettings({
    stored: () => library.getSetting('settings'),
    store: (chosen) => library.setSetting('settings', chosen),
    overrides: options.overrides ?? {},
  });
  const { inUse } = settings;
  const models = openModelList({
    bundledFolder: options.bundledFolder,
    ownFolder: join(dataFolder, 'models'),
    getSetting: library.getSetting,
    setSetting: library.setSetting,
    inUse: () => inUse().modelId,
  });
  const memoryTable = openMemoryTable(database);
  const [cacheFolder, streamsFolder] = [join(dataFolder, 'cache'), join(dataFolder, 'memory')];
  /** Of the model that tokens are counted with, and whose memory is shown; empty before the first start of the engine. */
  let fingerprintInUse = String(library.getSetting('countedWith') ?? '');

  async function engineChoice() {
    const { modelId: id, device, threads } = inUse();
    // What is counted and kept is one file's: of another, in the place of the first too, it would be wrong.
    const { modelPath, fingerprint: modelId } = await models.use(id);
    // Another may have been chosen meanwhile.
    if (id === inUse().modelId && fingerprintInUse !== modelId) {
      // Earlier versions knew what is kept by the model's name.
      memoryTable.rename(id, modelId);
      library.clearTokenCounts();
      library.setSetting('countedWith', modelId);
      fingerprintInUse = modelId;
      for (const kept of memory.list()) emit('memory.changed', kept);
    }
    return { modelId, modelPath, device, threads };
  }

  /** Takes a model from those that were added, with what was made for its files and is of use for no other. */
  async function removeModel(id: string): Promise<void> {
    for (const fingerprint of await models.remove(id)) {
      memoryTable.forgetModel(fingerprint);
      for (const folder of [cacheFolder, streamsFolder]) await removeMadeFor(folder, fingerprint);
    }
  }

  const engine = superviseEngine({
    fork,
    processFolder,
    cacheFolder,
    streams: {
      folder: streamsFolder,
      system: instructions.documents,
      format: () => inUse().blockFormat,
    },
    choose: engineChoice,
    onStatus(status) {
      emit('engine.changed', status);
      if (status.state === 'ready') library.list().forEach(countWhenReady);
      memory.wake();
    },
  });
  const memory = openMemory({
    library,
    table: memoryTable,
    engine,
    modelId: () => fingerprintInUse,
    budget: () => inUse().memoryBudget,
    isConversation: store.has,
    onChange: (changed) => emit('memory.changed', changed),
    onError: ({ message }) => emit('app.problem', { message }),
  });

  const perception = supervisePerception({
    fork,
    processFolder,
    embeddingModel: join(options.bundledFolder, embeddingModelId),
    voiceModel: join(options.bundledFolder, voiceModelId),
    speechModel: join(options.bundledFolder, speechModelId),
    textModel: join(options.bundledFolder, textModelId),
    onStatus: (status) => status.state === 'failed' && emit('app.problem', { message: status.reason }),
  });
  const semanticIndex = createSemanticIndex({
    library,
    embed: perception.embed,
    relateWords: perception.relateWords,
    modelId: embeddingModelId,
    onProgress() {
      for (const listener of embeddingListeners) listener();
    },
    onError: ({ message }) => emit('app.problem', { message }),
  });
  semanticIndex.run();

  /** Sizes in tokens are counted in the background as soon as a document and the engine are both there. */
  function countWhenReady(entry: DocumentEntry): void {
    if (entry.state !== 'ready' || entry.tokenCount !== null || engine.status().state !== 'ready') return;
    countDocumentTokens(library, engine, entry.id).catch(() => {
      // The engine was lost or the document removed meanwhile: it is counted when a question needs it.
    });
  }

  const windowDecoding = createWindowDecoding();
  const ingest = createIngest({
    library,
    dataFolder,
    samplesFolder,
    fork,
    processFolder,
    recordings: { senses: perception, windows: options.headless ? null : windowDecoding },
    onlyAdded: options.headless,
    onError: ({ message }) => emit('app.problem', { message }),
  });
  const folders = createWatchedFolders({
    table: openWatchTable(database),
    library,
    ingest,
    dataFolder,
    onChange: (list) => emit('folders.changed', list),
    onProblem: (message) => emit('app.problem', { message }),
  });
  async function lookForChanges(): Promise<void> {
    await ingest.lookForChanges();
    await folders.lookThrough();
  }
  // On the command line nobody is there to be offered anything.
  if (!options.headless)
    lookForChanges().catch((thrown: unknown) => emit('app.problem', { message: errorData(thrown).message }));
  const conversations = openConversationMemories(engine, database, memory.makeRoomFor);
  const services = { library, engine, memory, semanticIndex, store, conversations };
  const chat = createChat(services, {
    onChange: (conversation) => emit('chat.changed', conversation),
    onFound: ({ id: messageId, conversationId }, citations) =>
      emit('answer.found', { conversationId, messageId, citations }),
    onPhase: ({ id: messageId, conversationId }, phase) => emit('answer.phase', { conversationId, messageId, phase }),
    onPass: ({ id: messageId, conversationId }, pass) => emit('answer.pass', { conversationId, messageId, pass }),
    onText: ({ id: messageId, conversationId }, offset, text) =>
      emit('answer.text', { conversationId, messageId, offset, text }),
    onEnd: (message) => emit('answer.ended', { message }),
  });

  async function changeSettings(change: Params<AppContract, 'settings.set'>): Promise<Settings> {
    // A model that is not there is refused before anything changes; meanwhile another window may change something.
    if (change.modelId !== undefined) await models.check(change.modelId);
    const { before, now } = settings.change(change);
    if (loadedWith.some((name) => now[name] !== before[name])) engine.restart();
    if (now.memoryBudget > before.memoryBudget) memory.retry();
    // Where there is less space, some is freed at once.
    if (now.memoryBudget < before.memoryBudget) memory.wake();
    emit('settings.changed', now);
    return now;
  }

  const parts = {
    ...options,
    ...services,
    ingest,
    folders,
    chat,
    models,
    settings,
    changeSettings,
    removeModel,
    lookForChanges,
    emit,
  };
  const app: App = {
    serve(channel, rights) {
      const decoder = windowDecoding.connect();
      const window: Server<AppContract> = serve(contract, createHandlers(parts, rights, decoder), channel, () => {
        windows.delete(window);
        decoder.close();
      });
      windows.add(window);
    },
    documentFile(id) {
      const entry = library.list().find((document) => document.id === id);
      return (
        entry && {
          path: library.filePath(id),
          mediaType: mediaTypeOf(entry.kind, entry.fileName),
          byteSize: entry.byteSize,
        }
      );
    },
    receiveUpload: (bytes, signal) => ingest.receiveUpload(bytes, signal),
    async close() {
      chat.close();
      conversations.close();
      await memory.close();
      engine.close();
      // Together: the folders wait for what the ingest looks at for them.
      await Promise.all([folders.close(), ingest.close()]);
      perception.close();
      await semanticIndex.close();
      for (const window of [...windows]) window.close();
      database.close();
    },
  };
  return {
    ...services,
    app,
    ingest,
    onDocument(listener) {
      documentListeners.add(listener);
      return () => documentListeners.delete(listener);
    },
    onEmbedded(listener) {
      embeddingListeners.add(listener);
      return () => embeddingListeners.delete(listener);
    },
  };
}

/** The app for a shell. */
export async function createApp(options: AppOptions): Promise<App> {
  return createServices(options).app;
}
