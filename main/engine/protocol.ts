/** What main and the engine process say to each other. */
import { z } from 'zod';
import type { Contract } from '../../base/rpc.ts';
import { blockFormatName, devicePreference, engineInfo } from './schema.ts';

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
  finishReason: z.enum(['end', 'stop', 'length', 'context', 'repeat']),
  promptTokens: z.int(),
  reusedTokens: z.int(),
  remounts: z.int(),
  attendedTokens: z.int(),
  prefillMs: z.number(),
  firstTokenMs: z.number(),
  decodeMs: z.number(),
  decodeTokens: z.int(),
  logprobs: z.array(z.array(tokenLogit)).optional(),
});

/** A place in a stream's text; see kv/stream-file.ts. */
const textPlace = z.object({ section: z.int(), token: z.int() });

const streamId = z.string().min(1).max(64);

const streamState = z.object({
  tokens: z.int(),
  complete: z.boolean(),
  bytes: z.number(),
  /** What each further token takes. */
  bytesPerToken: z.number(),
  next: textPlace,
  /** Damaged blocks in order, each with the sections that its chunk's text begins and ends in. */
  damaged: z.array(z.object({ block: z.int(), from: z.int(), to: z.int() })),
});

const textSections = z.array(z.object({ ordinal: z.int().min(0), text: z.string() }));

const generationProgress = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('prefill'), done: z.int(), total: z.int(), reused: z.int() }),
  z.object({ kind: z.literal('text'), text: z.string() }),
]);

const attendedBlock = z.object({
  stream: streamId,
  block: z.int(),
  strength: z.number(),
  tokens: z.int(),
  firstToken: z.int(),
  section: z.int(),
  character: z.int(),
  next: z.object({ section: z.int(), character: z.int() }).nullable(),
});

const mountedGeneration = generation.extend({
  whole: z.boolean(),
  attended: z.array(attendedBlock),
  mounted: z.array(z.object({ stream: streamId, tokens: z.int(), complete: z.boolean(), damaged: z.boolean() })),
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
        /** Where what was read is kept; null for an engine that only completes text. */
        streams: z
          .object({
            folder: z.string(),
            format: blockFormatName,
            /** The system message that everything is read behind. */
            system: z.string(),
          })
          .nullable(),
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
        endRepeats: z.boolean().optional(),
        /** The N best tokens of each position, prompt included. */
        logprobs: z.int().min(1).max(100).optional(),
      }),
      result: generation,
      progress: generationProgress,
    },
    /** Opens a stream, or begins one that has this header before its text. */
    openStream: {
      params: z.object({
        id: streamId,
        header: z.string().max(2000),
        /** About how many tokens it will have; null when its text may grow. */
        expected: z.int().nullable(),
      }),
      result: streamState,
    },
    /** Reads sections into a stream, from the one that its state names as the next on. */
    readStream: {
      params: z.object({ id: streamId, sections: textSections, last: z.boolean() }),
      result: streamState,
      /** Tokens read of the stream. */
      progress: z.int(),
    },
    /** Reads the chunk of a damaged block again, from the sections that the state names for it. */
    mendStream: {
      params: z.object({ id: streamId, block: z.int().min(0), sections: textSections }),
      result: streamState,
    },
    /** Lets a stream's text go on behind its end. */
    reopenStream: { params: z.object({ id: streamId }), result: streamState },
    /** Keeps a stream in fewer bits from now on, if it is kept to the bit. */
    compactStream: { params: z.object({ id: streamId }), result: streamState },
    removeStream: { params: z.object({ id: streamId, everywhere: z.boolean() }), result: z.object({}) },
    /** Bytes on disk by stream. */
    streamSizes: {
      params: z.object({}),
      result: z.object({ own: z.array(z.object({ id: streamId, bytes: z.number() })), others: z.number() }),
    },
    /** Deletes what other models keep. */
    removeOtherStreams: { params: z.object({}), result: z.object({}) },
    /** Answers from streams: what they hold is attended to, and not read again. */
    answer: {
      params: z.object({
        messages: z.array(chatMessage).min(1),
        streams: z.array(streamId),
        found: z.array(z.object({ stream: streamId, section: z.int(), start: z.int(), end: z.int() })),
        question: z.string(),
        selection: z.enum(['auto', 'chosen', 'found', 'latest', 'window']),
        /** The blocks of the one stream that `window` attends to. */
        window: z.object({ first: z.int().min(0), count: z.int().min(1) }).optional(),
        blocks: z.int().min(1).optional(),
        maxTokens: z.int().min(0),
        sampling,
        stop: z.array(z.string()).max(16),
        endRepeats: z.boolean().optional(),
      }),
      result: mountedGeneration,
      progress: generationProgress,
    },
  },
  events: {},
} satisfies Contract;

export type EngineContract = typeof engineContract;
export type ChatMessage = z.output<typeof chatMessage>;
export type Prompt = z.output<typeof prompt>;
export type Sampling = z.output<typeof sampling>;
export type Generation = z.output<typeof generation>;
export type StreamState = z.output<typeof streamState>;
export type AttendedBlock = z.output<typeof attendedBlock>;
export type MountedGeneration = z.output<typeof mountedGeneration>;
export type BlockFormatName = z.output<typeof blockFormatName>;
