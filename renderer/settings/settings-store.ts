/** The settings as main keeps them, and what the app is. */
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { Settings } from '../../main/ipc/contract.ts';
import type { Connection } from '../app/connection.ts';
import type { NoticesState } from '../app/notices.ts';

export interface AppInfo {
  version: string;
  shell: 'electron' | 'served';
  platform: string;
  dataFolder: string;
  extensions: string[];
}

export interface SettingsState {
  /** Null until main has told. */
  settings: Settings | null;
  info: AppInfo | null;
  load(): Promise<void>;
  change(change: Partial<Settings>): Promise<void>;
}

export function createSettings(connection: Connection, notices: StoreApi<NoticesState>): StoreApi<SettingsState> {
  const { guard } = notices.getState();
  const store = createStore<SettingsState>((set) => ({
    settings: null,
    info: null,
    load: () =>
      guard(async () => {
        const [settings, info] = await Promise.all([
          connection.request('settings.get', {}),
          connection.request('app.info', {}),
        ]);
        set({ settings, info });
      }),
    change: (change) => guard(async () => set({ settings: await connection.request('settings.set', change) })),
  }));
  connection.on('settings.changed', (settings) => store.setState({ settings }));
  return store;
}
