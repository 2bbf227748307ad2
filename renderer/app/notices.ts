/** Short messages for the person that belong to no place in the window: mostly errors of requests. */
import { createStore, type StoreApi } from 'zustand/vanilla';
import { errorData } from '../../base/errors.ts';
import { NoConnection } from './connection.ts';

export interface Notice {
  id: number;
  text: string;
  /** It says that there is no connection, which holds only until there is one again. */
  unconnected: boolean;
}

export interface NoticesState {
  notices: Notice[];
  show(text: string, unconnected?: boolean): void;
  /** Takes back what was said of a lost connection. */
  reconnected(): void;
  /** Runs a request; shows the message of what it throws, unless the person caused it by stopping something. */
  guard(act: () => Promise<unknown>): Promise<void>;
  dismiss(id: number): void;
}

const mostNotices = 4;

export function createNotices(): StoreApi<NoticesState> {
  let nextId = 1;
  return createStore((set, get) => ({
    notices: [],
    show(text, unconnected = false) {
      const others = get().notices.filter((notice) => notice.text !== text);
      set({ notices: [...others, { id: nextId++, text, unconnected }].slice(-mostNotices) });
    },
    reconnected: () => set({ notices: get().notices.filter(({ unconnected }) => !unconnected) }),
    async guard(act) {
      try {
        await act();
      } catch (thrown) {
        const { code, message } = errorData(thrown);
        if (code !== 'cancelled') get().show(message, thrown instanceof NoConnection);
      }
    },
    dismiss: (id) => set({ notices: get().notices.filter((notice) => notice.id !== id) }),
  }));
}
