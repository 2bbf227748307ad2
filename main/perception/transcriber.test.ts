import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { longestSound, sampleRate, speechModelId } from './protocol.ts';
import { readWav } from './testing/read-wav.ts';
import { openTranscriber, type Transcriber } from './transcriber.ts';

const model = join(import.meta.dirname, '../../native-models/bundled', speechModelId);
const beckett = readWav(join(import.meta.dirname, 'fixtures/beckett.wav'));

let transcriber: Transcriber;
beforeAll(async () => {
  transcriber = await openTranscriber(model, 1);
});
afterAll(() => transcriber.dispose());

const nothing = { text: '', doubtful: false };
const words = (text: string): string[] => text.toLowerCase().match(/[a-z]+/g) ?? [];

test('every word of a recording is right', async () => {
  const { text, doubtful } = await transcriber.transcribe(beckett);
  expect(words(text)).toEqual(words('Ever tried. Ever failed. No matter. Try again. Fail again. Fail better.'));
  expect(doubtful).toBe(false);
});

test('silence says nothing, and noise nothing endless', async () => {
  expect(await transcriber.transcribe(new Float32Array(2 * sampleRate))).toEqual(nothing);
  let seed = 1;
  const noise = Float32Array.from({ length: 6 * sampleRate }, () => {
    seed = (seed * 48_271) % 2_147_483_647;
    return (seed / 2_147_483_647 - 0.5) * 0.4;
  });
  expect(words((await transcriber.transcribe(noise)).text).length).toBeLessThan(20);
  expect(await transcriber.transcribe(new Float32Array(0))).toEqual(nothing);
});

test('it is given up when it is no longer wanted, and refuses what is too long', async () => {
  const controller = new AbortController();
  const writing = transcriber.transcribe(beckett, controller.signal);
  controller.abort();
  await expect(writing).rejects.toMatchObject({ code: 'cancelled' });
  await expect(transcriber.transcribe(new Float32Array(longestSound + 1))).rejects.toMatchObject({
    code: 'bad-request',
  });
});

test('a model that is not there is named', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'longhand-speech-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const refusal = (): Promise<unknown> => openTranscriber(folder, 1).catch((thrown: unknown) => thrown);
  expect(await refusal()).toMatchObject({
    code: 'missing-weights',
    message: expect.stringContaining('tokenizer.json'),
  });
  await copyFile(join(model, 'tokenizer.json'), join(folder, 'tokenizer.json'));
  expect(await refusal()).toMatchObject({ code: 'missing-weights', message: expect.stringContaining('encoder_model') });
});
