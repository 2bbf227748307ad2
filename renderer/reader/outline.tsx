import { type KeyboardEvent, type ReactNode, useLayoutEffect } from 'react';
import { Virtualizer } from 'virtua';
import type { SectionSummary } from '../../main/ipc/contract.ts';
import { useScroller } from '../design/scroll-box.tsx';
import { passFocusOn } from '../design/use-focus-back.ts';
import { useTexts } from '../i18n/i18n.ts';
import styles from './outline.module.css';
import { useAnchorName } from './use-anchor-name.ts';

interface OutlineProps {
  outline: readonly SectionSummary[];
  /** Ordinal of the section in view. */
  current: number;
  onGo(ordinal: number): void;
  onKeyDown(event: KeyboardEvent): void;
}

/** The headings of a document; without any, its pages or parts by number. */
export function Outline({ outline, current, onGo, onKeyDown }: OutlineProps): ReactNode {
  const { t } = useTexts();
  const anchorName = useAnchorName();
  const scroller = useScroller();
  useLayoutEffect(() => passFocusOn(scroller.ref.current), [scroller.ref]);
  const titled = outline.filter(({ title }) => title);
  const entries = titled.length > 0 ? titled : outline;
  const here = entries.findLast(({ ordinal }) => ordinal <= current);
  const untitled = ({ anchor, ordinal }: SectionSummary): string => {
    if (anchor.kind === 'range') return t('reader.untitledSection', { number: ordinal + 1 });
    return anchor.kind === 'page' ? t('reader.pageName', { number: anchor.page }) : anchorName(anchor);
  };
  return (
    <nav className={styles.outline} aria-label={t('reader.outline')} ref={scroller.attach} onKeyDown={onKeyDown}>
      {entries.length === 0 && <p className={styles.none}>{t('reader.noOutline')}</p>}
      <Virtualizer as="ul" item="li" scrollRef={scroller.ref} data={entries}>
        {(entry) => (
          <button
            key={entry.id}
            type="button"
            className={styles.entry}
            dir="auto"
            data-level={Math.max(entry.level, 1)}
            aria-current={entry === here ? 'location' : undefined}
            onClick={() => onGo(entry.ordinal)}
          >
            {entry.title ?? untitled(entry)}
          </button>
        )}
      </Virtualizer>
    </nav>
  );
}
