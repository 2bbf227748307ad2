import { describe, expect, test, vi } from 'vitest';
import { LonghandError } from '../../base/errors.ts';
import { channelPair, type Handlers, serve } from '../../base/rpc.ts';
import type { Fork } from '../../base/utility-process.ts';
import {
  dimensions,
  frameSamples,
  longestSound,
  type PerceptionContract,
  perceptionContract,
  voiceStateLength,
} from './protocol.ts';
import { type PerceptionStatus, supervisePerception } from './supervisor.ts';

type Embed = Handlers<PerceptionContract>['embed'];

/** A vector that tells the length of its text. */
const vectorOf = (text: string): Float32Array<ArrayBuffer> => new Float32Array(dimensions).fill(text.length);
const answers: Embed = ({ texts }) => texts.map(vectorOf);
const never: Embed = () => new Promise(() => undefined);

/** A double of the process: its behaviour may change between requests, and `crash` ends the one that runs now. */
function fakeProcess(first: Embed) {
  const double = {
    embed: first,
    extraFrames: 0,
    extraLikenesses: 0,
    speechIsMissing: false,
    crash: (_reason: string): void => undefined,
    kills: 0,
  };
  const fork = vi.fn<Fork>(() => {
    const [near, far] = channelPair();
    serve(
      perceptionContract,
      {
        embed: (params, context) => double.embed(params, context),
        relateWords: ({ words, others }) =>
          Float32Array.from({ length: words.length * others.length + double.extraLikenesses }, (_, place) => place),
        detectVoice: ({ samples }) => ({
          probabilities: new Float32Array(samples.length / frameSamples + double.extraFrames).fill(0.5),
          state: new Float32Array(voiceStateLength),
        }),
        transcribe: ({ folder }) => {
          if (double.speechIsMissing) throw new LonghandError('missing-weights', `${folder} cannot be read.`);
          return { text: 'Hello.', doubtful: false };
        },
        readText: ({ image }) => [{ text: `${image.width}`, confidence: 1, x: 0, y: 0, width: 1, height: 1 }],
      },
      far,
    );
    const exits: ((reason: string) => void)[] = [];
    double.crash = (reason) => {
      near.close();
      for (const exit of exits) exit(reason);
    };
    const kill = (): void => {
      double.kills++;
      double.crash('it was ended by SIGKILL');
    };
    return { pid: 1, channel: near, onExit: (listener) => exits.push(listener), kill };
  });
  const statuses: PerceptionStatus[] = [];
  const perception = supervisePerception({
    fork,
    processFolder: '/out',
    embeddingModel: '/models/minilm',
    voiceModel: '/models/voice',
    speechModel: '/models/speech',
    textModel: '/models/text',
    onStatus: (status) => statuses.push(status),
  });
  return { perception, fork, double, statuses };
}

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('the perception process', () => {
  test('starts when it is first needed, and stays', async () => {
    const asked: unknown[] = [];
    const { perception, fork } = fakeProcess((params, context) => {
      asked.push(params);
      return answers(params, context);
    });
    expect(fork).not.toHaveBeenCalled();
    expect(perception.status()).toEqual({ state: 'idle' });
    expect(await perception.embed(['a', 'bcd'])).toEqual([vectorOf('a'), vectorOf('bcd')]);
    await perception.embed([]);
    expect(fork.mock.calls.map(([path]) => path)).toEqual(['/out/perception.js']);
    expect(perception.status()).toEqual({ state: 'running' });
    expect(asked[0]).toEqual({ folder: '/models/minilm', texts: ['a', 'bcd'] });
  });

  test('is started again when it is lost, and what was asked is asked again', async () => {
    const { perception, fork, double } = fakeProcess(never);
    const embedding = perception.embed(['abc']);
    await nextTurn();
    double.embed = answers;
    double.crash('it was ended by SIGSEGV');
    expect(await embedding).toEqual([vectorOf('abc')]);
    expect(fork).toHaveBeenCalledTimes(2);
    expect(perception.status()).toEqual({ state: 'running' });
  });

  test('that is lost again and again is given up, with the reason', async () => {
    const { perception, fork, double, statuses } = fakeProcess(() => {
      double.crash('it was ended by SIGSEGV');
      return new Promise(() => undefined);
    });
    await expect(perception.embed(['abc'])).rejects.toMatchObject({ code: 'process-lost' });
    expect(fork).toHaveBeenCalledTimes(4);
    expect(statuses.at(-1)).toEqual({ state: 'failed', reason: expect.stringMatching(/off.*4 times.*SIGSEGV/) });
    double.embed = answers;
    await expect(perception.embed(['abc'])).rejects.toMatchObject({ code: 'process-lost' });
    expect(fork).toHaveBeenCalledTimes(4);
  });

  test('counts only losses without an answer in between', async () => {
    const { perception, double } = fakeProcess(answers);
    for (let i = 0; i < 6; i++) {
      expect(await perception.embed(['abc'])).toHaveLength(1);
      double.crash('it was ended by SIGKILL');
    }
    expect(perception.status().state).not.toBe('failed');
  });

  test('without its weights says so, and is not asked again', async () => {
    const { perception, double, statuses } = fakeProcess(() => {
      throw new LonghandError('missing-weights', 'The weights /models/minilm/model.onnx cannot be read.');
    });
    await expect(perception.embed(['abc'])).rejects.toMatchObject({ code: 'missing-weights' });
    double.embed = answers;
    await expect(perception.embed(['abc'])).rejects.toMatchObject({ code: 'missing-weights' });
    expect(statuses.at(-1)).toEqual({ state: 'failed', reason: expect.stringContaining('model.onnx') });
  });

  test('without the weights of one task does the others', async () => {
    const { perception, double, statuses } = fakeProcess(answers);
    double.speechIsMissing = true;
    const second = new Float32Array(frameSamples * 31);
    await expect(perception.transcribe(second)).rejects.toMatchObject({
      code: 'missing-weights',
      message: expect.stringContaining('/models/speech'),
    });
    double.speechIsMissing = false;
    await expect(perception.transcribe(second)).rejects.toMatchObject({ code: 'missing-weights' });
    expect(await perception.embed(['abc'])).toEqual([vectorOf('abc')]);
    expect((await perception.detectVoice(second, null)).probabilities).toHaveLength(31);
    expect(statuses.at(-1)).toEqual({ state: 'running' });
  });

  test('reads pictures that have all their pixels', async () => {
    const { perception } = fakeProcess(answers);
    const image = { width: 3, height: 2, pixels: new Uint8Array(6) };
    expect(await perception.readText(image)).toMatchObject([{ text: '3' }]);
    await expect(perception.readText({ ...image, width: 4 })).rejects.toMatchObject({ code: 'bad-request' });
  });

  test('hears, and is not believed when it tells of more than it was given', async () => {
    const { perception, double } = fakeProcess(answers);
    const second = new Float32Array(frameSamples * 31);
    expect(await perception.transcribe(second)).toEqual({ text: 'Hello.', doubtful: false });
    double.extraFrames = 1;
    await expect(perception.detectVoice(second, null)).rejects.toMatchObject({ code: 'internal' });
    await expect(perception.detectVoice(new Float32Array(100), null)).rejects.toMatchObject({ code: 'bad-request' });
    await expect(perception.transcribe(new Float32Array(longestSound + 1))).rejects.toMatchObject({
      code: 'bad-request',
    });
  });

  test('that lacks memory once may have it later', async () => {
    const { perception, double } = fakeProcess(() => {
      throw new LonghandError('no-memory', 'The machine has not enough free memory for this model.');
    });
    await expect(perception.embed(['abc'])).rejects.toMatchObject({ code: 'no-memory' });
    double.embed = answers;
    expect(await perception.embed(['abc'])).toEqual([vectorOf('abc')]);
  });

  test('gives up what is cancelled', async () => {
    const { perception } = fakeProcess(
      (_params, { signal }) =>
        new Promise((_resolve, reject) =>
          signal.addEventListener('abort', () => reject(new LonghandError('cancelled', 'Stopped.'))),
        ),
    );
    const controller = new AbortController();
    const embedding = perception.embed(['abc'], controller.signal);
    await nextTurn();
    controller.abort();
    await expect(embedding).rejects.toMatchObject({ code: 'cancelled' });
  });

  test.each<[string, Embed]>([
    ['the wrong length', () => [new Float32Array(3)]],
    ['no floats', () => [[1, 2, 3]] as unknown as Float32Array<ArrayBuffer>[]],
    ['one for two texts', () => [vectorOf('a')]],
  ])('is not believed when its embeddings have %s', async (_, embed) => {
    const { perception } = fakeProcess(embed);
    await expect(perception.embed(['a', 'b'])).rejects.toBeInstanceOf(LonghandError);
  });

  test('gives the likenesses of words, of all of them', async () => {
    const { perception, double } = fakeProcess(answers);
    expect(await perception.relateWords(['a', 'b'], ['c', 'd'])).toEqual(Float32Array.of(0, 1, 2, 3));
    double.extraLikenesses = 1;
    await expect(perception.relateWords(['a'], ['b'])).rejects.toMatchObject({ code: 'internal' });
  });

  test('ends for good when Longhand is closed', async () => {
    const { perception, fork } = fakeProcess(never);
    const embedding = perception.embed(['abc']);
    await nextTurn();
    perception.close();
    await expect(embedding).rejects.toMatchObject({ code: 'process-lost' });
    await expect(perception.embed(['abc'])).rejects.toMatchObject({ code: 'process-lost' });
    expect(fork).toHaveBeenCalledOnce();
  });
});
