/**
 * Keys, values and weights lie in arrays of up to hundreds of megabytes, and every run leaves some of a few, which V8
 * hardly counts when it decides whether its small heap is worth collecting: many that nothing uses any more would lie
 * beside those in use. So what drops large ones says so.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

type Collect = (options?: { type: 'minor' }) => void;

let known: Collect | undefined;

function collect(): Collect {
  if (!known) {
    setFlagsFromString('--expose-gc');
    known = runInNewContext('gc') as Collect;
  }
  return known;
}

/** Gives the memory of arrays that nothing refers to back to the system. Takes some 10 ms. */
export function freeUnusedMemory(): void {
  collect()();
}

/** What may lie about before it is collected. A collection takes about a millisecond. */
const mostBytes = 3e6;
let bytesMade = 0;

/** Says that arrays of so many bytes were made that are soon unused; collects the youngest now and then. */
export function noteShortLived(bytes: number): void {
  bytesMade += bytes;
  if (bytesMade < mostBytes) return;
  bytesMade = 0;
  collect()({ type: 'minor' });
}
