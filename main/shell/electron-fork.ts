/** Utility processes as Electron starts them. */
import type { UtilityProcess as ElectronProcess, utilityProcess } from 'electron';
import { type Fork, heapFlags } from '../../base/utility-process.ts';

/** Makes the fork function of the Electron shell; `serviceName` of a process is the name of its module. */
export function forkWithElectron(api: Pick<typeof utilityProcess, 'fork'>): Fork {
  return (path, options = {}) => {
    const flags = heapFlags(options);
    const child: ElectronProcess = api.fork(path, [], {
      stdio: ['ignore', 'ignore', 'inherit'],
      // V8 takes its options from this switch; Node's own spelling is not read here.
      execArgv: flags.length > 0 ? [`--js-flags=${flags.join(' ')}`] : [],
      env: { ...process.env, ...options.env },
      serviceName: `Longhand ${/(\w+)\.js$/.exec(path)?.[1] ?? ''}`.trim(),
    });
    // V8 tells of a fatal error before the process ends, which 'exit' tells too; unheard it would end main.
    child.on('error', () => undefined);
    const exitListeners: ((reason: string) => void)[] = [];
    const closeListeners: (() => void)[] = [];
    let exited: string | undefined;
    child.once('exit', (code) => {
      exited = `it ended with status ${code}`;
      for (const listener of closeListeners) listener();
      for (const listener of exitListeners) listener(exited);
    });
    return {
      get pid() {
        return child.pid;
      },
      channel: {
        send(message) {
          if (exited === undefined) child.postMessage(message);
        },
        onMessage: (listener) => void child.on('message', listener),
        onClose: (listener) => void closeListeners.push(listener),
        close: () => void child.kill(),
      },
      onExit(listener) {
        if (exited !== undefined) listener(exited);
        else exitListeners.push(listener);
      },
      // A process in a long computation does not look at a polite request.
      kill: () => void (child.pid === undefined ? child.kill() : process.kill(child.pid, 'SIGKILL')),
    };
  };
}
