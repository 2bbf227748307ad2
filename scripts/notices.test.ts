import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { isAllowed, notices, noticesFile, shippedPackages } from './notices.mjs';

test('the notices that ship are those of what ships (else run "npm run notices")', () => {
  expect(readFileSync(noticesFile, 'utf8')).toBe(notices());
});

test('what main and the window need is listed, and what they do not is not', () => {
  const names = shippedPackages().map(({ name }) => name);
  expect(names).toEqual(
    expect.arrayContaining(['onnxruntime-node', 'onnxruntime-common', 'react', 'react-dom', 'zod']),
  );
  for (const name of ['electron-builder', 'vitest', 'node-llama-cpp', '@napi-rs/canvas'])
    expect(names).not.toContain(name);
});

test.each([
  ['MIT', true],
  ['(MIT OR GPL-3.0-or-later)', true],
  ['MIT AND BSD-3-Clause', true],
  ['MIT AND GPL-2.0-only', false],
  ['AGPL-3.0', false],
  ['LGPL-3.0', false],
  ['unknown', false],
  ['SEE LICENSE IN LICENSE', false],
])('the licence %s is allowed: %s', (expression, allowed) => {
  expect(isAllowed(expression)).toBe(allowed);
});
