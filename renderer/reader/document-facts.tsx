import type { ReactNode } from 'react';
import type { DocumentEntry } from '../../main/ipc/contract.ts';
import { useTexts } from '../i18n/i18n.ts';
import styles from './document-facts.module.css';

/** What a document says of itself: who wrote it, when, in which language. */
export function DocumentFacts({ document }: { document: DocumentEntry }): ReactNode {
  const { date, language } = useTexts();
  const { metadata } = document;
  const facts = [
    metadata.author,
    metadata.createdAt && date(metadata.createdAt),
    metadata.language && language(metadata.language),
  ].filter(Boolean);
  if (facts.length === 0) return null;
  const line = facts.join(' · ');
  return (
    <p className={styles.facts} title={line}>
      {line}
    </p>
  );
}
