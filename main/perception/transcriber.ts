/**
 * Speech → text. The model is Moonshine (Jeffries et al., "Moonshine: Speech Recognition for Live Transcription and
 * Voice Commands", https://arxiv.org/abs/2410.15608): an encoder over the samples themselves and a decoder that writes
 * tokens; its work grows with the length of the sound.
 */
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { deflateSync } from 'node:zlib';
import { Tokenizer } from '@huggingface/tokenizers';
import { LonghandError, throwIfCancelled } from '../../base/errors.ts';
import {
  createSessionFromFile,
  flagTensor,
  floats,
  floatTensor,
  integerTensor,
  type Session,
  type Tensor,
} from '../../native-models/runtime.ts';
import { readJson } from './model-files.ts';
import { longestSound, sampleRate } from './protocol.ts';
import { endlessCycle, withoutEndlessCycle } from './repetition.ts';

export interface HeardSpeech {
  /** With the punctuation that the model gives it; empty when it hears nothing. */
  text: string;
  /** The text is hardly what was said: another language perhaps, or no speech at all. */
  doubtful: boolean;
}

export interface Transcriber {
  /**
   * What is said in up to 30 s of sound at 16 kHz. Between two tokens there is a turn of the event loop.
   * Throws `cancelled` when the signal fires, `bad-request` for longer sound, and what the runtime throws.
   */
  transcribe(samples: Float32Array, signal?: AbortSignal): Promise<HeardSpeech>;
  dispose(): Promise<void>;
}

const layers = 6;
const heads = 8;
const headSize = 36;
const startToken = 1;
const endToken = 2;
/** The quickest speakers need some 6 tokens a second; what is longer than this was not heard but made up. */
const tokensInSecond = 8;
const spareTokens = 4;
/**
 * A text is doubtful when the geometric mean of its tokens' probabilities is lower than this. Measured with voices of
 * espeak-ng: 0.56 to 0.82 for English, clean and in noise, 0.21 to 0.37 for German, French and Russian…
 */
const leastConfidence = 0.45;
/** …or when it is so much longer than its compressed form, as a text is that says the same over and over. */
const mostRepetition = 2.4;
/** The encoder's convolutions need some samples to give anything. */
const fewestSamples = sampleRate / 4;

const cacheNames = Array.from({ length: layers }, (_, layer) =>
  ['key', 'value'].map((part) => ({ layer, part })),
).flat();

/**
 * Opens the model of a folder: encoder_model.onnx, decoder_model_merged.onnx and tokenizer.json.
 * Throws `missing-weights`, `bad-file`, `device` or `no-memory`.
 */
export async function openTranscriber(folder: string, threads: number): Promise<Transcriber> {
  const tokenizer = await readJson(join(folder, 'tokenizer.json'), (content) => new Tokenizer(Object(content), {}));
  const encoder = await createSessionFromFile(join(folder, 'encoder_model.onnx'), threads);
  const decoder = await createSessionFromFile(join(folder, 'decoder_model_merged.onnx'), threads);

  return {
    async transcribe(samples, signal) {
      if (samples.length > longestSound)
        throw new LonghandError(
          'bad-request',
          `${samples.length} samples are more than the speech model takes at once.`,
        );
      const input = new Float32Array(Math.max(fewestSamples, samples.length));
      input.set(samples);
      const { last_hidden_state: heard } = await encoder.run({ input_values: floatTensor([1, input.length], input) }, [
        'last_hidden_state',
      ]);
      if (!heard) throw new LonghandError('internal', 'The speech model heard nothing.');
      const mostTokens = Math.ceil((samples.length / sampleRate) * tokensInSecond) + spareTokens;
      const { tokens, confidence } = await writeTokens(decoder, heard, mostTokens, signal);
      if (tokens.length === 0) return { text: '', doubtful: false };
      const said = tokenizer.decode(tokens, { skip_special_tokens: true });
      const text = tokenizer.decode([...withoutEndlessCycle(tokens)], { skip_special_tokens: true }).trim();
      return { text, doubtful: confidence < leastConfidence || repetition(said) > mostRepetition };
    },
    async dispose() {
      await encoder.dispose();
      await decoder.dispose();
    },
  };
}

/** The likeliest tokens one after the other, until the model ends, repeats itself, or has written `most`. */
async function writeTokens(
  decoder: Session,
  heard: Tensor,
  most: number,
  signal?: AbortSignal,
): Promise<{ tokens: number[]; confidence: number }> {
  const tokens: number[] = [];
  let logProbability = 0;
  const cache = new Map<string, Tensor>();
  const empty = floatTensor([1, heads, 0, headSize], new Float32Array(0));
  for (const { layer, part } of cacheNames)
    for (const side of ['decoder', 'encoder']) cache.set(`${layer}.${side}.${part}`, empty);
  // The encoder's keys and values are made in the first step, and stay.
  const namesOf = (sides: string[]): string[] =>
    cacheNames.flatMap(({ layer, part }) => sides.map((side) => `${layer}.${side}.${part}`));
  let token = startToken;
  while (tokens.length < most) {
    await nextTurn();
    throwIfCancelled(signal);
    const first = tokens.length === 0;
    const names = namesOf(first ? ['decoder', 'encoder'] : ['decoder']);
    const past = Object.fromEntries([...cache].map(([name, tensor]) => [`past_key_values.${name}`, tensor]));
    const { logits, ...present } = await decoder.run(
      {
        input_ids: integerTensor([1, 1], [token]),
        encoder_hidden_states: heard,
        use_cache_branch: flagTensor(!first),
        ...past,
      },
      ['logits', ...names.map((name) => `present.${name}`)],
    );
    for (const name of names) {
      const tensor = present[`present.${name}`];
      if (tensor) cache.set(name, tensor);
    }
    const scores = floats(logits);
    token = likeliest(scores);
    if (token === endToken) break;
    logProbability += logProbabilityOf(token, scores);
    tokens.push(token);
    if (endlessCycle(tokens) !== undefined) break;
  }
  return { tokens, confidence: Math.exp(logProbability / Math.max(1, tokens.length)) };
}

function logProbabilityOf(token: number, logits: Float32Array): number {
  const logit = logits[token] ?? 0;
  return -Math.log(logits.reduce((sum, other) => sum + Math.exp(other - logit), 0));
}

/** How often a text says the same: its length over that of its compressed form. */
const repetition = (text: string): number => text.length / deflateSync(text).length;

function likeliest(logits: Float32Array): number {
  let best = 0;
  for (let i = 1; i < logits.length; i++) if ((logits[i] ?? 0) > (logits[best] ?? 0)) best = i;
  return best;
}
