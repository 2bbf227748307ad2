/** Tilted pictures: set straight for reading, and what was found in them put back. */
import type { GreyImage, TextLine } from './ocr.ts';

/** Lines that fall by less over their length are level enough, and by more they are no lines of a page. */
const straightEnough = 0.004;
const steepest = 0.2;

/** True when lines of this slope are read better once they are level. */
export const isTilted = (slope: number): boolean => Math.abs(slope) > straightEnough && Math.abs(slope) < steepest;

/** The picture turned about its middle until lines of this slope are level; its edges go on outwards. */
export function straightened({ width, height, pixels }: GreyImage, slope: number): GreyImage {
  const turned = new Uint8Array(width * height);
  const { cos, sin } = turnOf(slope);
  const [middleX, middleY] = [(width - 1) / 2, (height - 1) / 2];
  const pixel = (x: number, y: number): number =>
    pixels[Math.min(height - 1, Math.max(0, y)) * width + Math.min(width - 1, Math.max(0, x))] ?? 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const fromX = middleX + (x - middleX) * cos - (y - middleY) * sin;
      const fromY = middleY + (x - middleX) * sin + (y - middleY) * cos;
      const [left, top] = [Math.floor(fromX), Math.floor(fromY)];
      const [right, down] = [fromX - left, fromY - top];
      turned[y * width + x] = Math.round(
        (pixel(left, top) * (1 - right) + pixel(left + 1, top) * right) * (1 - down) +
          (pixel(left, top + 1) * (1 - right) + pixel(left + 1, top + 1) * right) * down,
      );
    }
  }
  return { width, height, pixels: turned };
}

/** Where a line of the straightened picture is in the original: its middle is put back, its size stays. */
export function putBack(line: TextLine, { width, height }: GreyImage, slope: number): TextLine {
  const { cos, sin } = turnOf(slope);
  const x = (line.x + line.width / 2 - 0.5) * width;
  const y = (line.y + line.height / 2 - 0.5) * height;
  const inside = (at: number, size: number): number => Math.min(1 - size, Math.max(0, at));
  return {
    ...line,
    x: inside((x * cos - y * sin) / width + 0.5 - line.width / 2, line.width),
    y: inside((x * sin + y * cos) / height + 0.5 - line.height / 2, line.height),
  };
}

function turnOf(slope: number): { cos: number; sin: number } {
  const angle = Math.atan(slope);
  return { cos: Math.cos(angle), sin: Math.sin(angle) };
}
