import type { ReactNode } from 'react';
import { clock } from '../../base/clock.ts';
import { useTexts } from '../i18n/i18n.ts';
import type { Source } from './sources.ts';
import styles from './timeline.module.css';

interface TimelineProps {
  sources: readonly Source[];
  durationMs: number;
  onPlay(milliseconds: number): void;
}

/** Where the answer's sources lie in a recording; each plays when it is pressed. */
export function Timeline({ sources, durationMs, onPlay }: TimelineProps): ReactNode {
  const { t } = useTexts();
  if (sources.length === 0 || durationMs === 0) return null;
  const percent = (milliseconds: number): string => `${Math.min(100, (100 * milliseconds) / durationMs)}%`;
  return (
    <ul className={styles.timeline} aria-label={t('media.sources')}>
      {sources.map(({ number, startMs, endMs }) => (
        <li key={number} style={{ left: percent(startMs), width: percent(endMs - startMs) }}>
          <button
            type="button"
            aria-label={t('media.source', { number, time: clock(startMs) })}
            title={t('media.source', { number, time: clock(startMs) })}
            onClick={() => onPlay(startMs)}
          >
            {number}
          </button>
        </li>
      ))}
    </ul>
  );
}
