import type { ReactNode } from 'react';
import type { AnswerPhase, EngineStatus } from '../../main/ipc/contract.ts';
import { useEngine } from '../app/model.ts';
import { Progress } from '../design/progress.tsx';
import { useTexts } from '../i18n/i18n.ts';
import styles from './phase-line.module.css';

type PhaseName = 'waitingForModel' | 'waitingForEngine' | 'starting' | 'searching' | 'reading' | 'passing' | 'writing';

/** What is being done for the answer now; an engine that isn't ready explains the wait. */
export function phaseName(phase: AnswerPhase | null, engine: EngineStatus | null): PhaseName {
  if (phase?.phase !== 'writing') {
    if (engine?.state === 'loading') return 'waitingForModel';
    if (engine?.state === 'restarting') return 'waitingForEngine';
  }
  return phase?.phase ?? 'starting';
}

/** How far the answer being written has come. */
export function PhaseLine({ phase }: { phase: AnswerPhase | null }): ReactNode {
  const { t, number, percent, timeLeft } = useTexts();
  const engine = useEngine((state) => state.status);
  const name = phaseName(phase, engine);
  const reading = name === 'reading' && phase?.phase === 'reading' ? phase : null;
  const passing = name === 'passing' && phase?.phase === 'passing' ? phase : null;
  const loading = name === 'waitingForModel' && engine?.state === 'loading' ? engine.fraction : null;

  const parts = reading
    ? [
        t('chat.reading', { done: number(reading.done), total: number(reading.total) }),
        reading.reused > 0 ? t('chat.reused', { tokens: number(reading.reused) }) : '',
        reading.secondsLeft ? timeLeft(reading.secondsLeft) : '',
      ]
    : passing
      ? [
          t('chat.passing', { done: number(passing.done), total: number(passing.total) }),
          passing.secondsLeft ? timeLeft(passing.secondsLeft) : '',
        ]
      : [name === 'reading' || name === 'passing' ? '' : t(`chat.${name}`), loading === null ? '' : percent(loading)];

  const counted = reading ?? passing;
  const fraction = counted && counted.total > 0 ? counted.done / counted.total : loading;
  return (
    <div className={styles.line} data-phase={name}>
      <span className={styles.nib} aria-hidden="true" />
      <span className={styles.text}>{parts.filter(Boolean).join(' · ')}</span>
      {fraction !== null && <Progress label={t(counted ? 'chat.progress' : 'engine.loading')} fraction={fraction} />}
    </div>
  );
}
