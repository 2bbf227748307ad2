import { ChevronDown, ChevronUp, X } from 'lucide-react';
import { type ReactNode, type RefObject, useEffect } from 'react';
import { IconButton } from '../design/button.tsx';
import { giveFocusBack } from '../design/use-focus-back.ts';
import { useTexts } from '../i18n/i18n.ts';
import styles from './find-bar.module.css';
import type { Find } from './use-find.ts';

interface FindBarProps {
  /** The field of what is looked for. */
  field: RefObject<HTMLInputElement | null>;
  find: Find;
  onClose(): void;
}

export function FindBar({ field, find, onClose }: FindBarProps): ReactNode {
  const { t, number } = useTexts();
  const { query, matches, current, searching, setQuery, step } = find;
  useEffect(() => field.current?.focus(), [field]);
  const count =
    query.trim() === ''
      ? ''
      : matches.length > 0
        ? t('reader.findCount', { current: number(current + 1), count: number(matches.length) })
        : searching
          ? '…'
          : t('reader.findNone');
  return (
    <search ref={giveFocusBack} className={styles.bar}>
      <input
        ref={field}
        aria-label={t('reader.findLabel')}
        placeholder={t('reader.find')}
        value={query}
        maxLength={200}
        onChange={(event) => setQuery(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Enter' && event.key !== 'Escape') return;
          event.preventDefault();
          event.stopPropagation();
          if (event.key === 'Enter') step(event.shiftKey ? -1 : 1);
          else onClose();
        }}
      />
      <span role="status" className={styles.count}>
        {count}
      </span>
      <IconButton label={t('reader.findPrevious')} disabled={matches.length === 0} onClick={() => step(-1)}>
        <ChevronUp size={16} aria-hidden="true" />
      </IconButton>
      <IconButton label={t('reader.findNext')} disabled={matches.length === 0} onClick={() => step(1)}>
        <ChevronDown size={16} aria-hidden="true" />
      </IconButton>
      <IconButton label={t('app.close')} onClick={onClose}>
        <X size={16} aria-hidden="true" />
      </IconButton>
    </search>
  );
}
