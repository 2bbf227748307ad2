/** Where the window was when it was last closed, and whether it can stand there again. */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { z } from 'zod';

export interface Rectangle {
  x: number;
  y: number;
  width: number;
  height: number;
}

export const minimumSize = { width: 800, height: 600 };
const usualSize = { width: 1280, height: 840 };
/** So much of the window, in pixels each way, must be on a screen for a person to take hold of it. */
const graspable = 100;

const pixels = z.int().min(-100_000).max(100_000);
const windowState = z.object({ x: pixels, y: pixels, width: pixels, height: pixels, maximized: z.boolean() });

export type WindowState = z.output<typeof windowState>;

/** The state kept in a file; undefined when there is none or it is damaged. */
export function readWindowState(path: string): WindowState | undefined {
  try {
    return windowState.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    return undefined;
  }
}

/** Keeps the state, whole or not at all. */
export function writeWindowState(path: string, state: WindowState): void {
  const temporary = `${path}.${process.pid}.tmp`;
  writeFileSync(temporary, JSON.stringify(state));
  renameSync(temporary, path);
}

/**
 * The bounds to open a window with: those it had, made to fit, while enough of it is on one of the
 * screens (given by their work areas); otherwise the usual size, wherever the system places it.
 */
export function windowBounds(state: WindowState | undefined, screens: Rectangle[]): Partial<Rectangle> {
  if (!state) return usualSize;
  const places = screens.map((area) => ({ area, bounds: fitted(state, area) }));
  return places.find(({ area, bounds }) => isGraspable(bounds, area))?.bounds ?? usualSize;
}

function fitted({ x, y, width, height }: Rectangle, area: Rectangle): Rectangle {
  return {
    x,
    y,
    width: Math.max(minimumSize.width, Math.min(width, area.width)),
    height: Math.max(minimumSize.height, Math.min(height, area.height)),
  };
}

function isGraspable(window: Rectangle, area: Rectangle): boolean {
  const across = Math.min(window.x + window.width, area.x + area.width) - Math.max(window.x, area.x);
  const down = Math.min(window.y + window.height, area.y + area.height) - Math.max(window.y, area.y);
  // The title bar is what a window is moved by.
  return across >= graspable && down >= graspable && window.y >= area.y - graspable / 2;
}
