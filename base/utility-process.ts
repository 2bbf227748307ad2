/**
 * Utility processes: the engine and the file readers run outside main, so that neither a long
 * computation nor a crash reaches the window. One interface; `forkWithNode` here, Electron's
 * `utilityProcess` in main/shell. The child side is `parentChannel`, the same in both.
 */
import { type ChildProcess, fork } from 'node:child_process';
import type { Channel } from './rpc.ts';

/** A running utility process, seen from main. */
export interface UtilityProcess {
  readonly pid: number | undefined;
  channel: Channel;
  /** Calls back once, when the process is gone; `reason` is for a person. */
  onExit(listener: (reason: string) => void): void;
  kill(): void;
}

export interface ForkOptions {
  /** Upper bound of the JavaScript heap in MiB; native memory is not counted. */
  heapMiB?: number;
  /** Upper bound of each half of its youngest part, which V8 otherwise lets grow to 16 MiB. */
  youngMiB?: number;
  env?: Record<string, string>;
}

/** V8's names for these bounds. */
export const heapFlags = ({ heapMiB, youngMiB }: ForkOptions): string[] => [
  ...(heapMiB === undefined ? [] : [`--max-old-space-size=${heapMiB}`]),
  ...(youngMiB === undefined ? [] : [`--max-semi-space-size=${youngMiB}`]),
];

/** Starts the built module at `path` as a utility process. */
export type Fork = (path: string, options?: ForkOptions) => UtilityProcess;

/** Utility processes as plain Node child processes, for the served shell and the command line. */
export const forkWithNode: Fork = (path, options = {}) => {
  const child: ChildProcess = fork(path, [], {
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    execArgv: heapFlags(options),
    env: { ...process.env, ...options.env },
  });
  const exitListeners: ((reason: string) => void)[] = [];
  const closeListeners: (() => void)[] = [];
  let exited: string | undefined;
  const exit = (reason: string): void => {
    if (exited !== undefined) return;
    exited = reason;
    for (const listener of closeListeners) listener();
    for (const listener of exitListeners) listener(reason);
  };
  child.once('error', (error) => exit(error.message));
  child.once('exit', (code, signal) => exit(signal ? `it was ended by ${signal}` : `it ended with status ${code}`));
  return {
    pid: child.pid,
    channel: {
      send(message) {
        // A child that has just died answers with an error here; its exit is reported by 'exit'.
        if (child.connected) child.send(message as object, () => undefined);
      },
      onMessage: (listener) => void child.on('message', listener),
      onClose: (listener) => void closeListeners.push(listener),
      close: () => void child.kill(),
    },
    onExit(listener) {
      if (exited !== undefined) listener(exited);
      else exitListeners.push(listener);
    },
    kill: () => void child.kill('SIGKILL'),
  };
};

/** Electron's `process.parentPort`, as far as it is used here. */
interface ParentPort {
  postMessage(message: unknown): void;
  on(event: 'message', listener: (event: { data: unknown }) => void): void;
}

/** The channel to main, inside a utility process. The process ends when main goes away. */
export function parentChannel(): Channel {
  const port = (process as unknown as { parentPort?: ParentPort }).parentPort;
  if (port)
    return {
      send: (message) => port.postMessage(message),
      onMessage: (listener) => port.on('message', (event) => listener(event.data)),
      onClose: () => undefined, // Electron ends its utility processes with main.
      close: () => process.exit(0),
    };
  // The terminal interrupts all that runs in it. Main decides what becomes of it: an answer that is stopped still ends.
  process.on('SIGINT', () => undefined);
  const closeListeners: (() => void)[] = [];
  process.on('disconnect', () => {
    for (const listener of closeListeners) listener();
    process.exit(0);
  });
  return {
    send: (message) => void process.send?.(message),
    onMessage: (listener) => void process.on('message', listener),
    onClose: (listener) => void closeListeners.push(listener),
    close: () => process.exit(0),
  };
}
