import type { ReactNode } from 'react';
import styles from './progress.module.css';

interface ProgressProps {
  label: string;
  /** 0 to 1; null while it is not known. */
  fraction: number | null;
}

/** A thin bar: how much is done. */
export function Progress({ label, fraction }: ProgressProps): ReactNode {
  return fraction === null ? (
    <progress className={styles.progress} aria-label={label} />
  ) : (
    <progress className={styles.progress} aria-label={label} value={Math.min(Math.max(fraction, 0), 1)} max={1} />
  );
}
