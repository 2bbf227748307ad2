/** What main and the engine process say to each other. */
import { z } from 'zod';
import type { Contract } from '../../base/rpc.ts';
import { devicePreference, engineInfo } from './schema.ts';

const chatMessage = z.object({ role: z.enum(['system', 'user', 'assistant']), content: z.string() });

/** A chat to answer through the model's template, or raw text to continue. */
const prompt = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('chat'), messages: z.array(chatMessage) }),
  z.object({ kind: z.literal('text'), text: z.string() }),
]);

const sampling = z.object({
  /** 0 always takes the likeliest token. */
  temperature: z.number().min(0).max(5),
  topP: z.number().min(0).max(1),
  topK: z.int().min(0),
  minP: z.number().min(0).max(1),
  repetitionPenalty: z.number().min(0.5).max(2),
  seed: z.int().min(0),
});

const tokenLogit = z.object({ id: z.int(), token: z.string(), logit: z.number() });

const generation = z.object({
  text: z.string(),
  tokens: z.array(z.int()),
  finishReason: z.enum(['end', 'stop', 'length', 'context']),
  promptTokens: z.int(),
  reusedTokens: z.int(),
  attendedTokens: z.int(),
  prefillMs: z.number(),
  firstTokenMs: z.number(),
  decodeMs: z.number(),
  decodeTokens: z.int(),
  logprobs: z.array(z.array(tokenLogit)).optional(),
});

export const engineContract = {
  requests: {
    load: {
      params: z.object({
        modelId: z.string(),
        modelPath: z.string(),
        device: devicePreference,
        threads: z.int().min(1).nullable(),
        /** Where prepared weights are kept, so that the next start is quick. */
        cacheFolder: z.string(),
      }),
      result: engineInfo,
      progress: z.number().min(0).max(1),
    },
    /** Tokens of each text. */
    countTokens: { params: z.object({ texts: z.array(z.string()) }), result: z.array(z.int()) },
    /** Tokens of a whole prompt, as `generate` would see it. */
    countPrompt: { params: z.object({ prompt }), result: z.int() },
    generate: {
      params: z.object({
        prompt,
        maxTokens: z.int().min(0),
        sampling,
        stop: z.array(z.string()).max(16),
        /** The N best tokens of each position, prompt included. */
        logprobs: z.int().min(1).max(100).optional(),
      }),
      result: generation,
      progress: z.discriminatedUnion('kind', [
        z.object({ kind: z.literal('prefill'), done: z.int(), total: z.int(), reused: z.int() }),
        z.object({ kind: z.literal('text'), text: z.string() }),
      ]),
    },
  },
  events: {},
} satisfies Contract;

export type EngineContract = typeof engineContract;
export type ChatMessage = z.output<typeof chatMessage>;
export type Prompt = z.output<typeof prompt>;
export type Sampling = z.output<typeof sampling>;
export type Generation = z.output<typeof generation>;
