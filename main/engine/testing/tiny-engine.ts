import { type Engine, type LoadOptions, loadEngine } from '../engine.ts';

/** The tiny model in floats, with streams in this folder. */
export const loadTiny = (modelPath: string, folder: string, options: Partial<LoadOptions> = {}): Promise<Engine> =>
  loadEngine({
    modelPath,
    device: 'cpu',
    threads: 1,
    precision: 'float',
    streams: { folder, format: 'int8', system: 'Read.' },
    ...options,
  });

export const greedySampling = { temperature: 0, topP: 1, topK: 0, minP: 0, repetitionPenalty: 1, seed: 0 };

/** Text in the characters that the tiny model knows; always the same. */
export function tinyText(length: number): string {
  let state = 99;
  const words: string[] = [];
  for (let size = 0; size < length; ) {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    const word = (state % 46_656).toString(36);
    words.push(word);
    size += word.length + 1;
  }
  return words.join(' ').slice(0, length);
}
