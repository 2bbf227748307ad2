/** The models that were added or come with Longhand, and adding one. */
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { ListedModel } from '../../main/ipc/contract.ts';
import type { Connection } from '../app/connection.ts';
import type { Host } from '../app/host.ts';
import type { NoticesState } from '../app/notices.ts';

export interface ModelsState {
  models: ListedModel[];
  /** The file that is being sent and looked at; null while there is none. */
  adding: { name: string; fraction: number } | null;
  load(): Promise<void>;
  /** Adds a GGUF file; one at a time. */
  add(file: File): Promise<void>;
  /** Stops sending the file. */
  cancel(): void;
  remove(id: string): Promise<void>;
}

/** What files of models are named. */
export const modelExtension = 'gguf';
export const isModelFile = ({ name }: { name: string }): boolean => name.toLowerCase().endsWith(`.${modelExtension}`);

interface Needs {
  connection: Connection;
  host: Host;
  notices: StoreApi<NoticesState>;
}

export function createModels({ connection, host, notices }: Needs): StoreApi<ModelsState> {
  const { guard } = notices.getState();
  let sending: AbortController | undefined;
  return createStore<ModelsState>((set, get) => ({
    models: [],
    adding: null,
    load: () => guard(async () => set({ models: await connection.request('models.list', {}) })),
    async add(file) {
      if (get().adding) return;
      const controller = new AbortController();
      sending = controller;
      set({ adding: { name: file.name, fraction: 0 } });
      await guard(async () => {
        const onProgress = (fraction: number): void => set({ adding: { name: file.name, fraction } });
        const source = await host.sourceOf(file, { signal: controller.signal, onProgress });
        await connection.request('models.add', { source });
        await get().load();
      });
      set({ adding: null });
    },
    cancel: () => sending?.abort(),
    remove: (id) =>
      guard(async () => {
        await connection.request('models.remove', { id });
        await get().load();
      }),
  }));
}
