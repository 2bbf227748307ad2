import { existsSync, readdirSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { input } from './graph/graph.ts';
import { add } from './graph/operators.ts';
import { createSession } from './runtime.ts';

/** Files that this process has open, where the system tells. */
function openFiles(): string[] {
  const folder = '/proc/self/fd';
  if (!existsSync(folder)) return [];
  return readdirSync(folder).flatMap((descriptor) => {
    try {
      return [readlinkSync(join(folder, descriptor))];
    } catch {
      // The one that the folder itself was read by.
      return [];
    }
  });
}

it('the runtime reports nothing to anyone', async () => {
  // What would keep it from reporting in tests only.
  for (const name of ['CI', 'GITHUB_ACTIONS', 'ORT_RUNNING_UNIT_TESTS']) delete process.env[name];
  // Another program with the same number may have left one.
  const written = join(tmpdir(), `mat-debug-${process.pid}.log`);
  rmSync(written, { force: true });
  const x = input('x', 'float32', [1]);
  const session = await createSession([{ name: 'y', type: 'float32', value: add(x, x) }], {
    device: 'cpu',
    threads: 1,
  });
  // What it would write down, and what it would send from.
  expect(existsSync(written)).toBe(false);
  expect(openFiles().filter((path) => /onnxruntime\.db|mat-debug/.test(path))).toEqual([]);
  await session.dispose();
});
