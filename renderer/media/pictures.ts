/** The pictures of a video that are worth reading, in order, as grey values. */
import { CanvasSink, type InputVideoTrack } from 'mediabunny';
import { createSceneFinder, sketchHeight, sketchWidth } from './scenes.ts';

export interface Picture {
  /** Seconds from the recording's beginning. */
  at: number;
  width: number;
  height: number;
  /** Grey values, row after row. */
  pixels: Uint8Array;
  /** The same, small and in colour: a JPEG file. */
  thumbnail: Uint8Array;
}

/** Text on a screen can be read at this width. */
const widest = 1280;
/** The longest side of a picture that main takes. */
export const longestSide = 2048;

/** The size at which pictures of a video are read. */
export function readableSize(width: number, height: number): { width: number; height: number } {
  const scale = Math.min(1, widest / width, longestSide / height);
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}

export interface PictureReader {
  /** The pictures worth reading from where it stands to the second `end`; one is looked at each second. */
  until(end: number): AsyncGenerator<Picture>;
}

/** Looks at a video from the second `from` to its end. */
export async function openPictures(track: InputVideoTrack, from: number, duration: number): Promise<PictureReader> {
  const size = readableSize(await track.getDisplayWidth(), await track.getDisplayHeight());
  const sink = new CanvasSink(track, { ...size, fit: 'contain', poolSize: 2 });
  const finder = createSceneFinder();
  const sketch = new OffscreenCanvas(sketchWidth, sketchHeight).getContext('2d', { willReadFrequently: true });
  let second = Math.floor(from);
  const frames = sink.canvasesAtTimestamps(seconds(second, duration));

  return {
    async *until(end) {
      for (; second < Math.min(end, duration); second++) {
        const frame = await frames.next();
        if (frame.done) return;
        const canvas = frame.value?.canvas;
        if (!canvas || !sketch) continue;
        sketch.drawImage(canvas, 0, 0, sketchWidth, sketchHeight);
        const small = greyOf(sketch.getImageData(0, 0, sketchWidth, sketchHeight));
        if (!finder.take(small, second)) continue;
        const context = canvas.getContext('2d') as OffscreenCanvasRenderingContext2D | null;
        if (!context) continue;
        const { width, height } = canvas;
        const pixels = greyOf(context.getImageData(0, 0, width, height));
        yield { at: second, width, height, pixels, thumbnail: await thumbnailOf(canvas) };
      }
    },
  };
}

function* seconds(from: number, end: number): Generator<number> {
  for (let second = from; second < end; second++) yield second;
}

const thumbnailWidth = 196;

/** A picture as a small JPEG file. */
export async function thumbnailOf(canvas: OffscreenCanvas | HTMLCanvasElement): Promise<Uint8Array> {
  const height = Math.max(1, Math.round((thumbnailWidth * canvas.height) / canvas.width));
  const small = new OffscreenCanvas(thumbnailWidth, Math.min(2 * thumbnailWidth, height));
  small.getContext('2d')?.drawImage(canvas, 0, 0, small.width, small.height);
  const file = await small.convertToBlob({ type: 'image/jpeg', quality: 0.7 });
  return new Uint8Array(await file.arrayBuffer());
}

/** Luma as televisions weigh it (ITU-R BT.601). */
export function greyOf({ data }: ImageData): Uint8Array {
  return Uint8Array.from({ length: data.length / 4 }, (_, i) => {
    const [red = 0, green = 0, blue = 0] = [data[4 * i], data[4 * i + 1], data[4 * i + 2]];
    return (77 * red + 150 * green + 29 * blue) >> 8;
  });
}
