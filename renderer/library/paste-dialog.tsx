import { type ReactNode, useEffect, useState } from 'react';
import { useChat, useModel } from '../app/model.ts';
import { draftOf } from '../chat/chat-store.ts';
import { mostQuestion } from '../chat/composer.tsx';
import { Button } from '../design/button.tsx';
import { Dialog, TitleField } from '../design/dialog.tsx';
import { useTexts } from '../i18n/i18n.ts';
import { titleOfText } from './files.ts';
import styles from './paste-dialog.module.css';

/** Pasted text of this length or more may be meant as a document. */
const longText = 2000;
/** What main takes at once. */
const mostText = 4_000_000;
const previewLength = 400;

/**
 * The files of what is pasted, unless it is text of which a picture comes along, as spreadsheets give it: with marks of
 * its own. Files that were copied have their names along as plain text.
 */
function pastedFiles(data: DataTransfer | null): File[] {
  const isText =
    data?.types.includes('text/plain') && ['text/html', 'text/rtf'].some((type) => data.types.includes(type));
  return isText ? [] : [...(data?.files ?? [])];
}

/** The focus is in a field other than the question box, where pasting is pasting. */
function inOtherField(target: EventTarget | null): boolean {
  return target instanceof HTMLInputElement && target.type !== 'checkbox';
}

/** Takes pasted files, and asks what pasted text is meant to be when it is long. */
export function PasteDialog(): ReactNode {
  const { t } = useTexts();
  const { library } = useModel();
  const [text, setText] = useState<string | null>(null);

  useEffect(() => {
    function onPaste(event: ClipboardEvent): void {
      if (inOtherField(event.target)) return;
      const files = pastedFiles(event.clipboardData);
      const pasted = event.clipboardData?.getData('text/plain') ?? '';
      if (files.length > 0) void library.getState().addFiles(files);
      else if (pasted.length >= longText) setText(pasted);
      else return;
      event.preventDefault();
    }
    window.addEventListener('paste', onPaste, { capture: true });
    return () => window.removeEventListener('paste', onPaste, { capture: true });
  }, [library]);

  return (
    <Dialog open={text !== null} onClose={() => setText(null)} title={t('paste.title')}>
      {text !== null && <PasteForm text={text} onClose={() => setText(null)} />}
    </Dialog>
  );
}

function PasteForm({ text, onClose }: { text: string; onClose(): void }): ReactNode {
  const { t, number } = useTexts();
  const { library } = useModel();
  const draft = useChat(draftOf);
  const setDraft = useChat((state) => state.setDraft);
  const [title, setTitle] = useState(titleOfText(text));
  const question = draft === '' ? text : `${draft}\n\n${text}`;

  function insert(): void {
    setDraft(question);
    onClose();
  }

  return (
    <form
      className={styles.form}
      onSubmit={(event) => {
        event.preventDefault();
        void library.getState().addText(title.trim(), text);
        onClose();
      }}
    >
      <p>{t('paste.detail', { characters: number(text.length) })}</p>
      <TitleField label={t('paste.name')} value={title} onChange={setTitle} />
      <blockquote className={styles.preview} dir="auto">
        {text.slice(0, previewLength)}
      </blockquote>
      {text.length > mostText && <p role="alert">{t('paste.tooLong', { most: number(mostText) })}</p>}
      <div className={styles.actions}>
        {question.length <= mostQuestion && <Button onClick={insert}>{t('paste.insert')}</Button>}
        <Button kind="primary" type="submit" disabled={title.trim() === '' || text.length > mostText}>
          {t('paste.add')}
        </Button>
      </div>
    </form>
  );
}
