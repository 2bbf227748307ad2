import { type ReactNode, useState } from 'react';
import { useTexts } from '../i18n/i18n.ts';
import styles from './page-field.module.css';

interface PageFieldProps {
  page: number;
  count: number;
  onGo(page: number): void;
}

/** The number of the page in view; another one can be typed. */
export function PageField({ page, count, onGo }: PageFieldProps): ReactNode {
  const { t, number } = useTexts();
  const [typed, setTyped] = useState<string | null>(null);

  function go(): void {
    const wanted = Number.parseInt(typed ?? '', 10);
    if (Number.isFinite(wanted)) onGo(Math.min(Math.max(wanted, 1), count));
    setTyped(null);
  }

  return (
    <form
      className={styles.field}
      onSubmit={(event) => {
        event.preventDefault();
        go();
      }}
    >
      <input
        inputMode="numeric"
        aria-label={t('reader.page')}
        value={typed ?? String(page)}
        onChange={(event) => setTyped(event.target.value)}
        onFocus={(event) => event.target.select()}
        onBlur={() => setTyped(null)}
      />
      <span>{t('reader.pageOf', { count: number(count) })}</span>
    </form>
  );
}
