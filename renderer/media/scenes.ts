/**
 * Which of a video's pictures, looked at once a second, are worth reading: a picture that differs from the last one
 * chosen and has come to rest, such as a slide with another line on it, or the first after a cut. Where things move all
 * the time, one is chosen now and then.
 */

/** Pictures are compared at this size. */
export const sketchWidth = 64;
export const sketchHeight = 36;

/** A cell has changed when its grey value differs by more than this. */
const cellChange = 12;
/** Pictures are the same when a smaller part of their cells has changed. */
const sameShare = 0.008;
/** A cut changes more than this. */
const cutShare = 0.3;
/** Where nothing comes to rest, a picture is chosen after so many seconds. */
const restlessSeconds = 10;

export interface SceneFinder {
  /** Takes the sketch (grey values) of the picture at a second; true when that picture is chosen. */
  take(sketch: Uint8Array, seconds: number): boolean;
}

export function createSceneFinder(): SceneFinder {
  let chosen: { sketch: Uint8Array; seconds: number } | undefined;
  let before: Uint8Array | undefined;
  return {
    take(sketch, seconds) {
      const moved = before === undefined ? 0 : changedShare(before, sketch);
      before = sketch;
      if (chosen) {
        const changed = changedShare(chosen.sketch, sketch);
        const settled = moved < sameShare;
        const cut = moved > cutShare;
        const restless = seconds - chosen.seconds >= restlessSeconds;
        if (changed < sameShare || !(settled || cut || restless)) return false;
      }
      chosen = { sketch, seconds };
      return true;
    },
  };
}

function changedShare(a: Uint8Array, b: Uint8Array): number {
  let changed = 0;
  for (let i = 0; i < a.length; i++) if (Math.abs((a[i] ?? 0) - (b[i] ?? 0)) > cellChange) changed++;
  return changed / a.length;
}
