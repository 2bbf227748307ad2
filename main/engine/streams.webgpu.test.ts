import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { writeTinyFamily } from '../../native-models/testing/tiny-families.ts';
import { writeTinyLlama } from '../../native-models/testing/tiny-llama.ts';
import { greedySampling, loadTiny, tinyText } from './testing/tiny-engine.ts';

const missing = process.env.VK_ICD_FILENAMES === undefined;

vi.setConfig({ testTimeout: 600_000 });

const models = {
  llama: writeTinyLlama,
  // Most of its layers attend to a window only.
  gemma3: (path: string) => writeTinyFamily(path, 'gemma3'),
};

it.for(
  Object.keys(models) as (keyof typeof models)[],
)('streams of a %s read and answer on WebGPU as on the CPU', async (name, { skip }) => {
  skip(missing, 'There is no SwiftShader here; it comes with Chromium on Linux.');
  const folder = mkdtempSync(join(tmpdir(), 'longhand-streams-webgpu-'));
  const model = join(folder, 'tiny.gguf');
  await models[name](model);
  const text = tinyText(700);
  const results: unknown[] = [];
  for (const device of ['cpu', 'webgpu'] as const) {
    const engine = await loadTiny(model, join(folder, device), { device, contextLength: 512 });
    await engine.streams.open('a0', 'A text. ', undefined);
    const state = await engine.streams.read('a0', [{ ordinal: 0, text }], true, {});
    const answer = await engine.streams.answer({
      messages: [{ role: 'user', content: 'k9?' }],
      question: 'k9?',
      streams: ['a0'],
      found: [{ stream: 'a0', section: 0, start: 200, end: 210 }],
      selection: 'chosen',
      blocks: 3,
      maxTokens: 4,
      sampling: greedySampling,
      stop: [],
    });
    results.push({ state, tokens: answer.tokens, attended: answer.attended.map(({ block }) => block) });
    await engine.dispose();
  }
  rmSync(folder, { recursive: true });
  expect(results[1]).toEqual(results[0]);
});
