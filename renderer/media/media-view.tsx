import { type ReactNode, useEffect, useImperativeHandle, useMemo, useRef, useState } from 'react';
import type { SectionSummary } from '../../main/ipc/contract.ts';
import { useReader } from '../app/model.ts';
import { useTexts } from '../i18n/i18n.ts';
import type { ViewProps } from '../reader/view.ts';
import styles from './media-view.module.css';
import { SceneStrip } from './scene-strip.tsx';
import { useSources } from './sources.ts';
import { Timeline } from './timeline.tsx';
import { sentenceAt, sentencesOf } from './transcript.ts';
import { Transcript } from './transcript-view.tsx';

/** A recording: its player, where the answer's sources lie in it, and a transcript that follows. */
export default function MediaView({ ref, document, outline, zoom, find, onPlace }: ViewProps): ReactNode {
  const { t } = useTexts();
  const place = useReader((state) => state.place);
  const player = useRef<HTMLVideoElement>(null);
  const [timeMs, setTimeMs] = useState(0);
  const [durationMs, setDurationMs] = useState(0);
  const [playable, setPlayable] = useState(true);
  const sentences = useMemo(() => sentencesOf(outline), [outline]);
  const sources = useSources(document.id);
  const current = sentenceAt(sentences, timeMs);
  const last = sentences.at(-1)?.endMs ?? 0;

  function playFrom(milliseconds: number): void {
    setTimeMs(milliseconds);
    const element = player.current;
    if (!element) return;
    element.currentTime = milliseconds / 1000;
    // A browser may want the person to press the button: the place is found all the same.
    element.play().catch(() => undefined);
  }

  useImperativeHandle(ref, () => ({ goTo: (ordinal) => playFrom(startOf(outline[ordinal])) }));

  // The place of a citation: its second, at once.
  const playPlace = useRef(playFrom);
  playPlace.current = playFrom;
  useEffect(() => {
    if (place?.anchor.kind === 'time') playPlace.current(place.anchor.startMs);
  }, [place]);

  const ordinal = current?.section ?? 0;
  useEffect(() => onPlace(ordinal), [ordinal, onPlace]);

  const Player = document.kind === 'video' ? 'video' : 'audio';
  return (
    <div className={styles.view}>
      <div className={styles.stage}>
        <Player
          ref={player}
          className={styles[Player]}
          src={`/documents/${document.id}/file`}
          controls
          preload="metadata"
          aria-label={t('media.player')}
          onTimeUpdate={({ currentTarget }) => setTimeMs(currentTarget.currentTime * 1000)}
          onDurationChange={({ currentTarget }) =>
            setDurationMs(Number.isFinite(currentTarget.duration) ? currentTarget.duration * 1000 : 0)
          }
          onError={() => setPlayable(false)}
        >
          {/* The transcript below says all that a track of captions would. */}
          <track kind="captions" />
        </Player>
        {!playable && <p className={styles.notice}>{t('media.cannotPlay')}</p>}
        {document.kind === 'video' && <SceneStrip document={document} timeMs={timeMs} onPlay={playFrom} />}
        <Timeline sources={sources} durationMs={durationMs || last} onPlay={playFrom} />
      </div>
      <Transcript
        document={document}
        outline={outline}
        place={place}
        zoom={zoom}
        find={find}
        current={current}
        onPlay={playFrom}
      />
    </div>
  );
}

function startOf(section: SectionSummary | undefined): number {
  return section?.anchor.kind === 'time' ? section.anchor.startMs : 0;
}
