/** The forward pass of a model file on the CPU without an engine around it, for tests that look at all logits. */
import { decoder, type ModelConfig, readModelConfig } from '../../../native-models/architectures/index.ts';
import { type GgufFile, openGguf } from '../../../native-models/formats/gguf.ts';
import { type Exactness, type PlacedModel, placeModel } from '../../../native-models/placed-model.ts';
import { createSession } from '../../../native-models/runtime.ts';
import { memoryStore } from '../../../native-models/tensor-store.ts';
import { type Forward, hostForward } from '../forward.ts';

export interface OpenForward {
  readonly forward: Forward;
  readonly vocabulary: number;
  /** Reads `tokens`, so many at a time, and gives the logits of what follows each of the places, one after the other. */
  logits(tokens: Int32Array, atOnce: number, places: Iterable<number>): AsyncGenerator<Float32Array>;
  dispose(): Promise<void>;
}

type Place = (file: GgufFile, config: ModelConfig) => PlacedModel;

const placed =
  (exactness: Exactness): Place =>
  (file, config) =>
    placeModel(file, file, config, 'cpu', exactness);

export async function openForward(path: string, how: Exactness | Place): Promise<OpenForward> {
  const file = await openGguf(path);
  const config = readModelConfig(file);
  const { embeddings, open } = (typeof how === 'string' ? placed(how) : how)(file, config);
  const session = await createSession(await decoder(config, open(memoryStore()), 'host'), {
    device: 'cpu',
    threads: 2,
  });
  const forward = hostForward(config, embeddings, session);
  const { vocabulary } = config;
  return {
    forward,
    vocabulary,
    async *logits(tokens, atOnce, places) {
      const sequence = forward.createSequence(tokens.length);
      const wanted = new Set(places);
      for (let at = 0; at < tokens.length; at += atOnce) {
        const next = tokens.subarray(at, at + atOnce);
        const rows = [...next.keys()].filter((row) => wanted.has(at + row));
        const logits = await forward.run(sequence, next, rows);
        for (const row of rows.keys()) yield logits.subarray(row * vocabulary, (row + 1) * vocabulary);
      }
      sequence.dispose();
    },
    async dispose() {
      await session.dispose();
      await file.close();
    },
  };
}
