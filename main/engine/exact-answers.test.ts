import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { encodeChatAround, placeholder } from '../../native-models/formats/chat-template.ts';
import { openGguf } from '../../native-models/formats/gguf.ts';
import { type Engine, loadEngine } from './engine.ts';
import { greedy } from './testing/logits.ts';
import { openForward } from './testing/open-forward.ts';

/** With the model that ships, in the 8-bit arithmetic of the CPU, a text that is kept is what it is in the prompt. */

const modelPath = 'native-models/bundled/smollm2-135m-instruct/SmolLM2-135M-Instruct.Q4_1.gguf';
const system = 'You answer from the documents.';
const header = '# A licence\n\n';

vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

let folder: string;
let text: string;
let template: string;
let engine: Engine;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'longhand-exact-'));
  text = readFileSync('LICENSE', 'utf8').slice(0, 4000);
  const file = await openGguf(modelPath);
  template = file.metadata.string('tokenizer.chat_template');
  await file.close();
  const streams = { folder, format: 'int8' as const, system };
  engine = await loadEngine({ modelPath, device: 'cpu', threads: 2, streams });
});
afterAll(async () => {
  await engine.dispose();
  rmSync(folder, { recursive: true, force: true });
});

describe('a text that is kept', () => {
  it('answers word for word as from the prompt, until space is short', async () => {
    await engine.streams.open('a0', header, engine.countTokens(header + text));
    const kept = await engine.streams.read('a0', [{ ordinal: 0, text }], true, {});
    for (const question of ['What is a “Work”?', 'Who may sublicense it?', 'What must be given to recipients?']) {
      const messages = [{ role: 'user' as const, content: question }];
      const { before, after } = encodeChatAround(engine.tokenizer, template, [
        { role: 'system', content: `${system}\n\n${placeholder}` },
        ...messages,
      ]);
      const writing = { maxTokens: 40, sampling: greedy, stop: [] };
      const answer = await engine.streams.answer({
        messages,
        question,
        streams: ['a0'],
        found: [],
        selection: 'auto',
        ...writing,
      });
      const tokens = Int32Array.from([...before, ...engine.tokenizer.encode(header + text), ...after]);
      const plain = await engine.generate({ tokens, ...writing });
      expect(answer.whole).toBe(true);
      expect(answer.text).toBe(plain.text);
      expect(answer.text.length).toBeGreaterThan(20);
    }
    const compacted = await engine.streams.compact('a0');
    expect(compacted.bytes / kept.bytes).toBeLessThan(0.3);
    expect(compacted).toMatchObject({ tokens: kept.tokens, complete: true });
    const [fingerprint = ''] = readdirSync(folder);
    expect(statSync(join(folder, fingerprint, 'a0', 'blocks')).size).toBeLessThan(0.3 * kept.bytes);
  });
});

it('a token becomes the same, to the bit, however many are read with it', async () => {
  const { forward, dispose } = await openForward(modelPath, 'quantized');
  const tokens = engine.tokenizer.encode(text).subarray(0, 150);
  /** A digest of the keys and values of each layer and head. */
  const read = async (...sizes: number[]): Promise<string[]> => {
    const sequence = forward.createSequence(tokens.length);
    for (let at = 0, run = 0; at < tokens.length; run++) {
      const next = tokens.subarray(at, at + (sizes[run % sizes.length] ?? 1));
      await forward.read(sequence, next);
      at += next.length;
    }
    const { keys = [], values = [], capacity = 0, shape } = sequence.cache ?? {};
    const heads = Array.from({ length: shape?.heads ?? 0 }, (_, head) => head * capacity * (shape?.headSize ?? 0));
    return [...keys, ...values].flatMap((view) =>
      heads.map((from) => {
        const floats = view.slice(from, from + tokens.length * (shape?.headSize ?? 0));
        return createHash('sha256').update(new Uint8Array(floats.buffer)).digest('hex');
      }),
    );
  };
  const expected = await read(64);
  expect(expected).toHaveLength(2 * 30 * 3);
  for (const sizes of [[16], [8, 4], [37, 1], [1, 63], [150]]) expect(await read(...sizes)).toEqual(expected);
  await dispose();
});
