import { closeSync, openSync, readdirSync, readSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { LonghandError } from '../../base/errors.ts';
import { writeTinyLlama } from '../../native-models/testing/tiny-llama.ts';
import type { Engine } from '../engine/engine.ts';
import type { EngineStreams } from '../engine/supervisor.ts';
import { greedySampling, loadTiny, tinyText } from '../engine/testing/tiny-engine.ts';
import { type ReadStreamOptions, readStream, type StreamText } from './read-stream.ts';
import { temporaryFolder } from './testing/temporary-folder.ts';

vi.setConfig({ testTimeout: 120_000 });

const { signal } = new AbortController();
const paragraph = tinyText(120);
const textOf = (sectionCount: number, content = paragraph): StreamText => ({
  id: 'a0',
  header: 'A text. ',
  expected: null,
  sectionCount,
  sections: (from, count) =>
    Array.from({ length: Math.max(0, Math.min(count, sectionCount - from)) }, (_, index) => ({
      ordinal: from + index,
      text: content,
    })),
});

/** What the engine process gives main. */
const streamsOf = ({ streams }: Engine): EngineStreams => ({
  open: ({ id, header, expected }) => streams.open(id, header, expected ?? undefined),
  read: ({ id, sections, last }, options) => streams.read(id, sections, last, { signal: options.signal }),
  mend: ({ id, block, sections }, options) => streams.mend(id, block, sections, { signal: options.signal }),
  reopen: (id) => streams.reopen(id),
  compact: (id) => streams.compact(id),
  remove: (id) => streams.remove(id),
  sizes: () => streams.sizes(),
  removeOthers: () => streams.removeOthers(),
});

/** A tiny model, and its streams' files. */
async function setUp() {
  const folder = temporaryFolder();
  const model = join(folder, 'tiny.gguf');
  await writeTinyLlama(model);
  let engine: Engine | undefined;
  const close = async () => {
    await engine?.dispose();
    engine = undefined;
  };
  onTestFinished(close);
  const streamFolder = () => {
    const [name = ''] = readdirSync(join(folder, 'streams')).filter((entry) => entry !== 'calibration.json');
    return join(folder, 'streams', name, 'a0');
  };
  /** Starts the engine again: what it reads next comes from the disk. */
  const restart = async () => {
    await close();
    engine = await loadTiny(model, join(folder, 'streams'));
    return engine;
  };
  return {
    restart,
    read: async (text: StreamText, options: Partial<ReadStreamOptions> = {}) =>
      readStream(streamsOf(engine ?? (await restart())), text, { signal, ...options }),
    /** Changes a bit of each block, of so many that there are. */
    damage(blocks: readonly number[], count: number) {
      const path = join(streamFolder(), 'blocks');
      const size = statSync(path).size / count;
      const file = openSync(path, 'r+');
      for (const block of blocks) {
        const byte = Buffer.alloc(1);
        readSync(file, byte, 0, 1, block * size + 100);
        writeSync(file, Buffer.of((byte[0] as number) ^ 1), 0, 1, block * size + 100);
      }
      closeSync(file);
    },
  };
}

/** Has an answer attend to a block, which finds out that it is damaged. */
const attendTo = ({ streams }: Engine, first: number) =>
  streams.answer({
    messages: [{ role: 'user', content: 'k9?' }],
    question: 'k9?',
    streams: ['a0'],
    found: [],
    selection: 'window',
    window: { first, count: 1 },
    maxTokens: 1,
    sampling: greedySampling,
    stop: [],
  });

const blocksOf = ({ tokens }: { tokens: number }): number => Math.ceil(tokens / 64);

describe('a text of which blocks are damaged', () => {
  it('is mended from its beginning on, in whatever order the damage was found', async () => {
    const { read, restart, damage } = await setUp();
    const whole = await read(textOf(12));
    damage([1, 3, 5, 7, 9], blocksOf(whole));
    const engine = await restart();
    await engine.streams.open('a0', '', undefined);
    // Those before are not known yet, and are found while these are read again behind them.
    for (const block of [9, 7]) await attendTo(engine, block);
    expect((await engine.streams.open('a0', '', undefined)).damaged.map(({ block }) => block)).toEqual([7, 9]);
    expect(await read(textOf(12))).toMatchObject({ complete: true, tokens: whole.tokens, damaged: [] });
    for (const block of [1, 3, 5, 7, 9])
      expect((await attendTo(engine, block)).mounted).toMatchObject([{ damaged: false }]);
  });

  it('is read on when one lies before the place where it goes on', async () => {
    const { read, restart, damage } = await setUp();
    const text = textOf(12);
    const { streams } = await restart();
    await streams.open('a0', text.header, undefined);
    const begun = await streams.read('a0', text.sections(0, 8), false, {});
    damage([1, blocksOf(begun) - 1], blocksOf(begun));
    await restart();
    expect(await read(text)).toMatchObject({ complete: true, damaged: [] });
  });

  it('is given up when its text is another, and what is whole stays', async () => {
    const { read, restart, damage } = await setUp();
    const whole = await read(textOf(12));
    damage([5], blocksOf(whole));
    const engine = await restart();
    await engine.streams.open('a0', '', undefined);
    await attendTo(engine, 5);
    for (const content of [paragraph.toUpperCase(), 'a']) {
      await expect(read(textOf(12, content))).rejects.toMatchObject({ code: 'data-corrupt' });
    }
    expect(await read(textOf(12))).toMatchObject({ complete: true, damaged: [] });
  });

  it('goes on behind its end when the last of what it had is damaged', async () => {
    const { read, restart, damage } = await setUp();
    const short = await read(textOf(2));
    const last = blocksOf(short) - 1;
    damage([last], blocksOf(short));
    const engine = await restart();
    await engine.streams.open('a0', '', undefined);
    await attendTo(engine, last);
    expect(await read(textOf(12))).toMatchObject({ complete: true, damaged: [] });
  });
});

it('what fails for another reason fails at once', async () => {
  const { restart } = await setUp();
  const streams = streamsOf(await restart());
  const full = new LonghandError('disk', 'The disk is full.');
  const read = vi.fn(() => Promise.reject(full));
  await expect(readStream({ ...streams, read }, textOf(1), { signal })).rejects.toBe(full);
  expect(read).toHaveBeenCalledTimes(1);
});
