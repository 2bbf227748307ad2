import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readWindowState, windowBounds, writeWindowState } from './window-state.ts';

const screen = { x: 0, y: 25, width: 1920, height: 1055 };
const state = { x: 100, y: 100, width: 1000, height: 800, maximized: false };

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'longhand-window-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test('what is written is read again, and nothing else is left', () => {
  const path = join(folder, 'window.json');
  writeWindowState(path, state);
  expect(readWindowState(path)).toEqual(state);
  expect(readdirSync(folder)).toEqual(['window.json']);
});

test.each([
  '',
  '{',
  'null',
  '{"x":1}',
  '{"x":1e9,"y":0,"width":1,"height":1,"maximized":false}',
])('the damaged state %j is as good as none', (text) => {
  const path = join(folder, 'window.json');
  writeFileSync(path, text);
  expect(readWindowState(path)).toBeUndefined();
});

test('there is no state before the first close', () => {
  expect(readWindowState(join(folder, 'window.json'))).toBeUndefined();
});

test.each([
  ['where it was', state, { x: 100, y: 100, width: 1000, height: 800 }],
  ['no larger than the screen', { ...state, width: 5000, height: 5000 }, { x: 100, y: 100, width: 1920, height: 1055 }],
  ['no smaller than it may be', { ...state, width: 10, height: 10 }, { x: 100, y: 100, width: 800, height: 600 }],
  ['of the usual size when its screen is gone', { ...state, x: 3000 }, { width: 1280, height: 840 }],
  ['of the usual size when its title bar is out of reach', { ...state, y: -600 }, { width: 1280, height: 840 }],
  ['of the usual size the first time', undefined, { width: 1280, height: 840 }],
])('a window opens %s', (_what, saved, expected) => {
  expect(windowBounds(saved, [screen])).toEqual(expected);
});

test('a second screen counts', () => {
  expect(windowBounds({ ...state, x: 3000 }, [screen, { x: 1920, y: 0, width: 2560, height: 1440 }])).toMatchObject({
    x: 3000,
  });
});

test('whatever was kept, a placed window is never out of reach', () => {
  const pixels = fc.integer({ min: -10_000, max: 10_000 });
  const saved = fc.record({ x: pixels, y: pixels, width: pixels, height: pixels, maximized: fc.boolean() });
  fc.assert(
    fc.property(saved, (kept) => {
      const { x, y, width = 0, height = 0 } = windowBounds(kept, [screen]);
      expect(width).toBeGreaterThanOrEqual(800);
      expect(height).toBeGreaterThanOrEqual(600);
      if (x === undefined || y === undefined) return;
      expect(x + width).toBeGreaterThan(screen.x);
      expect(x).toBeLessThan(screen.x + screen.width);
      expect(y).toBeLessThan(screen.y + screen.height);
    }),
  );
});
