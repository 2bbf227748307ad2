import { ArrowLeft, List, Search, X, ZoomIn, ZoomOut } from 'lucide-react';
import { lazy, type ReactNode, Suspense, useEffect, useRef, useState } from 'react';
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
  const close = useReader((state) => state.close);
  return (
    <section
      className={styles.pane}
      data-pane="reader"
      tabIndex={-1}
      aria-label={t('reader.region')}
      style={width === null ? { flex: 1 } : { width }}
    >
      {width !== null && <Separator label={t('app.resizeReader')} pane="readerWidth" side="left" width={width} />}
      {document ? (
        <Reader key={`${document.id} ${document.revision}`} document={document} alone={width === null} />
      ) : (
        <header className={styles.header}>
          <IconButton label={t('reader.close')} onClick={close}>
            <X size={17} aria-hidden="true" />
          </IconButton>
        </header>
      )}
    </section>
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
  const { t } = useTexts();
  const close = useReader((state) => state.close);
  const outline = useOutline(document);
  const find = useFind(document.id, document.sectionCount);
  const [outlineShown, setOutlineShown] = useState(false);
  const [findShown, setFindShown] = useState(false);
  const [zoom, setZoom] = useState(1);
  const [at, setAt] = useState(0);
  const view = useRef<ReaderView>(null);
  const body = useRef<HTMLDivElement>(null);
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
    }
    window.addEventListener('keydown', onKeyDown);
    return () => window.removeEventListener('keydown', onKeyDown);
  }, []);

  function closeFind(): void {
    setFindShown(false);
    find.setQuery('');
  }

  const viewProps = { ref: view, document, outline, zoom, find, onPlace: setAt };
  return (
    <>
      <header className={styles.header}>
        {alone && (
          <IconButton label={t('reader.backToConversation')} onClick={close}>
            <ArrowLeft size={17} aria-hidden="true" />
          </IconButton>
        )}
        <div className={styles.heading}>
          <h2 className={styles.title} title={document.title}>
            {document.title}
          </h2>
          <DocumentFacts document={document} />
        </div>
        {!alone && (
          <IconButton label={t('reader.close')} keys="Esc" onClick={close}>
            <X size={17} aria-hidden="true" />
          </IconButton>
        )}
      </header>
      <div className={styles.tools} role="toolbar" aria-label={t('reader.tools')}>
        <IconButton
          label={t('reader.outline')}
          aria-expanded={outlineShown}
          data-pane-focus
          onClick={() => setOutlineShown(!outlineShown)}
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
      {findShown && <FindBar find={find} onClose={closeFind} />}
      <div className={styles.body} ref={body}>
        {outlineShown && <Outline outline={outline} current={at} onGo={(ordinal) => view.current?.goTo(ordinal)} />}
        {!readable ? (
          <p className={styles.message}>{document.error ?? t('reader.notReady')}</p>
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
