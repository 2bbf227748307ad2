import { ArrowUp, BookOpenText, Square } from 'lucide-react';
import { type KeyboardEvent, type ReactNode, useEffect, useRef } from 'react';
import { useChat, useEngine, useLibrary, useModel } from '../app/model.ts';
import { IconButton } from '../design/button.tsx';
import { passFocusOn } from '../design/use-focus-back.ts';
import { useTexts } from '../i18n/i18n.ts';
import { draftOf, mountedDocuments, readableDocuments, streamingAnswer } from './chat-store.ts';
import styles from './composer.module.css';
import { phaseName } from './phase-line.tsx';

/** Characters of a question, as the contract bounds them. */
export const mostQuestion = 20_000;

/** The question box, with what will be read for the answer. */
export function Composer(): ReactNode {
  const { t, number } = useTexts();
  const { chat } = useModel();
  const draft = useChat(draftOf);
  const setDraft = useChat((state) => state.setDraft);
  const ask = useChat((state) => state.ask);
  const stop = useChat((state) => state.stop);
  const streaming = useChat((state) => streamingAnswer(state) !== undefined);
  const readAll = useChat((state) => state.readAll);
  const setReadAll = useChat((state) => state.setReadAll);
  const hasDocuments = useLibrary((state) => state.documents.length > 0);
  const box = useRef<HTMLTextAreaElement>(null);
  const tooLong = draft.length > mostQuestion;
  const sendable = draft.trim() !== '' && !tooLong && !streaming;

  // Takes the focus at the start, and whenever something asks for it.
  useEffect(() => {
    const focus = (): void => {
      box.current?.focus();
      box.current?.setSelectionRange(box.current.value.length, box.current.value.length);
    };
    focus();
    return chat.subscribe((next, before) => {
      if (next.focusRequests !== before.focusRequests) requestAnimationFrame(focus);
    });
  }, [chat]);

  function send(): void {
    if (!sendable) return;
    // The button cannot keep the focus: it is disabled as soon as the question is gone.
    box.current?.focus();
    void ask(draft.trim());
  }

  function onKeyDown(event: KeyboardEvent): void {
    if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    send();
  }

  return (
    <form
      className={styles.composer}
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <div className={styles.box}>
        <textarea
          ref={box}
          data-pane-focus
          dir="auto"
          rows={1}
          aria-invalid={tooLong}
          aria-label={t('chat.question')}
          aria-keyshortcuts="Enter"
          placeholder={hasDocuments ? t('chat.placeholder') : t('chat.placeholderEmpty')}
          value={draft}
          onChange={(event) => setDraft(event.target.value)}
          onKeyDown={onKeyDown}
        />
        {hasDocuments && (
          <IconButton
            label={t('chat.readAll')}
            className={styles.readAll}
            aria-pressed={readAll}
            onClick={() => setReadAll(!readAll)}
          >
            <BookOpenText size={16} aria-hidden="true" />
          </IconButton>
        )}
        {streaming ? (
          <IconButton
            key="stop"
            ref={passFocusOn}
            label={t('chat.stop')}
            keys="Esc"
            className={styles.stop}
            // It stands where Send was: the second click of two was not meant for it.
            onClick={({ detail }) => detail < 2 && void stop()}
          >
            <Square size={13} fill="currentColor" aria-hidden="true" />
          </IconButton>
        ) : (
          <IconButton key="send" label={t('chat.send')} type="submit" className={styles.send} disabled={!sendable}>
            <ArrowUp size={17} strokeWidth={2.25} aria-hidden="true" />
          </IconButton>
        )}
      </div>
      {tooLong ? (
        <p className={styles.note} role="alert">
          {t('chat.tooLong', { most: number(mostQuestion) })}
        </p>
      ) : streaming && draft.trim() !== '' ? (
        <p className={styles.note} role="status">
          {t('chat.stillAnswering')}
        </p>
      ) : (
        <ReadingNote />
      )}
      <Announcer />
    </form>
  );
}

/** What the answer will be read from, and whether it fits what the model reads at once. */
function ReadingNote(): ReactNode {
  const { t, compact } = useTexts();
  const chat = useChat((state) => state);
  const documents = useLibrary((state) => state.documents);
  const limit = useEngine(({ status }) => (status?.state === 'ready' ? status.info.contextLength : null));
  if (documents.length === 0) return <p className={styles.note}>{t('chat.hint')}</p>;
  const mounted = readableDocuments(mountedDocuments(chat, documents));
  const underway = mounted.filter(({ state }) => state === 'queued' || state === 'reading').length;
  const tokens = mounted.reduce((sum, { tokenCount }) => sum + (tokenCount ?? 0), 0);
  const extent = chat.readAll
    ? t('chat.readsAll')
    : limit === null || tokens === 0
      ? ''
      : tokens <= limit
        ? t('chat.fits', { tokens: compact(tokens) })
        : t('chat.exceeds', { tokens: compact(tokens) });
  const parts = [
    mounted.length === 0 ? t('chat.readsNone') : t('chat.reads', { count: mounted.length }),
    extent,
    underway > 0 ? t('chat.stillReading', { count: underway }) : '',
  ];
  return <p className={styles.note}>{parts.filter(Boolean).join(' · ')}</p>;
}

/** Tells a screen reader of each phase once, and of the end; the text itself is announced where it stands. */
function Announcer(): ReactNode {
  const { t } = useTexts();
  const engine = useEngine((state) => state.status);
  const streaming = useChat((state) => streamingAnswer(state));
  const phase = useChat(({ live }) => (streaming ? (live[streaming.id]?.phase ?? null) : null));
  const lastState = useChat(({ messages }) => messages.at(-1)?.state);
  const name = phaseName(phase, engine);
  const text = streaming
    ? name === 'reading' || name === 'passing'
      ? t('library.reading')
      : t(`chat.${name}`)
    : lastState === 'done'
      ? t('chat.done')
      : lastState === 'stopped'
        ? t('chat.stopped')
        : '';
  return (
    <p role="status" className="visually-hidden">
      {text}
    </p>
  );
}
