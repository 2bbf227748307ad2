import { type PointerEvent, type ReactNode, useEffect, useImperativeHandle, useRef, useState } from 'react';
import { Virtualizer, type VirtualizerHandle } from 'virtua';
import type { Box } from '../../main/ipc/contract.ts';
import { useReader } from '../app/model.ts';
import { useScroller } from '../design/scroll-box.tsx';
import { useTexts } from '../i18n/i18n.ts';
import { findBoxes } from './find.ts';
import { drawPage, type OpenedPdf, openPdf, type PDFPageProxy } from './pdf.ts';
import styles from './pdf-view.module.css';
import type { Place } from './reader-store.ts';
import { useFindHighlights } from './use-find.ts';
import type { ViewProps } from './view.ts';

/** Room around the pages, in CSS pixels: at each side, and between two of them. */
const sideRoom = 20;
const gap = 14;

type Opening = { state: 'opening' } | { state: 'open'; pdf: OpenedPdf } | { state: 'failed'; reason: string };

/** Opens the stored file of a document, and closes it with the view. */
function usePdf(documentId: string, byteSize: number): Opening {
  const [opening, setOpening] = useState<Opening>({ state: 'opening' });
  useEffect(() => {
    const controller = new AbortController();
    openPdf(`/documents/${documentId}/file`, byteSize, controller.signal).then(
      (pdf) => {
        if (!controller.signal.aborted) setOpening({ state: 'open', pdf });
      },
      (error: Error) => {
        if (!controller.signal.aborted) setOpening({ state: 'failed', reason: error.message });
      },
    );
    return () => controller.abort();
  }, [documentId, byteSize]);
  return opening;
}

/** The width of an element; redrawing waits until it has been still for a moment. */
function useStillWidth(element: HTMLElement | null): number {
  const [width, setWidth] = useState(0);
  useEffect(() => {
    if (!element) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const observer = new ResizeObserver(() => {
      clearTimeout(timer);
      timer = setTimeout(() => setWidth(element.clientWidth), 120);
    });
    setWidth(element.clientWidth);
    observer.observe(element);
    return () => {
      clearTimeout(timer);
      observer.disconnect();
    };
  }, [element]);
  return width;
}

export function PdfView(props: ViewProps): ReactNode {
  const { t, said } = useTexts();
  const opening = usePdf(props.document.id, props.document.byteSize);
  if (opening.state === 'opening') return <p className={styles.message}>{t('reader.loading')}</p>;
  if (opening.state === 'failed')
    return (
      <p className={styles.message} role="alert">
        {t('reader.failed', { reason: said(opening.reason) })}
      </p>
    );
  return <Pages {...props} pdf={opening.pdf} />;
}

function Pages({ ref, document, zoom, find, onPlace, pdf }: ViewProps & { pdf: OpenedPdf }): ReactNode {
  const place = useReader((state) => state.place);
  const list = useRef<VirtualizerHandle>(null);
  const scroller = useScroller();
  const width = useStillWidth(scroller.element);
  const [pages] = useState(() => Array.from({ length: pdf.document.numPages }, (_, index) => index));
  const pageWidth = Math.max(120, width - 2 * sideRoom) * zoom;
  const match = find.matches[find.current];
  useFindHighlights(scroller.element, find);
  useImperativeHandle(ref, () => ({ goTo: (ordinal) => list.current?.scrollToIndex(ordinal, { align: 'start' }) }));

  /** The page at the top of the view, and how much of it lies above, in widths of the page. */
  const top = useRef({ page: 0, above: 0 });
  const goneTo = useRef<Place | null>(null);
  useEffect(() => {
    if (width === 0) return;
    const pageHeight = (pageWidth * pdf.firstPage.height) / pdf.firstPage.width;
    if (place?.anchor.kind === 'page' && place !== goneTo.current) {
      goneTo.current = place;
      const { page, boxes } = place.anchor;
      const highest = Math.min(...boxes.map(({ y }) => y), 1);
      // The passage goes to the upper third of the view.
      const offset = boxes.length > 0 ? highest * pageHeight - (list.current?.viewportSize ?? 0) / 3 : 0;
      list.current?.scrollToIndex(page - 1, { align: 'start', offset: Math.max(0, offset) });
    } else {
      // In another size, what was in view stays there.
      const { page, above } = top.current;
      list.current?.scrollToIndex(page, { align: 'start', offset: above * pageWidth });
    }
  }, [place, width, pageWidth, pdf]);

  // A passage that was searched for on its page comes into view once: pages come and go as one scrolls.
  const shown = useRef<Place | null>(null);
  const showFound = (mark: HTMLElement): void => {
    if (shown.current === place) return;
    shown.current = place;
    mark.scrollIntoView({ block: 'center' });
  };

  useEffect(() => {
    if (match) list.current?.scrollToIndex(match.ordinal, { align: 'start' });
  }, [match]);

  return (
    <article className={styles.view} aria-label={document.title} ref={scroller.attach}>
      {width > 0 && (
        <Virtualizer
          ref={list}
          scrollRef={scroller.ref}
          data={pages}
          itemSize={(pageWidth * pdf.firstPage.height) / pdf.firstPage.width + gap}
          onScroll={(offset) => {
            const handle = list.current;
            if (!handle) return;
            const page = handle.findItemIndex(offset);
            top.current = { page, above: (offset - handle.getItemOffset(page)) / pageWidth };
            onPlace(handle.findItemIndex(offset + handle.viewportSize / 3));
          }}
        >
          {(index) => (
            <Page
              key={index}
              pdf={pdf}
              index={index}
              width={pageWidth}
              place={place?.anchor.kind === 'page' && place.anchor.page === index + 1 ? place : null}
              onFound={showFound}
            />
          )}
        </Virtualizer>
      )}
    </article>
  );
}

/** Marks a text layer while something is being selected in it. */
function markSelecting({ currentTarget }: PointerEvent<HTMLElement>): void {
  currentTarget.dataset.selecting = 'true';
  window.addEventListener('pointerup', () => delete currentTarget.dataset.selecting, { once: true });
}

interface PageProps {
  pdf: OpenedPdf;
  index: number;
  /** CSS pixels. */
  width: number;
  /** The place to highlight, when it is on this page. */
  place: Place | null;
  /** Called with the mark of a passage whose boxes were found by its text. */
  onFound(mark: HTMLElement): void;
}

const noBoxes: readonly Box[] = [];

/** One page: its picture, its text for selecting, and the cited passage over it. */
function Page({ pdf, index, width, place, onFound }: PageProps): ReactNode {
  const { t, said } = useTexts();
  const [page, setPage] = useState<PDFPageProxy | null>(null);
  const [failure, setFailure] = useState<string | null>(null);
  const [drawn, setDrawn] = useState(false);
  const [found, setFound] = useState(noBoxes);
  const element = useRef<HTMLElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const textLayer = useRef<HTMLDivElement>(null);
  const natural = page?.getViewport({ scale: 1 }) ?? pdf.firstPage;
  const scale = width / natural.width;

  useEffect(() => {
    let current = true;
    pdf.document.getPage(index + 1).then(
      (loaded) => current && setPage(loaded),
      (error: Error) => current && setFailure(error.message),
    );
    return () => {
      current = false;
    };
  }, [pdf, index]);

  useEffect(() => {
    if (!page || !canvas.current || !textLayer.current) return;
    const controller = new AbortController();
    setDrawn(false);
    drawPage(page, { canvas: canvas.current, textLayer: textLayer.current, scale }, controller.signal).then(
      () => {
        if (!controller.signal.aborted) setDrawn(true);
      },
      (error: Error) => {
        if (!controller.signal.aborted) setFailure(error.message);
      },
    );
    return () => controller.abort();
  }, [page, scale]);

  const known = place?.anchor.kind === 'page' && place.anchor.boxes.length > 0 ? place.anchor.boxes : null;
  const wanted = known ? undefined : place?.quote;
  useEffect(() => {
    if (!wanted || !drawn || !element.current || !textLayer.current) setFound(noBoxes);
    else setFound(findBoxes(element.current, textLayer.current, wanted));
  }, [wanted, drawn]);

  useEffect(() => {
    if (found.length === 0) return;
    // After the list has gone to the page.
    const frame = requestAnimationFrame(() => {
      const mark = element.current?.querySelector('mark');
      if (mark) onFound(mark);
    });
    return () => cancelAnimationFrame(frame);
  }, [found, onFound]);
  const boxes = known ?? found;

  return (
    <div className={styles.place} style={{ paddingBottom: gap }}>
      <section
        ref={element}
        className={styles.page}
        aria-label={t('reader.pageName', { number: index + 1 })}
        data-ordinal={index}
        style={{ width, height: natural.height * scale }}
      >
        <canvas ref={canvas} />
        <div className={styles.marker}>
          {boxes.map(({ x, y, width: boxWidth, height }, position) => (
            <mark
              key={`${x} ${y}`}
              className={styles.cited}
              style={{
                left: `${x * 100}%`,
                top: `${y * 100}%`,
                width: `${boxWidth * 100}%`,
                height: `${height * 100}%`,
              }}
            >
              {position === 0 && <span className="visually-hidden">{t('reader.cited')}</span>}
            </mark>
          ))}
        </div>
        <div ref={textLayer} className={styles.textLayer} onPointerDown={markSelecting} />
        {failure && <p className={styles.message}>{t('reader.failed', { reason: said(failure) })}</p>}
      </section>
    </div>
  );
}
