import { type FormEvent, type ReactNode, useEffect, useRef, useState } from 'react';
import { clock } from '../../base/clock.ts';
import { useModel } from '../app/model.ts';
import { Button } from '../design/button.tsx';
import { useTexts } from '../i18n/i18n.ts';
import styles from './sentence-editor.module.css';
import type { Sentence } from './transcript.ts';

interface SentenceEditorProps {
  documentId: string;
  sentence: Sentence;
  text: string;
  onClose(): void;
}

/** Puts a sentence right: Enter saves, Escape leaves it as it was. */
export function SentenceEditor({ documentId, sentence, text, onClose }: SentenceEditorProps): ReactNode {
  const { t } = useTexts();
  const { connection, notices } = useModel();
  const [draft, setDraft] = useState(text);
  const field = useRef<HTMLTextAreaElement>(null);
  const { section, start, end, startMs } = sentence;
  useEffect(() => field.current?.focus(), []);

  function save(event?: FormEvent): void {
    event?.preventDefault();
    const corrected = draft.trim();
    if (corrected === '' || corrected === text) {
      onClose();
      return;
    }
    void notices.getState().guard(async () => {
      await connection.request('library.correct', { id: documentId, section, start, end, text: corrected });
      onClose();
    });
  }

  return (
    <form className={styles.editor} onSubmit={save}>
      <textarea
        ref={field}
        dir="auto"
        aria-label={t('media.correctedText', { time: clock(startMs) })}
        rows={Math.max(2, Math.ceil(draft.length / 60))}
        maxLength={10_000}
        value={draft}
        onChange={({ target }) => setDraft(target.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && !event.shiftKey) save(event);
          if (event.key !== 'Escape') return;
          event.stopPropagation();
          onClose();
        }}
      />
      <span className={styles.buttons}>
        <Button kind="primary" type="submit">
          {t('media.save')}
        </Button>
        <Button onClick={onClose}>{t('media.cancel')}</Button>
      </span>
    </form>
  );
}
