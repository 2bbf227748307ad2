import { Plus, X } from 'lucide-react';
import { type ReactNode, useRef } from 'react';
import { type CustomContainerComponentProps, Virtualizer } from 'virtua';
import { useStore } from 'zustand';
import { useChat, useLibrary, useModel } from '../app/model.ts';
import { keyName } from '../app/use-shortcuts.ts';
import { mountedDocuments } from '../chat/chat-store.ts';
import { IconButton } from '../design/button.tsx';
import { Progress } from '../design/progress.tsx';
import { useTexts } from '../i18n/i18n.ts';
import { DocumentRow } from './document-row.tsx';
import styles from './library.module.css';
import type { Upload } from './library-store.ts';
import { pickFiles } from './pick-files.ts';

export function LibrarySection(): ReactNode {
  const { t } = useTexts();
  const { library } = useModel();
  const documents = useLibrary((state) => state.documents);
  const loaded = useLibrary((state) => state.loaded);
  const uploads = useLibrary((state) => state.uploads);
  const chat = useChat((state) => state);
  const scroller = useRef<HTMLDivElement>(null);
  const mounted = new Set(mountedDocuments(chat, documents).map(({ id }) => id));
  const allMounted = mounted.size === documents.length;

  return (
    <section className={styles.section} aria-label={t('library.title')}>
      <header className={styles.header}>
        <h2>{t('library.title')}</h2>
        {documents.length > 1 && (
          <button type="button" className={styles.headerText} onClick={() => void chat.mountAll(!allMounted)}>
            {allMounted ? t('library.mountNone') : t('library.mountAll')}
          </button>
        )}
        <IconButton label={t('library.add')} keys={keyName('mod O', t)} onClick={() => pickFiles(library.getState())}>
          <Plus size={17} aria-hidden="true" />
        </IconButton>
      </header>
      <RefusedNote />
      <WatchableNote />
      <div className={styles.scroll} ref={scroller}>
        {uploads.length > 0 && (
          <ul>
            {uploads.map((upload) => (
              <UploadRow key={upload.key} upload={upload} />
            ))}
          </ul>
        )}
        {loaded && documents.length === 0 && uploads.length === 0 && (
          <p className={styles.empty}>{t('library.empty')}</p>
        )}
        {documents.length > 0 && (
          <Virtualizer as={DocumentsList} item="li" scrollRef={scroller} data={documents}>
            {(document) => <DocumentRow key={document.id} document={document} mounted={mounted.has(document.id)} />}
          </Virtualizer>
        )}
      </div>
    </section>
  );
}

function DocumentsList({ style, children, ref }: CustomContainerComponentProps): ReactNode {
  const { t } = useTexts();
  return (
    <ul ref={ref} style={style} aria-label={t('library.documents')}>
      {children}
    </ul>
  );
}

function UploadRow({ upload }: { upload: Upload }): ReactNode {
  const { t } = useTexts();
  const cancelUpload = useLibrary((state) => state.cancelUpload);
  return (
    <li className={styles.upload}>
      <span className={styles.uploadName}>{upload.name}</span>
      <IconButton label={t('library.cancelUpload', { name: upload.name })} onClick={() => cancelUpload(upload.key)}>
        <X size={15} aria-hidden="true" />
      </IconButton>
      <Progress label={`${t('library.sending')} ${upload.name}`} fraction={upload.fraction} />
    </li>
  );
}

/** What could not be added, with the reason; stays until it is dismissed. */
function RefusedNote(): ReactNode {
  const { t, said } = useTexts();
  const { library } = useModel();
  const refused = useStore(library, (state) => state.refused);
  const passedOver = useStore(library, (state) => state.passedOver);
  const onlyFirst = useStore(library, (state) => state.onlyFirst);
  if (refused.length === 0 && passedOver === 0 && onlyFirst === 0) return null;
  return (
    <div role="alert" className={styles.refused}>
      <div className={styles.refusedHeader}>
        <strong>{t('library.refused')}</strong>
        <IconButton label={t('app.dismiss')} onClick={() => library.getState().dismissRefused()}>
          <X size={15} aria-hidden="true" />
        </IconButton>
      </div>
      <ul>
        {refused.map(({ name, reason }) => (
          <li key={`${name} ${reason}`}>
            <span className={styles.refusedName}>{name}</span> {said(reason)}
          </li>
        ))}
      </ul>
      {onlyFirst > 0 && <p>{t('library.onlyFirst', { count: onlyFirst })}</p>}
      {passedOver > 0 && <p>{t('library.passedOver', { count: passedOver })}</p>}
    </div>
  );
}

/** Offers to watch a folder that was just added. */
function WatchableNote(): ReactNode {
  const { t } = useTexts();
  const watchable = useLibrary((state) => state.watchable);
  const watch = useLibrary((state) => state.watch);
  const dismiss = useLibrary((state) => state.dismissWatchable);
  return watchable.map((path) => (
    <div key={path} role="status" className={styles.watchable}>
      <p title={path}>{t('library.watchable', { name: folderName(path) })}</p>
      <button type="button" className={styles.headerText} onClick={() => void watch(path)}>
        {t('library.watch')}
      </button>
      <IconButton label={t('app.dismiss')} onClick={() => dismiss(path)}>
        <X size={15} aria-hidden="true" />
      </IconButton>
    </div>
  ));
}

function folderName(path: string): string {
  return path.split(/[/\\]/).findLast((part) => part !== '') ?? path;
}
