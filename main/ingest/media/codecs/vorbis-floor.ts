/** The floor of a Vorbis channel: the coarse shape of its spectrum (Vorbis I specification, section 7). */
import { bitLength, type VorbisBits } from './vorbis-bits.ts';
import type { Codebook } from './vorbis-codebook.ts';
import type { Floor } from './vorbis-setup.ts';

const ranges = [256, 128, 86, 64];
/** 140 dB in 256 steps. */
const loudness = Float32Array.from({ length: 256 }, (_, i) => 10 ** ((7 / 256) * (i - 255)));

/** The heights of the floor's points as they are coded; undefined when the channel is silent. */
export function readFloorPoints(bits: VorbisBits, floor: Floor, codebooks: readonly Codebook[]): number[] | undefined {
  if (bits.bit() === 0) return undefined;
  const { multiplier, partitionClasses, classes } = floor;
  const size = bitLength((ranges[multiplier - 1] ?? 0) - 1);
  const points = [bits.read(size), bits.read(size)];
  for (const index of partitionClasses) {
    const { dimensions = 0, subclassBits = 0, masterBook = -1, books = [] } = classes[index] ?? {};
    let choice = subclassBits > 0 ? (codebooks[masterBook]?.readEntry(bits) ?? 0) : 0;
    for (let i = 0; i < dimensions; i++) {
      const book = books[choice & (2 ** subclassBits - 1)] ?? -1;
      choice >>= subclassBits;
      points.push(book >= 0 ? (codebooks[book]?.readEntry(bits) ?? 0) : 0);
    }
  }
  return points;
}

/** The height at `x` of the line from (x0, y0) to (x1, y1), in whole numbers as the specification rounds them. */
function heightAt(x0: number, y0: number, x1: number, y1: number, x: number): number {
  const rise = y1 - y0;
  const offset = Math.floor((Math.abs(rise) * (x - x0)) / Math.max(1, x1 - x0));
  return rise < 0 ? y0 - offset : y0 + offset;
}

/** The curve of `length` factors that the points describe. */
export function floorCurve(points: readonly number[], floor: Floor, length: number): Float32Array {
  const { positions, order, neighbours, multiplier } = floor;
  const range = ranges[multiplier - 1] ?? 0;
  const heights = points.slice(0, 2);
  const used = [true, true];
  neighbours.forEach(([low, high], i) => {
    const at = i + 2;
    const expected = heightAt(
      positions[low] ?? 0,
      heights[low] ?? 0,
      positions[high] ?? 0,
      heights[high] ?? 0,
      positions[at] ?? 0,
    );
    const value = points[at] ?? 0;
    const above = range - expected;
    const below = expected;
    const room = 2 * Math.min(above, below);
    used[at] = value !== 0;
    if (value === 0) heights[at] = expected;
    else {
      used[low] = true;
      used[high] = true;
      if (value >= room) heights[at] = above > below ? value - below + expected : expected - value + above - 1;
      else heights[at] = value % 2 === 1 ? expected - (value + 1) / 2 : expected + value / 2;
    }
  });
  return renderCurve(
    order
      .filter((point) => used[point])
      .map((point) => ({ x: positions[point] ?? 0, y: (heights[point] ?? 0) * multiplier })),
    length,
  );
}

function renderCurve(points: readonly { x: number; y: number }[], length: number): Float32Array {
  const curve = new Float32Array(length);
  const set = (x: number, y: number): void => {
    if (x < length) curve[x] = loudness[Math.min(255, Math.max(0, y))] ?? 0;
  };
  let [from] = points;
  for (const to of points.slice(1)) {
    if (from) renderLine(from, to, Math.min(length, to.x), set);
    from = to;
  }
  for (let x = from?.x ?? 0; x < length; x++) set(x, from?.y ?? 0);
  return curve;
}

/** Bresenham's line, without its last point. */
function renderLine(
  from: { x: number; y: number },
  to: { x: number; y: number },
  limit: number,
  set: (x: number, y: number) => void,
): void {
  const run = to.x - from.x;
  const rise = to.y - from.y;
  const base = Math.trunc(rise / Math.max(1, run));
  const step = rise < 0 ? base - 1 : base + 1;
  const remainder = Math.abs(rise) - Math.abs(base) * run;
  let error = 0;
  let y = from.y;
  for (let x = from.x; x < limit; x++) {
    if (x > from.x) {
      error += remainder;
      if (error >= run) {
        error -= run;
        y += step;
      } else y += base;
    }
    set(x, y);
  }
}
