/** What was read for an answer, document by document, for drawing it. */
import type { ReadReport } from '../../main/ipc/contract.ts';

type LeftOut = ReadReport['leftOut'][number];
export type ReadPiece = ReadReport['documents'][number]['pieces'][number];

export interface ReadRow {
  id: string;
  title: string;
  tokens: number;
  tokensRead: number;
  /** All of it, stretches of it, or nothing. */
  extent: 'whole' | 'parts' | 'nothing';
  /** In the order in which they stand in the document. */
  pieces: ReadPiece[];
  /** Why nothing of it was read; null where something was, or no reason is known. */
  reason: LeftOut['reason'] | null;
}

/** A row for each document that was to be read: first those of the report, then those that were left out of it. */
export function readRows({ documents, leftOut }: ReadReport): ReadRow[] {
  const reasonOf = (id: string): ReadRow['reason'] =>
    leftOut.find(({ documentId }) => documentId === id)?.reason ?? null;
  const rows = documents.map(({ id, title, tokens, tokensRead, whole, pieces }): ReadRow => {
    const extent = whole ? 'whole' : tokensRead > 0 ? 'parts' : 'nothing';
    return {
      id,
      title,
      tokens,
      tokensRead,
      extent,
      pieces: whole ? [] : pieces.toSorted((a, b) => a.from - b.from),
      reason: extent === 'nothing' ? reasonOf(id) : null,
    };
  });
  const known = new Set(rows.map(({ id }) => id));
  for (const { documentId, title, tokens, reason } of leftOut) {
    if (documentId === null || known.has(documentId)) continue;
    known.add(documentId);
    rows.push({ id: documentId, title, tokens, tokensRead: 0, extent: 'nothing', pieces: [], reason });
  }
  return rows;
}

const bounded = (value: number): number => Math.min(Math.max(value, 0), 1);

/** Where a piece is drawn, in fractions of the map: its left edge, its width, and its height by its strength. */
export function pieceBox({ from, to, strength }: ReadPiece): { left: number; width: number; height: number } {
  const left = bounded(from);
  return { left, width: Math.max(0, bounded(to) - left), height: 0.4 + 0.6 * bounded(strength) };
}
