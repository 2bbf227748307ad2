/** The connection to main: the typed client of base/rpc.ts, opened again whenever it is lost. */
import { errorData, LonghandError } from '../../base/errors.ts';
import { type Channel, type Client, connect } from '../../base/rpc.ts';
import type { AppContract } from '../../main/ipc/contract.ts';

/** refused: Longhand runs, and no longer lets this window in. */
export type ConnectionState = 'connecting' | 'open' | 'lost' | 'refused';

type AppClient = Client<AppContract>;

/** A request was made while there was no connection, or its answer was still to come when that was lost. */
export class NoConnection extends LonghandError {
  constructor(options?: ErrorOptions) {
    super('process-lost', 'There is no connection to Longhand at the moment.', options);
  }
}

export interface Connection extends AppClient {
  state(): ConnectionState;
  /** Calls the listener at every change of state; returns the function that stops listening. */
  onState(listener: (state: ConnectionState) => void): () => void;
}

const firstDelayMs = 500;
const longestDelayMs = 8000;

/** The pause before connecting again after `failures` attempts that failed one after the other, in milliseconds. */
export function reconnectDelay(failures: number): number {
  return Math.min(firstDelayMs * 2 ** failures, longestDelayMs);
}

/**
 * Opens a connection and keeps it open. Event listeners outlive a lost channel; a request made while
 * there is none, or that is under way when it is lost, is rejected with `NoConnection`.
 */
export function createConnection(
  open: () => Promise<Channel>,
  pause: (ms: number) => Promise<void> = (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
): Connection {
  const stateListeners = new Set<(state: ConnectionState) => void>();
  const subscriptions = new Set<(client: AppClient) => void>();
  let state: ConnectionState = 'connecting';
  let client: AppClient | undefined;
  let closed = false;

  function enter(next: ConnectionState): void {
    state = next;
    for (const listener of stateListeners) listener(next);
  }

  /** Connects once; resolves when the channel has closed again. */
  async function connectOnce(): Promise<void> {
    const channel = await open();
    const lost = new Promise<void>((resolve) => {
      client = connect<AppContract>({
        ...channel,
        onClose: (listener) =>
          channel.onClose(() => {
            client = undefined;
            listener();
            resolve();
          }),
      });
    });
    if (client) for (const subscribe of subscriptions) subscribe(client);
    enter('open');
    await lost;
  }

  async function keepOpen(): Promise<void> {
    let failures = 0;
    while (!closed) {
      let next: ConnectionState = 'lost';
      try {
        await connectOnce();
        failures = 0;
      } catch (thrown) {
        failures += 1;
        if (errorData(thrown).code === 'forbidden') next = 'refused';
      }
      if (closed) return;
      enter(next);
      await pause(reconnectDelay(failures));
    }
  }

  void keepOpen();

  return {
    state: () => state,
    onState(listener) {
      stateListeners.add(listener);
      return () => stateListeners.delete(listener);
    },
    request(method, params, options) {
      const current = client;
      if (!current) return Promise.reject(new NoConnection());
      return current.request(method, params, options).catch((cause: unknown) => {
        // A process of Longhand that was lost has the same code.
        throw errorData(cause).code === 'process-lost' && client !== current ? new NoConnection({ cause }) : cause;
      });
    },
    on(event, listener) {
      let stop: (() => void) | undefined;
      const subscribe = (to: AppClient): void => {
        stop = to.on(event, listener);
      };
      subscriptions.add(subscribe);
      if (client) subscribe(client);
      return () => {
        subscriptions.delete(subscribe);
        stop?.();
      };
    },
    close() {
      closed = true;
      client?.close();
    },
  };
}
