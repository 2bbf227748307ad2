import type { ReactNode } from 'react';
import { ConversationList } from '../chat/conversation-list.tsx';
import { passFocusOn } from '../design/use-focus-back.ts';
import { useTexts } from '../i18n/i18n.ts';
import { LibrarySection } from '../library/library-section.tsx';
import { SearchBox } from '../library/search-box.tsx';
import { SearchResults } from '../library/search-results.tsx';
import { useLibrary } from './model.ts';
import { Separator } from './separator.tsx';
import styles from './sidebar.module.css';

interface SidebarProps {
  /** Lies over the other panes. */
  over: boolean;
  width: number;
  onClose(): void;
}

export function Sidebar({ over, width, onClose }: SidebarProps): ReactNode {
  const { t } = useTexts();
  const searching = useLibrary((state) => state.query.trim() !== '');

  return (
    <>
      {over && (
        <button
          ref={passFocusOn}
          type="button"
          className={styles.shade}
          aria-label={t('app.close')}
          onClick={onClose}
        />
      )}
      <aside
        ref={passFocusOn}
        className={styles.sidebar}
        data-over={over}
        data-pane="sidebar"
        tabIndex={-1}
        aria-label={t('app.toggleSidebar')}
        style={{ width }}
      >
        {!over && <Separator label={t('app.resizeSidebar')} pane="sidebarWidth" side="right" width={width} />}
        <SearchBox />
        {searching ? (
          <SearchResults />
        ) : (
          <>
            <LibrarySection />
            <ConversationList />
          </>
        )}
      </aside>
    </>
  );
}
