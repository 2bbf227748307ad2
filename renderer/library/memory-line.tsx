import type { ReactNode } from 'react';
import type { Memory } from '../../main/ipc/contract.ts';
import { useMemory } from '../app/model.ts';
import { Progress } from '../design/progress.tsx';
import { passFocusOn } from '../design/use-focus-back.ts';
import { useTexts } from '../i18n/i18n.ts';
import styles from './library.module.css';

interface MemoryLineProps {
  memory: Memory;
  title: string;
}

/** What the model has read of a document, and what can be done about it now. */
export function MemoryLine({ memory, title }: MemoryLineProps): ReactNode {
  const { t, compact, bytes, timeLeft, said } = useTexts();
  const pause = useMemory((state) => state.pause);
  const resume = useMemory((state) => state.resume);
  const { id, state, reason, tokens, totalTokens, secondsLeft, pinned } = memory;
  const counts = totalTokens ? { tokens: compact(tokens), total: compact(totalTokens) } : null;
  const size = memory.bytes > 0 ? t('memory.onDisk', { size: bytes(memory.bytes) }) : '';
  const keptAlways = pinned ? t('memory.pinned') : '';
  const left = secondsLeft === null ? '' : timeLeft(secondsLeft);
  const reading = counts ? t('memory.readingTokens', counts) : t('memory.reading');

  const parts = {
    waiting: [reason === null ? t('memory.waiting') : said(reason), keptAlways],
    reading: [[reading, left].filter(Boolean).join(', ')],
    paused: [counts ? t('memory.pausedAt', counts) : t('memory.paused'), keptAlways],
    kept: [t('memory.kept'), size, keptAlways],
    evicted: [t('memory.evicted')],
    failed: [[t('memory.failed'), reason && said(reason)].filter(Boolean).join(' ')],
  }[state];
  const act = {
    waiting: null,
    reading: { label: t('memory.pause'), name: t('memory.pauseNamed', { title }), does: pause },
    paused: { label: t('memory.resume'), name: t('memory.resumeNamed', { title }), does: resume },
    kept: null,
    evicted: { label: t('memory.again'), name: t('memory.againNamed', { title }), does: resume },
    failed: { label: t('memory.retry'), name: t('memory.retryNamed', { title }), does: resume },
  }[state];

  // One tree for all states: what was pressed keeps the focus when it turns into its opposite.
  return (
    <div className={state === 'failed' ? styles.error : styles.meta}>
      {state === 'reading' && (
        <Progress
          label={t('memory.progress', { title })}
          fraction={totalTokens ? Math.min(1, tokens / totalTokens) : null}
        />
      )}
      <p>
        <span className={styles.parts}>{parts.filter(Boolean).join(' · ')}</span>{' '}
        {act && (
          <button
            ref={passFocusOn}
            type="button"
            className={styles.act}
            aria-label={act.name}
            onClick={() => void act.does(id)}
          >
            {act.label}
          </button>
        )}
      </p>
    </div>
  );
}
