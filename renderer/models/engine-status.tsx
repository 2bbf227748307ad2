import type { ReactNode } from 'react';
import type { EngineStatus } from '../../main/ipc/contract.ts';
import { useEngine } from '../app/model.ts';
import { Button } from '../design/button.tsx';
import { Facts, Popover } from '../design/popover.tsx';
import { Progress } from '../design/progress.tsx';
import { useTexts } from '../i18n/i18n.ts';
import styles from './engine-status.module.css';

type Texts = ReturnType<typeof useTexts>;

function summary(status: EngineStatus | null, { t, percent }: Texts): string {
  if (!status) return t('engine.unknown');
  switch (status.state) {
    case 'loading':
      return status.fraction === null
        ? t('engine.loading')
        : t('engine.loadingFraction', { percent: percent(status.fraction) });
    case 'ready':
      return t('engine.ready', {
        model: status.info.modelName,
        device: t(`engine.devices.${status.info.device}`),
      });
    case 'restarting':
      return t('engine.restarting');
    case 'failed':
      return t('engine.failed');
  }
}

/** The engine's state at a glance, and in full on a click. */
export function EngineStatusButton(): ReactNode {
  const texts = useTexts();
  const status = useEngine((state) => state.status);
  const text = summary(status, texts);
  return (
    <>
      <Popover
        align="end"
        title={texts.t('engine.status')}
        trigger={
          <button
            type="button"
            className={styles.status}
            data-state={status?.state}
            aria-label={`${texts.t('engine.status')}: ${text}`}
          >
            <span className={styles.dot} aria-hidden="true" />
            <span className={styles.text}>{text}</span>
          </button>
        }
      >
        <EngineDetails status={status} text={text} />
      </Popover>
      <span role="status" className="visually-hidden">
        {status?.state === 'loading' ? texts.t('engine.loading') : text}
      </span>
    </>
  );
}

function EngineDetails({ status, text }: { status: EngineStatus | null; text: string }): ReactNode {
  const { t, number, compact, bytes, said } = useTexts();
  const restart = useEngine((state) => state.restart);
  if (status?.state === 'ready') {
    const { info } = status;
    return (
      <>
        <Facts
          rows={[
            [t('engine.model'), info.modelName],
            [t('engine.parameters'), compact(info.parameters)],
            [t('engine.context'), t('engine.contextValue', { tokens: number(info.contextLength) })],
            [t('engine.device'), t(`engine.devices.${info.device}`)],
            [t('engine.threads'), number(info.threads)],
            [t('engine.memory'), bytes(info.memoryBytes)],
            [t('engine.loaded'), t('chat.seconds', { seconds: number(info.loadMs / 1000) })],
          ]}
        />
        <p className={styles.reason}>{said(info.deviceReason)}</p>
      </>
    );
  }
  return (
    <>
      <p>{text}</p>
      {status?.state === 'loading' && (
        <div className={styles.progress}>
          <Progress label={t('engine.loading')} fraction={status.fraction} />
        </div>
      )}
      {(status?.state === 'failed' || status?.state === 'restarting') && (
        <p className={styles.reason}>{said(status.reason)}</p>
      )}
      {status?.state === 'failed' && (
        <Button kind="primary" className={styles.restart} onClick={() => void restart()}>
          {t('engine.restart')}
        </Button>
      )}
    </>
  );
}
