import { ArrowLeft, List, Search, X, ZoomIn, ZoomOut } from 'lucide-react';
import { type KeyboardEventHandler, lazy, type ReactNode, Suspense, useEffect, useRef, useState } from 'react';
import type { DocumentEntry, SectionSummary } from '../../main/ipc/contract.ts';
import { useLibrary, useModel, useReader } from '../app/model.ts';
import { Separator } from '../app/separator.tsx';
import { IconButton } from '../design/button.tsx';
import { useTexts } from '../i18n/i18n.ts';
import { DocumentFacts } from './document-facts.tsx';
import { FindBar } from './find-bar.tsx';
import { ImageView } from './image-view.tsx';
import { Outline } from './outline.tsx';
import { PageField } from './page-field.tsx';
import styles from './reader-pane.module.css';
import { SelectionAsk } from './selection-ask.tsx';
import { TextView } from './text-view.tsx';
import { useFind } from './use-find.ts';
import { useReaderFocus } from './use-reader-focus.ts';
import type { ReaderView } from './view.ts';

const MediaView = lazy(() => import('../media/media-view.tsx'));
const PdfView = lazy(async () => ({ default: (await import('./pdf-view.tsx')).PdfView }));

interface ReaderPaneProps {
  /** Null when it has the whole window. */
  width: number | null;
}

export function ReaderPane({ width }: ReaderPaneProps): ReactNode {
  const { t } = useTexts();
  const documentId = useReader((state) => state.documentId);
  const document = useLibrary(({ documents }) => documents.find(({ id }) => id === documentId));
  const removed = useLibrary(({ loaded }) => loaded) && !document;
  const alone = width === null;
  const pane = useReaderFocus();
  return (
    <section
      ref={pane}
      className={styles.pane}
      data-pane="reader"
      tabIndex={-1}
      aria-label={t('reader.region')}
      style={alone ? { flex: 1 } : { width }}
    >
      {!alone && <Separator label={t('app.resizeReader')} pane="readerWidth" side="left" width={width} />}
      {document ? (
        <Reader key={`${document.id} ${document.revision}`} document={document} alone={alone} />
      ) : (
        <>
          <Header alone={alone} />
          {removed && <Removed />}
        </>
      )}
    </section>
  );
}

/** What the reader shows, and the way out of it. */
function Header({ alone, children }: { alone: boolean; children?: ReactNode }): ReactNode {
  const { t } = useTexts();
  const close = useReader((state) => state.close);
  return (
    <header className={styles.header}>
      {alone && (
        <IconButton label={t('reader.backToConversation')} onClick={close}>
          <ArrowLeft size={17} aria-hidden="true" />
        </IconButton>
      )}
      <div className={styles.heading}>{children}</div>
      {!alone && (
        <IconButton label={t('reader.close')} keys="Esc" onClick={close}>
          <X size={17} aria-hidden="true" />
        </IconButton>
      )}
    </header>
  );
}

/** In the stead of a document that is no longer there: what was cited of it, as far as that is known. */
function Removed(): ReactNode {
  const { t } = useTexts();
  const quote = useReader(({ place }) => place?.quote);
  return (
    <div className={styles.removed}>
      <p role="status">{t('reader.removed')}</p>
      {quote && <blockquote dir="auto">{quote}</blockquote>}
    </div>
  );
}

/** The outline of a document: its sections without their text. */
function useOutline(document: DocumentEntry): SectionSummary[] {
  const { connection, notices } = useModel();
  const [outline, setOutline] = useState<SectionSummary[]>([]);
  const { id } = document;
  useEffect(() => {
    let current = true;
    const fetchOutline = (): void =>
      void notices.getState().guard(async () => {
        const sections = await connection.request('library.outline', { id });
        if (current) setOutline(sections);
      });
    fetchOutline();
    let sectionCount = 0;
    const stop = connection.on('library.changed', (entry) => {
      if (entry.id !== id || (entry.state !== 'ready' && entry.sectionCount === sectionCount)) return;
      sectionCount = entry.sectionCount;
      fetchOutline();
    });
    return () => {
      current = false;
      stop();
    };
  }, [connection, notices, id]);
  return outline;
}

const zooms = [0.5, 0.67, 0.8, 0.9, 1, 1.1, 1.25, 1.5, 1.75, 2, 2.5, 3];

function Reader({ document, alone }: { document: DocumentEntry; alone: boolean }): ReactNode {
  const { t, said } = useTexts();
  const outline = useOutline(document);
  const find = useFind(document.id, document.sectionCount);
  const [outlineShown, setOutlineShown] = useState(false);
  const [findShown, setFindShown] = useState(false);
  const [zoom, setZoom] = useState(1);
  const [at, setAt] = useState(0);
  const view = useRef<ReaderView>(null);
  const body = useRef<HTMLDivElement>(null);
  const findField = useRef<HTMLInputElement>(null);
  // An encrypted file is shown as the text that was read of it.
  const isPdf = document.kind === 'pdf' && !document.locked;
  const isRecording = document.kind === 'audio' || document.kind === 'video';
  const readable = isPdf || isRecording || document.state === 'ready' || outline.length > 0;

  const stepZoom = (by: number): void => {
    const index = zooms.findIndex((candidate) => candidate >= zoom - 0.001);
    setZoom(zooms[Math.min(Math.max(index + by, 0), zooms.length - 1)] ?? 1);
  };

  useEffect(() => {
    function onKeyDown(event: KeyboardEvent): void {
      if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== 'f') return;
      event.preventDefault();
      setFindShown(true);
      // One that appears only now takes the focus itself.
      findField.current?.focus();
      findField.current?.select();
    }
    window.addEventListener('keydown', onKeyDown);
    return () => window.removeEventListener('keydown', onKeyDown);
  }, []);

  function closeFind(): void {
    setFindShown(false);
    find.setQuery('');
  }

  // The outline is what lies on top: Escape takes it away before it closes the reader.
  const onOutlineKeyDown: KeyboardEventHandler = (event) => {
    if (event.key !== 'Escape' || !outlineShown) return;
    event.preventDefault();
    event.stopPropagation();
    setOutlineShown(false);
  };

  function goTo(ordinal: number): void {
    view.current?.goTo(ordinal);
    // The outline lies over the text that was chosen in it.
    const text = body.current?.lastElementChild;
    if (text instanceof HTMLElement) text.focus({ preventScroll: true });
    setOutlineShown(false);
  }

  const viewProps = { ref: view, document, outline, zoom, find, onPlace: setAt };
  return (
    <>
      <Header alone={alone}>
        <h2 className={styles.title} dir="auto" title={document.title}>
          {document.title}
        </h2>
        <DocumentFacts document={document} />
      </Header>
      <div className={styles.tools} role="toolbar" aria-label={t('reader.tools')}>
        <IconButton
          label={t('reader.outline')}
          aria-expanded={outlineShown}
          data-pane-focus
          onClick={() => setOutlineShown(!outlineShown)}
          onKeyDown={onOutlineKeyDown}
        >
          <List size={16} aria-hidden="true" />
        </IconButton>
        <IconButton
          label={t('reader.find')}
          aria-expanded={findShown}
          onClick={() => (findShown ? closeFind() : setFindShown(true))}
        >
          <Search size={15} aria-hidden="true" />
        </IconButton>
        <span className={styles.space} />
        {isPdf && (
          <PageField page={at + 1} count={document.sectionCount} onGo={(page) => view.current?.goTo(page - 1)} />
        )}
        <span className={styles.space} />
        <IconButton label={t('reader.zoomOut')} disabled={zoom <= (zooms[0] ?? 0)} onClick={() => stepZoom(-1)}>
          <ZoomOut size={16} aria-hidden="true" />
        </IconButton>
        <button type="button" className={styles.fit} aria-label={t('reader.zoomFit')} onClick={() => setZoom(1)}>
          {Math.round(zoom * 100)}%
        </button>
        <IconButton label={t('reader.zoomIn')} disabled={zoom >= (zooms.at(-1) ?? 0)} onClick={() => stepZoom(1)}>
          <ZoomIn size={16} aria-hidden="true" />
        </IconButton>
      </div>
      {findShown && <FindBar field={findField} find={find} onClose={closeFind} />}
      <div className={styles.body} ref={body}>
        {outlineShown && <Outline outline={outline} current={at} onGo={goTo} onKeyDown={onOutlineKeyDown} />}
        {!readable ? (
          <p className={styles.message}>{document.error === null ? t('reader.notReady') : said(document.error)}</p>
        ) : isPdf ? (
          <Suspense fallback={<p className={styles.message}>{t('reader.loading')}</p>}>
            <PdfView {...viewProps} />
          </Suspense>
        ) : isRecording ? (
          <Suspense fallback={<p className={styles.message}>{t('reader.loading')}</p>}>
            <MediaView {...viewProps} />
          </Suspense>
        ) : document.kind === 'image' ? (
          <ImageView {...viewProps} />
        ) : (
          <TextView {...viewProps} />
        )}
      </div>
      <SelectionAsk within={body} />
    </>
  );
}
