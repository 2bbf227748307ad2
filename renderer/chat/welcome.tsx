import type { ReactNode } from 'react';
import { useChat, useLibrary, useModel } from '../app/model.ts';
import { Button } from '../design/button.tsx';
import { useTexts } from '../i18n/i18n.ts';
import { pickFiles } from '../library/pick-files.ts';
import { mountedDocuments, readableDocuments } from './chat-store.ts';
import styles from './welcome.module.css';

/** The first thing a newcomer sees: what this is, and how to begin. */
export function Welcome(): ReactNode {
  const { t, list } = useTexts();
  const { library } = useModel();
  const extensions = useLibrary((state) => state.extensions);
  return (
    <section className={styles.welcome}>
      <h2 className={styles.title}>{t('welcome.title')}</h2>
      <p className={styles.lead}>{t('welcome.lead')}</p>
      <p className={styles.drop}>{t('welcome.drop')}</p>
      <div className={styles.actions}>
        <Button kind="primary" onClick={() => pickFiles(library.getState())}>
          {t('welcome.browse')}
        </Button>
        <Button onClick={() => void library.getState().addSample()}>{t('welcome.sample')}</Button>
      </div>
      <div className={styles.private}>
        <p>
          {t('welcome.private')} {t('welcome.formats')}
        </p>
        {extensions.length > 0 && (
          <details>
            <summary>{t('welcome.endings')}</summary>
            <p>{list(extensions.map((name) => `.${name}`))}</p>
          </details>
        )}
      </div>
    </section>
  );
}

/** A new conversation with documents in the library. */
export function AskWelcome(): ReactNode {
  const { t } = useTexts();
  const chat = useChat((state) => state);
  const documents = useLibrary((state) => state.documents);
  const count = readableDocuments(mountedDocuments(chat, documents)).length;
  return (
    <section className={styles.ask}>
      <h2 className={styles.title}>{t('welcome.askTitle')}</h2>
      <p className={styles.lead}>{count === 0 ? t('welcome.askNone') : t('welcome.askLead', { count })}</p>
    </section>
  );
}
