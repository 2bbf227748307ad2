import { Check } from 'lucide-react';
import { type ReactNode, useId, useState } from 'react';
import type { Citation } from '../../main/ipc/contract.ts';
import { useReader } from '../app/model.ts';
import { cx } from '../design/cx.ts';
import { useTexts } from '../i18n/i18n.ts';
import { Pieces } from './pieces.tsx';
import { excerpt } from './quote.ts';
import styles from './sources.module.css';
import { usePlaceName } from './use-place-name.ts';

const shownAtFirst = 3;
const excerptLength = 190;

interface SourcesProps {
  citations: readonly Citation[];
  question: string;
  /** The answer is finished, so that it is known which of them support it. */
  settled: boolean;
}

/** The passages an answer rests on; those that support it come first to mind, so they carry a mark. */
export function Sources({ citations, question, settled }: SourcesProps): ReactNode {
  const { t } = useTexts();
  const heading = useId();
  const [all, setAll] = useState(false);
  const shown = all ? citations : citations.slice(0, shownAtFirst);
  const hidden = citations.length - shown.length;
  return (
    <aside className={cx(styles.sources, 'sources')} aria-labelledby={heading}>
      <h3 id={heading} className={styles.heading}>
        {t('chat.sources')}
      </h3>
      {citations.length === 0 ? (
        <p className={styles.none}>{t('chat.noSources')}</p>
      ) : (
        <ol aria-label={t('chat.sources')}>
          {shown.map((citation) => (
            <Source
              key={citation.number}
              citation={citation}
              question={question}
              supports={settled && citation.supports}
            />
          ))}
        </ol>
      )}
      {(hidden > 0 || all) && citations.length > shownAtFirst && (
        <button type="button" className={styles.more} aria-expanded={all} onClick={() => setAll(!all)}>
          {all ? t('chat.fewerSources') : t('chat.moreSources', { count: hidden })}
        </button>
      )}
    </aside>
  );
}

interface SourceProps {
  citation: Citation;
  question: string;
  supports: boolean;
}

function Source({ citation, question, supports }: SourceProps): ReactNode {
  const { t } = useTexts();
  const show = useReader((state) => state.show);
  const shown = useReader(({ place }) => place?.sectionId === citation.sectionId && place.start === citation.start);
  const placeName = usePlaceName();
  const place = placeName(citation);
  const { number, title, quote } = citation;
  return (
    <li className={styles.source} data-supports={supports} data-shown={shown}>
      <span className={styles.number} aria-hidden="true">
        {number}
      </span>
      <div className={styles.body}>
        <div className={styles.line}>
          <button
            type="button"
            className={styles.open}
            dir="auto"
            aria-label={t('chat.showSource', { number, title, place })}
            onClick={() => show(citation)}
          >
            {title}
          </button>
          <span className={styles.place}>{place}</span>
          {supports && (
            <span className={styles.supports}>
              <Check size={12} strokeWidth={2.5} aria-hidden="true" />
              {t('chat.supports')}
            </span>
          )}
        </div>
        <p className={styles.quote} dir="auto">
          <Pieces pieces={excerpt(quote, question, excerptLength)} />
        </p>
      </div>
    </li>
  );
}
