import { describe, expect, it, vi } from 'vitest';
import { LonghandError } from '../../base/errors.ts';
import { channelPair, type Handlers, serve } from '../../base/rpc.ts';
import type { Fork } from '../../base/utility-process.ts';
import { engineEnvironment, engineYoungMiB } from './environment.ts';
import { type EngineContract, engineContract, type Generation, type StreamState } from './protocol.ts';
import type { EngineInfo, EngineStatus } from './schema.ts';
import { type SupervisorOptions, superviseEngine } from './supervisor.ts';

const info: EngineInfo = {
  modelId: 'tiny',
  modelName: 'Tiny',
  architecture: 'llama',
  contextLength: 128,
  vocabularySize: 97,
  parameters: 1000,
  device: 'cpu',
  deviceReason: 'There is no other.',
  threads: 2,
  memoryBytes: 1,
  loadMs: 1,
};

const generation: Generation = {
  text: 'yes',
  tokens: [1],
  finishReason: 'end',
  promptTokens: 3,
  reusedTokens: 0,
  remounts: 0,
  attendedTokens: 4,
  prefillMs: 1,
  firstTokenMs: 1,
  decodeMs: 1,
  decodeTokens: 1,
};

const params = {
  prompt: { kind: 'text' as const, text: 'Is it so?' },
  maxTokens: 1,
  sampling: { temperature: 0, topP: 1, topK: 0, minP: 0, repetitionPenalty: 1, seed: 0 },
  stop: [],
};

const streamState: StreamState = {
  tokens: 64,
  complete: true,
  bytes: 7,
  bytesPerToken: 1,
  next: { section: 1, token: 0 },
  damaged: [],
};

/** A double of the engine's process: `crash` ends the one that runs now. */
function fakeEngine(generate: Handlers<EngineContract>['generate'], load: () => EngineInfo = () => info) {
  let crash: (reason: string) => void = () => undefined;
  const fork = vi.fn<Fork>(() => {
    const [near, far] = channelPair();
    serve(
      engineContract,
      {
        load,
        countTokens: ({ texts }) => texts.map((text) => text.length),
        countPrompt: () => 3,
        generate,
        answer: async (_params, context) => ({
          ...(await generate({ ...params }, context)),
          whole: true,
          attended: [],
          mounted: [],
        }),
        openStream: () => streamState,
        readStream: () => streamState,
        mendStream: () => streamState,
        reopenStream: () => streamState,
        compactStream: () => streamState,
        removeStream: () => ({}),
        streamSizes: () => ({ own: [{ id: 'a', bytes: 7 }], others: 5 }),
        removeOtherStreams: () => ({}),
      },
      far,
    );
    const exits: ((reason: string) => void)[] = [];
    const end = (reason: string): void => {
      near.close();
      for (const exit of exits) exit(reason);
    };
    crash = end;
    return { pid: 1, channel: near, onExit: (listener) => exits.push(listener), kill: () => end('killed') };
  });
  return { fork, crash: (reason: string) => crash(reason) };
}

function supervised(engine: ReturnType<typeof fakeEngine>, choose?: SupervisorOptions['choose']) {
  const states: EngineStatus['state'][] = [];
  const supervisor = superviseEngine({
    fork: engine.fork,
    processFolder: '/out',
    cacheFolder: '/cache',
    choose: choose ?? (async () => ({ modelId: 'tiny', modelPath: '/tiny.gguf', device: 'auto', threads: null })),
    onStatus: ({ state }) => states.push(state),
  });
  return { supervisor, states };
}

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('the engine supervisor', () => {
  it('hands streams over, and answers from them', async () => {
    const { supervisor } = supervised(fakeEngine(() => generation));
    expect(await supervisor.streams.open({ id: 'a', header: '', expected: 64 })).toEqual(streamState);
    expect(await supervisor.streams.sizes()).toEqual({ own: new Map([['a', 7]]), others: 5 });
    const request = { messages: [{ role: 'user' as const, content: 'Is it so?' }], streams: ['a'], found: [] };
    const { maxTokens, sampling, stop } = params;
    const asked = { ...request, question: 'Is it so?', selection: 'auto' as const, maxTokens, sampling, stop };
    expect(await supervisor.answer(asked, {})).toMatchObject({ ...generation, whole: true });
  });

  it('lets requests wait for the model', async () => {
    const { supervisor } = supervised(fakeEngine(() => generation));
    expect(supervisor.status().state).toBe('loading');
    expect(await supervisor.generate(params, {})).toEqual(generation);
    expect(supervisor.status()).toEqual({ state: 'ready', info });
  });

  it('starts each process with the environment that the engine is fast in', async () => {
    const engine = fakeEngine(() => generation);
    const { supervisor } = supervised(engine);
    await supervisor.ready();
    engine.crash('it was ended by SIGKILL');
    await supervisor.ready();
    const start = ['/out/engine.js', { env: engineEnvironment, youngMiB: engineYoungMiB }];
    expect(engine.fork.mock.calls).toEqual([start, start]);
  });

  it('says so when the process is lost in mid-answer, starts it again and goes on', async () => {
    let calls = 0;
    const engine = fakeEngine(() => (calls++ === 0 ? new Promise(() => undefined) : generation));
    const { supervisor, states } = supervised(engine);
    const first = supervisor.generate(params, {});
    await nextTurn();
    await nextTurn();
    engine.crash('it was ended by SIGKILL');
    await expect(first).rejects.toMatchObject({
      code: 'process-lost',
      message: expect.stringContaining('try once more'),
    });
    expect(await supervisor.generate(params, {})).toEqual(generation);
    expect(states).toEqual(['ready', 'restarting', 'ready']);
    expect(engine.fork).toHaveBeenCalledTimes(2);
  });

  it('calls an end that was wanted no loss', async () => {
    const engine = fakeEngine(() => new Promise(() => undefined));
    const { supervisor } = supervised(engine);
    const first = supervisor.generate(params, {});
    await nextTurn();
    await nextTurn();
    supervisor.restart();
    await expect(first).rejects.toMatchObject({
      code: 'process-lost',
      message: 'The engine was started anew in the middle of this answer. Try once more.',
    });
  });

  it('writes with the model that was prepared for only', async () => {
    const { supervisor } = supervised(fakeEngine(() => generation));
    const preparedFor = await supervisor.ready();
    expect(await supervisor.generate(params, { preparedFor })).toEqual(generation);
    supervisor.restart();
    await expect(supervisor.generate(params, { preparedFor })).rejects.toMatchObject({ code: 'process-lost' });
    expect(await supervisor.generate(params, { preparedFor: await supervisor.ready() })).toEqual(generation);
  });

  it('gives up on a process that is lost again and again, until it is restarted by hand', async () => {
    const engine = fakeEngine(() => generation);
    const { supervisor } = supervised(engine);
    for (let i = 0; i < 4; i++) {
      await nextTurn();
      engine.crash('out of memory');
    }
    expect(supervisor.status()).toMatchObject({ state: 'failed', reason: expect.stringContaining('out of memory') });
    await expect(supervisor.generate(params, {})).rejects.toMatchObject({ code: 'process-lost' });
    supervisor.restart();
    expect(await supervisor.generate(params, {})).toEqual(generation);
  });

  it('says why a model cannot be loaded, and does not try again by itself', async () => {
    const engine = fakeEngine(
      () => generation,
      () => {
        throw new LonghandError('bad-file', 'The file is damaged.');
      },
    );
    const { supervisor } = supervised(engine);
    await expect(supervisor.ready()).rejects.toMatchObject({ code: 'bad-file' });
    expect(supervisor.status()).toEqual({ state: 'failed', reason: 'The file is damaged.' });
    expect(engine.fork).toHaveBeenCalledOnce();
  });

  it('says when there is no model to load', async () => {
    const { supervisor } = supervised(
      fakeEngine(() => generation),
      () => Promise.reject(new LonghandError('missing-weights', 'The weights are missing.')),
    );
    await expect(supervisor.ready()).rejects.toMatchObject({ code: 'missing-weights' });
    expect(supervisor.status()).toEqual({ state: 'failed', reason: 'The weights are missing.' });
  });

  it('runs one generation at a time, and lets a waiting one be cancelled', async () => {
    const finish: (() => void)[] = [];
    const engine = fakeEngine(() => new Promise((resolve) => finish.push(() => resolve(generation))));
    const { supervisor } = supervised(engine);
    const first = supervisor.generate(params, {});
    const controller = new AbortController();
    const second = supervisor.generate(params, { signal: controller.signal });
    const third = supervisor.generate(params, {});
    await vi.waitFor(() => expect(finish).toHaveLength(1));
    controller.abort();
    await expect(second).rejects.toMatchObject({ code: 'cancelled' });
    finish[0]?.();
    await first;
    await vi.waitFor(() => expect(finish).toHaveLength(2));
    finish[1]?.();
    expect(await third).toEqual(generation);
  });
});
