import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';

/** Tells whether anything else uses the machine while something is measured. Linux only; elsewhere it knows nothing. */

const ticksPerSecond = 100;

/** Seconds that all processors have worked since the machine started. */
function busySeconds(): number {
  if (process.platform !== 'linux') return 0;
  const [user, nice, system, , , interrupt, softInterrupt] = readFileSync('/proc/stat', 'utf8')
    .split('\n', 1)[0]
    ?.split(/\s+/)
    .slice(1)
    .map(Number) as number[];
  return ((user ?? 0) + (nice ?? 0) + (system ?? 0) + (interrupt ?? 0) + (softInterrupt ?? 0)) / ticksPerSecond;
}

/** Runs `work`, which says how many processor seconds it used, and returns the share of the machine others took. */
export async function shareOfOthers(work: () => Promise<{ readonly cpuSeconds: number }>): Promise<number> {
  const busy = busySeconds();
  const own = process.cpuUsage();
  const began = performance.now();
  const { cpuSeconds } = await work();
  const seconds = (performance.now() - began) / 1000;
  const { user, system } = process.cpuUsage(own);
  const others = busySeconds() - busy - cpuSeconds - (user + system) / 1e6;
  return Math.max(0, others) / (seconds * availableParallelism());
}

/** Waits until the machine has been idle for half a second, or for a minute in all. */
export async function untilQuiet(): Promise<void> {
  const rest = async () => {
    await sleep(500);
    return { cpuSeconds: 0 };
  };
  for (let tries = 0; tries < 120; tries++) {
    if ((await shareOfOthers(rest)) < 0.05) return;
  }
}
