import { useEffect } from 'react';
import { streamingAnswer } from '../chat/chat-store.ts';
import { closedTooltip } from '../design/button.tsx';
import type { useTexts } from '../i18n/i18n.ts';
import { pickFiles } from '../library/pick-files.ts';
import { arrange } from './layout-store.ts';
import { type Model, useModel } from './model.ts';

type Texts = ReturnType<typeof useTexts>;

export const isMac = /mac/i.test(navigator.platform);

/** The keys whose names differ from one language to the next. */
const namedKeys = ['Ctrl', 'Shift', 'Enter'] as const;

/** A shortcut in words: `mod` is Ctrl, or Command on a Mac. */
export function keyName(keys: string, t: Texts['t']): string {
  return keys
    .replace('mod', isMac ? '⌘' : 'Ctrl')
    .split(' ')
    .map((key) => {
      const named = namedKeys.find((name) => name === key);
      return named ? t(`shortcuts.keys.${named}`) : key;
    })
    .join(' ');
}

/** The element with the focus is one that takes text. */
function isTyping(): boolean {
  const element = document.activeElement;
  return (
    element instanceof HTMLTextAreaElement ||
    element instanceof HTMLSelectElement ||
    (element instanceof HTMLInputElement && !['checkbox', 'radio', 'button'].includes(element.type))
  );
}

const dialogIsOpen = (): boolean =>
  document.querySelector('[role="dialog"], [role="alertdialog"], [role="menu"]') !== null;

/** Moves the focus to the next pane, or to the one before. */
function cyclePanes(backwards: boolean): void {
  const panes = [...document.querySelectorAll<HTMLElement>('[data-pane]')].filter((pane) => pane.checkVisibility());
  if (panes.length === 0) return;
  const at = panes.findIndex((pane) => pane.contains(document.activeElement));
  const next = panes[(at + (backwards ? -1 : 1) + panes.length) % panes.length];
  const target = next?.querySelector<HTMLElement>('[data-pane-focus]') ?? next;
  target?.focus();
}

/** The sidebar lies over the other panes when it is shown. */
const sidebarLiesOver = ({ layout, reader }: Model): boolean =>
  arrange(window.innerWidth, reader.getState().documentId !== null, layout.getState()).sidebar === 'over';

function focusSearch(model: Model): void {
  const focus = (): void => document.querySelector<HTMLInputElement>('[data-search]')?.focus();
  const { setSidebarOpen, setSidebarOver } = model.layout.getState();
  if (sidebarLiesOver(model)) setSidebarOver(true);
  else setSidebarOpen(true);
  // The sidebar may have to appear first.
  requestAnimationFrame(focus);
}

/** Closes or stops the nearest thing: the sidebar that lies over, the answer being written, the reader. */
function stepBack(model: Model): void {
  const { layout, chat, reader } = model;
  if (layout.getState().sidebarOver && sidebarLiesOver(model)) layout.getState().setSidebarOver(false);
  else if (streamingAnswer(chat.getState())) void chat.getState().stop();
  else if (reader.getState().documentId) reader.getState().close();
}

/** What each shortcut does. A browser keeps Ctrl+N to itself, hence Alt+N. */
const commands: Record<string, (model: Model) => void> = {
  'mod k': focusSearch,
  'mod n': ({ chat }) => chat.getState().startNew(),
  'alt n': ({ chat }) => chat.getState().startNew(),
  'mod o': (model) => pickFiles(model.library.getState()),
  'mod ,': ({ layout }) => layout.getState().showDialog('settings'),
  f6: () => cyclePanes(false),
  'shift f6': () => cyclePanes(true),
  'shift ?': ({ layout }) => layout.getState().showDialog('shortcuts'),
  '?': ({ layout }) => layout.getState().showDialog('shortcuts'),
  escape: stepBack,
};

/** The keys of an event in the form of the table above; `mod` is Ctrl, or Command on a Mac. */
function keysOf(event: KeyboardEvent): string {
  const mod = isMac ? event.metaKey : event.ctrlKey;
  return [mod && 'mod', event.altKey && 'alt', event.shiftKey && 'shift', event.key.toLowerCase()]
    .filter(Boolean)
    .join(' ');
}

/** The keyboard shortcuts of the whole window. */
export function useShortcuts(): void {
  const model = useModel();
  useEffect(() => {
    function onKeyDown(event: KeyboardEvent): void {
      if (event.defaultPrevented && !closedTooltip.has(event)) return;
      const command = commands[keysOf(event)];
      if (!command || dialogIsOpen() || (event.key === '?' && isTyping())) return;
      event.preventDefault();
      command(model);
    }
    window.addEventListener('keydown', onKeyDown);
    return () => window.removeEventListener('keydown', onKeyDown);
  }, [model]);
}
