/** What the model keeps of each document, as the window knows it. */
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { Memory } from '../../main/ipc/contract.ts';
import type { Connection } from '../app/connection.ts';
import type { NoticesState } from '../app/notices.ts';

export interface MemoryState {
  /** By the document's id; a document that is not in the library, or not read in yet, has none. */
  memories: Readonly<Record<string, Memory>>;
  load(): Promise<void>;
  pause(id: string): Promise<void>;
  /** Goes on reading, or reads again what failed or gave its space away. */
  resume(id: string): Promise<void>;
  pin(id: string, pinned: boolean): Promise<void>;
  evict(id: string): Promise<void>;
  /** Tells main what the person looks at, unless it knows. */
  look(ids: readonly string[]): Promise<void>;
}

/** As many documents as one request may name. */
const mostLookedAt = 10_000;

/** Bytes of disk that all of it takes, and the number of documents it was read from. */
export function spaceUsed(memories: MemoryState['memories']): { bytes: number; documents: number } {
  const kept = Object.values(memories).filter(({ bytes }) => bytes > 0);
  return { bytes: kept.reduce((sum, { bytes }) => sum + bytes, 0), documents: kept.length };
}

export function createMemory(connection: Connection, notices: StoreApi<NoticesState>): StoreApi<MemoryState> {
  const { guard } = notices.getState();
  /** What main was told last over this connection. */
  let told = '';

  const store = createStore<MemoryState>((set) => ({
    memories: {},
    load: () =>
      guard(async () => {
        const list = await connection.request('memory.list', {});
        set({ memories: Object.fromEntries(list.map((memory) => [memory.id, memory])) });
      }),
    pause: (id) => guard(() => connection.request('memory.pause', { id })),
    resume: (id) => guard(() => connection.request('memory.resume', { id })),
    pin: (id, pinned) => guard(() => connection.request('memory.pin', { id, pinned })),
    evict: (id) => guard(() => connection.request('memory.evict', { id })),
    async look(all) {
      const ids = all.slice(0, mostLookedAt);
      const next = ids.join(' ');
      if (next === told || connection.state() !== 'open') return;
      told = next;
      await guard(() => connection.request('memory.look', { ids }));
    },
  }));

  connection.onState((state) => {
    if (state !== 'open') told = '';
  });
  connection.on('memory.changed', (memory) =>
    store.setState(({ memories }) => ({ memories: { ...memories, [memory.id]: memory } })),
  );
  connection.on('library.removed', ({ id }) =>
    store.setState(({ memories: { [id]: _removed, ...memories } }) => ({ memories })),
  );
  return store;
}
