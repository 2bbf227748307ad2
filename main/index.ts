/**
 * The composition root: makes the services, wires them to each other and to the contract, and hands
 * the result to a shell or to the command line. Everything that outlives a request is made here.
 */
import { isAbsolute, join } from 'node:path';
import { errorData, LonghandError } from '../base/errors.ts';
import { type EventPayload, type Params, type Server, serve } from '../base/rpc.ts';
import type { AnswerServices } from './chat/answer.ts';
import { createChat } from './chat/chat.ts';
import { type ConversationMemories, openConversationMemories } from './chat/conversation-memory.ts';
import { instructions } from './chat/prompt.ts';
import { searchLibrary } from './chat/retrieval.ts';
import { type ChatStore, openChatStore } from './chat/store.ts';
import { removeMadeFor } from './engine/made-for-model.ts';
import { superviseEngine } from './engine/supervisor.ts';
import { extensions } from './ingest/containers/containers.ts';
import { mediaTypeOf } from './ingest/formats/index.ts';
import { createIngest, type Ingest } from './ingest/ingest.ts';
import { transcriptText } from './ingest/media/transcript-text.ts';
import { createWindowDecoding, type WindowDecoder } from './ingest/media/window-decoding.ts';
import { cleanName } from './ingest/names.ts';
import { createWatchedFolders } from './ingest/watched-folders.ts';
import type { App, AppOptions, Rights } from './ipc/app.ts';
import {
  type AppContract,
  type AppHandlers,
  contract,
  type Settings,
  settings as settingsSchema,
} from './ipc/contract.ts';
import { openDatabase } from './library/database.ts';
import { openLibrary } from './library/library.ts';
import { openMemory } from './library/memory.ts';
import { openMemoryTable } from './library/memory-table.ts';
import type { DocumentEntry } from './library/schema.ts';
import { createSemanticIndex } from './library/semantic-index.ts';
import { countDocumentTokens } from './library/token-counts.ts';
import { openWatchTable } from './library/watch-table.ts';
import { openModelFiles } from './models/model-files.ts';
import { bundledModelId, describeModel, findModel, listModels } from './models/models.ts';
import { openOwnModels } from './models/own-models.ts';
import type { ListedModel } from './models/schema.ts';
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
}

const defaultSettings: Settings = {
  device: 'auto',
  threads: null,
  modelId: bundledModelId,
  theme: 'system',
  locale: 'system',
  memoryBudget: 20_000_000_000,
  blockFormat: 'int8',
};

/** The settings that the engine takes at its start. */
const loadedWith = ['modelId', 'device', 'threads', 'blockFormat'] as const;

type EventName = keyof AppContract['events'];

/**
 * Opens the data folder and starts everything. Throws a sentence for every broken start-up:
 * `disk`, `data-corrupt`, `data-newer`, `in-use`; nothing is overwritten then. A model that cannot be
 * loaded is no broken start-up: the engine's status says why, and another can be chosen.
 */
export function createServices(options: AppOptions): Services {
  const { dataFolder, fork, processFolder, samplesFolder } = options;
  const windows = new Set<Server<AppContract>>();
  function emit<E extends EventName>(event: E, payload: EventPayload<AppContract, E>): void {
    for (const window of windows) window.emit(event, payload);
  }

  const documentListeners = new Set<(entry: DocumentEntry) => void>();

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

  const stored = settingsSchema.partial().safeParse(library.getSetting('settings'));
  let settings: Settings = { ...defaultSettings, ...withoutUndefined(stored.data ?? {}) };
  /** What the command line wants for this run, until something else is chosen in a window. */
  let overrides: Partial<Settings> = withoutUndefined(options.overrides ?? {});
  const inUse = (): Settings => ({ ...settings, ...overrides });

  const modelFiles = openModelFiles({
    stored: () => library.getSetting('modelFiles'),
    store: (files) => library.setSetting('modelFiles', files),
  });
  const memoryTable = openMemoryTable(database);
  const [cacheFolder, streamsFolder] = [join(dataFolder, 'cache'), join(dataFolder, 'memory')];
  /** Of the model that tokens are counted with, and whose memory is shown; empty before the first start of the engine. */
  const fingerprintInUse = (): string => String(library.getSetting('countedWith') ?? '');

  const ownModels = openOwnModels({
    folder: join(dataFolder, 'models'),
    stored: () => library.getSetting('models'),
    store: (paths) => library.setSetting('models', paths),
  });
  /** Those that ship, those that were added, and the one in use, wherever it came from. */
  async function modelsToChoose(): Promise<ListedModel[]> {
    const listed = [...(await listModels(options.bundledFolder)), ...(await ownModels.list())];
    const { modelId } = inUse();
    if (listed.some(({ id }) => id === modelId)) return listed;
    const other = await describeModel(modelId, modelId, false).catch(() => undefined);
    return other ? [...listed, other] : listed;
  }

  async function engineChoice() {
    const { modelId: id, device, threads } = inUse();
    const { modelPath } = await findModel(id, options.bundledFolder);
    // What is counted and kept is one file's: of another, in the place of the first too, it would be wrong.
    const modelId = await modelFiles.use({ id, path: modelPath });
    // Another may have been chosen meanwhile.
    if (id === inUse().modelId && fingerprintInUse() !== modelId) {
      // Earlier versions knew what is kept by the model's name.
      memoryTable.rename(id, modelId);
      library.clearTokenCounts();
      library.setSetting('countedWith', modelId);
      for (const kept of memory.list()) emit('memory.changed', kept);
    }
    return { modelId, modelPath, device, threads };
  }

  /** Takes a model from those that were added, with what was made for its files and is of use for no other. */
  async function removeModel(id: string): Promise<void> {
    const others = (await modelsToChoose()).filter((model) => model.id !== id);
    const fingerprints = ownModels.has(id) ? await modelFiles.ofOnly({ id, path: id }, others) : [];
    if (inUse().modelId === id)
      throw new LonghandError('bad-request', 'This model is in use. Choose another one before you remove it.');
    await ownModels.remove(id);
    modelFiles.forget(id);
    for (const fingerprint of fingerprints) {
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
    modelId: fingerprintInUse,
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

  /**
   * Throws `not-found` for what is no model that ships, `forbidden` for a file that was not added, and as `describeModel`
   * for one that was and cannot be used now.
   */
  async function checkModel(modelId: string): Promise<void> {
    if (modelId === inUse().modelId) return;
    if (ownModels.has(modelId)) return void (await describeModel(modelId, modelId, false));
    // A window may not name any file of this machine.
    if (isAbsolute(modelId)) throw new LonghandError('forbidden', 'This model was not added. Add its file first.');
    await findModel(modelId, options.bundledFolder);
  }

  async function changeSettings(change: Params<AppContract, 'settings.set'>): Promise<Settings> {
    // A model that is not there is refused before anything changes; meanwhile another window may change something.
    if (change.modelId !== undefined) await checkModel(change.modelId);
    const before = inUse();
    const chosen = withoutUndefined(change);
    settings = { ...settings, ...chosen };
    library.setSetting('settings', settings);
    overrides = Object.fromEntries(Object.entries(overrides).filter(([name]) => !(name in chosen)));
    const now = inUse();
    if (loadedWith.some((name) => now[name] !== before[name])) engine.restart();
    if (now.memoryBudget > before.memoryBudget) memory.retry();
    // Where there is less space, some is freed at once.
    if (now.memoryBudget < before.memoryBudget) memory.wake();
    emit('settings.changed', now);
    return now;
  }

  function changed<T extends Parameters<typeof emit<'chat.changed'>>[1]>(conversation: T): T {
    emit('chat.changed', conversation);
    return conversation;
  }

  function handlers(rights: Rights, decoder: WindowDecoder): AppHandlers {
    return {
      'app.info': () => ({
        version: options.version,
        shell: options.shell,
        platform: process.platform,
        dataFolder,
        extensions: [...extensions],
      }),
      'settings.get': inUse,
      'settings.set': changeSettings,

      'library.list': () => library.list(),
      'library.add': async ({ sources }) => {
        const added = await ingest.add(sources, rights);
        const paths = sources.flatMap((source) => (source.kind === 'path' ? [source.path] : []));
        return { ...added, folders: await folders.unwatched(paths) };
      },
      'library.remove': async ({ id }) => {
        await ingest.remove(id);
        return {};
      },
      'library.rename': ({ id, title }) => library.rename(id, title),
      'library.cancel': async ({ id }) => {
        await ingest.cancel(id);
        return {};
      },
      'library.retry': ({ id, password }) => {
        ingest.retry(id, password);
        return {};
      },
      'library.refresh': async ({ id }) => {
        await ingest.refresh(id);
        return {};
      },
      'library.lookForChanges': async () => {
        await lookForChanges();
        return {};
      },
      'library.outline': ({ id }) => library.outline(id),
      'library.sections': ({ id, from, count }) => library.sections(id, from, count),
      'library.search': (params, { signal }) => searchLibrary({ library, semanticIndex }, params, signal),

      'folders.list': () => folders.list(),
      'folders.watch': async ({ path }) => {
        if (!rights.paths) throw new LonghandError('forbidden', 'This window may not name folders of this machine.');
        await folders.watch(path);
        return {};
      },
      'folders.stop': ({ path }) => {
        folders.stop(path);
        return {};
      },

      'library.transcript': ({ id, format }) => ({
        text: transcriptText(library.sections(id, 0, library.get(id).sectionCount), format),
      }),
      'library.correct': ({ id, section, start, end, text }) => {
        const corrected = library.correct(id, section, { start, end }, text);
        // What models keep of it says what was misheard.
        memory.forget(id);
        memory.wake();
        return corrected;
      },

      'media.take': (_, { signal }) => decoder.take(signal),
      'media.give': async ({ id, piece }) => ({ wanted: await decoder.give(id, piece) }),
      'media.end': ({ id, problem, leftOut }) => {
        decoder.end(id, problem, leftOut);
        return {};
      },

      'media.scenes': ({ id }) => ({ times: library.scenes.times(id) }),
      'media.thumbnail': ({ id, atMs }) => {
        const thumbnail = library.scenes.thumbnail(id, atMs);
        if (thumbnail) return { jpeg: Buffer.from(thumbnail).toString('base64') };
        throw new LonghandError('not-found', 'This scene is no longer there.');
      },

      'memory.list': () => memory.list(),
      'memory.pause': ({ id }) => {
        memory.pause(id);
        return {};
      },
      'memory.resume': ({ id }) => {
        memory.resume(id);
        return {};
      },
      'memory.pin': ({ id, pinned }) => {
        memory.pin(id, pinned);
        return {};
      },
      'memory.evict': async ({ id }) => {
        await memory.evict(id);
        return {};
      },
      'memory.look': ({ ids }) => {
        memory.look(ids);
        return {};
      },

      'chat.list': ({ query }) => store.list(query),
      'chat.create': ({ documentIds }) => changed(store.create('', documentIds)),
      'chat.open': ({ id }) => ({ conversation: store.get(id), messages: chat.messages(id) }),
      'chat.rename': ({ id, title }) => changed(store.rename(id, title)),
      'chat.remove': ({ id }) => {
        chat.remove(id);
        emit('chat.removed', { id });
        return {};
      },
      'chat.mount': ({ id, documentIds }) => changed(store.mount(id, documentIds)),
      'chat.ask': ({ id, question, readAll }) => chat.ask(id, question, readAll),
      'chat.resume': ({ id }) => chat.resume(id),
      'chat.regenerate': ({ id }) => chat.regenerate(id),
      'chat.stop': ({ id }) => {
        chat.stop(id);
        return {};
      },

      'models.list': modelsToChoose,
      'models.add': ({ source }) => {
        if (source.kind === 'upload')
          return ownModels.take(ingest.takeUpload(source.upload).path, cleanName(source.name));
        if (!rights.paths) throw new LonghandError('forbidden', 'This window may not name files of this machine.');
        return ownModels.add(source.path);
      },
      'models.remove': async ({ id }) => {
        await removeModel(id);
        return {};
      },
      'engine.status': () => engine.status(),
      'engine.restart': () => {
        engine.restart();
        return {};
      },
    };
  }

  const app: App = {
    serve(channel, rights) {
      const decoder = windowDecoding.connect();
      const window: Server<AppContract> = serve(contract, handlers(rights, decoder), channel, () => {
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
  };
}

/** The app for a shell. */
export async function createApp(options: AppOptions): Promise<App> {
  return createServices(options).app;
}

function withoutUndefined<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as never;
}
