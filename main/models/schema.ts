/** Models as they cross every boundary. */
import { z } from 'zod';

/** A model that can be chosen. */
export const modelEntry = z.object({
  id: z.string(),
  name: z.string(),
  path: z.string(),
  bundled: z.boolean(),
  architecture: z.string(),
  parameters: z.int(),
  contextLength: z.int(),
  byteSize: z.int(),
  /** About how much memory it takes while it answers. */
  memoryBytes: z.int(),
  /** Whether this machine has that much. */
  fits: z.boolean(),
  license: z.string().nullable(),
});

/** A model that was added and whose file cannot be used now: it can be removed, and not be chosen. */
const unusableModel = z.object({
  id: z.string(),
  name: z.string(),
  path: z.string(),
  bundled: z.literal(false),
  /** What is wrong with it: a sentence. */
  problem: z.string(),
});

export const listedModel = z.union([modelEntry, unusableModel]);

export type ListedModel = z.output<typeof listedModel>;
export type ModelEntry = z.output<typeof modelEntry>;
