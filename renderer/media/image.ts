/** An image of any kind that the browser knows, as grey values. */
import type { Picture } from './pictures.ts';
import { greyOf, longestSide, thumbnailOf } from './pictures.ts';

export async function readImage(url: string): Promise<Picture> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`it could not be fetched (status ${response.status})`);
  const bitmap = await createImageBitmap(await response.blob()).catch(() => {
    throw new Error('it is damaged');
  });
  const scale = Math.min(1, longestSide / Math.max(bitmap.width, bitmap.height));
  const width = Math.max(1, Math.round(bitmap.width * scale));
  const height = Math.max(1, Math.round(bitmap.height * scale));
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d');
  if (!context) throw new Error('there is no memory for it');
  // What is transparent is paper.
  context.fillStyle = '#fff';
  context.fillRect(0, 0, width, height);
  context.drawImage(bitmap, 0, 0, width, height);
  bitmap.close();
  const pixels = greyOf(context.getImageData(0, 0, width, height));
  return { at: 0, width, height, pixels, thumbnail: await thumbnailOf(canvas) };
}
