/** Which document the reader shows, and at which place. */
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { Anchor } from '../../main/ipc/contract.ts';
import type { Connection } from '../app/connection.ts';
import type { NoticesState } from '../app/notices.ts';

/** A place to show and to highlight; what citations and search hits have in common. */
export interface Place {
  documentId: string;
  sectionId: number;
  anchor: Anchor;
  /** Characters of the section's text. */
  start: number;
  end: number;
  /** The text there; a page on which its boxes are not known is searched for it. */
  quote?: string;
  /** The section's ordinal, where the place was asked for by it. */
  section?: number;
}

/** A stretch of a document that is known by the ordinal of its section, as what was read for an answer is. */
export interface Stretch {
  documentId: string;
  section: number;
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
  /** Looks the stretch's section up, and shows it as a place. */
  showStretch(stretch: Stretch): Promise<void>;
  close(): void;
}

export function createReader(connection: Connection, notices: StoreApi<NoticesState>): StoreApi<ReaderState> {
  const { guard } = notices.getState();

  const store = createStore<ReaderState>((set, get) => ({
    documentId: null,
    place: null,
    visit: 0,
    open: (documentId) => set({ documentId, place: null, visit: get().visit + 1 }),
    // A new object each time, so that the same place can be shown again.
    show: ({ documentId, sectionId, anchor, start, end, quote, section }) => {
      const found = { ...(quote !== undefined && { quote }), ...(section !== undefined && { section }) };
      set({ documentId, place: { documentId, sectionId, anchor, start, end, ...found }, visit: get().visit + 1 });
    },
    showStretch: ({ documentId, section: ordinal, start, end }) =>
      guard(async () => {
        const visit = get().visit + 1;
        set({ visit });
        const params = { id: documentId, from: ordinal, count: 1 };
        const [section] = await connection.request('library.sections', params);
        // Something else was opened meanwhile.
        if (get().visit !== visit) return;
        if (!section) return get().open(documentId);
        const { id: sectionId, anchor, text } = section;
        get().show({ documentId, sectionId, anchor, start, end, quote: text.slice(start, end), section: ordinal });
      }),
    close: () => set({ documentId: null, place: null }),
  }));
  connection.on('library.removed', ({ id }) => {
    if (store.getState().documentId === id) store.getState().close();
  });
  return store;
}
