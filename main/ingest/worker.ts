import { join } from 'node:path';
import { type Client, type Contract, connect } from '../../base/rpc.ts';
import type { Fork, UtilityProcess } from '../../base/utility-process.ts';

/** A utility process that is started when it is needed, and again after it has ended. */
export interface Worker<C extends Contract> {
  start(): Client<C>;
  end(): void;
}

export interface WorkerOptions<C extends Contract> {
  fork: Fork;
  processFolder: string;
  /** Its built module in that folder. */
  module: string;
  protocol: C;
  heapMiB: number;
}

export function createWorker<C extends Contract>(options: WorkerOptions<C>): Worker<C> {
  const { fork, processFolder, module, protocol, heapMiB } = options;
  let running: { process: UtilityProcess; client: Client<C> } | undefined;
  return {
    start() {
      if (running) return running.client;
      const started = fork(join(processFolder, module), { heapMiB });
      const mine = { process: started, client: connect(started.channel, protocol) };
      started.onExit(() => {
        if (running === mine) running = undefined;
      });
      running = mine;
      return mine.client;
    },
    end() {
      running?.process.kill();
      running = undefined;
    },
  };
}
