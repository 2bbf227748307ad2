/** The pictures of a page → one picture of the page, upright, as its text is read. */
import type { GreyImage } from '../../perception/ocr.ts';

/** A PDF's matrix: the point (x, y) goes to (ax + cy + e, bx + dy + f). */
export type Matrix = [number, number, number, number, number, number];

/** A picture, and where it stands. */
export interface PlacedPicture extends GreyImage {
  /** How much each pixel covers, 0 to 255; all of them wholly when there is none. */
  cover?: Uint8Array;
  /** Takes the unit square, whose bottom left corner is the picture's, to the page: points from its top left corner. */
  place: Matrix;
}

export interface PageSize {
  width: number;
  height: number;
}

/** The longest side of the picture of a page: what a page of A4 has at 220 dots an inch. */
const longestSide = 2560;
/** The most points of the picture, a side, that one pixel of the page's is the mean of. */
const mostSamples = 4;

export function multiply(m: Matrix, n: Matrix): Matrix {
  return [
    m[0] * n[0] + m[2] * n[1],
    m[1] * n[0] + m[3] * n[1],
    m[0] * n[2] + m[2] * n[3],
    m[1] * n[2] + m[3] * n[3],
    m[0] * n[4] + m[2] * n[5] + m[4],
    m[1] * n[4] + m[3] * n[5] + m[5],
  ];
}

/** The part of the page that a picture may cover, in its unit. */
function extentOn({ width, height }: PageSize, [a, b, c, d, e, f]: Matrix) {
  const between = (whole: number, values: number[]) => ({
    from: Math.min(whole, Math.max(0, Math.min(...values))),
    to: Math.min(whole, Math.max(0, Math.max(...values))),
  });
  return { x: between(width, [e, e + a, e + c, e + a + c]), y: between(height, [f, f + b, f + d, f + b + d]) };
}

/** How much of the page its pictures cover, 0 to 1; where they lie upon each other, each counts. */
export function coveredShare(page: PageSize, pictures: readonly PlacedPicture[]): number {
  const area = pictures.reduce((sum, { place }) => {
    const { x, y } = extentOn(page, place);
    return sum + (x.to - x.from) * (y.to - y.from);
  }, 0);
  return Math.min(1, area / (page.width * page.height));
}

/** Pixels of a picture to a point of the page, the way in which they are denser. */
const density = ({ width, height, place: [a, b, c, d] }: PlacedPicture): number =>
  Math.max(width / Math.max(1, Math.hypot(a, b)), height / Math.max(1, Math.hypot(c, d)));

/** Draws the pictures of a page, one over the other, as dense as they are but not denser than is read. */
export function pagePicture(page: PageSize, pictures: readonly PlacedPicture[]): GreyImage {
  const scale = Math.min(longestSide / Math.max(page.width, page.height), Math.max(...pictures.map(density)));
  const width = Math.max(1, Math.round(page.width * scale));
  const height = Math.max(1, Math.round(page.height * scale));
  const canvas: GreyImage = { width, height, pixels: new Uint8Array(width * height).fill(255) };
  const toCanvas: Matrix = [width / page.width, 0, 0, height / page.height, 0, 0];
  for (const picture of pictures) draw(canvas, { ...picture, place: multiply(toCanvas, picture.place) });
  return canvas;
}

/** Draws a picture where it stands: each pixel of the canvas is the mean of what it covers. */
function draw(canvas: GreyImage, picture: PlacedPicture): void {
  const [a, b, c, d, e, f] = picture.place;
  const determinant = a * d - b * c;
  if (Math.abs(determinant) < 1e-9) return;
  const { x: columns, y: rows } = extentOn(canvas, picture.place);
  const samples = Math.min(mostSamples, Math.max(1, Math.ceil(density(picture))));
  // Back to the picture: to its unit square, whose second axis runs upwards, and from there to its pixels.
  const across = picture.width / determinant;
  const down = picture.height / determinant;
  for (let y = Math.floor(rows.from); y < Math.ceil(rows.to); y++)
    for (let x = Math.floor(columns.from); x < Math.ceil(columns.to); x++) {
      let sum = 0;
      let covered = 0;
      for (let n = 0; n < samples * samples; n++) {
        const px = x + ((n % samples) + 0.5) / samples - e;
        const py = y + (Math.floor(n / samples) + 0.5) / samples - f;
        const column = Math.floor((d * px - c * py) * across);
        const row = Math.floor(picture.height - (a * py - b * px) * down);
        if (column < 0 || row < 0 || column >= picture.width || row >= picture.height) continue;
        const at = row * picture.width + column;
        const cover = picture.cover ? (picture.cover[at] ?? 0) : 255;
        sum += (picture.pixels[at] ?? 0) * cover;
        covered += cover;
      }
      const at = y * canvas.width + x;
      const whole = 255 * samples * samples;
      canvas.pixels[at] = Math.round((sum + (canvas.pixels[at] ?? 0) * (whole - covered)) / whole);
    }
}
