import type { ModelConfig, TokenEmbeddings } from '../../native-models/architectures/index.ts';
import type { Session } from '../../native-models/runtime.ts';
import { emptyCache, tokenReader } from './forward.ts';

/**
 * Language models keep a few columns of their normalized values far above all others, whatever they read (Dettmers et
 * al. 2022; Sun et al. 2024, "Massive Activations"). Integer arithmetic needs to know which.
 */

/** Columns that are set apart in each row. More gain little: measured, the fifth largest is no outlier. */
const count = 8;

/** Read to find them. It needs variety more than meaning; the first token of a sequence is the most extreme. */
export const probeText =
  'The library opens at 9 and closes at 18:30. "Which books?" she asked, and he began: history, law, medicine; ' +
  'x = 2 * (y + 1); then a list of 17 names from Ålesund to Zürich.\n\n# Notes\n- Tides rise because of the moon.\n';

/** By row of `normalized` (see decoder.ts), the columns that are largest while a graph of the token form reads `tokens`. */
export async function findOutliers(
  config: ModelConfig,
  session: Session,
  embeddings: TokenEmbeddings,
  tokens: Int32Array,
): Promise<number[][]> {
  const { layers, hidden } = config;
  const cache = emptyCache(config, tokens.length);
  const read = tokenReader(config, session, embeddings);
  const largest = new Float32Array(2 * layers * hidden);
  for (const token of tokens) {
    const normalized = await read(cache, token, 'normalized');
    for (const [index, value] of normalized.entries()) {
      largest[index] = Math.max(largest[index] as number, Math.abs(value));
    }
  }
  return Array.from({ length: 2 * layers }, (_, row) => {
    const magnitudes = largest.subarray(row * hidden, (row + 1) * hidden);
    const columns = Array.from(magnitudes.keys()).sort((a, b) => (magnitudes[b] ?? 0) - (magnitudes[a] ?? 0));
    return columns.slice(0, count).sort((a, b) => a - b);
  });
}
