/** What main and the perception process say to each other. */
import { z } from 'zod';
import type { Contract } from '../../base/rpc.ts';

/** The folder, below that of the weights that ship, of the model that embeds passages and questions. */
export const embeddingModelId = 'all-minilm-l6-v2-int8';
/** Those of the models that tell speech from other sounds, and that write down what is said. */
export const voiceModelId = 'silero-vad';
export const speechModelId = 'moonshine-tiny';
/** That of the models that read the text in pictures. */
export const textModelId = 'pp-ocrv4';

/** Length of an embedding. */
export const dimensions = 384;

/** Words that are asked about at once, and those that they are compared with. */
export const mostWordsAsked = 64;
export const mostWordsCompared = 16_384;
/** Characters of a word; what is longer is none. */
export const longestWord = 64;

/** Samples a second of all sound here; it has one channel. */
export const sampleRate = 16_000;
/** Samples that are judged together to be speech or not: 32 ms. */
export const frameSamples = 512;
/** What the voice model remembers of the frames before: two layers of 128 numbers, and the last 64 samples. */
export const voiceStateLength = 2 * 128 + 64;
/** The longest stretch of sound in one request, in samples: 30 s, the longest that the speech model was trained on. */
export const longestSound = 30 * sampleRate;

const embedding = z
  .instanceof(Float32Array)
  .refine(({ length }) => length === dimensions, `an embedding has ${dimensions} numbers`);

const sound = z
  .instanceof(Float32Array)
  .refine(({ length }) => length <= longestSound, `at most ${longestSound} samples are heard at once`);

const voiceState = z
  .instanceof(Float32Array)
  .refine(({ length }) => length === voiceStateLength, `a state has ${voiceStateLength} numbers`);

/** The longest side of a picture, in pixels. */
export const longestPictureSide = 4096;
const side = z.int().min(1).max(longestPictureSide);

/** A picture in grey values. */
export const picture = z
  .object({ width: side, height: side, pixels: z.instanceof(Uint8Array<ArrayBuffer>) })
  .refine(({ width, height, pixels }) => pixels.length === width * height, 'pixels are missing');

/** A line of text in a picture; its place in fractions of the picture, from the top left corner. */
export const textLine = z.object({
  text: z.string(),
  confidence: z.number(),
  x: z.number(),
  y: z.number(),
  width: z.number(),
  height: z.number(),
});

export const perceptionContract = {
  requests: {
    /** Embeddings of length 1, one for each text; the model is loaded at the first request. */
    embed: {
      params: z.object({
        /** The folder of the embedding model. */
        folder: z.string(),
        texts: z.array(z.string().max(1_000_000)).max(256),
      }),
      result: z.array(embedding),
    },
    /**
     * How alike each of some words is to others [words, others], as a cosine; 0 for others that the model has no vector of.
     * The vectors are loaded at the first request.
     */
    relateWords: {
      params: z.object({
        /** The folder of the embedding model. */
        folder: z.string(),
        words: z.array(z.string().max(longestWord)).max(mostWordsAsked),
        others: z.array(z.string().max(longestWord)).max(mostWordsCompared),
      }),
      result: z.instanceof(Float32Array),
    },
    /** How likely each frame is speech, 0 to 1, and the state to go on with. */
    detectVoice: {
      params: z.object({
        /** The folder of the voice model. */
        folder: z.string(),
        /** Whole frames. */
        samples: sound.refine(({ length }) => length % frameSamples === 0, 'there is a part of a frame'),
        /** What the request before gave back; null at the beginning. */
        state: voiceState.nullable(),
      }),
      result: z.object({ probabilities: z.instanceof(Float32Array), state: voiceState }),
    },
    /** What is said in a stretch of sound, with punctuation; empty when nothing is. Is it hardly what was said? */
    transcribe: {
      params: z.object({
        /** The folder of the speech model. */
        folder: z.string(),
        samples: sound,
      }),
      result: z.object({ text: z.string(), doubtful: z.boolean() }),
    },
    /** The lines of text in a picture, in reading order. */
    readText: {
      params: z.object({
        /** The folder of the models. */
        folder: z.string(),
        image: picture,
      }),
      result: z.array(textLine),
    },
  },
  events: {},
} satisfies Contract;

export type PerceptionContract = typeof perceptionContract;
