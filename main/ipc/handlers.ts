/** What a window can ask for, and who does it. */
import { LonghandError } from '../../base/errors.ts';
import type { EventPayload, Params } from '../../base/rpc.ts';
import type { Chat } from '../chat/chat.ts';
import { searchLibrary } from '../chat/retrieval.ts';
import type { ChatStore } from '../chat/store.ts';
import type { EngineSupervisor } from '../engine/supervisor.ts';
import { extensions } from '../ingest/containers/containers.ts';
import type { Ingest } from '../ingest/ingest.ts';
import { transcriptText } from '../ingest/media/transcript-text.ts';
import type { WindowDecoder } from '../ingest/media/window-decoding.ts';
import { cleanName } from '../ingest/names.ts';
import type { WatchedFolders } from '../ingest/watched-folders.ts';
import type { Library } from '../library/library.ts';
import type { DocumentMemory } from '../library/memory.ts';
import type { SemanticIndex } from '../library/semantic-index.ts';
import type { ModelList } from '../models/model-list.ts';
import type { AppOptions, Rights } from './app.ts';
import type { AppContract, AppHandlers, Settings } from './contract.ts';
import type { SettingsStore } from './settings.ts';

export type Emit = <Event extends keyof AppContract['events']>(
  event: Event,
  payload: EventPayload<AppContract, Event>,
) => void;

/** What the handlers hand requests to. */
export interface Parts extends Pick<AppOptions, 'version' | 'shell' | 'dataFolder'> {
  readonly library: Library;
  readonly ingest: Ingest;
  readonly folders: WatchedFolders;
  readonly memory: DocumentMemory;
  readonly semanticIndex: SemanticIndex;
  readonly store: ChatStore;
  readonly chat: Chat;
  readonly models: ModelList;
  readonly engine: EngineSupervisor;
  readonly settings: SettingsStore;
  changeSettings(change: Params<AppContract, 'settings.set'>): Promise<Settings>;
  removeModel(id: string): Promise<void>;
  lookForChanges(): Promise<void>;
  readonly emit: Emit;
}

/** The handlers for a window with these rights, which decodes what it is asked to with `decoder`. */
export function createHandlers(parts: Parts, rights: Rights, decoder: WindowDecoder): AppHandlers {
  const { version, shell, dataFolder, library, ingest, folders, memory, store, chat, models, engine, settings } = parts;
  const { changeSettings, removeModel, lookForChanges, emit } = parts;

  function changed<Conversation extends EventPayload<AppContract, 'chat.changed'>>(conversation: Conversation) {
    emit('chat.changed', conversation);
    return conversation;
  }

  return {
    'app.info': () => ({
      version,
      shell,
      platform: process.platform,
      dataFolder,
      extensions: [...extensions],
    }),
    'settings.get': settings.inUse,
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
    'library.search': (params, { signal }) => searchLibrary(parts, params, signal),

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

    'models.list': models.list,
    'models.add': ({ source }) => {
      if (source.kind === 'upload') return models.take(ingest.takeUpload(source.upload).path, cleanName(source.name));
      if (!rights.paths) throw new LonghandError('forbidden', 'This window may not name files of this machine.');
      return models.add(source.path);
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
