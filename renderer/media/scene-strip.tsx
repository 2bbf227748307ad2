import { type ReactNode, useEffect, useRef, useState } from 'react';
import { VList, type VListHandle } from 'virtua';
import { clock } from '../../base/clock.ts';
import type { DocumentEntry } from '../../main/ipc/contract.ts';
import { useModel } from '../app/model.ts';
import { useTexts } from '../i18n/i18n.ts';
import styles from './scene-strip.module.css';

interface SceneStripProps {
  document: DocumentEntry;
  /** Where the player is. */
  timeMs: number;
  onPlay(milliseconds: number): void;
}

/** The scenes of a video side by side, following the player; each plays when it is pressed. */
export function SceneStrip({ document, timeMs, onPlay }: SceneStripProps): ReactNode {
  const { t } = useTexts();
  const times = useScenes(document);
  const list = useRef<VListHandle>(null);
  const current = times.findLastIndex((time) => time <= timeMs);
  useEffect(() => {
    if (current >= 0) list.current?.scrollToIndex(current, { align: 'nearest' });
  }, [current]);
  // One picture of all of it tells nothing.
  if (times.length < 2) return null;
  return (
    <section className={styles.strip} aria-label={t('media.scenes')}>
      <VList ref={list} horizontal data={times}>
        {(time, index) => (
          <Scene key={time} documentId={document.id} time={time} current={index === current} onPlay={onPlay} />
        )}
      </VList>
    </section>
  );
}

/** When the scenes begin, as far as the video was looked at. */
function useScenes({ id, state, sectionCount, progress }: DocumentEntry): readonly number[] {
  const { connection, notices } = useModel();
  const [times, setTimes] = useState<readonly number[]>([]);
  // It grows while the video is looked at.
  const seen = `${state} ${sectionCount} ${progress?.done ?? ''}`;
  useEffect(() => {
    let wanted = seen !== '';
    void notices.getState().guard(async () => {
      const { times: found } = await connection.request('media.scenes', { id });
      if (wanted) setTimes((before) => (found.length === before.length ? before : found));
    });
    return () => {
      wanted = false;
    };
  }, [id, seen, connection, notices]);
  return times;
}

interface SceneProps {
  documentId: string;
  time: number;
  current: boolean;
  onPlay(milliseconds: number): void;
}

function Scene({ documentId, time, current, onPlay }: SceneProps): ReactNode {
  const { t } = useTexts();
  const { connection, notices } = useModel();
  const [picture, setPicture] = useState<string>();
  useEffect(() => {
    void notices.getState().guard(async () => {
      const { jpeg } = await connection.request('media.thumbnail', { id: documentId, atMs: time });
      setPicture(`data:image/jpeg;base64,${jpeg}`);
    });
  }, [documentId, time, connection, notices]);
  return (
    <button
      type="button"
      className={styles.scene}
      aria-current={current ? 'time' : undefined}
      aria-label={t('media.scene', { time: clock(time) })}
      onClick={() => onPlay(time)}
    >
      <span className={styles.picture}>{picture && <img src={picture} alt="" />}</span>
      <span className={styles.time}>{clock(time)}</span>
    </button>
  );
}
