/**
 * Texts → sentence embeddings: points in a space of 384 dimensions in which texts of like meaning lie close together
 * (Reimers & Gurevych, "Sentence-BERT", https://arxiv.org/abs/1908.10084). The model is a BERT encoder; a text's
 * embedding is the mean of its tokens' vectors, brought to length 1, so that the dot product of two is their cosine.
 */
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Tokenizer } from '@huggingface/tokenizers';
import { z } from 'zod';
import { throwIfCancelled } from '../../base/errors.ts';
import { createSessionFromFile, floats, integerTensor, type Session } from '../../native-models/runtime.ts';
import { readJson } from './model-files.ts';
import { dimensions } from './protocol.ts';

export interface Embedder {
  /**
   * One vector of `dimensions` floats and length 1 for each text, in order. A text without any token gets the vector
   * of the empty text. Between runs of the model there is a turn of the event loop.
   * Throws `cancelled` when the signal fires, and what the runtime throws.
   */
  embed(texts: readonly string[], signal?: AbortSignal): Promise<Float32Array<ArrayBuffer>[]>;
  dispose(): Promise<void>;
}

/**
 * Tokens of one run of the model, padding included: at most some hundred milliseconds of work on one thread. Measured,
 * larger runs take longer for each text, because their intermediate results fall out of the caches.
 */
const tokensInRun = 256;
/** Texts are tokenized in pieces of about this many characters: a tokenizer's time may grow faster than its text. */
const charactersInPiece = 2000;

const sentenceConfig = z.object({ max_seq_length: z.int().min(3) });

/** The part of a text that the model sees at once. */
interface Window {
  text: number;
  /** Token ids, the two special ones around them included. */
  ids: number[];
}

/**
 * Opens the model of a folder: model.onnx, tokenizer.json and sentence_bert_config.json, as sentence-transformers
 * writes them. Throws `missing-weights`, `bad-file`, `device` or `no-memory`.
 */
export async function openEmbedder(folder: string, threads: number): Promise<Embedder> {
  const tokenizer = await readJson(join(folder, 'tokenizer.json'), (content) => new Tokenizer(Object(content), {}));
  const { max_seq_length: longest } = await readJson(join(folder, 'sentence_bert_config.json'), sentenceConfig.parse);
  const [first = 0, last = 0] = tokenizer.encode('').ids;
  const session = await createSessionFromFile(join(folder, 'model.onnx'), threads);

  /** All of a text, in windows of as many tokens as the model takes: nothing is cut off. */
  function windowsOf(content: string, text: number): Window[] {
    const ids = pieces(content).flatMap((piece) => tokenizer.encode(piece, { add_special_tokens: false }).ids);
    const windows: Window[] = [];
    for (let at = 0; at === 0 || at < ids.length; at += longest - 2)
      windows.push({ text, ids: [first, ...ids.slice(at, at + longest - 2), last] });
    return windows;
  }

  return {
    async embed(texts, signal) {
      const windows: Window[] = [];
      for (const [index, text] of texts.entries()) {
        windows.push(...windowsOf(text, index));
        if (text.length > charactersInPiece) await nextTurn();
        throwIfCancelled(signal);
      }
      const sums = texts.map(() => new Float32Array(dimensions));
      for (const batch of batches(windows)) {
        const hidden = await run(session, batch);
        for (const [row, window] of batch.entries()) addTokens(sums[window.text], hidden, row, batch);
        await nextTurn();
        throwIfCancelled(signal);
      }
      return sums.map(normalized);
    },
    dispose: () => session.dispose(),
  };
}

/** Cuts a text at white space into pieces of at most `charactersInPiece` characters; a longer word is cut anywhere. */
export function pieces(text: string): string[] {
  const all: string[] = [];
  let from = 0;
  while (text.length - from > charactersInPiece) {
    const most = text.slice(from, from + charactersInPiece);
    const space = most.search(/\s\S*$/);
    // Between two halves of a character there is no place for a cut.
    const anywhere = /[\uD800-\uDBFF]$/.test(most) ? most.length - 1 : most.length;
    const length = space > 0 ? space : anywhere;
    all.push(text.slice(from, from + length));
    from += length;
  }
  all.push(text.slice(from));
  return all;
}

/** Windows of like length together, so that little of a run is padding. */
function batches(windows: Window[]): Window[][] {
  const all: Window[][] = [];
  let longest = 0;
  for (const window of windows.toSorted((a, b) => b.ids.length - a.ids.length)) {
    const batch = all.at(-1);
    if (batch && (batch.length + 1) * longest <= tokensInRun) batch.push(window);
    else {
      all.push([window]);
      longest = window.ids.length;
    }
  }
  return all;
}

/** The last hidden states [batch, length of the first window, dimensions]; the first window is the longest. */
async function run(session: Session, batch: Window[]): Promise<Float32Array> {
  const length = batch[0]?.ids.length ?? 0;
  const shape = [batch.length, length];
  const ids = new Int32Array(batch.length * length);
  const mask = new Int32Array(batch.length * length);
  batch.forEach((window, row) => {
    ids.set(window.ids, row * length);
    mask.fill(1, row * length, row * length + window.ids.length);
  });
  const { last_hidden_state: hidden } = await session.run(
    {
      input_ids: integerTensor(shape, ids),
      attention_mask: integerTensor(shape, mask),
      token_type_ids: integerTensor(shape, new Int32Array(batch.length * length)),
    },
    ['last_hidden_state'],
  );
  return floats(hidden);
}

/** Adds the vectors of a window's tokens, padding left out. */
function addTokens(sum: Float32Array | undefined, hidden: Float32Array, row: number, batch: Window[]): void {
  if (!sum) return;
  const length = batch[0]?.ids.length ?? 0;
  const tokens = batch[row]?.ids.length ?? 0;
  for (let token = 0; token < tokens; token++) {
    const at = (row * length + token) * dimensions;
    for (let i = 0; i < dimensions; i++) sum[i] = (sum[i] ?? 0) + (hidden[at + i] ?? 0);
  }
}

/** The vector of length 1 in the same direction; of a sum it makes what it makes of the mean. */
function normalized(vector: Float32Array<ArrayBuffer>): Float32Array<ArrayBuffer> {
  const length = Math.hypot(...vector);
  return length > 0 ? vector.map((value) => value / length) : vector;
}
