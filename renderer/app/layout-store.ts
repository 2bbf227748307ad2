/** Sizes of the panes and which of them are shown; kept from one start to the next. */
import { createStore, type StoreApi } from 'zustand/vanilla';
import { recall, remember } from './stored.ts';

export type DialogName = 'settings' | 'shortcuts';

export interface LayoutState {
  sidebarOpen: boolean;
  /** The sidebar is shown over the other panes, where there is no room beside them. */
  sidebarOver: boolean;
  /** Widths in CSS pixels. */
  sidebarWidth: number;
  readerWidth: number;
  dialog: DialogName | null;
  setSidebarOpen(open: boolean): void;
  setSidebarOver(over: boolean): void;
  resize(pane: 'sidebarWidth' | 'readerWidth', width: number): void;
  showDialog(dialog: DialogName | null): void;
}

/** Bounds of each pane's width in CSS pixels. */
export const paneLimits = {
  sidebarWidth: { least: 208, most: 440 },
  readerWidth: { least: 320, most: 1400 },
} as const;

/** Below this width of the window the sidebar lies over the other panes instead of beside them. */
export const sidebarBesideWidth = 720;
/** Below this width there is no room for three panes: the sidebar lies over the others while the reader is open. */
export const threePanesWidth = 1080;
/** Below this width the reader takes the conversation's place. */
export const readerBesideWidth = 720;
/** The conversation keeps at least this width while the reader is beside it. */
const leastConversationWidth = 340;

export interface Arrangement {
  sidebar: 'beside' | 'over';
  reader: 'closed' | 'beside' | 'alone';
  /** Width the reader gets, in CSS pixels; 0 when it is closed or alone. */
  readerWidth: number;
}

/** How the panes are arranged in a window of `width` CSS pixels. */
export function arrange(
  width: number,
  readerOpen: boolean,
  panes: Pick<LayoutState, 'sidebarOpen' | 'sidebarWidth' | 'readerWidth'>,
): Arrangement {
  const sidebar = width >= (readerOpen ? threePanesWidth : sidebarBesideWidth) ? 'beside' : 'over';
  if (!readerOpen) return { sidebar, reader: 'closed', readerWidth: 0 };
  if (width < readerBesideWidth) return { sidebar, reader: 'alone', readerWidth: 0 };
  const taken = sidebar === 'beside' && panes.sidebarOpen ? panes.sidebarWidth : 0;
  const most = width - taken - leastConversationWidth;
  const readerWidth = Math.max(Math.min(panes.readerWidth, most), paneLimits.readerWidth.least);
  return { sidebar, reader: 'beside', readerWidth };
}

const isWidth = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);
const isFlag = (value: unknown): value is boolean => typeof value === 'boolean';

export function createLayout(): StoreApi<LayoutState> {
  return createStore((set) => ({
    sidebarOpen: recall('sidebarOpen', true, isFlag),
    sidebarOver: false,
    sidebarWidth: recall('sidebarWidth', 280, isWidth),
    readerWidth: recall('readerWidth', 560, isWidth),
    dialog: null,
    setSidebarOpen(sidebarOpen) {
      remember('sidebarOpen', sidebarOpen);
      set({ sidebarOpen });
    },
    setSidebarOver: (sidebarOver) => set({ sidebarOver }),
    resize(pane, width) {
      const { least, most } = paneLimits[pane];
      const bounded = Math.round(Math.min(Math.max(width, least), most));
      remember(pane, bounded);
      set(pane === 'sidebarWidth' ? { sidebarWidth: bounded } : { readerWidth: bounded });
    },
    showDialog: (dialog) => set({ dialog }),
  }));
}
