import { LonghandError, throwIfCancelled } from '../../base/errors.ts';
import { type RepetitionLimits, repetitionAtEnd } from '../../base/repetition.ts';
import type { Tokenizer } from '../../native-models/formats/tokenizer.ts';
import type { Forward } from './forward.ts';
import type { Held, Sequences } from './kv/sequences.ts';
import type { Mounted } from './kv/working-set.ts';
import type { Pace } from './pace.ts';
import { best, createSampler, type Sampling } from './sampling.ts';
import { watchForStops } from './stop-strings.ts';

export interface GenerateOptions {
  /** The prompt, or what follows `mounted` in it; at least one token. */
  readonly tokens: Int32Array;
  /** What the prompt begins with and need not be computed. */
  readonly mounted?: Mounted | undefined;
  /**
   * Asked now and then while writing, with the tokens written so far, whether something else should be mounted; what is
   * not mounted is read anew behind it.
   */
  readonly remount?: ((made: readonly number[]) => Promise<Mounted | undefined>) | undefined;
  readonly maxTokens: number;
  readonly sampling: Sampling;
  readonly stop: readonly string[];
  /** Ends a text that goes round in circles, and leaves out what it said again. */
  readonly endRepeats?: boolean | undefined;
  /** How many of the best tokens to return for each position, prompt included. */
  readonly logprobs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onPrefill?: (progress: { done: number; total: number; reused: number }) => void;
  /** Called with whole characters that are sure to be part of the text. */
  readonly onText?: (text: string) => void;
}

export interface TokenLogit {
  id: number;
  token: string;
  logit: number;
}

/**
 * end: the model ended its text; stop: a stop string; length: maxTokens; context: the window is full; repeat: it said the
 * same again and again.
 */
export type FinishReason = 'end' | 'stop' | 'length' | 'context' | 'repeat';

export interface Generation {
  text: string;
  /** The tokens of the text and of a stop string, without the one that ended it. */
  tokens: number[];
  finishReason: FinishReason;
  promptTokens: number;
  /** Tokens of the prompt whose keys and values were there already: mounted, or kept from before. */
  reusedTokens: number;
  /** How often something else was mounted while writing. */
  remounts: number;
  /** Tokens that the last step attended to. */
  attendedTokens: number;
  prefillMs: number;
  /** From the call to the first token. */
  firstTokenMs: number;
  decodeMs: number;
  /** Tokens decoded within decodeMs, the first not among them. */
  decodeTokens: number;
  /** One list for each position that was read: what was likeliest to follow it. */
  logprobs?: TokenLogit[][];
}

export interface Generator {
  readonly forward: Forward;
  readonly sequences: Sequences;
  readonly tokenizer: Tokenizer;
  readonly contextLength: number;
  readonly pace: Pace;
}

/**
 * Continues the prompt. Throws `too-large` when it does not fit the window, `bad-request` for what is not a token, and
 * `cancelled`; what was read until then is kept for the next call.
 */
export async function generate(generator: Generator, options: GenerateOptions): Promise<Generation> {
  const { tokenizer, contextLength } = generator;
  const { tokens, mounted, maxTokens, signal } = options;
  const promptTokens = (mounted?.marks.length ?? 0) + tokens.length;
  checkPrompt(tokens, promptTokens, tokenizer.vocabularySize, contextLength);
  throwIfCancelled(signal);
  const began = performance.now();
  const prompt = [...(mounted?.marks ?? []), ...tokens];
  const held = await hold(generator, prompt, mounted, Math.min(contextLength, promptTokens + maxTokens), signal);
  // The logits of every position are wanted, so every position is read.
  if (options.logprobs && !mounted) rewind(held);
  const reusedTokens = held.tokens.length;
  const logprobs: TokenLogit[][] = [];
  const note = (logits: Float32Array): void => {
    if (!options.logprobs) return;
    logprobs.push(
      best(logits, options.logprobs).map(({ id, logit }) => ({ id, token: tokenText(tokenizer, id), logit })),
    );
  };

  const logits = await prefill(generator, held, prompt, options, note);
  const prefilled = performance.now();
  const continuation = await decode(generator, held, logits, options, note);
  const ended = performance.now();
  return {
    text: continuation.text,
    tokens: continuation.tokens,
    finishReason: continuation.finishReason,
    promptTokens,
    reusedTokens,
    remounts: continuation.remounts,
    attendedTokens: continuation.attendedTokens,
    prefillMs: prefilled - began,
    firstTokenMs: continuation.firstTokenAt - began,
    decodeMs: ended - continuation.firstTokenAt,
    decodeTokens: Math.max(0, continuation.written - 1),
    ...(options.logprobs && { logprobs }),
  };
}

/** A sequence that begins as the prompt does, with everything mounted in its place. */
async function hold(
  { sequences, forward }: Generator,
  prompt: readonly number[],
  mounted: Mounted | undefined,
  expected: number,
  signal: AbortSignal | undefined,
): Promise<Held> {
  const held = sequences.take(prompt, expected);
  const shared = held.tokens.length;
  if (!mounted || shared >= mounted.marks.length) return held;
  const from = mounted.boundary(shared);
  try {
    const cache = held.sequence.cache ?? forward.emptyCache(expected);
    cache.truncate(held.sequence.cache ? from : 0);
    await mounted.place(cache, held.sequence.cache ? from : 0, signal);
    if (!held.sequence.cache) {
      held.sequence.dispose();
      held.sequence = forward.mount(cache, expected);
    }
  } catch (thrown) {
    // Some of the blocks may be in place: what the sequence holds is no longer known.
    rewind(held);
    throw thrown;
  }
  held.tokens = [...mounted.marks];
  return held;
}

function checkPrompt(tokens: Int32Array, promptTokens: number, vocabularySize: number, contextLength: number): void {
  if (tokens.length === 0) throw new LonghandError('bad-request', 'There is nothing to continue: the prompt is empty.');
  const stranger = tokens.find((id) => id < 0 || id >= vocabularySize);
  if (stranger !== undefined) {
    throw new LonghandError('bad-request', `There is no token ${stranger}; the vocabulary has ${vocabularySize}.`);
  }
  checkLength(promptTokens, contextLength);
}

/** Throws `too-large` for a prompt that does not fit the window. */
export function checkLength(promptTokens: number, contextLength: number): void {
  if (promptTokens <= contextLength) return;
  throw new LonghandError(
    'too-large',
    `The prompt has ${promptTokens} tokens and the model reads at most ${contextLength}. Shorten it.`,
  );
}

function rewind(held: Held): void {
  held.tokens = [];
  held.sequence.truncate(0);
}

/** Reads tokens and adds them to what is held. */
async function read(
  { forward }: Generator,
  { tokens, sequence }: Held,
  next: Int32Array,
  rows: readonly number[],
  signal: AbortSignal | undefined,
): Promise<Float32Array> {
  throwIfCancelled(signal);
  const logits = await forward.run(sequence, next, rows);
  for (const id of next) tokens.push(id);
  return logits;
}

/** Reads what the prompt has beyond what is held, in chunks, its last token by itself; returns the logits after it. */
async function prefill(
  generator: Generator,
  held: Held,
  prompt: readonly number[],
  { logprobs, signal, onPrefill }: Pick<GenerateOptions, 'logprobs' | 'signal' | 'onPrefill'>,
  note: (logits: Float32Array) => void,
): Promise<Float32Array> {
  const { pace } = generator;
  const { vocabularySize } = generator.tokenizer;
  const reused = held.tokens.length;
  const last = prompt.length - 1;
  const report = () => onPrefill?.({ done: held.tokens.length, total: prompt.length, reused });
  report();
  while (held.tokens.length < last) {
    const done = held.tokens.length;
    const chunk = Int32Array.from(prompt.slice(done, Math.min(done + pace.chunk, last)));
    const rows = logprobs ? Array.from(chunk, (_, index) => index) : [];
    const before = performance.now();
    const logits = await read(generator, held, chunk, rows, signal);
    if (chunk.length === pace.chunk) pace.measured(chunk.length, performance.now() - before);
    for (const row of rows) note(logits.subarray(row * vocabularySize, (row + 1) * vocabularySize));
    report();
  }
  const logits = await read(generator, held, Int32Array.from(prompt.slice(last)), [0], signal);
  note(logits);
  report();
  return logits;
}

interface Continuation {
  text: string;
  tokens: number[];
  /** Tokens that were written, those that say the same again among them. */
  written: number;
  finishReason: FinishReason;
  firstTokenAt: number;
  attendedTokens: number;
  remounts: number;
}

/** What counts as going round in circles: a stretch that comes for the third time, or a short one more often. */
export const circles: RepetitionLimits = { longestStretch: 256, enough: (stretch) => Math.max(32, 2 * stretch) };

/** Tokens written between two questions whether something else should be mounted. */
const remountEvery = 64;

async function decode(
  generator: Generator,
  begun: Held,
  afterPrompt: Float32Array,
  { tokens, maxTokens, sampling, stop, endRepeats, remount, signal, onText }: GenerateOptions,
  note: (logits: Float32Array) => void,
): Promise<Continuation> {
  let held = begun;
  let remounts = 0;
  const { tokenizer, contextLength } = generator;
  const sample = createSampler(sampling);
  const decoder = tokenizer.streamDecoder();
  const stops = watchForStops(stop);
  const made: number[] = [];
  let text = '';
  /** By token, the length of the text with it. */
  const lengths: number[] = [];
  let firstTokenAt: number | undefined;
  const show = (piece: string): void => {
    text += piece;
    if (piece !== '') onText?.(piece);
  };
  const finish = (finishReason: FinishReason): Continuation => {
    if (finishReason !== 'stop') show(stops.push(decoder.end()).text + stops.end());
    return {
      text,
      tokens: made,
      written: made.length,
      finishReason,
      firstTokenAt: firstTokenAt ?? performance.now(),
      attendedTokens: held.tokens.length,
      remounts,
    };
  };

  const withoutRepeats = (repeated: number): Continuation => {
    const kept = made.length - repeated;
    const finished = finish('repeat');
    return { ...finished, tokens: made.slice(0, kept), text: text.slice(0, lengths[kept - 1]).trimEnd() };
  };

  for (let logits = afterPrompt; ; ) {
    if (made.length >= maxTokens) return finish('length');
    // Only what was written is penalized: what was read is there to be repeated.
    const id = sample(logits, made);
    firstTokenAt ??= performance.now();
    if (tokenizer.endOfGeneration.has(id)) return finish('end');
    made.push(id);
    const { text: piece, stopped } = stops.push(decoder.push(id));
    show(piece);
    lengths.push(text.length);
    if (stopped) return finish('stop');
    const circle = endRepeats && repetitionAtEnd(made, circles);
    if (circle) return withoutRepeats(circle.repeated);
    if (made.length >= maxTokens) return finish('length');
    if (held.tokens.length >= contextLength) return finish('context');
    const other = made.length % remountEvery === 0 ? await remount?.(made) : undefined;
    if (other && other.marks.length + tokens.length + made.length < contextLength) {
      const prompt = [...other.marks, ...tokens, ...made];
      const expected = Math.min(contextLength, prompt.length + maxTokens - made.length);
      held = await hold(generator, prompt, other, expected, signal);
      logits = await prefill(generator, held, prompt, { signal }, note);
      remounts++;
    } else {
      logits = await read(generator, held, Int32Array.of(id), [0], signal);
      note(logits);
    }
  }
}

function tokenText(tokenizer: Tokenizer, id: number): string {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(tokenizer.tokenBytes(id));
}
