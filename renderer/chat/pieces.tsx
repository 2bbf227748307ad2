import type { ReactNode } from 'react';
import styles from './pieces.module.css';
import type { Piece } from './quote.ts';

/** A quotation with the matched words marked. */
export function Pieces({ pieces }: { pieces: readonly Piece[] }): ReactNode {
  return pieces.map(({ at, text, matched }) =>
    matched ? (
      <mark key={at} className={styles.matched}>
        {text}
      </mark>
    ) : (
      text
    ),
  );
}
