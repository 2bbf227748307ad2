/**
 * Pages of a PDF that are pictures, as of a scan: what is drawn on them, and the lines that were read there as the
 * pieces of text that another page draws by itself.
 */
import type { PDFPageProxy } from 'pdfjs-dist/legacy/build/pdf.mjs';
import type { TextLine } from '../../perception/ocr.ts';
import { coveredShare, type Matrix, multiply, type PageSize, type PlacedPicture } from './page-picture.ts';
import type { Piece } from './pdf-layout.ts';

/** pdf.js's numbers of the operators that matter here. */
export type Operators = Record<
  | 'save'
  | 'restore'
  | 'transform'
  | 'paintFormXObjectBegin'
  | 'paintFormXObjectEnd'
  | 'setFillRGBColor'
  | 'paintImageXObject'
  | 'paintInlineImageXObject'
  | 'paintImageMaskXObject',
  number
>;

/** Pictures of more pixels are left out: a page of A3 has 70 million at 600 dots an inch. */
export const maximumPicturePixels = 80_000_000;
/** The most pictures that are taken for the parts of one page. */
const maximumPictures = 2_000;
/** A page is a picture when pictures cover this much of it. */
const leastCover = 0.5;

/** A picture as pdf.js gives it; a mask has no kind. */
interface PdfImage {
  width: number;
  height: number;
  kind?: number;
  data: Uint8Array | Uint8ClampedArray;
}

/** How pdf.js names what a pixel is: one bit, three bytes, four bytes. */
const imageKind = { bits: 1, rgb: 2, rgba: 3 };

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

function isImage(value: unknown): value is PdfImage {
  if (!isObject(value)) return false;
  const { width, height, data } = value;
  const isBytes = data instanceof Uint8Array || data instanceof Uint8ClampedArray;
  return isBytes && Number.isInteger(width) && Number.isInteger(height) && Number(width) > 0 && Number(height) > 0;
}

/** One bit a pixel, rows of whole bytes → a byte a pixel. */
function unpacked({ width, height, data }: PdfImage, ofBit: readonly [number, number]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(width * height);
  const stride = (width + 7) >> 3;
  for (let y = 0, at = 0; y < height; y++)
    for (let x = 0; x < width; x++, at++)
      bytes[at] = (data[y * stride + (x >> 3)] ?? 0) & (128 >> (x & 7)) ? ofBit[1] : ofBit[0];
  return bytes;
}

/** Grey values, and how much each pixel covers, of a picture in colours. */
function greyOf({ width, height, data }: PdfImage, channels: 3 | 4): Pick<PlacedPicture, 'pixels' | 'cover'> {
  const pixels = new Uint8Array(width * height);
  const cover = channels === 4 ? new Uint8Array(width * height) : undefined;
  for (let i = 0, at = 0; i < pixels.length; i++, at += channels) {
    // The weights of ITU-R BT.601.
    pixels[i] = 0.299 * (data[at] ?? 0) + 0.587 * (data[at + 1] ?? 0) + 0.114 * (data[at + 2] ?? 0);
    if (cover) cover[i] = data[at + 3] ?? 0;
  }
  return { pixels, ...(cover && { cover }) };
}

function pictureOf(image: PdfImage, place: Matrix): PlacedPicture {
  const { width, height, kind } = image;
  const content =
    kind === imageKind.bits ? { pixels: unpacked(image, [0, 255]) } : greyOf(image, kind === imageKind.rgba ? 4 : 3);
  return { width, height, place, ...content };
}

/** A mask lets its colour through where a bit is 0. */
function maskOf(image: PdfImage, colour: number, place: Matrix): PlacedPicture {
  const { width, height } = image;
  const pixels = new Uint8Array(width * height).fill(colour);
  return { width, height, place, pixels, cover: unpacked(image, [255, 0]) };
}

/** The grey of a colour such as "#8040c0". */
function greyOfColour(colour: unknown): number {
  const [r = 0, g = 0, b = 0] = String(colour)
    .match(/[\da-f]{2}/gi)
    ?.map((digits) => Number.parseInt(digits, 16)) ?? [0];
  return 0.299 * r + 0.587 * g + 0.114 * b;
}

/** The page's size in points, as it is shown, and the matrix that takes its own points there. */
function shownPage(page: PDFPageProxy): PageSize & { toPage: Matrix } {
  const { width, height, transform } = page.getViewport({ scale: 1 });
  return { width, height, toPage: transform as Matrix };
}

/** The pictures of a page, in the order in which they are drawn; none when they cover less than half of it. */
export async function scanOf(
  page: PDFPageProxy,
  operators: Operators,
): Promise<{ size: PageSize; pictures: PlacedPicture[] }> {
  const { toPage, ...size } = shownPage(page);
  const { fnArray, argsArray } = await page.getOperatorList();
  const object = (id: string): Promise<unknown> =>
    new Promise((resolve) => (id.startsWith('g_') ? page.commonObjs : page.objs).get(id, resolve));
  const pictures: PlacedPicture[] = [];
  const saved: { place: Matrix; colour: number }[] = [];
  let state = { place: toPage, colour: 0 };
  const restore = (): void => {
    state = saved.pop() ?? state;
  };

  const draw: Record<number, (args: unknown[]) => Promise<void> | void> = {
    [operators.save]: () => void saved.push(state),
    [operators.restore]: restore,
    [operators.transform](args) {
      state = { ...state, place: multiply(state.place, args as Matrix) };
    },
    [operators.paintFormXObjectBegin]([matrix]) {
      saved.push(state);
      if (matrix) state = { ...state, place: multiply(state.place, matrix as Matrix) };
    },
    [operators.paintFormXObjectEnd]: restore,
    [operators.setFillRGBColor]([colour]) {
      state = { ...state, colour: greyOfColour(colour) };
    },
    async [operators.paintImageXObject]([id]) {
      const image = await object(String(id));
      if (isImage(image)) pictures.push(pictureOf(image, state.place));
    },
    [operators.paintInlineImageXObject]([image]) {
      if (isImage(image)) pictures.push(pictureOf(image, state.place));
    },
    async [operators.paintImageMaskXObject]([mask]) {
      const data = isObject(mask) ? mask.data : undefined;
      const image = typeof data === 'string' ? await object(data) : mask;
      if (isImage(image)) pictures.push(maskOf(image, state.colour, state.place));
    },
  };
  for (const [i, operator] of fnArray.entries()) {
    if (pictures.length === maximumPictures) break;
    await draw[operator]?.(argsArray[i] ?? []);
  }
  const placed = pictures.filter(({ place }) => place.every(Number.isFinite));
  return { size, pictures: coveredShare(size, placed) < leastCover ? [] : placed };
}

/** Where letters stand in the box of a line that was read, from its top. */
const baseline = 0.78;
/** The size of letters in such a box. */
const letterSize = 0.8;
/** Boxes whose heights differ by less than this share are of lines of one size: how tall one is depends on its letters. */
const sameSize = 0.3;

/** Lines that were read on the picture of a page, as pieces that the page's layout is found from. */
export function piecesOfLines(lines: readonly TextLine[], { width, height }: PageSize): Piece[] {
  const heights = lines.map((line) => line.height).sort((a, b) => a - b);
  const usual = heights[heights.length >> 1] ?? 0;
  return lines.map((line) => {
    const tall = Math.abs(line.height - usual) < sameSize * usual ? usual : line.height;
    const top = Math.max(0, line.y + (line.height - tall) / 2);
    return {
      // What stands beside it is another word.
      text: `${line.text} `,
      left: line.x,
      right: line.x + line.width,
      top,
      bottom: Math.min(1, top + tall),
      baseline: top + baseline * tall,
      em: (letterSize * tall * height) / width,
      rightToLeft: false,
    };
  });
}
