import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'vite';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { encodeChatAround, placeholder } from '../../native-models/formats/chat-template.ts';
import { writeTinyLlama } from '../../native-models/testing/tiny-llama.ts';
import type { Engine } from './engine.ts';
import { removeMadeFor } from './made-for-model.ts';
import { greedySampling, loadTiny, tinyText } from './testing/tiny-engine.ts';

vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

const header = 'A text. ';
const long = tinyText(3000);
const writing = { maxTokens: 12, sampling: greedySampling, stop: [] };
const asked = (question: string) => ({ messages: [{ role: 'user' as const, content: question }], question });

let folder: string;
let model: string;
const engines: Engine[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'longhand-streams-'));
  model = join(folder, 'tiny.gguf');
  await writeTinyLlama(model);
});

afterEach(async () => {
  for (const engine of engines.splice(0)) await engine.dispose();
  vi.restoreAllMocks();
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function tiny(name: string): Promise<Engine> {
  const engine = await loadTiny(model, join(folder, name));
  engines.push(engine);
  return engine;
}

async function close(engine: Engine): Promise<void> {
  engines.splice(engines.indexOf(engine), 1);
  await engine.dispose();
}

const read = (engine: Engine, text = long, signal?: AbortSignal, onProgress?: (tokens: number) => void) =>
  engine.streams.read('a0', [{ ordinal: 0, text }], true, { signal, ...(onProgress && { onProgress }) });

/** The folder of the only stream below a folder of streams. */
function streamFolder(name: string): string {
  const [model = ''] = readdirSync(join(folder, name)).filter((entry) => entry !== 'calibration.json');
  return join(folder, name, model, 'a0');
}

/** The files of a stream, as digests: a difference of a megabyte is no help to anyone. */
const stored = (name: string) =>
  ['blocks', 'index'].map((file) => {
    const bytes = readFileSync(join(streamFolder(name), file));
    return `${bytes.length} ${createHash('sha256').update(bytes).digest('hex')}`;
  });

/** Everything read without a disturbance, for comparison. */
async function undisturbed(): Promise<string[]> {
  const engine = await tiny('undisturbed');
  await engine.streams.open('a0', header, undefined);
  await read(engine);
  await close(engine);
  return stored('undisturbed');
}

describe('a stream', () => {
  it('that fits the window answers as its text does in the prompt', async () => {
    const engine = await tiny('whole');
    const text = tinyText(200);
    await engine.streams.open('a0', header, header.length + text.length);
    await read(engine, text);
    const { before, after } = encodeChatAround(engine.tokenizer, undefined, [
      { role: 'system', content: `Read.\n\n${placeholder}` },
      ...asked('k9?').messages,
    ]);
    const tokens = Int32Array.from([...before, ...engine.tokenizer.encode(header + text), ...after]);
    const plain = await engine.generate({ tokens, ...writing });
    const kept = await engine.streams.answer({
      ...asked('k9?'),
      streams: ['a0'],
      found: [],
      selection: 'auto',
      ...writing,
    });
    expect(kept.whole).toBe(true);
    expect(kept.tokens).toEqual(plain.tokens);
    expect(kept.promptTokens).toBe(tokens.length);
    expect(kept.reusedTokens).toBe(tokens.length - after.length);
    const again = await engine.streams.answer({
      ...asked('k9?'),
      streams: ['a0'],
      found: [],
      selection: 'auto',
      ...writing,
    });
    expect(again.tokens).toEqual(plain.tokens);
    expect(again.reusedTokens).toBe(tokens.length - 1);
  });

  it('is taken up from where an earlier version kept it, and goes when what was made for its model does', async () => {
    const name = 'adopted';
    const first = await tiny(name);
    const { id } = first.info;
    const { tokens } = await first.streams.open('a0', header, undefined).then(() => read(first, tinyText(200)));
    await close(first);
    const [now = ''] = readdirSync(join(folder, name));
    expect(now.startsWith(`${id}-`)).toBe(true);
    renameSync(join(folder, name, now), join(folder, name, now.slice(id.length + 1)));
    const cacheFolder = join(folder, 'adopted-cache');
    const second = await loadTiny(model, join(folder, name), { cacheFolder });
    engines.push(second);
    expect(await second.streams.open('a0', header, undefined)).toMatchObject({ tokens, complete: true });
    await close(second);
    const left = () => [join(folder, name), cacheFolder].map((parent) => readdirSync(parent).length);
    expect(left()).toEqual([1, 1]);
    for (const parent of [join(folder, name), cacheFolder]) await removeMadeFor(parent, id);
    expect(left()).toEqual([0, 0]);
  });

  it('that is still being read is not whole, and neither is one beside what was not begun', async () => {
    const engine = await tiny('unfinished');
    const answered = async (...streams: string[]) => {
      const request = { ...asked('k9?'), streams, found: [], selection: 'auto' as const, ...writing };
      const { whole, attended } = await engine.streams.answer(request);
      return { whole, last: attended.at(-1) };
    };
    await engine.streams.open('a0', header, 3000);
    const text = tinyText(300);
    await engine.streams.read('a0', [{ ordinal: 0, text }], false, {});
    const { whole, last } = await answered('a0');
    expect(whole).toBe(false);
    expect(last?.next).toEqual({ section: 0, character: last?.character });
    await engine.streams.read('a0', [{ ordinal: 1, text: 'k9.' }], true, {});
    expect(await answered('a0')).toMatchObject({ whole: true, last: { next: null } });
    expect(await answered('a0', 'b0')).toMatchObject({ whole: false, last: { next: null } });
  });

  it('is chosen from by the end of a long question, and a longer one than the window is refused', async () => {
    const engine = await tiny('long-question');
    await engine.streams.open('a0', header, undefined);
    await read(engine);
    const answerTo = (question: string) =>
      engine.streams.answer({
        ...asked(question),
        streams: ['a0'],
        found: [200, 700, 1200, 1700, 2200, 2700].map((start) => ({
          stream: 'a0',
          section: 0,
          start,
          end: start + 10,
        })),
        selection: 'auto',
        blocks: 3,
        ...writing,
      });
    const end = tinyText(72);
    const strengths = async (beginning: string) =>
      (await answerTo(`${beginning} ${end}`)).attended.map(({ block, strength }) => `${block} ${strength}`);
    expect(await strengths('a')).toEqual(await strengths('zz9 '.repeat(30)));
    await expect(answerTo('k9 '.repeat(2000))).rejects.toMatchObject({ code: 'too-large' });
  });

  it('is chosen from by the search alone for a question without a word', async () => {
    const engine = await tiny('no-question');
    await engine.streams.open('a0', header, undefined);
    await read(engine);
    const found = [2200, 700].map((start) => ({ stream: 'a0', section: 0, start, end: start + 10 }));
    const answerTo = (selection: 'chosen' | 'found') =>
      engine.streams.answer({ ...asked(''), streams: ['a0'], found, selection, blocks: 4, ...writing });
    const { attended } = await answerTo('chosen');
    expect(attended).toHaveLength(4);
    expect(attended).toEqual((await answerTo('found')).attended);
  });

  it('far longer than the window is read at a constant cost of memory, and answered from chosen blocks', async () => {
    const engine = await tiny('long');
    await engine.streams.open('a0', header, undefined);
    const state = await read(engine);
    expect(state).toMatchObject({ complete: true, damaged: [] });
    expect(state.tokens).toBe(engine.tokenizer.encode(header + long).length);
    const found = [{ stream: 'a0', section: 0, start: 2000, end: 2010 }];
    const answer = await engine.streams.answer({
      ...asked('zz?'),
      streams: ['a0'],
      found,
      selection: 'auto',
      blocks: 3,
      ...writing,
    });
    expect(answer.whole).toBe(false);
    const [first, second, third] = answer.attended.map(({ block }) => block);
    expect([second, third]).toEqual([(first ?? 0) + 1, (first ?? 0) + 2]);
    const middle = answer.attended[1];
    expect(middle?.character).toBeLessThanOrEqual(2000);
    expect(middle?.next?.character).toBeGreaterThan(2000);
    const latest = await engine.streams.answer({
      ...asked('zz?'),
      streams: ['a0'],
      found: [],
      selection: 'latest',
      blocks: 2,
      ...writing,
    });
    expect(latest.attended.at(-1)?.next).toBeNull();
  });

  it('goes on where reading was cancelled, bit for bit as if it had not been', async () => {
    const expected = await undisturbed();
    for (const stopAt of [1, 300, 1111, 2800]) {
      const engine = await tiny('cancelled');
      const { next } = await engine.streams.open('a0', header, undefined);
      const controller = new AbortController();
      const reading = read(engine, long, controller.signal, (tokens) => tokens >= stopAt && controller.abort());
      await expect(reading).rejects.toMatchObject({ code: 'cancelled' });
      const { next: after } = await engine.streams.open('a0', header, undefined);
      expect(after.token).toBeGreaterThanOrEqual(next.token);
      await close(engine);
    }
    const engine = await tiny('cancelled');
    await engine.streams.open('a0', header, undefined);
    await read(engine);
    await close(engine);
    expect(stored('cancelled')).toEqual(expected);
  });

  it('survives kill -9 at twenty places, and comes out bit for bit the same', async () => {
    const expected = await undisturbed();
    // Within the project, so that what it imports is found.
    mkdirSync('.cache', { recursive: true });
    const cache = mkdtempSync(join(process.cwd(), '.cache', 'read-stream-'));
    await build({
      configFile: false,
      logLevel: 'error',
      build: { ssr: join(import.meta.dirname, 'testing', 'read-stream.ts'), outDir: cache, target: 'node20' },
    });
    const text = join(folder, 'long.txt');
    writeFileSync(text, long);
    /** Runs the reader; kills it after so many lines, unless it ends before. */
    const run = (lines: number): Promise<{ from: number; done: boolean }> =>
      new Promise((resolve) => {
        const child = spawn(process.execPath, [join(cache, 'read-stream.js'), model, join(folder, 'killed'), text], {
          stdio: ['ignore', 'pipe', 'inherit'],
        });
        let output = '';
        child.stdout.on('data', (chunk) => {
          output += chunk;
          if (output.split('\n').length > lines) child.kill('SIGKILL');
        });
        child.on('close', () =>
          resolve({ from: Number(/from (\d+)/.exec(output)?.[1]), done: output.endsWith('done\n') }),
        );
      });
    let state = 4242;
    let kills = 0;
    let reached = 0;
    while (kills < 20) {
      state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
      const { from, done } = await run(2 + (state % 9));
      expect(from).toBeGreaterThanOrEqual(reached);
      reached = from;
      if (!done) kills++;
      else rmSync(join(folder, 'killed'), { recursive: true });
      if (done) reached = 0;
    }
    expect((await run(Number.POSITIVE_INFINITY)).done).toBe(true);
    rmSync(cache, { recursive: true });
    expect(stored('killed')).toEqual(expected);
  });

  it('never answers from a damaged block, and is mended by reading that part again', async () => {
    const expected = await undisturbed();
    cpSync(join(folder, 'undisturbed'), join(folder, 'damaged'), { recursive: true });
    const path = join(streamFolder('damaged'), 'blocks');
    const file = openSync(path, 'r+');
    const engine = await tiny('damaged');
    const { bytes } = await engine.streams.open('a0', header, undefined);
    const blocks = Math.ceil(engine.tokenizer.encode(header + long).length / 64);
    const blockBytes = bytes / blocks - 32;
    for (const block of [7, 21]) {
      const byte = Buffer.alloc(1);
      const at = Math.floor((block + 0.6) * blockBytes);
      readSync(file, byte, 0, 1, at);
      writeSync(file, Buffer.of((byte[0] as number) ^ 4), 0, 1, at);
    }
    const found = [7, 21].map((block) => ({ stream: 'a0', section: 0, start: block * 64 + 20, end: block * 64 + 21 }));
    const answer = await engine.streams.answer({
      ...asked('zz?'),
      streams: ['a0'],
      found,
      selection: 'chosen',
      blocks: 9,
      ...writing,
    });
    expect(answer.attended.map(({ block }) => block)).not.toContain(7);
    expect(answer.attended.map(({ block }) => block)).not.toContain(21);
    expect(answer.mounted).toMatchObject([{ damaged: true }]);
    let state = await engine.streams.open('a0', header, undefined);
    expect(state.damaged.map(({ block }) => block).sort((a, b) => a - b)).toEqual([7, 21]);
    for (const { block, from } of state.damaged) {
      expect(from).toBe(0);
      state = await engine.streams.mend('a0', block, [{ ordinal: 0, text: long }], {});
    }
    expect(state.damaged).toEqual([]);
    await close(engine);
    expect(stored('damaged')).toEqual(expected);
  });

  it('of which a file was cut short is read again from there', async () => {
    const expected = await undisturbed();
    for (const file of ['blocks', 'index']) {
      rmSync(join(folder, 'cut'), { recursive: true, force: true });
      cpSync(join(folder, 'undisturbed'), join(folder, 'cut'), { recursive: true });
      const path = join(streamFolder('cut'), file);
      truncateSync(path, Math.floor(readFileSync(path).length * 0.4));
      const engine = await tiny('cut');
      const { next, complete } = await engine.streams.open('a0', header, undefined);
      expect(complete).toBe(false);
      expect(next.token).toBeGreaterThan(0);
      await read(engine);
      await close(engine);
      expect(stored('cut')).toEqual(expected);
    }
  });

  it('says that the disk is full, keeps what it has, and goes on when there is room', async () => {
    const expected = await undisturbed();
    const engine = await tiny('full');
    await engine.streams.open('a0', header, undefined);
    const probe = await open(join(folder, 'probe'), 'w');
    const full = Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
    const prototype = Object.getPrototypeOf(probe) as typeof probe;
    await probe.close();
    const { write } = prototype;
    let written = 0;
    const spy = vi.spyOn(prototype, 'write').mockImplementation(function (this: typeof probe, ...args: unknown[]) {
      return ++written > 9 ? Promise.reject(full) : (Reflect.apply(write, this, args) as never);
    } as never);
    await expect(read(engine)).rejects.toMatchObject({
      code: 'disk',
      message: expect.stringContaining('disk is full'),
    });
    spy.mockRestore();
    const { next } = await engine.streams.open('a0', header, undefined);
    expect(next.token).toBeGreaterThan(0);
    await read(engine);
    await close(engine);
    expect(stored('full')).toEqual(expected);
  });

  it('can go on behind its end, as a conversation does', async () => {
    const engine = await tiny('growing');
    await engine.streams.open('a0', header, undefined);
    await engine.streams.read('a0', [{ ordinal: 0, text: long.slice(0, 900) }], true, {});
    const { next } = await engine.streams.reopen('a0');
    expect(next).toEqual({ section: 0, token: 896 });
    const grown = await engine.streams.read(
      'a0',
      [
        { ordinal: 0, text: long.slice(0, 900) },
        { ordinal: 1, text: 'more' },
      ],
      true,
      {},
    );
    expect(grown.complete).toBe(true);
    expect(grown.tokens).toBe(engine.tokenizer.encode(`${header}${long.slice(0, 900)}`).length + 6);
  });

  it('gives way to a question between two runs', async () => {
    const engine = await tiny('busy');
    await engine.streams.open('a0', header, undefined);
    const order: string[] = [];
    let question: Promise<unknown> | undefined;
    await read(engine, long, undefined, (tokens) => {
      order.push(`read ${tokens}`);
      question ??= engine.generate({ tokens: Int32Array.of(1, 2, 3), ...writing }).then(() => order.push('answered'));
    });
    await question;
    expect(order.indexOf('answered')).toBe(1);
  });

  it('that is removed while it is being answered from is there until the answer is', async () => {
    const first = await tiny('removed');
    await first.streams.open('a0', header, undefined);
    await read(first);
    await close(first);
    // Nothing of it is in memory any more.
    const engine = await tiny('removed');
    await engine.streams.open('a0', header, undefined);
    const request = { ...asked('zz?'), streams: ['a0'], found: [], ...writing };
    const answering = engine.streams.answer({ ...request, selection: 'latest', blocks: 6 });
    const removing = engine.streams.remove('a0');
    expect((await answering).attended).toHaveLength(6);
    await removing;
    expect((await engine.streams.sizes()).own.has('a0')).toBe(false);
    expect(await engine.streams.open('a0', header, undefined)).toMatchObject({ tokens: 0, complete: false });
  });

  it('is refused under a name that could lead elsewhere', async () => {
    const engine = await tiny('names');
    for (const id of ['../a', 'a/b', '', 'A', '.']) {
      await expect(engine.streams.open(id, header, undefined)).rejects.toMatchObject({ code: 'bad-request' });
    }
  });
});
