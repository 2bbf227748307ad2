/** Two anchors of the same source → the one that covers both. */
import type { Anchor } from '../../library/schema.ts';
import { type CellRange, formatCells, parseCells } from './cells.ts';

function joinCells(a: CellRange, b: CellRange): CellRange {
  return {
    left: Math.min(a.left, b.left),
    top: Math.min(a.top, b.top),
    right: Math.max(a.right, b.right),
    bottom: Math.max(a.bottom, b.bottom),
  };
}

/** The anchor that covers both; `first` where they are of different places that nothing covers. */
export function joinAnchors(first: Anchor, second: Anchor): Anchor {
  if (first.kind === 'time' && second.kind === 'time')
    return {
      kind: 'time',
      startMs: Math.min(first.startMs, second.startMs),
      endMs: Math.max(first.endMs, second.endMs),
    };
  if (first.kind === 'cells' && second.kind === 'cells' && first.sheet === second.sheet)
    return { ...first, cells: formatCells(joinCells(parseCells(first.cells), parseCells(second.cells))) };
  return first;
}
