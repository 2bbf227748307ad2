import { createHash } from 'node:crypto';
import { mkdtempSync, openSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { encodeChatAround, placeholder } from '../../native-models/formats/chat-template.ts';
import { tinyFamilies, writeTinyFamily } from '../../native-models/testing/tiny-families.ts';
import type { Engine } from './engine.ts';
import type { Generation } from './generate.ts';
import { greedySampling, loadTiny, tinyText } from './testing/tiny-engine.ts';

/** Streams of a model most of whose layers attend to a window only. */

vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

const header = 'A text. ';
const writing = { maxTokens: 12, sampling: greedySampling, stop: [] };
const asked = (question: string) => ({ messages: [{ role: 'user' as const, content: question }], question });
/** Chunks have 256 tokens then, and the sliding window of reading too. */
const contextLength = 1024;
const long = tinyText(3000);

let folder: string;
let model: string;
const engines: Engine[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'longhand-near-'));
  model = join(folder, 'gemma.gguf');
  await writeTinyFamily(model, 'gemma3');
});
afterEach(async () => {
  for (const engine of engines.splice(0)) await engine.dispose();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function tiny(name: string): Promise<Engine> {
  const engine = await loadTiny(model, join(folder, name), { contextLength });
  engines.push(engine);
  return engine;
}

async function close(engine: Engine): Promise<void> {
  engines.splice(engines.indexOf(engine), 1);
  await engine.dispose();
}

const read = (engine: Engine, text: string, id = 'a0', signal?: AbortSignal, onProgress?: (tokens: number) => void) =>
  engine.streams.read(id, [{ ordinal: 0, text }], true, { signal, ...(onProgress && { onProgress }) });

function fileOf(name: string, file: string): string {
  const [fingerprint = ''] = readdirSync(join(folder, name)).filter((entry) => entry !== 'calibration.json');
  return join(folder, name, fingerprint, 'a0', file);
}

const stored = (name: string) =>
  ['blocks', 'index', 'near'].map((file) =>
    createHash('sha256')
      .update(readFileSync(fileOf(name, file)))
      .digest('hex'),
  );

async function undisturbed(name = 'undisturbed'): Promise<string[]> {
  const engine = await tiny(name);
  await engine.streams.open('a0', header, undefined);
  await read(engine, long);
  await close(engine);
  return stored(name);
}

describe('layers with a window', () => {
  it('answer from whole texts as from the prompt', async () => {
    const engine = await tiny('whole');
    // The first ends within a chunk, the second within a block, and both are longer than the window.
    const texts = { a0: tinyText(300), b0: tinyText(420).slice(320) };
    for (const [id, text] of Object.entries(texts)) {
      await engine.streams.open(id, header, header.length + text.length);
      await read(engine, text, id);
    }
    for (const [streams, question] of [
      [['a0'], 'k9?'],
      [['b0', 'a0'], 'zz?'],
      [['a0', 'b0'], 'q?'],
    ] as const) {
      const { before, after } = encodeChatAround(engine.tokenizer, undefined, [
        { role: 'system', content: `Read.\n\n${placeholder}` },
        ...asked(question).messages,
      ]);
      const [only] = streams;
      // Each text was read by itself behind the prefix: one alone is as in the prompt.
      const tokens = Int32Array.from([...before, ...engine.tokenizer.encode(header + texts[only]), ...after]);
      const kept = await engine.streams.answer({
        ...asked(question),
        streams,
        found: [],
        selection: 'auto',
        ...writing,
      });
      expect(kept.whole).toBe(true);
      if (streams.length > 1) continue;
      const plain = await engine.generate({ tokens, ...writing });
      expect(kept.tokens).toEqual(plain.tokens);
      expect(kept.reusedTokens).toBe(tokens.length - after.length);
    }
  });

  it('have a whole text also after some of it was mounted without them', async () => {
    const engine = await tiny('windowed');
    const text = tinyText(300);
    await engine.streams.open('a0', header, header.length + text.length);
    await read(engine, text);
    const request = { ...asked('k9?'), streams: ['a0'], found: [], ...writing, logprobs: 1 };
    const last = ({ logprobs }: Generation) => logprobs?.at(-1)?.[0]?.logit ?? Number.NaN;
    const window = { first: 0, count: 9 };
    const windowed = await engine.streams.answer({ ...request, selection: 'window', window });
    expect([windowed.whole, windowed.attended.length]).toEqual([false, 5]);
    const { before, after } = encodeChatAround(engine.tokenizer, undefined, [
      { role: 'system', content: `Read.\n\n${placeholder}` },
      ...request.messages,
    ]);
    const tokens = Int32Array.from([...before, ...engine.tokenizer.encode(header + text), ...after]);
    const plain = await engine.generate({ tokens, ...writing, logprobs: 1 });
    const kept = await engine.streams.answer({ ...request, selection: 'auto' });
    expect([kept.whole, kept.tokens]).toEqual([true, plain.tokens]);
    expect(last(kept)).toBeCloseTo(last(plain), 3);
    expect(last(windowed)).not.toBeCloseTo(last(plain), 3);
  });

  it('keep nothing of what lies far back', async () => {
    await undisturbed('small');
    const { layers, keyValueHeads, headSize } = tinyFamilies.gemma3;
    const perToken = (count: number) => count * keyValueHeads * headSize * 2;
    const tokens = (header + long).length;
    // One layer in seven attends to everything; scales come on top of the 8 bits.
    expect(statSync(fileOf('small', 'blocks')).size / tokens).toBeLessThan(1.5 * perToken(1));
    expect(statSync(fileOf('small', 'near')).size).toBeLessThan(2 * 256 * 1.5 * perToken(layers - 1));
  });

  it('go on where reading was cancelled, bit for bit as if it had not been', async () => {
    const expected = await undisturbed();
    for (const stopAt of [1, 300, 1111, 2800]) {
      const engine = await tiny('cancelled');
      await engine.streams.open('a0', header, undefined);
      const controller = new AbortController();
      const reading = read(engine, long, 'a0', controller.signal, (tokens) => tokens >= stopAt && controller.abort());
      await expect(reading).rejects.toMatchObject({ code: 'cancelled' });
      await close(engine);
    }
    const engine = await tiny('cancelled');
    await engine.streams.open('a0', header, undefined);
    await read(engine, long);
    await close(engine);
    expect(stored('cancelled')).toEqual(expected);
  });

  it('are read from the beginning where what they go on from is damaged', async () => {
    const expected = await undisturbed('near');
    const file = fileOf('near', 'near');
    // One bit in each thousand bytes, since a slot may be one that is needed no longer.
    const bytes = readFileSync(file);
    for (let at = 500; at < bytes.length; at += 1000) bytes[at] = (bytes[at] ?? 0) ^ 1;
    writeFileSync(file, bytes);
    const again = await tiny('near');
    expect(await again.streams.open('a0', header, undefined)).toMatchObject({ tokens: 0, complete: false });
    await read(again, long);
    await close(again);
    expect(stored('near')).toEqual(expected);
  });

  it('are kept in fewer bits with the others', async () => {
    const engine = await tiny('compacted');
    const text = tinyText(300);
    await engine.streams.open('a0', header, header.length + text.length);
    const { bytes } = await read(engine, text);
    const request = { ...asked('k9?'), streams: ['a0'], found: [], selection: 'auto' as const, ...writing };
    const before = await engine.streams.answer(request);
    const nearBytes = statSync(fileOf('compacted', 'near')).size;
    const compacted = await engine.streams.compact('a0');
    expect(compacted.complete).toBe(true);
    expect(compacted.bytes / bytes).toBeLessThan(0.6);
    expect(statSync(fileOf('compacted', 'near')).size / nearBytes).toBeLessThan(0.6);
    const after = await engine.streams.answer(request);
    expect([after.whole, after.attended.length]).toEqual([true, before.attended.length]);
    // It stays so, and nothing is left to be gained.
    expect((await engine.streams.compact('a0')).bytes).toBe(compacted.bytes);
    await close(engine);
    expect((await (await tiny('compacted')).streams.open('a0', header, 300)).bytes).toBe(compacted.bytes);
  });

  it('have a damaged block mended behind the chunks that they attend to', async () => {
    await undisturbed('mended');
    const { size } = statSync(fileOf('mended', 'blocks'));
    const blocks = openSync(fileOf('mended', 'blocks'), 'r+');
    writeSync(blocks, Uint8Array.of(255, 255, 255), 0, 3, Math.floor(size / 2));
    const before = readFileSync(fileOf('mended', 'blocks'));
    const engine = await tiny('mended');
    await engine.streams.open('a0', header, undefined);
    const request = { ...asked('k9?'), streams: ['a0'], ...writing };
    const found = [{ stream: 'a0', section: 0, start: 1490, end: 1510 }];
    await engine.streams.answer({ ...request, found, selection: 'found', blocks: 3 });
    const { damaged } = await engine.streams.open('a0', header, undefined);
    expect(damaged).toHaveLength(1);
    const [{ block, from, to } = { block: 0, from: 0, to: 0 }] = damaged;
    expect([from, to]).toEqual([0, expect.any(Number)]);
    await engine.streams.mend('a0', block, [{ ordinal: 0, text: long }], {});
    expect((await engine.streams.open('a0', header, undefined)).damaged).toEqual([]);
    await close(engine);
    expect(readFileSync(fileOf('mended', 'blocks')).equals(before)).toBe(false);
    // It can be read after the next start too.
    const next = await tiny('mended');
    await next.streams.open('a0', header, undefined);
    const answer = await next.streams.answer({ ...request, found, selection: 'found', blocks: 3 });
    expect(answer.attended.map((attended) => attended.block)).toContain(block);
  });

  it('go on behind the end of a text, as a conversation does', async () => {
    const engine = await tiny('reopened');
    await engine.streams.open('a0', header, undefined);
    await read(engine, long.slice(0, 700));
    const { next } = await engine.streams.reopen('a0');
    await engine.streams.read(
      'a0',
      [
        { ordinal: 0, text: long.slice(0, 700) },
        { ordinal: 1, text: long.slice(700) },
      ].slice(next.section),
      true,
      {},
    );
    const { tokens, complete } = await engine.streams.open('a0', header, undefined);
    expect([tokens > 700, complete]).toEqual([true, true]);
  });
});
