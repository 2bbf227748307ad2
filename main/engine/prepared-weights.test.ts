import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { keepLastUsed } from './prepared-weights.ts';

it('keeps the weights of the models used last, and what is something else', async () => {
  const cache = mkdtempSync(join(tmpdir(), 'longhand-cache-'));
  onTestFinished(() => rmSync(cache, { recursive: true }));
  const nameOf = (model: number): string => `${String(model).repeat(32)}-quantized-8192`;
  for (const model of [1, 2, 3, 4, 5, 6]) {
    mkdirSync(join(cache, nameOf(model)));
    writeFileSync(join(cache, nameOf(model), 'weights'), 'x');
    utimesSync(join(cache, nameOf(model)), 1000 * model, 1000 * model);
  }
  mkdirSync(join(cache, 'photographs'));
  utimesSync(join(cache, 'photographs'), 0, 0);
  await keepLastUsed(join(cache, nameOf(1)));
  expect(readdirSync(cache).sort()).toEqual([...[1, 4, 5, 6].map(nameOf), 'photographs']);
});
