import type { ReactNode } from 'react';
import type { Memory } from '../../main/ipc/contract.ts';
import { useMemory } from '../app/model.ts';
import { Progress } from '../design/progress.tsx';
import { useTexts } from '../i18n/i18n.ts';
import styles from './library.module.css';

interface MemoryLineProps {
  memory: Memory;
  title: string;
}

/** What the model has read of a document, and what can be done about it now. */
export function MemoryLine({ memory, title }: MemoryLineProps): ReactNode {
  const { t, compact, bytes, timeLeft } = useTexts();
  const pause = useMemory((state) => state.pause);
  const resume = useMemory((state) => state.resume);
  const { id, state, reason, tokens, totalTokens, secondsLeft, pinned } = memory;
  const counts = totalTokens ? { tokens: compact(tokens), total: compact(totalTokens) } : null;
  const size = memory.bytes > 0 ? t('memory.onDisk', { size: bytes(memory.bytes) }) : '';
  const keptAlways = pinned ? t('memory.pinned') : '';

  switch (state) {
    case 'waiting':
      return <Line parts={[reason ?? t('memory.waiting'), keptAlways]} />;
    case 'reading':
      return (
        <div className={styles.meta}>
          <Progress
            label={t('memory.progress', { title })}
            fraction={totalTokens ? Math.min(1, tokens / totalTokens) : null}
          />
          <Parts
            parts={[
              [
                counts ? t('memory.readingTokens', counts) : t('memory.reading'),
                secondsLeft === null ? '' : timeLeft(secondsLeft),
              ]
                .filter(Boolean)
                .join(', '),
            ]}
          >
            <Act label={t('memory.pause')} name={t('memory.pauseNamed', { title })} onClick={() => void pause(id)} />
          </Parts>
        </div>
      );
    case 'paused':
      return (
        <Line parts={[counts ? t('memory.pausedAt', counts) : t('memory.paused'), keptAlways]}>
          <Act label={t('memory.resume')} name={t('memory.resumeNamed', { title })} onClick={() => void resume(id)} />
        </Line>
      );
    case 'kept':
      return <Line parts={[t('memory.kept'), size, keptAlways]} />;
    case 'evicted':
      return (
        <Line parts={[t('memory.evicted')]}>
          <Act label={t('memory.again')} name={t('memory.againNamed', { title })} onClick={() => void resume(id)} />
        </Line>
      );
    case 'failed':
      return (
        <>
          <p className={styles.error}>{[t('memory.failed'), reason].filter(Boolean).join(' ')}</p>
          <button
            type="button"
            className={styles.retry}
            aria-label={t('memory.retryNamed', { title })}
            onClick={() => void resume(id)}
          >
            {t('memory.retry')}
          </button>
        </>
      );
  }
}

interface PartsProps {
  parts: readonly string[];
  children?: ReactNode;
}

function Line(props: PartsProps): ReactNode {
  return (
    <div className={styles.meta}>
      <Parts {...props} />
    </div>
  );
}

function Parts({ parts, children }: PartsProps): ReactNode {
  return (
    <p>
      <span className={styles.parts}>{parts.filter(Boolean).join(' · ')}</span> {children}
    </p>
  );
}

interface ActProps {
  label: string;
  /** What it does to which document; begins with the label. */
  name: string;
  onClick(): void;
}

function Act({ label, name, onClick }: ActProps): ReactNode {
  return (
    <button type="button" className={styles.act} aria-label={name} onClick={onClick}>
      {label}
    </button>
  );
}
