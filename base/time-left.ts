/** How long the rest of something takes. */

/** Gives the seconds that the rest takes when so much of it is done; null while too little is known. */
export type TimeLeft = (done: number, total: number) => number | null;

/** No estimate before this much work has been seen. */
const estimateAfterMs = 1000;

/**
 * Begins to estimate the time left of something long, of which `first` is done now: the rest takes as long for each as
 * what was done since did on average. `now` in milliseconds.
 */
export function createTimeLeft(first = 0, now: () => number = () => performance.now()): TimeLeft {
  const begun = now();
  return (done, total) => {
    const passed = now() - begun;
    if (done <= first || passed < estimateAfterMs) return null;
    return ((passed / 1000) * Math.max(0, total - done)) / (done - first);
  };
}
