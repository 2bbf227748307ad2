/** The forward pass of a model file on the CPU without an engine around it, for tests that look at all logits. */
import { decoder, decoderHead, readModelConfig, tokenEmbeddings } from '../../../native-models/architectures/index.ts';
import { openGguf } from '../../../native-models/formats/gguf.ts';
import { createTokenizer } from '../../../native-models/formats/tokenizer.ts';
import type { Output } from '../../../native-models/graph/onnx.ts';
import { createSession, type Session } from '../../../native-models/runtime.ts';
import { memoryStore } from '../../../native-models/tensor-store.ts';
import { openWeights, type Precision } from '../../../native-models/weights.ts';
import { type Forward, hostForward } from '../forward.ts';
import { findOutliers, probeText } from '../outliers.ts';

export interface OpenForward {
  readonly forward: Forward;
  readonly vocabulary: number;
  /** Reads `tokens`, so many at a time, and gives the logits of what follows each of the places, one after the other. */
  logits(tokens: Int32Array, atOnce: number, places: Iterable<number>): AsyncGenerator<Float32Array>;
  dispose(): Promise<void>;
}

export async function openForward(path: string, precision: Precision): Promise<OpenForward> {
  const file = await openGguf(path);
  const config = readModelConfig(file);
  const weights = openWeights(file, memoryStore(), precision);
  const sessions: Session[] = [];
  const start = async (outputs: Output[]): Promise<Session> => {
    const session = await createSession(outputs, { device: 'cpu', threads: 2 });
    sessions.push(session);
    return session;
  };
  const token = await start(await decoder(config, weights, 'token', async () => []));
  const embeddings = tokenEmbeddings(file, config);
  const outliers = await findOutliers(config, token, embeddings, createTokenizer(file.metadata).encode(probeText));
  const chunk = await start(await decoder(config, weights, 'chunk', async (row) => outliers[row] ?? []));
  const head = await start(await decoderHead(config, weights));
  const forward = hostForward(config, embeddings, { token, chunk, head: async () => head });
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
      for (const session of sessions) await session.dispose();
      await file.close();
    },
  };
}
