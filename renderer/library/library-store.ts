/** The documents as the window knows them, and what the person does with them. */
import { createStore, type StoreApi } from 'zustand/vanilla';
import { errorData, isCancelled } from '../../base/errors.ts';
import type { Conversation, DocumentEntry, PassageHit, Source } from '../../main/ipc/contract.ts';
import type { Connection } from '../app/connection.ts';
import type { Host } from '../app/host.ts';
import type { NoticesState } from '../app/notices.ts';
import { isModelFile } from '../models/models-store.ts';
import { type Entry, walkEntries } from './files.ts';

/** A file on its way to main. */
export interface Upload {
  key: number;
  name: string;
  fraction: number;
}

/** A folder whose new files are added by themselves. */
export interface WatchedFolder {
  path: string;
  /** Why it is not watched, or not all of it. */
  problem: string | null;
}

/** What could not be added, and why. */
export interface Refusal {
  name: string;
  reason: string;
}

export interface SearchResults {
  hits: PassageHit[];
  conversations: Conversation[];
}

export interface LibraryState {
  /** Newest first. */
  documents: DocumentEntry[];
  loaded: boolean;
  /** File name endings that can be added. */
  extensions: string[];
  uploads: Upload[];
  refused: Refusal[];
  /** Files in dropped folders that are of no kind that can be read. */
  passedOver: number;
  /** How many files of a larger drop were taken; 0 when all were. */
  onlyFirst: number;
  /** Folders that were added, and can be watched if the person likes. */
  watchable: string[];
  watched: WatchedFolder[];
  query: string;
  /** What the query found; null while nothing is searched for, or nothing is known yet. */
  results: SearchResults | null;
  load(): Promise<void>;
  addFiles(files: readonly File[]): Promise<void>;
  addEntries(entries: readonly Entry[]): Promise<void>;
  addText(title: string, text: string): Promise<void>;
  addSample(): Promise<void>;
  cancelUpload(key: number): void;
  dismissRefused(): void;
  watch(path: string): Promise<void>;
  stopWatching(path: string): Promise<void>;
  dismissWatchable(path: string): void;
  remove(id: string): Promise<void>;
  rename(id: string, title: string): Promise<void>;
  cancel(id: string): Promise<void>;
  retry(id: string, password?: string): Promise<void>;
  /** Reads a document's file again, which has another content now. */
  refresh(id: string): Promise<void>;
  /** Has main look whether files have changed: the person comes back from another window. */
  lookForChanges(): Promise<void>;
  search(query: string): Promise<void>;
}

const hitLimit = 40;
const uploadsAtOnce = 2;

/** The documents with `entry` in them, newest first. */
export function withDocument(documents: readonly DocumentEntry[], entry: DocumentEntry): DocumentEntry[] {
  const known = documents.some(({ id }) => id === entry.id);
  const next = known ? documents.map((other) => (other.id === entry.id ? entry : other)) : [entry, ...documents];
  return next.sort((a, b) => b.addedAt - a.addedAt);
}

interface Needs {
  connection: Connection;
  host: Host;
  notices: StoreApi<NoticesState>;
  /** Called with the documents that were just added from this window. */
  onAdded(documents: readonly DocumentEntry[]): void;
  /** Called with a file that is a model, and no document. */
  onModelFile(file: File): void;
}

export function createLibrary({ connection, host, notices, onAdded, onModelFile }: Needs): StoreApi<LibraryState> {
  const uploading = new Map<number, AbortController>();
  let nextUpload = 1;
  let searching: AbortController | undefined;

  const { guard } = notices.getState();

  const store = createStore<LibraryState>((set, get) => {
    function refuse(refused: readonly Refusal[]): void {
      if (refused.length > 0) set({ refused: [...get().refused, ...refused] });
    }

    async function add(sources: Source[]): Promise<void> {
      const { documents, refused, folders } = await connection.request('library.add', { sources });
      set({
        documents: documents.reduce(withDocument, get().documents),
        watchable: [...new Set([...get().watchable, ...folders])],
      });
      refuse(refused);
      onAdded(documents);
    }

    /** Sends one file and adds it; its row shows how far it is. */
    async function addFile(file: File): Promise<void> {
      const key = nextUpload++;
      const controller = new AbortController();
      const onProgress = (fraction: number): void =>
        set({ uploads: get().uploads.map((upload) => (upload.key === key ? { ...upload, fraction } : upload)) });
      uploading.set(key, controller);
      set({ uploads: [...get().uploads, { key, name: file.name, fraction: 0 }] });
      try {
        await add([await host.sourceOf(file, { signal: controller.signal, onProgress })]);
      } catch (thrown) {
        if (!isCancelled(thrown)) refuse([{ name: file.name, reason: errorData(thrown).message }]);
      } finally {
        uploading.delete(key);
        set({ uploads: get().uploads.filter((upload) => upload.key !== key) });
      }
    }

    return {
      documents: [],
      loaded: false,
      extensions: [],
      uploads: [],
      refused: [],
      passedOver: 0,
      onlyFirst: 0,
      watchable: [],
      watched: [],
      query: '',
      results: null,
      load: () =>
        guard(async () => {
          const [documents, info, watched] = await Promise.all([
            connection.request('library.list', {}),
            connection.request('app.info', {}),
            connection.request('folders.list', {}),
          ]);
          set({
            documents: documents.sort((a, b) => b.addedAt - a.addedAt),
            extensions: info.extensions,
            watched,
            loaded: true,
          });
        }),
      async addFiles(files) {
        set({ refused: [], passedOver: 0, onlyFirst: 0 });
        const waiting = files.filter((file) => !isModelFile(file));
        for (const file of files.filter(isModelFile)) onModelFile(file);
        const work = async (): Promise<void> => {
          for (let file = waiting.shift(); file; file = waiting.shift()) await addFile(file);
        };
        await Promise.all(Array.from({ length: uploadsAtOnce }, work));
      },
      addEntries: (entries) =>
        guard(async () => {
          const { files, passedOver, truncated } = await walkEntries(entries, get().extensions);
          await get().addFiles(files);
          set({ passedOver, onlyFirst: truncated ? files.length : 0 });
        }),
      addText: (title, text) => guard(() => add([{ kind: 'text', title, text }])),
      addSample: () => guard(() => add([{ kind: 'sample' }])),
      cancelUpload: (key) => uploading.get(key)?.abort(),
      dismissRefused: () => set({ refused: [], passedOver: 0, onlyFirst: 0 }),
      watch: (path) =>
        guard(async () => {
          get().dismissWatchable(path);
          await connection.request('folders.watch', { path });
        }),
      stopWatching: (path) => guard(() => connection.request('folders.stop', { path })),
      dismissWatchable: (path) => set({ watchable: get().watchable.filter((other) => other !== path) }),
      remove: (id) => guard(() => connection.request('library.remove', { id })),
      rename: (id, title) => guard(() => connection.request('library.rename', { id, title })),
      cancel: (id) => guard(() => connection.request('library.cancel', { id })),
      retry: (id, password) =>
        guard(() => connection.request('library.retry', { id, ...(password !== undefined && { password }) })),
      refresh: (id) => guard(() => connection.request('library.refresh', { id })),
      async lookForChanges() {
        await connection.request('library.lookForChanges', {}).catch(() => {
          // The connection is lost, which is shown; main looks when it starts, too.
        });
      },
      async search(query) {
        searching?.abort();
        searching = new AbortController();
        const { signal } = searching;
        const wanted = query.trim();
        set({ query, ...(wanted === '' && { results: null }) });
        if (wanted === '') return;
        await guard(async () => {
          const [hits, conversations] = await Promise.all([
            connection.request('library.search', { query: wanted.slice(0, 1000), limit: hitLimit }, { signal }),
            connection.request('chat.list', { query: wanted.slice(0, 200) }, { signal }),
          ]);
          if (!signal.aborted) set({ results: { hits, conversations } });
        });
      },
    };
  });

  connection.on('library.changed', (entry) =>
    store.setState(({ documents }) => ({ documents: withDocument(documents, entry) })),
  );
  connection.on('folders.changed', (watched) => store.setState({ watched }));
  connection.on('library.removed', ({ id }) =>
    store.setState(({ documents, results }) => ({
      documents: documents.filter((entry) => entry.id !== id),
      results: results && { ...results, hits: results.hits.filter((hit) => hit.documentId !== id) },
    })),
  );
  return store;
}
