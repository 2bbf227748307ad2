/** What main and the perception process say to each other. */
import { z } from 'zod';
import type { Contract } from '../../base/rpc.ts';

/** The folder, below that of the weights that ship, of the model that embeds passages and questions. */
export const embeddingModelId = 'all-minilm-l6-v2-int8';
/** Length of an embedding. */
export const dimensions = 384;

const embedding = z
  .instanceof(Float32Array)
  .refine(({ length }) => length === dimensions, `an embedding has ${dimensions} numbers`);

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
  },
  events: {},
} satisfies Contract;

export type PerceptionContract = typeof perceptionContract;
