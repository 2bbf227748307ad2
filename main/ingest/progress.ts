/** Tells how far a document has come. */
import { createTimeLeft } from '../../base/time-left.ts';
import type { Library } from '../library/library.ts';
import type { ReadProgress } from './protocol.ts';

/** Documents tell of their progress at most this often. */
const progressIntervalMs = 200;

/** Tells of a document's progress now and then, with the time left at the pace since it began with `first` done. */
export function progressTeller(library: Library, id: string, first = 0): (progress: ReadProgress) => void {
  const timeLeft = createTimeLeft(first);
  let told = Number.NEGATIVE_INFINITY;
  return ({ done, total, unit }) => {
    const now = performance.now();
    if (now - told < progressIntervalMs) return;
    told = now;
    library.setProgress(id, { done, total, unit, secondsLeft: timeLeft(done, total) });
  };
}
