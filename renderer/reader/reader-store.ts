/** Which document the reader shows, and at which place. */
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { Anchor } from '../../main/ipc/contract.ts';
import type { Connection } from '../app/connection.ts';

/** A place to show and to highlight; what citations and search hits have in common. */
export interface Place {
  documentId: string;
  sectionId: number;
  anchor: Anchor;
  /** Characters of the section's text. */
  start: number;
  end: number;
}

export interface ReaderState {
  documentId: string | null;
  place: Place | null;
  /** Counts the requests to open or show something. */
  visit: number;
  open(documentId: string): void;
  show(place: Place): void;
  close(): void;
}

export function createReader(connection: Connection): StoreApi<ReaderState> {
  const store = createStore<ReaderState>((set, get) => ({
    documentId: null,
    place: null,
    visit: 0,
    open: (documentId) => set({ documentId, place: null, visit: get().visit + 1 }),
    // A new object each time, so that the same place can be shown again.
    show: ({ documentId, sectionId, anchor, start, end }) =>
      set({ documentId, place: { documentId, sectionId, anchor, start, end }, visit: get().visit + 1 }),
    close: () => set({ documentId: null, place: null }),
  }));
  connection.on('library.removed', ({ id }) => {
    if (store.getState().documentId === id) store.getState().close();
  });
  return store;
}
