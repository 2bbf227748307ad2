import { type ReactNode, useId, useState } from 'react';
import type { DocumentPass, PassPart } from '../../main/ipc/contract.ts';
import { useReader } from '../app/model.ts';
import { cx } from '../design/cx.ts';
import { useTexts } from '../i18n/i18n.ts';
import styles from './sources.module.css';

const shownAtFirst = 3;

/** What the model said of each window, in a pass over all of the documents; each leads to its place in the reader. */
export function PassParts({ pass }: { pass: Pick<DocumentPass, 'parts'> & { windows: number | null } }): ReactNode {
  const { t, number } = useTexts();
  const heading = useId();
  const [all, setAll] = useState(false);
  const { parts, windows } = pass;
  // The latest ones tell how far it has come.
  const shown = all ? parts : parts.slice(-shownAtFirst);
  return (
    <aside className={cx(styles.sources, 'sources')} aria-labelledby={heading}>
      <h3 id={heading} className={styles.heading}>
        {windows === null
          ? t('chat.passParts')
          : t('chat.passPartsOf', { done: number(parts.length), total: number(windows) })}
      </h3>
      <ol aria-label={t('chat.passParts')}>
        {shown.map((part, index) => {
          const place = parts.length - shown.length + index;
          return <Part key={place} part={part} number={place + 1} />;
        })}
      </ol>
      {parts.length > shownAtFirst && (
        <button type="button" className={styles.more} aria-expanded={all} onClick={() => setAll(!all)}>
          {all ? t('chat.fewerSources') : t('chat.moreSources', { count: parts.length - shown.length })}
        </button>
      )}
    </aside>
  );
}

function Part({ part, number }: { part: PassPart; number: number }): ReactNode {
  const { t } = useTexts();
  const showStretch = useReader((state) => state.showStretch);
  return (
    <li className={styles.source}>
      <span className={styles.number} aria-hidden="true">
        {number}
      </span>
      <div>
        <div className={styles.line}>
          <button
            type="button"
            className={styles.open}
            dir="auto"
            aria-label={t('chat.showPart', { number, title: part.title })}
            onClick={() => void showStretch(part)}
          >
            {part.title}
          </button>
        </div>
        <p className={styles.quote} dir="auto">
          {part.text || t('chat.nothingThere')}
          {part.cut && ' …'}
        </p>
      </div>
    </li>
  );
}
