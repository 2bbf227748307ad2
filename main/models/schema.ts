/** A model that can be chosen, as it crosses every boundary. */
import { z } from 'zod';

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

export type ModelEntry = z.output<typeof modelEntry>;
