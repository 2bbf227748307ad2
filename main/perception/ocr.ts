/**
 * Pictures → the text in them. The models are those of PP-OCRv4 (https://github.com/PaddlePaddle/PaddleOCR): one marks
 * where text is (Liao et al., "Real-time Scene Text Detection with Differentiable Binarization",
 * https://arxiv.org/abs/1911.08947), the other reads a line (Du et al., "SVTR", https://arxiv.org/abs/2205.00159).
 * Lines are taken to be level, as on screens and pages; a page that is a little tilted is turned first.
 */
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { LonghandError, throwIfCancelled } from '../../base/errors.ts';
import { createSessionFromFile, floats, floatTensor, type Session } from '../../native-models/runtime.ts';
import { readModelFile } from './model-files.ts';
import { type Rectangle, type TextBoxes, textBoxes } from './text-boxes.ts';
import { isTilted, putBack, straightened } from './tilt.ts';

/** Grey values, row after row: 0 is black. */
export interface GreyImage {
  width: number;
  height: number;
  pixels: Uint8Array<ArrayBuffer>;
}

export interface TextLine {
  text: string;
  /** How sure the model is, 0 to 1. */
  confidence: number;
  /** Fractions of the picture's width and height, from the top left corner. */
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface TextReader {
  /**
   * The lines of text in a picture, from top to bottom and, side by side, from left to right.
   * Throws `cancelled` when the signal fires, `bad-request` for an image without its pixels, and what the runtime throws.
   */
  read(image: GreyImage, signal?: AbortSignal): Promise<TextLine[]>;
  dispose(): Promise<void>;
}

/** The longest side of what the detector sees; its sides are multiples of `step`. */
const longestSide = 1280;
const step = 32;
/** Means and deviations of the three channels, as the detector was trained with them. */
const channels = [
  { mean: 0.485, deviation: 0.229 },
  { mean: 0.456, deviation: 0.224 },
  { mean: 0.406, deviation: 0.225 },
];
const lineHeight = 48;
const widestLine = 48 * 50;
/**
 * Grey values, 0 to 1, are raised to this power, so that thin letters become bold: of the words of a page that was
 * scanned in greys, 95 % are read then, and 60 % as they are, most of the rest without the spaces between them.
 */
const boldness = 3;
/** Words that the model is less sure of than this are no words. */
const leastConfidence = 0.6;

/**
 * Opens the models of a folder: detection.onnx, recognition.onnx, characters.txt.
 * Throws `missing-weights`, `bad-file`, `device` or `no-memory`.
 */
export async function openTextReader(folder: string, threads: number): Promise<TextReader> {
  const list = (await readModelFile(join(folder, 'characters.txt'))).toString('utf8');
  // Number 0 is "no character", and the last one a space.
  const characters = [
    '',
    ...list
      .replace(/\n$/, '')
      .split('\n')
      .map((line) => line.replace('\r', '')),
    ' ',
  ];
  const detector = await createSessionFromFile(join(folder, 'detection.onnx'), threads);
  const recognizer = await createSessionFromFile(join(folder, 'recognition.onnx'), threads);

  async function readLines(image: GreyImage, boxes: readonly Rectangle[], signal?: AbortSignal): Promise<TextLine[]> {
    const lines: TextLine[] = [];
    for (const box of boxes) {
      await nextTurn();
      throwIfCancelled(signal);
      const { text, confidence } = await recognize(recognizer, characters, image, box);
      if (text.trim() === '' || confidence < leastConfidence) continue;
      lines.push({
        text: text.trim(),
        confidence,
        x: box.left / image.width,
        y: box.top / image.height,
        width: (box.right - box.left) / image.width,
        height: (box.bottom - box.top) / image.height,
      });
    }
    return lines;
  }

  return {
    async read(image, signal) {
      if (image.pixels.length !== image.width * image.height || image.pixels.length === 0)
        throw new LonghandError('bad-request', 'A picture has as many grey values as its width times its height.');
      const { boxes, slope } = await detect(detector, image);
      if (!isTilted(slope)) return readLines(image, boxes, signal);
      const level = straightened(image, slope);
      const found = await detect(detector, level);
      return (await readLines(level, found.boxes, signal)).map((line) => putBack(line, image, slope));
    },
    async dispose() {
      await detector.dispose();
      await recognizer.dispose();
    },
  };
}

/** The boxes of text, in pixels of the image, and the slope of its lines. */
async function detect(session: Session, image: GreyImage): Promise<TextBoxes> {
  const scale = Math.min(1, longestSide / Math.max(image.width, image.height));
  const rounded = (side: number): number => Math.max(step, Math.round((side * scale) / step) * step);
  const [width, height] = [rounded(image.width), rounded(image.height)];
  const small = resized(image, { left: 0, top: 0, right: image.width, bottom: image.height }, width, height);
  const input = new Float32Array(3 * width * height);
  channels.forEach(({ mean, deviation }, channel) => {
    const from = channel * width * height;
    small.forEach((value, i) => {
      input[from + i] = (value / 255 - mean) / deviation;
    });
  });
  const { 'sigmoid_0.tmp_0': map } = await session.run({ x: floatTensor([1, 3, height, width], input) }, [
    'sigmoid_0.tmp_0',
  ]);
  const { boxes, slope } = textBoxes(floats(map), width, height);
  const [across, down] = [image.width / width, image.height / height];
  return {
    slope: (slope * down) / across,
    boxes: boxes.map(({ left, right, top, bottom }) => ({
      left: left * across,
      right: right * across,
      top: top * down,
      bottom: bottom * down,
    })),
  };
}

/** The text of one line. */
async function recognize(
  session: Session,
  characters: readonly string[],
  image: GreyImage,
  box: Rectangle,
): Promise<{ text: string; confidence: number }> {
  const ratio = (box.right - box.left) / Math.max(1, box.bottom - box.top);
  const width = Math.min(widestLine, Math.max(lineHeight, Math.round(lineHeight * ratio)));
  const line = bold(resized(image, box, width, lineHeight));
  const input = new Float32Array(3 * width * lineHeight);
  for (let channel = 0; channel < 3; channel++)
    for (let i = 0; i < line.length; i++) input[channel * line.length + i] = (line[i] ?? 0) / 127.5 - 1;
  const { 'softmax_11.tmp_0': scores } = await session.run({ x: floatTensor([1, 3, lineHeight, width], input) }, [
    'softmax_11.tmp_0',
  ]);
  return decodeScores(floats(scores), characters);
}

/**
 * The likeliest characters, those that follow each other without a gap taken for one (Graves et al., "Connectionist
 * Temporal Classification", ICML 2006): greedy decoding.
 */
export function decodeScores(
  scores: Float32Array,
  characters: readonly string[],
): { text: string; confidence: number } {
  let text = '';
  let sum = 0;
  let count = 0;
  let last = 0;
  for (let at = 0; at < scores.length; at += characters.length) {
    let best = 0;
    for (let i = 1; i < characters.length; i++) if ((scores[at + i] ?? 0) > (scores[at + best] ?? 0)) best = i;
    if (best !== 0 && best !== last) {
      text += characters[best] ?? '';
      sum += scores[at + best] ?? 0;
      count++;
    }
    last = best;
  }
  return { text, confidence: count === 0 ? 0 : sum / count };
}

/** Grey values of a line with its letters bolder, whether they are dark or light. */
function bold(line: Float32Array): Float32Array {
  const mean = line.reduce((sum, value) => sum + value, 0) / line.length;
  const darker = (value: number): number => 255 * (value / 255) ** boldness;
  return line.map((value) => (mean < 127.5 ? 255 - darker(255 - value) : darker(value)));
}

/** A part of an image at another size: each value is the mean of what it covers, or lies between its neighbours. */
function resized(image: GreyImage, box: Rectangle, width: number, height: number): Float32Array {
  const out = new Float32Array(width * height);
  const stepX = (box.right - box.left) / width;
  const stepY = (box.bottom - box.top) / height;
  const columns = Array.from({ length: width }, (_, x) => span(box.left + x * stepX, stepX, image.width));
  for (let y = 0; y < height; y++) {
    const rows = span(box.top + y * stepY, stepY, image.height);
    for (let x = 0; x < width; x++) {
      let sum = 0;
      for (const { at: row, weight } of rows)
        for (const column of columns[x] ?? [])
          sum += (image.pixels[row * image.width + column.at] ?? 0) * weight * column.weight;
      out[y * width + x] = sum;
    }
  }
  return out;
}

/** The samples that count for a stretch of a line, with their weights. */
function span(from: number, length: number, size: number): { at: number; weight: number }[] {
  const inside = (at: number): number => Math.min(size - 1, Math.max(0, at));
  if (length <= 1) {
    // Enlarged: between the two nearest.
    const center = from + length / 2 - 0.5;
    const low = Math.floor(center);
    return [
      { at: inside(low), weight: 1 - (center - low) },
      { at: inside(low + 1), weight: center - low },
    ];
  }
  const covered: { at: number; weight: number }[] = [];
  for (let at = Math.floor(from); at < from + length; at++) {
    const overlap = Math.min(at + 1, from + length) - Math.max(at, from);
    if (overlap > 0) covered.push({ at: inside(at), weight: overlap / length });
  }
  return covered;
}
