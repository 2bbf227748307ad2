import { Ellipsis, X } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { clock } from '../../base/clock.ts';
import type { DocumentEntry } from '../../main/ipc/contract.ts';
import { useChat, useLibrary, useMemory, useReader } from '../app/model.ts';
import { IconButton } from '../design/button.tsx';
import { AskPassword, Confirm, Rename } from '../design/dialog.tsx';
import { Menu, type MenuItem } from '../design/menu.tsx';
import { Progress } from '../design/progress.tsx';
import { passFocusOn } from '../design/use-focus-back.ts';
import { useTexts } from '../i18n/i18n.ts';
import styles from './library.module.css';
import { MemoryLine } from './memory-line.tsx';

interface DocumentRowProps {
  document: DocumentEntry;
  mounted: boolean;
}

type OpenDialog = 'rename' | 'remove' | 'password' | null;

/** One document: whether it is read in this conversation, what it is, and how far its reading has come. */
export function DocumentRow({ document, mounted }: DocumentRowProps): ReactNode {
  const { t } = useTexts();
  const { id, title, state } = document;
  const [dialog, setDialog] = useState<OpenDialog>(null);
  const mount = useChat((chat) => chat.mount);
  const shown = useReader((reader) => reader.documentId === id);
  const open = useReader((reader) => reader.open);
  const remove = useLibrary((library) => library.remove);
  const rename = useLibrary((library) => library.rename);
  const cancel = useLibrary((library) => library.cancel);
  const retry = useLibrary((library) => library.retry);
  const refresh = useLibrary((library) => library.refresh);
  const memory = useMemory(({ memories }) => memories[id]);
  const resume = useMemory((state) => state.resume);
  const pause = useMemory((state) => state.pause);
  const pin = useMemory((state) => state.pin);
  const evict = useMemory((state) => state.evict);
  const underway = state === 'queued' || state === 'reading';
  const ended = state === 'failed' || state === 'cancelled';
  const readAgain = document.changed
    ? { label: t('library.changed'), onSelect: () => void refresh(id) }
    : document.locked
      ? { label: t('library.unlock'), onSelect: () => setDialog('password') }
      : { label: t('library.retry'), onSelect: () => void retry(id) };
  const canReadAgain = ended || (document.changed && !underway);

  const items: MenuItem[] = [
    { label: t('library.open'), onSelect: () => open(id) },
    { label: t('library.rename'), onSelect: () => setDialog('rename') },
    ...(canReadAgain ? [readAgain] : []),
    ...(memory
      ? [{ label: t('memory.pin'), onSelect: () => void pin(id, !memory.pinned), checked: memory.pinned }]
      : []),
    ...(memory?.state === 'evicted' || memory?.state === 'failed'
      ? [{ label: t('memory.again'), onSelect: () => void resume(id) }]
      : []),
    ...(memory?.state === 'waiting' ? [{ label: t('memory.pauseReading'), onSelect: () => void pause(id) }] : []),
    ...(memory && memory.bytes > 0 ? [{ label: t('memory.evict'), onSelect: () => void evict(id) }] : []),
    { label: t('library.remove'), onSelect: () => setDialog('remove'), danger: true },
  ];

  return (
    <div className={styles.row} data-row data-shown={shown} data-state={state}>
      <input
        type="checkbox"
        className={styles.tick}
        aria-label={t('library.mount', { title })}
        checked={mounted && !ended}
        disabled={ended}
        onChange={(event) => void mount(id, event.target.checked)}
      />
      <button
        type="button"
        className={styles.title}
        dir="auto"
        data-row-focus
        title={document.fileName}
        onClick={() => open(id)}
      >
        {title}
      </button>
      <div className={styles.actions}>
        <Menu
          items={items}
          trigger={
            <IconButton label={t('library.actions', { title })} className={styles.menu}>
              <Ellipsis size={16} aria-hidden="true" />
            </IconButton>
          }
        />
        {underway && (
          <IconButton ref={passFocusOn} label={t('library.cancel')} onClick={() => void cancel(id)}>
            <X size={15} aria-hidden="true" />
          </IconButton>
        )}
      </div>
      <DocumentState document={document} />
      {state === 'ready' && memory && <MemoryLine memory={memory} title={title} />}
      {canReadAgain && (
        <button ref={passFocusOn} type="button" className={styles.retry} onClick={readAgain.onSelect}>
          {readAgain.label}
        </button>
      )}
      <AskPassword
        open={dialog === 'password'}
        onClose={() => setDialog(null)}
        onGive={(password) => void retry(id, password)}
        heading={t('library.unlockTitle', { title })}
        label={t('library.password')}
        action={t('library.unlockAction')}
      />
      <Rename
        open={dialog === 'rename'}
        onClose={() => setDialog(null)}
        onRename={(next) => void rename(id, next)}
        heading={t('library.renameTitle')}
        label={t('library.renameLabel')}
        value={title}
      />
      <Confirm
        open={dialog === 'remove'}
        onClose={() => setDialog(null)}
        onConfirm={() => void remove(id)}
        title={t('library.removeTitle', { title })}
        detail={t('library.removeDetail')}
        action={t('library.removeConfirm')}
      />
    </div>
  );
}

/** What the sections of a document are, where they have a name of their own. */
const sectionUnits: Partial<Record<DocumentEntry['kind'], 'pages' | 'slides'>> = {
  pdf: 'pages',
  pptx: 'slides',
  odp: 'slides',
};

/** The line below the title: what it is, how far it is, or what went wrong. */
function DocumentState({ document }: { document: DocumentEntry }): ReactNode {
  const { t, number, compact, percent, timeLeft, said } = useTexts();
  const { state, progress, kind } = document;
  if (state === 'failed')
    return (
      <p className={styles.error}>
        {t('library.failed')}. {document.error && said(document.error)}
      </p>
    );
  if (state === 'cancelled') return <p className={styles.meta}>{t('library.cancelled')}</p>;
  if (state === 'queued') return <p className={styles.meta}>{t('library.queued')}</p>;
  if (state === 'reading') {
    const fraction = progress && progress.total > 0 ? progress.done / progress.total : null;
    const steps =
      progress?.unit === 'pages'
        ? t('library.readingPages', { done: number(progress.done), total: number(progress.total) })
        : progress?.unit === 'seconds'
          ? t('library.hearing', { done: clock(progress.done * 1000), total: clock(progress.total * 1000) })
          : fraction !== null
            ? t('library.readingBytes', { percent: percent(fraction) })
            : t('library.reading');
    const left = progress?.secondsLeft;
    return (
      <div className={styles.meta}>
        <Progress label={t('library.progress', { title: document.title })} fraction={fraction} />
        <span>{[steps, left ? timeLeft(left) : ''].filter(Boolean).join(', ')}</span>
      </div>
    );
  }
  const { sectionCount: count, emptySections, tokenCount } = document;
  const holdsText = emptySections < count;
  const facts = [
    t(`library.kinds.${kind}`),
    ...(holdsText ? [t(`library.${sectionUnits[kind] ?? 'sections'}`, { count })] : []),
    ...(holdsText && tokenCount !== null ? [t('library.tokens', { tokens: compact(tokenCount) })] : []),
  ];
  const lack = holdsText ? t('library.emptyPages', { count: emptySections }) : t('library.noText');
  return (
    <p className={styles.meta}>
      {facts.join(' · ')}
      {(emptySections > 0 || !holdsText) && <span className={styles.warning}>{lack}</span>}
      {document.error && <span className={styles.warning}>{said(document.error)}</span>}
    </p>
  );
}
