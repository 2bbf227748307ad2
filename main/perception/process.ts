/**
 * The perception process: what reads material for the library while nobody waits for it. It gives way to every other
 * process of Longhand.
 */
import { availableParallelism, constants, setPriority } from 'node:os';
import { serve } from '../../base/rpc.ts';
import { parentChannel } from '../../base/utility-process.ts';
import { type Embedder, openEmbedder } from './embeddings.ts';
import { perceptionContract } from './protocol.ts';

/** Half of the machine, and no more than runs of this size can use. */
const threads = Math.min(4, Math.max(1, Math.floor(availableParallelism() / 2)));

const embedders = new Map<string, Promise<Embedder>>();

/** The model of a folder, loaded once; one that could not be loaded is tried again at the next request. */
function embedder(folder: string): Promise<Embedder> {
  const known = embedders.get(folder);
  if (known) return known;
  const opened = openEmbedder(folder, threads);
  embedders.set(folder, opened);
  opened.catch(() => embedders.delete(folder));
  return opened;
}

setPriority(constants.priority.PRIORITY_BELOW_NORMAL);

serve(
  perceptionContract,
  { embed: async ({ folder, texts }, { signal }) => (await embedder(folder)).embed(texts, signal) },
  parentChannel(),
);
