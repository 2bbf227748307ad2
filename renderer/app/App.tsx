import { Tooltip } from 'radix-ui';
import { type ReactNode, useEffect, useState } from 'react';
import { ConversationPane } from '../chat/conversation-pane.tsx';
import { DropVeil } from '../library/drop-veil.tsx';
import { PasteDialog } from '../library/paste-dialog.tsx';
import { useChanges } from '../library/use-changes.ts';
import { ReaderPane } from '../reader/reader-pane.tsx';
import { SettingsDialog } from '../settings/settings-dialog.tsx';
import { ShortcutsDialog } from '../settings/shortcuts-dialog.tsx';
import styles from './App.module.css';
import { arrange } from './layout-store.ts';
import { useLayout, useModel, useReader } from './model.ts';
import { NoticeList } from './notice-list.tsx';
import { Sidebar } from './sidebar.tsx';
import { ConnectionNote, TitleBar } from './title-bar.tsx';
import { useAppearance } from './use-appearance.ts';
import { useShortcuts } from './use-shortcuts.ts';

function useWindowWidth(): number {
  const [width, setWidth] = useState(window.innerWidth);
  useEffect(() => {
    const update = (): void => setWidth(window.innerWidth);
    window.addEventListener('resize', update);
    return () => window.removeEventListener('resize', update);
  }, []);
  return width;
}

export function App(): ReactNode {
  const width = useWindowWidth();
  const layout = useLayout((state) => state);
  const readerOpen = useReader((state) => state.documentId !== null);
  const closeReader = useReader((state) => state.close);
  const { chat } = useModel();
  const { sidebar, reader, readerWidth } = arrange(width, readerOpen, layout);
  const sidebarShown = sidebar === 'beside' ? layout.sidebarOpen : layout.sidebarOver;
  // A reader that takes the conversation's place gives it back to who goes there.
  useEffect(
    () => chat.subscribe(({ visits }, before) => reader === 'alone' && visits !== before.visits && closeReader()),
    [chat, reader, closeReader],
  );
  useAppearance();
  useShortcuts();
  useChanges();

  function toggleSidebar(): void {
    if (sidebar === 'beside') layout.setSidebarOpen(!layout.sidebarOpen);
    else layout.setSidebarOver(!layout.sidebarOver);
  }

  return (
    <Tooltip.Provider delayDuration={500} skipDelayDuration={200}>
      <div className={styles.app}>
        <TitleBar sidebarShown={sidebarShown} onToggleSidebar={toggleSidebar} />
        <ConnectionNote />
        <div className={styles.panes}>
          {sidebarShown && (
            <Sidebar
              over={sidebar === 'over'}
              width={layout.sidebarWidth}
              onClose={() => layout.setSidebarOver(false)}
            />
          )}
          {/* Kept while the reader takes its place, so that its own place is kept too. */}
          <div style={{ display: reader === 'alone' ? 'none' : 'contents' }}>
            <ConversationPane />
          </div>
          {reader !== 'closed' && <ReaderPane width={reader === 'beside' ? readerWidth : null} />}
        </div>
        <NoticeList />
      </div>
      <DropVeil />
      <PasteDialog />
      <SettingsDialog />
      <ShortcutsDialog />
    </Tooltip.Provider>
  );
}
