import { type ReactNode, useEffect, useRef, useState } from 'react';
import { Virtualizer, type VirtualizerHandle } from 'virtua';
import { clock } from '../../base/clock.ts';
import type { DocumentEntry, SectionSummary } from '../../main/ipc/contract.ts';
import { Button } from '../design/button.tsx';
import { Menu } from '../design/menu.tsx';
import { useScroller } from '../design/scroll-box.tsx';
import { useTexts } from '../i18n/i18n.ts';
import type { Place } from '../reader/reader-store.ts';
import { type Find, useFindHighlights } from '../reader/use-find.ts';
import { useSections } from '../reader/use-sections.ts';
import { SentenceEditor } from './sentence-editor.tsx';
import { type Sentence, sentencesOfSection } from './transcript.ts';
import styles from './transcript-view.module.css';
import { useExport } from './use-export.ts';

interface TranscriptProps {
  document: DocumentEntry;
  outline: readonly SectionSummary[];
  place: Place | null;
  zoom: number;
  find: Find;
  /** The sentence that is said. */
  current: Sentence | undefined;
  onPlay(milliseconds: number): void;
}

/** What is said in a recording, following it; a sentence plays when it is pressed, or can be put right. */
export function Transcript({ document, outline, place, zoom, find, current, onPlay }: TranscriptProps): ReactNode {
  const { t } = useTexts();
  const list = useRef<VirtualizerHandle>(null);
  const scroller = useScroller();
  const { texts, request } = useSections(document.id);
  const [following, setFollowing] = useState(true);
  const [correcting, setCorrecting] = useState(false);
  const items = useExport(document);
  useFindHighlights(scroller.element, find);

  const match = find.matches[find.current];
  useEffect(() => {
    if (match) list.current?.scrollToIndex(match.ordinal, { align: 'start' });
  }, [match]);

  const { section, start } = current ?? {};
  const { element } = scroller;
  useEffect(() => {
    if (!following || correcting || section === undefined) return;
    list.current?.scrollToIndex(section, { align: 'nearest' });
    // The section may only be drawn by the scrolling.
    const frame = requestAnimationFrame(() =>
      element
        ?.querySelector(`[data-ordinal="${section}"] [data-start="${start}"]`)
        ?.scrollIntoView({ block: 'nearest' }),
    );
    return () => cancelAnimationFrame(frame);
  }, [following, correcting, section, start, element]);

  return (
    <div className={styles.transcript}>
      <div className={styles.tools} role="toolbar" aria-label={t('media.transcript')}>
        <Button kind="quiet" aria-pressed={following} onClick={() => setFollowing(!following)}>
          {t('media.follow')}
        </Button>
        <Button
          kind="quiet"
          aria-pressed={correcting}
          disabled={document.state !== 'ready'}
          onClick={() => setCorrecting(!correcting)}
        >
          {t('media.correct')}
        </Button>
        <span className={styles.space}>{correcting && t('media.correctHint')}</span>
        <Menu trigger={<Button kind="quiet">{t('media.saveAs')}</Button>} items={items} />
      </div>
      <article
        className={styles.text}
        aria-label={t('media.transcript')}
        style={{ fontSize: `${zoom}rem` }}
        ref={scroller.attach}
        onWheel={() => setFollowing(false)}
      >
        {outline.length === 0 && (
          <p className={styles.nothing}>{t(document.state === 'ready' ? 'media.nothingSaid' : 'media.stillHeard')}</p>
        )}
        <Virtualizer ref={list} scrollRef={scroller.ref} data={outline}>
          {(summary) => (
            <TranscriptSection
              key={summary.id}
              summary={summary}
              text={texts.get(summary.ordinal)}
              request={request}
              place={place?.sectionId === summary.id ? place : null}
              current={section === summary.ordinal ? start : undefined}
              correcting={correcting}
              onPlay={onPlay}
            />
          )}
        </Virtualizer>
      </article>
    </div>
  );
}

interface TranscriptSectionProps {
  summary: SectionSummary;
  text: string | undefined;
  request(ordinal: number): void;
  place: Place | null;
  /** The first character of the sentence that is said. */
  current: number | undefined;
  correcting: boolean;
  onPlay(milliseconds: number): void;
}

function TranscriptSection(props: TranscriptSectionProps): ReactNode {
  const { summary, text, request, place, current, correcting, onPlay } = props;
  const { t } = useTexts();
  const { ordinal, anchor, title } = summary;
  const [editing, setEditing] = useState<number | null>(null);
  const ready = text !== undefined;

  useEffect(() => {
    if (!ready) request(ordinal);
  }, [ready, request, ordinal]);
  useEffect(() => {
    if (!correcting) setEditing(null);
  }, [correcting]);

  return (
    <section className={styles.section} data-ordinal={ordinal}>
      <span className={styles.time}>{anchor.kind === 'time' && clock(anchor.startMs)}</span>
      {text === undefined ? (
        <div className={styles.waiting} style={{ height: `${Math.max(2, summary.length / 52)}em` }} />
      ) : (
        <p className={title ? styles.screen : undefined} dir="auto">
          {title && <strong className={styles.title}>{t('media.onScreen')}</strong>}
          {sentencesOfSection(summary).map((sentence) => {
            const { start, end, startMs } = sentence;
            if (editing === start)
              return (
                <SentenceEditor
                  key={start}
                  documentId={summary.documentId}
                  sentence={sentence}
                  text={text.slice(start, end)}
                  onClose={() => setEditing(null)}
                />
              );
            const time = clock(startMs);
            return (
              <span key={start}>
                <button
                  type="button"
                  className={styles.sentence}
                  data-start={start}
                  data-cited={place !== null && start < place.end && end > place.start}
                  aria-current={current === start ? 'time' : undefined}
                  title={t(correcting ? 'media.correctSentence' : 'media.playFrom', { time })}
                  onClick={() => (correcting ? setEditing(start) : onPlay(startMs))}
                >
                  {text.slice(start, end)}
                </button>{' '}
              </span>
            );
          })}
        </p>
      )}
    </section>
  );
}
