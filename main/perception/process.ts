/**
 * The perception process: what reads material for the library while nobody waits for it. It gives way to every other
 * process of Longhand.
 */
import { availableParallelism, constants, setPriority } from 'node:os';
import { serve } from '../../base/rpc.ts';
import { parentChannel } from '../../base/utility-process.ts';
import { openEmbedder } from './embeddings.ts';
import { openTextReader } from './ocr.ts';
import { perceptionContract } from './protocol.ts';
import { openTranscriber } from './transcriber.ts';
import { openVoiceDetector } from './voice.ts';
import { openWordVectors } from './word-vectors.ts';

/** Half of the machine, and no more than runs of this size can use. */
const threads = Math.min(4, Math.max(1, Math.floor(availableParallelism() / 2)));

/** Models by their folders, loaded once; one that could not be loaded is tried again at the next request. */
function loadedOnce<Model>(open: (folder: string) => Promise<Model>): (folder: string) => Promise<Model> {
  const models = new Map<string, Promise<Model>>();
  return (folder) => {
    const known = models.get(folder);
    if (known) return known;
    const opened = open(folder);
    models.set(folder, opened);
    opened.catch(() => models.delete(folder));
    return opened;
  };
}

const embedder = loadedOnce((folder) => openEmbedder(folder, threads));
const wordVectors = loadedOnce(openWordVectors);
const voiceDetector = loadedOnce(openVoiceDetector);
const textReader = loadedOnce((folder) => openTextReader(folder, threads));
const transcriber = loadedOnce((folder) => openTranscriber(folder, threads));

setPriority(constants.priority.PRIORITY_BELOW_NORMAL);

serve(
  perceptionContract,
  {
    embed: async ({ folder, texts }, { signal }) => (await embedder(folder)).embed(texts, signal),
    async relateWords({ folder, words, others }, { signal }) {
      const known = await wordVectors(folder);
      return known.likeness(await (await embedder(folder)).embed(words, signal), others);
    },
    detectVoice: async ({ folder, samples, state }, { signal }) =>
      (await voiceDetector(folder)).detect(samples, state, signal),
    transcribe: async ({ folder, samples }, { signal }) => (await transcriber(folder)).transcribe(samples, signal),
    readText: async ({ folder, image }, { signal }) => (await textReader(folder)).read(image, signal),
  },
  parentChannel(),
);
