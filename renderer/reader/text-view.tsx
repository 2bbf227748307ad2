import { type ReactNode, useEffect, useImperativeHandle, useRef } from 'react';
import { Virtualizer, type VirtualizerHandle } from 'virtua';
import type { SectionSummary } from '../../main/ipc/contract.ts';
import { useReader } from '../app/model.ts';
import { useScroller } from '../design/scroll-box.tsx';
import { useTexts } from '../i18n/i18n.ts';
import type { Place } from './reader-store.ts';
import { SectionText } from './section-text.tsx';
import styles from './text-view.module.css';
import { useAnchorName } from './use-anchor-name.ts';
import { useFindHighlights } from './use-find.ts';
import { useSections } from './use-sections.ts';
import type { ViewProps } from './view.ts';

/** A text, Markdown or web document, set section after section. */
export function TextView({ ref, document, outline, zoom, find, onPlace }: ViewProps): ReactNode {
  const { t } = useTexts();
  const place = useReader((state) => state.place);
  const list = useRef<VirtualizerHandle>(null);
  const scroller = useScroller();
  const { texts, request } = useSections(document.id);
  const goTo = (ordinal: number): void => list.current?.scrollToIndex(ordinal, { align: 'start' });
  useImperativeHandle(ref, () => ({ goTo }));
  useFindHighlights(scroller.element, find);

  const target = outline.findIndex(({ id }) => id === place?.sectionId);
  const match = find.matches[find.current];

  // The mark inside the section takes over once its text is there.
  useEffect(() => {
    if (place && target >= 0) list.current?.scrollToIndex(target, { align: 'start' });
  }, [place, target]);

  useEffect(() => {
    if (match) list.current?.scrollToIndex(match.ordinal, { align: 'start' });
  }, [match]);

  return (
    <article
      className={styles.view}
      aria-label={document.title}
      style={{ fontSize: `${zoom}rem` }}
      ref={scroller.attach}
    >
      {outline.length === 0 && <p className={styles.loading}>{t('reader.loading')}</p>}
      <Virtualizer
        ref={list}
        scrollRef={scroller.ref}
        data={outline}
        onScroll={(offset) => onPlace(outline[list.current?.findItemIndex(offset + 8) ?? 0]?.ordinal ?? 0)}
      >
        {(summary) => (
          <LoadedSection
            key={summary.id}
            summary={summary}
            text={texts.get(summary.ordinal)}
            request={request}
            place={place?.sectionId === summary.id ? place : null}
          />
        )}
      </Virtualizer>
    </article>
  );
}

interface LoadedSectionProps {
  summary: SectionSummary;
  text: string | undefined;
  request(ordinal: number): void;
  place: Place | null;
}

function LoadedSection({ summary, text, request, place }: LoadedSectionProps): ReactNode {
  const { ordinal, anchor } = summary;
  const anchorName = useAnchorName();
  const element = useRef<HTMLElement>(null);
  const ready = text !== undefined;

  useEffect(() => {
    if (!ready) request(ordinal);
  }, [ready, request, ordinal]);

  useEffect(() => {
    if (!place || !ready) return;
    const frame = requestAnimationFrame(() =>
      element.current?.querySelector('mark')?.scrollIntoView({ block: 'center' }),
    );
    return () => cancelAnimationFrame(frame);
  }, [place, ready]);

  return (
    <section ref={element} className={styles.section} data-ordinal={ordinal}>
      {anchor.kind !== 'range' && <p className={styles.place}>{anchorName(anchor)}</p>}
      {text === undefined ? (
        <div className={styles.waiting} style={{ height: `${Math.max(2, summary.length / 52)}em` }} />
      ) : (
        <SectionText text={text} format={summary.format} range={place} />
      )}
    </section>
  );
}
