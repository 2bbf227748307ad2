/** Watches a growing text for stop strings, and lets through only what cannot become part of one. */

export interface StopWatcher {
  /** The text that is safe to show after this piece, and whether a stop string was completed. */
  push(piece: string): { readonly text: string; readonly stopped: boolean };
  /** What was held back, once no more text comes. */
  end(): string;
}

/** Empty stop strings are ignored. When several are completed at once, the one that begins first counts. */
export function watchForStops(stops: readonly string[]): StopWatcher {
  const wanted = stops.filter((stop) => stop !== '');
  let held = '';
  return {
    push(piece) {
      held += piece;
      const found = wanted.map((stop) => held.indexOf(stop)).filter((at) => at >= 0);
      if (found.length > 0) {
        const text = held.slice(0, Math.min(...found));
        held = '';
        return { text, stopped: true };
      }
      const safe = held.length - Math.max(0, ...wanted.map((stop) => unfinished(held, stop)));
      const text = held.slice(0, safe);
      held = held.slice(safe);
      return { text, stopped: false };
    },
    end() {
      const text = held;
      held = '';
      return text;
    },
  };
}

/** The length of the longest end of `text` that begins `stop`. */
function unfinished(text: string, stop: string): number {
  for (let length = Math.min(text.length, stop.length - 1); length > 0; length--) {
    if (text.endsWith(stop.slice(0, length))) return length;
  }
  return 0;
}
