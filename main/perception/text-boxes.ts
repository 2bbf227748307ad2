/** A map of how likely each pixel belongs to text → the boxes of its lines, in reading order, and how they are tilted. */

export interface Rectangle {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

/** A pixel belongs to text from this probability on… */
const textFrom = 0.3;
/** …and a box holds text when its pixels have this on average. */
const boxFrom = 0.5;
/** The map shows the inner part of each line: how much larger the line is, by its area over its circumference. */
const growth = 1.7;
/** Fewer pixels than this in either direction are no text. */
const smallest = 3;
const mostBoxes = 1000;
/** A line tells its slope when it is so much wider than high, and has so many pixels across. */
const longLine = { ratio: 5, width: 60 };

export interface TextBoxes {
  boxes: Rectangle[];
  /** How far the lines fall over their length: the median of long ones, 0 when there are none. */
  slope: number;
}

/** @param map probabilities [height, width] */
export function textBoxes(map: Float32Array, width: number, height: number): TextBoxes {
  const boxes: Rectangle[] = [];
  const slopes: { slope: number; width: number }[] = [];
  const seen = new Uint8Array(width * height);
  const stack: number[] = [];
  for (let start = 0; start < map.length && boxes.length < mostBoxes; start++) {
    if (seen[start] || (map[start] ?? 0) < textFrom) continue;
    const box = { left: width, top: height, right: 0, bottom: 0 };
    let sum = 0;
    let count = 0;
    const line = { x: 0, y: 0, xx: 0, xy: 0 };
    stack.push(start);
    seen[start] = 1;
    // A piece of connected pixels.
    for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
      const x = at % width;
      const y = (at - x) / width;
      sum += map[at] ?? 0;
      count++;
      line.x += x;
      line.y += y;
      line.xx += x * x;
      line.xy += x * y;
      box.left = Math.min(box.left, x);
      box.right = Math.max(box.right, x + 1);
      box.top = Math.min(box.top, y);
      box.bottom = Math.max(box.bottom, y + 1);
      const neighbours = [x > 0 ? at - 1 : -1, x + 1 < width ? at + 1 : -1, at - width, at + width];
      for (const next of neighbours) {
        if (next < 0 || next >= map.length || seen[next] || (map[next] ?? 0) < textFrom) continue;
        seen[next] = 1;
        stack.push(next);
      }
    }
    const [w, h] = [box.right - box.left, box.bottom - box.top];
    if (Math.min(w, h) < smallest || sum / count < boxFrom) continue;
    boxes.push(grown(box, width, height));
    // Least squares through the line's pixels; its height is what the box has beyond its fall.
    const slope = (count * line.xy - line.x * line.y) / (count * line.xx - line.x ** 2);
    if (w >= longLine.width && w >= longLine.ratio * Math.max(1, h - Math.abs(slope) * w))
      slopes.push({ slope, width: w });
  }
  return { boxes: inReadingOrder(boxes), slope: weightedMedian(slopes) };
}

function weightedMedian(slopes: { slope: number; width: number }[]): number {
  const half = slopes.reduce((sum, { width }) => sum + width, 0) / 2;
  let passed = 0;
  for (const { slope, width } of slopes.toSorted((a, b) => a.slope - b.slope)) {
    passed += width;
    if (passed >= half) return slope;
  }
  return 0;
}

function grown({ left, top, right, bottom }: Rectangle, width: number, height: number): Rectangle {
  const [w, h] = [right - left, bottom - top];
  const margin = (growth * w * h) / (2 * (w + h));
  return {
    left: Math.max(0, left - margin),
    top: Math.max(0, top - margin),
    right: Math.min(width, right + margin),
    bottom: Math.min(height, bottom + margin),
  };
}

/** From top to bottom; boxes at the same height from left to right. */
function inReadingOrder(boxes: Rectangle[]): Rectangle[] {
  const rows: Rectangle[][] = [];
  const middle = ({ top, bottom }: Rectangle): number => (top + bottom) / 2;
  for (const box of boxes.toSorted((a, b) => middle(a) - middle(b))) {
    const row = rows.at(-1);
    const first = row?.[0];
    if (row && first && middle(box) < first.bottom - (first.bottom - first.top) / 4) row.push(box);
    else rows.push([box]);
  }
  return rows.flatMap((row) => row.sort((a, b) => a.left - b.left));
}
