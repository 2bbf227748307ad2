import { ChevronRight } from 'lucide-react';
import { Toolbar } from 'radix-ui';
import { type ReactNode, useId, useState } from 'react';
import type { ReadReport } from '../../main/ipc/contract.ts';
import { useLibrary, useReader } from '../app/model.ts';
import { useTexts } from '../i18n/i18n.ts';
import styles from './read-map.module.css';
import { pieceBox, type ReadPiece, type ReadRow, readRows } from './read-map.ts';

/** What was read for an answer: a map of each document, opened on demand. */
export function ReadMap({ report }: { report: ReadReport }): ReactNode {
  const { t, number } = useTexts();
  const panel = useId();
  const [open, setOpen] = useState(false);
  const rows = readRows(report);
  if (rows.length === 0) return null;
  return (
    <div className={styles.map}>
      <button
        type="button"
        className={styles.toggle}
        aria-expanded={open}
        aria-controls={open ? panel : undefined}
        onClick={() => setOpen(!open)}
      >
        <ChevronRight size={14} className={styles.chevron} aria-hidden="true" />
        <span>{t('chat.readMap')}</span>
        <span className={styles.total}>
          {t('chat.readMapTotal', {
            read: number(rows.reduce((sum, { tokensRead }) => sum + tokensRead, 0)),
            mounted: number(report.tokensMounted),
          })}
        </span>
      </button>
      {open && (
        <ul id={panel} ref={reveal} className={styles.rows} aria-label={t('chat.readMap')}>
          {rows.map((row) => (
            <Row key={row.id} row={row} />
          ))}
        </ul>
      )}
    </div>
  );
}

/** Brings what was just opened into view. */
function reveal(panel: HTMLElement | null): void {
  panel?.scrollIntoView({ block: 'nearest' });
}

function Row({ row }: { row: ReadRow }): ReactNode {
  const { t, number } = useTexts();
  const placeOf = usePiecePlace(row.id);
  /** The piece under the pointer or the focus: its place is told where the row's extent stands. */
  const [pointedAt, setPointedAt] = useState<ReadPiece | null>(null);
  const { id, title, extent, pieces, reason } = row;
  const share = row.tokens > 0 ? t('chat.readShare', { read: number(row.tokensRead), total: number(row.tokens) }) : '';
  const said = {
    whole: t('chat.readWhole'),
    parts: [share, pieces.length > 0 ? t('chat.readPieces', { count: pieces.length }) : ''].filter(Boolean).join(' · '),
    nothing: reason && reason !== 'no-room' && reason !== 'earlier-turns' ? t(`chat.leftOutReasons.${reason}`) : share,
  }[extent];
  return (
    <li className={styles.row}>
      <div className={styles.line}>
        <span className={styles.title} dir="auto">
          {title}
        </span>
        <span className={styles.extent} data-pointed={pointedAt !== null}>
          <span>{said}</span>
          {pointedAt && <span className={styles.place}>{placeOf(pointedAt).short}</span>}
        </span>
      </div>
      {pieces.length === 0 ? (
        <div className={styles.track} data-extent={extent} aria-hidden="true" />
      ) : (
        <Toolbar.Root
          className={styles.track}
          data-extent={extent}
          aria-label={t('chat.pieces', { title })}
          loop={false}
        >
          {pieces.map((piece) => (
            <Piece
              key={`${piece.from} ${piece.section} ${piece.start}`}
              documentId={id}
              piece={piece}
              name={placeOf(piece).name}
              onPoint={(pointed) => setPointedAt(pointed ? piece : null)}
            />
          ))}
        </Toolbar.Root>
      )}
    </li>
  );
}

interface PieceProps {
  documentId: string;
  piece: ReadPiece;
  name: string;
  /** Called when the pointer or the focus comes to the piece, and when it leaves. */
  onPoint(pointed: boolean): void;
}

function Piece({ documentId, piece, name, onPoint }: PieceProps): ReactNode {
  const { section, start, end } = piece;
  const showStretch = useReader((state) => state.showStretch);
  const shown = useReader(
    ({ place }) => place?.documentId === documentId && place.section === section && place.start === start,
  );
  const { left, width, height } = pieceBox(piece);
  return (
    <Toolbar.Button
      className={styles.piece}
      style={{
        left: `min(${left * 100}%, 100% - var(--least))`,
        width: `max(${width * 100}%, var(--least))`,
        height: `${height * 100}%`,
      }}
      aria-label={name}
      aria-current={shown ? 'true' : undefined}
      onClick={() => void showStretch({ documentId, section, start, end })}
      onPointerEnter={() => onPoint(true)}
      onPointerLeave={() => onPoint(false)}
      onFocus={() => onPoint(true)}
      onBlur={() => onPoint(false)}
    />
  );
}

/** Names the place of a piece: in short, and as what its button does. */
function usePiecePlace(documentId: string): (piece: ReadPiece) => { short: string; name: string } {
  const { t, percent: percentOf } = useTexts();
  const isPdf = useLibrary(({ documents }) => documents.find(({ id }) => id === documentId)?.kind === 'pdf');
  return ({ from, section }) => {
    const percent = percentOf(from);
    const at = t('chat.character', { percent });
    // A section of a PDF is a page.
    const page = section + 1;
    return isPdf
      ? { short: `${t('chat.page', { page })} · ${at}`, name: t('chat.openPiecePage', { percent, page }) }
      : { short: at, name: t('chat.openPiece', { percent }) };
  };
}
