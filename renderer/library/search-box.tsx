import { Search, X } from 'lucide-react';
import { type ReactNode, useEffect, useState } from 'react';
import { useLibrary } from '../app/model.ts';
import { keyName } from '../app/use-shortcuts.ts';
import { IconButton } from '../design/button.tsx';
import { useTexts } from '../i18n/i18n.ts';
import styles from './search-box.module.css';

const pauseMs = 150;

/** Searches documents and conversations while one types. */
export function SearchBox(): ReactNode {
  const { t } = useTexts();
  const query = useLibrary((state) => state.query);
  const search = useLibrary((state) => state.search);
  const [text, setText] = useState(query);

  useEffect(() => {
    if (text === query) return;
    const timer = setTimeout(() => void search(text), text.trim() === '' ? 0 : pauseMs);
    return () => clearTimeout(timer);
  }, [text, query, search]);

  return (
    <search className={styles.box}>
      <Search size={15} aria-hidden="true" className={styles.icon} />
      <input
        type="search"
        data-search
        data-pane-focus
        aria-label={t('library.search')}
        placeholder={`${t('library.search')}  ${keyName('mod K', t)}`}
        value={text}
        maxLength={1000}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Escape' || text === '') return;
          event.preventDefault();
          event.stopPropagation();
          setText('');
        }}
      />
      {text !== '' && (
        <IconButton label={t('library.clearSearch')} className={styles.clear} onClick={() => setText('')}>
          <X size={14} aria-hidden="true" />
        </IconButton>
      )}
    </search>
  );
}
