import { setImmediate as nextTurn } from 'node:timers/promises';

/** Who may use the model. Questions take turns, and everything else gives way to them between its steps. */
export interface Scheduler {
  /** Runs the work when the questions before it are done; `giveWay` waits for it meanwhile. */
  question<Result>(work: () => Promise<Result>): Promise<Result>;
  /** Waits until no question runs or waits; also lets messages (a question, a cancellation) arrive. */
  giveWay(): Promise<void>;
  /** Resolves when nothing that was begun runs any more. */
  idle(): Promise<void>;
}

export function createScheduler(): Scheduler {
  let turn: Promise<unknown> = Promise.resolve();
  let waiting = 0;
  return {
    question(work) {
      waiting++;
      const result = turn.then(work).finally(() => {
        waiting--;
      });
      turn = result.catch(() => undefined);
      return result;
    },
    async giveWay() {
      do {
        await nextTurn();
        await turn;
      } while (waiting > 0);
    },
    idle: async () => void (await turn),
  };
}
