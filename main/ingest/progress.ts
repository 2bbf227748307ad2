/** Tells how far a document has come. */
import type { Library } from '../library/library.ts';
import type { ReadProgress } from './protocol.ts';

/** Documents tell of their progress at most this often. */
const progressIntervalMs = 200;
/** No estimate before this much work has been seen. */
const estimateAfterMs = 1000;

/** Tells of a document's progress now and then, with the time left at the pace since it began with `first` done. */
export function progressTeller(library: Library, id: string, first = 0): (progress: ReadProgress) => void {
  const started = performance.now();
  let told = Number.NEGATIVE_INFINITY;
  return ({ done, total, unit }) => {
    const now = performance.now();
    if (now - told < progressIntervalMs) return;
    told = now;
    const known = done > first && now - started > estimateAfterMs;
    const secondsLeft = known ? ((now - started) * Math.max(0, total - done)) / (done - first) / 1000 : null;
    library.setProgress(id, { done, total, unit, secondsLeft });
  };
}
