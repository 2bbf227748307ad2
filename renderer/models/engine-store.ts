/** The state of the engine that runs the model. */
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { EngineStatus } from '../../main/ipc/contract.ts';
import type { Connection } from '../app/connection.ts';
import type { NoticesState } from '../app/notices.ts';

export interface EngineState {
  /** Null until main has told, and while there is no connection to it. */
  status: EngineStatus | null;
  load(): Promise<void>;
  restart(): Promise<void>;
}

export function createEngine(connection: Connection, notices: StoreApi<NoticesState>): StoreApi<EngineState> {
  const { guard } = notices.getState();
  const store = createStore<EngineState>((set) => ({
    status: null,
    load: () => guard(async () => set({ status: await connection.request('engine.status', {}) })),
    restart: () => guard(() => connection.request('engine.restart', {})),
  }));
  connection.on('engine.changed', (status) => store.setState({ status }));
  connection.onState((state) => {
    if (state === 'lost' || state === 'refused') store.setState({ status: null });
  });
  return store;
}
