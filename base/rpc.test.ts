import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { LonghandError } from './errors.ts';
import { type Channel, channelPair, connect, type Handlers, serve } from './rpc.ts';

const contract = {
  requests: {
    double: { params: z.object({ n: z.number() }), result: z.number() },
    count: { params: z.object({ to: z.int() }), result: z.int(), progress: z.int() },
    wait: { params: z.object({}), result: z.object({}) },
    watch: { params: z.object({}), result: z.object({}), progress: z.int() },
    fail: { params: z.object({}), result: z.object({}) },
  },
  events: { tick: z.object({ at: z.number() }) },
};

function handlers(onCancel: () => void = () => undefined): Handlers<typeof contract> {
  const untilCancelled = (signal: AbortSignal): Promise<never> =>
    new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => {
        onCancel();
        reject(new LonghandError('cancelled', 'Stopped.'));
      });
    });
  return {
    double: ({ n }) => n * 2,
    count({ to }, { progress }) {
      for (let i = 1; i <= to; i++) progress(i);
      return to;
    },
    wait: (_, { signal }) => untilCancelled(signal),
    watch(_, { signal, progress }) {
      progress(0);
      return untilCancelled(signal);
    },
    fail() {
      throw new LonghandError('disk', 'The disk is full.');
    },
  };
}

function connected(onCancel?: () => void) {
  const [near, far] = channelPair();
  const server = serve(contract, handlers(onCancel), far);
  return { near, server, client: connect(near, contract) };
}

/** The answers of a server to raw messages. */
async function answersTo(messages: unknown[]): Promise<unknown[]> {
  const [near, far] = channelPair();
  serve(contract, handlers(), far);
  const answers: unknown[] = [];
  near.onMessage((message) => answers.push(message));
  for (const message of messages) near.send(message);
  await new Promise((resolve) => setImmediate(resolve));
  return answers;
}

describe('requests', () => {
  it('are answered with the result', async () => {
    expect(await connected().client.request('double', { n: 21 })).toBe(42);
  });

  it('report progress in order before the result', async () => {
    const seen: number[] = [];
    await connected().client.request('count', { to: 4 }, { onProgress: (value) => seen.push(value) });
    expect(seen).toEqual([1, 2, 3, 4]);
  });

  it('carry the code and sentence of an error', async () => {
    await expect(connected().client.request('fail', {})).rejects.toMatchObject({
      code: 'disk',
      message: 'The disk is full.',
    });
  });

  it('are cancelled by their signal', async () => {
    const onCancel = vi.fn();
    const { client } = connected(onCancel);
    const controller = new AbortController();
    const answer = client.request('wait', {}, { signal: controller.signal });
    controller.abort();
    await expect(answer).rejects.toMatchObject({ code: 'cancelled' });
    expect(onCancel).toHaveBeenCalledOnce();
  });

  it('end with what their progress listener throws, and are cancelled at the other end', async () => {
    const onCancel = vi.fn();
    const { client } = connected(onCancel);
    const full = new LonghandError('disk', 'The disk is full.');
    const onProgress = (): void => {
      throw full;
    };
    await expect(client.request('watch', {}, { onProgress })).rejects.toBe(full);
    await vi.waitFor(() => expect(onCancel).toHaveBeenCalledOnce());
    expect(await client.request('double', { n: 21 })).toBe(42);
  });

  it('end with process-lost, and are cancelled at the other end, when the channel closes', async () => {
    const onCancel = vi.fn();
    const { client, near } = connected(onCancel);
    const answer = client.request('wait', {});
    await new Promise((resolve) => setImmediate(resolve));
    near.close();
    await expect(answer).rejects.toMatchObject({ code: 'process-lost' });
    expect(onCancel).toHaveBeenCalledOnce();
    await expect(client.request('double', { n: 1 })).rejects.toMatchObject({ code: 'process-lost' });
  });
});

describe('events', () => {
  it('reach every listener until it stops listening', async () => {
    const { client, server } = connected();
    const first = vi.fn();
    const second = vi.fn();
    const stop = client.on('tick', first);
    client.on('tick', second);
    server.emit('tick', { at: 1 });
    await new Promise((resolve) => setImmediate(resolve));
    stop();
    server.emit('tick', { at: 2 });
    await new Promise((resolve) => setImmediate(resolve));
    expect(first.mock.calls).toEqual([[{ at: 1 }]]);
    expect(second.mock.calls).toEqual([[{ at: 1 }], [{ at: 2 }]]);
  });
});

describe('a server facing strangers', () => {
  it('refuses unknown requests and wrong parameters with a typed error', async () => {
    const answers = await answersTo([
      { type: 'request', id: 1, method: 'reboot', params: {} },
      { type: 'request', id: 2, method: 'double', params: { n: 'two' } },
      { type: 'request', id: 3, method: 'constructor', params: {} },
    ]);
    expect(answers).toMatchObject([1, 2, 3].map((id) => ({ type: 'error', id, error: { code: 'bad-request' } })));
  });

  it('refuses an id that is still in use, and leaves the first request alone', async () => {
    const answers = await answersTo([
      { type: 'request', id: 7, method: 'wait', params: {} },
      { type: 'request', id: 7, method: 'wait', params: {} },
      { type: 'cancel', id: 7 },
    ]);
    expect(answers).toMatchObject([
      { id: 7, error: { code: 'bad-request' } },
      { id: 7, error: { code: 'cancelled' } },
    ]);
  });

  it('survives any message, and answers nothing but well-formed requests', async () => {
    const message = fc.oneof(
      fc.anything(),
      fc.record({ type: fc.string(), id: fc.anything(), method: fc.anything(), params: fc.anything() }),
      fc.record({ type: fc.constant('request'), id: fc.nat(), method: fc.string(), params: fc.jsonValue() }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(message.filter(isCloneable), { maxLength: 8 }), async (messages) => {
        const answers = await answersTo([
          ...messages,
          { type: 'request', id: 1e6, method: 'double', params: { n: 2 } },
        ]);
        expect(answers).toContainEqual({ type: 'result', id: 1e6, value: 4 });
        for (const answer of answers)
          expect(['result', 'error', 'progress']).toContain((answer as { type: string }).type);
      }),
      { numRuns: 200 },
    );
  });
});

describe('a client with a contract', () => {
  it('refuses an answer that breaks it', async () => {
    const [near, far] = channelPair();
    answerWith(far, 'not a number');
    await expect(connect(near, contract).request('double', { n: 1 })).rejects.toMatchObject({ code: 'bad-request' });
  });

  it('drops an event that breaks it', async () => {
    const [near, far] = channelPair();
    const listener = vi.fn();
    connect(near, contract).on('tick', listener);
    far.send({ type: 'event', event: 'tick', payload: { at: 'noon' } });
    far.send({ type: 'event', event: 'tick', payload: { at: 12 } });
    await new Promise((resolve) => setImmediate(resolve));
    expect(listener.mock.calls).toEqual([[{ at: 12 }]]);
  });
});

function answerWith(channel: Channel, value: unknown): void {
  channel.onMessage((message) => channel.send({ type: 'result', id: (message as { id: number }).id, value }));
}

function isCloneable(value: unknown): boolean {
  try {
    structuredClone(value);
    return true;
  } catch {
    return false;
  }
}
