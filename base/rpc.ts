/**
 * Typed requests, events, progress and cancellation over any channel that carries messages: a
 * WebSocket, Electron's IPC, or the pipe to a utility process. A contract is a table of zod schemas;
 * whatever arrives is checked against it before anything acts on it.
 */
import type { z } from 'zod';
import { type ErrorData, errorCodes, errorData, errorFromData, LonghandError } from './errors.ts';

/** One request: what it takes, what it gives back, and what it reports on the way. */
export interface RequestSpec {
  params: z.ZodType;
  result: z.ZodType;
  progress?: z.ZodType;
}

export interface Contract {
  requests: Record<string, RequestSpec>;
  events: Record<string, z.ZodType>;
}

type Requests<C extends Contract> = C['requests'];
export type Params<C extends Contract, K extends keyof Requests<C>> = z.output<Requests<C>[K]['params']>;
export type ParamsInput<C extends Contract, K extends keyof Requests<C>> = z.input<Requests<C>[K]['params']>;
export type Result<C extends Contract, K extends keyof Requests<C>> = z.output<Requests<C>[K]['result']>;
export type Progress<C extends Contract, K extends keyof Requests<C>> = Requests<C>[K] extends { progress: z.ZodType }
  ? z.output<Requests<C>[K]['progress']>
  : never;
export type EventPayload<C extends Contract, E extends keyof C['events']> = z.output<C['events'][E]>;

/** A two-way pipe for structured messages. `onMessage` and `onClose` each take one listener. */
export interface Channel {
  send(message: unknown): void;
  onMessage(listener: (message: unknown) => void): void;
  onClose(listener: () => void): void;
  close(): void;
}

export interface RequestContext<P> {
  /** Fires when the caller cancels or the channel closes. */
  signal: AbortSignal;
  progress(value: P): void;
}

export type Handlers<C extends Contract> = {
  [K in keyof Requests<C>]: (
    params: Params<C, K>,
    context: RequestContext<Progress<C, K>>,
  ) => Promise<Result<C, K>> | Result<C, K>;
};

export interface Server<C extends Contract> {
  emit<E extends keyof C['events'] & string>(event: E, payload: EventPayload<C, E>): void;
  close(): void;
}

export interface RequestOptions<P> {
  signal?: AbortSignal | undefined;
  /** What it throws ends the request, which rejects with it. */
  onProgress?: ((value: P) => void) | undefined;
}

export interface Client<C extends Contract> {
  /** Sends a request; rejects with the handler's `LonghandError`, or `process-lost` when the channel closes. */
  request<K extends keyof Requests<C> & string>(
    method: K,
    params: ParamsInput<C, K>,
    options?: RequestOptions<Progress<C, K>>,
  ): Promise<Result<C, K>>;
  /** Listens to an event; returns the function that stops listening. */
  on<E extends keyof C['events'] & string>(event: E, listener: (payload: EventPayload<C, E>) => void): () => void;
  close(): void;
}

/** The messages on the wire. */
type Message =
  | { type: 'request'; id: number; method: string; params: unknown }
  | { type: 'cancel'; id: number }
  | { type: 'progress'; id: number; value: unknown }
  | { type: 'result'; id: number; value: unknown }
  | { type: 'error'; id: number; error: ErrorData }
  | { type: 'event'; event: string; payload: unknown };

const maximumRequestsInFlight = 256;

/** The envelope of a message, or undefined for anything that is not one. */
function envelope(raw: unknown): Message | undefined {
  if (typeof raw !== 'object' || raw === null || !('type' in raw)) return undefined;
  const message = raw as Record<string, unknown>;
  const hasId = Number.isSafeInteger(message.id) && (message.id as number) >= 0;
  switch (message.type) {
    case 'request':
      return hasId && typeof message.method === 'string' ? (message as Message) : undefined;
    case 'cancel':
    case 'progress':
    case 'result':
      return hasId ? (message as Message) : undefined;
    case 'error':
      return hasId && isErrorData(message.error) ? (message as Message) : undefined;
    case 'event':
      return typeof message.event === 'string' ? (message as Message) : undefined;
    default:
      return undefined;
  }
}

function isErrorData(value: unknown): value is ErrorData {
  if (typeof value !== 'object' || value === null) return false;
  const { code, message } = value as Record<string, unknown>;
  return typeof message === 'string' && (errorCodes as readonly unknown[]).includes(code);
}

function own<T>(table: Record<string, T>, key: string): T | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}

/** Parses `value`, or throws a `bad-request` that names the message and the first field that is wrong. */
function check(schema: z.ZodType, value: unknown, what: string): unknown {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const where = issue?.path.length ? ` at ${issue.path.join('.')}` : '';
  throw new LonghandError('bad-request', `${what} was refused${where}: ${issue?.message ?? 'it has the wrong form'}.`);
}

/**
 * Answers requests that arrive on a channel. Malformed envelopes are dropped, unknown methods and
 * wrong parameters are answered with `bad-request`, and everything still running is cancelled when
 * the channel closes; then `onClose` is called.
 */
export function serve<C extends Contract>(
  contract: C,
  handlers: Handlers<C>,
  channel: Channel,
  onClose: () => void = () => undefined,
): Server<C> {
  const running = new Map<number, AbortController>();
  const send = (message: Message): void => channel.send(message);

  async function answer(id: number, method: string, rawParams: unknown): Promise<void> {
    const controller = new AbortController();
    try {
      const spec = own(contract.requests, method);
      if (!spec) throw new LonghandError('bad-request', `There is no request named "${method.slice(0, 80)}".`);
      if (running.has(id)) throw new LonghandError('bad-request', `Request ${id} is already running.`);
      if (running.size >= maximumRequestsInFlight)
        throw new LonghandError('bad-request', 'Too many requests are running at once; wait for some to finish.');
      running.set(id, controller);
      const params = check(spec.params, rawParams, `Request "${method}"`);
      const handler = handlers[method as keyof Requests<C>];
      const result = await handler(params as never, {
        signal: controller.signal,
        progress: (value) => send({ type: 'progress', id, value }),
      });
      send({ type: 'result', id, value: result });
    } catch (thrown) {
      send({ type: 'error', id, error: errorData(thrown) });
    } finally {
      if (running.get(id) === controller) running.delete(id);
    }
  }

  function cancelAll(): void {
    for (const controller of running.values()) controller.abort();
    running.clear();
  }

  channel.onMessage((raw) => {
    const message = envelope(raw);
    if (message?.type === 'request') void answer(message.id, message.method, message.params);
    else if (message?.type === 'cancel') running.get(message.id)?.abort();
  });
  channel.onClose(() => {
    cancelAll();
    onClose();
  });

  return {
    emit: (event, payload) => send({ type: 'event', event, payload }),
    close() {
      cancelAll();
      channel.close();
    },
  };
}

/**
 * The calling side of a channel. With a `contract` everything that comes back is checked too, which
 * is what main does with its utility processes; a window trusts main and leaves it out.
 */
export function connect<C extends Contract>(channel: Channel, contract?: C): Client<C> {
  interface Waiting {
    method: string;
    resolve(value: unknown): void;
    reject(error: Error): void;
    onProgress?: ((value: never) => void) | undefined;
    cleanUp(): void;
  }
  const waiting = new Map<number, Waiting>();
  const listeners = new Map<string, Set<(payload: never) => void>>();
  let nextId = 0;
  let closed = false;

  function settle(id: number, act: (request: Waiting) => void): void {
    const request = waiting.get(id);
    if (!request) return;
    waiting.delete(id);
    request.cleanUp();
    try {
      act(request);
    } catch (thrown) {
      request.reject(thrown as Error);
    }
  }

  function checked(schema: z.ZodType | undefined, value: unknown, what: string): unknown {
    return schema ? check(schema, value, what) : value;
  }

  /** An event or progress that breaks the contract is dropped: nobody waits for it. */
  function valid(schema: z.ZodType | undefined, value: unknown): boolean {
    return schema ? schema.safeParse(value).success : true;
  }

  function note(id: number, value: unknown): void {
    const request = waiting.get(id);
    if (!request || !valid(contract && own(contract.requests, request.method)?.progress, value)) return;
    try {
      request.onProgress?.(value as never);
    } catch (thrown) {
      // Thrown from here it would end the process; whoever asked can tell what it means.
      settle(id, (r) => r.reject(thrown as Error));
      channel.send({ type: 'cancel', id } satisfies Message);
    }
  }

  function deliver(event: string, payload: unknown): void {
    if (!valid(contract && own(contract.events, event), payload)) return;
    for (const listener of listeners.get(event) ?? []) listener(payload as never);
  }

  channel.onMessage((raw) => {
    const message = envelope(raw);
    if (!message) return;
    if (message.type === 'event') deliver(message.event, message.payload);
    else if (message.type === 'error') settle(message.id, (r) => r.reject(errorFromData(message.error)));
    else if (message.type === 'result')
      settle(message.id, (r) =>
        r.resolve(
          checked(contract && own(contract.requests, r.method)?.result, message.value, `Answer to "${r.method}"`),
        ),
      );
    else if (message.type === 'progress') note(message.id, message.value);
  });

  channel.onClose(() => {
    closed = true;
    for (const id of [...waiting.keys()])
      settle(id, (r) => r.reject(new LonghandError('process-lost', 'The connection was lost before the answer came.')));
  });

  return {
    request(method, params, options = {}) {
      return new Promise((resolve, reject) => {
        if (closed) {
          reject(new LonghandError('process-lost', 'The connection is closed.'));
          return;
        }
        if (options.signal?.aborted) {
          reject(new LonghandError('cancelled', 'Stopped.'));
          return;
        }
        const id = nextId++;
        const cancel = (): void => channel.send({ type: 'cancel', id } satisfies Message);
        options.signal?.addEventListener('abort', cancel, { once: true });
        waiting.set(id, {
          method,
          resolve: resolve as (value: unknown) => void,
          reject,
          onProgress: options.onProgress as ((value: never) => void) | undefined,
          cleanUp: () => options.signal?.removeEventListener('abort', cancel),
        });
        channel.send({ type: 'request', id, method, params } satisfies Message);
      });
    },
    on(event, listener) {
      const set = listeners.get(event) ?? new Set();
      listeners.set(event, set);
      set.add(listener as (payload: never) => void);
      return () => set.delete(listener as (payload: never) => void);
    },
    close: () => channel.close(),
  };
}

/** Two ends of an in-memory channel; messages are cloned, and delivered asynchronously, as a real one would. */
export function channelPair(): [Channel, Channel] {
  interface End {
    message: ((message: unknown) => void) | undefined;
    close: (() => void) | undefined;
  }
  const ends: [End, End] = [
    { message: undefined, close: undefined },
    { message: undefined, close: undefined },
  ];
  let open = true;
  const make = (mine: End, other: End): Channel => ({
    send(message) {
      const copy = structuredClone(message);
      queueMicrotask(() => open && other.message?.(copy));
    },
    onMessage(listener) {
      mine.message = listener;
    },
    onClose(listener) {
      mine.close = listener;
    },
    close() {
      if (!open) return;
      open = false;
      for (const end of ends) end.close?.();
    },
  });
  return [make(ends[0], ends[1]), make(ends[1], ends[0])];
}
