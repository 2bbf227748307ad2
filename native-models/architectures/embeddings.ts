import { LonghandError } from '../../base/errors.ts';
import { dequantize } from '../formats/dequantize.ts';
import type { GgufFile } from '../formats/gguf.ts';
import type { Mixing } from '../mixing.ts';
import type { ModelConfig } from './decoder.ts';

/**
 * The embeddings of tokens, read from the model's file each time: a few hundred bytes a token, which the system has in
 * memory. A table in a graph would be in memory besides, and for most types in 32 bits.
 */
export interface TokenEmbeddings {
  /**
   * [tokens, hidden], mixed where the model's weights are. Throws `bad-request` for what is no token, and `bad-file` when
   * the file has become shorter.
   */
  of(tokens: Int32Array): Float32Array<ArrayBuffer>;
}

export const embeddingName = 'token_embd.weight';

export function tokenEmbeddings(
  { tensors, readNow }: Pick<GgufFile, 'tensors' | 'readNow'>,
  { hidden, vocabulary, embeddingScale }: Pick<ModelConfig, 'hidden' | 'vocabulary' | 'embeddingScale'>,
  mixing?: Mixing,
): TokenEmbeddings {
  const table = tensors.get(embeddingName);
  if (!table)
    throw new LonghandError('bad-file', `The model lacks the weights "${embeddingName}". Get the file again.`);
  const rowBytes = table.byteLength / vocabulary;
  return {
    of(tokens) {
      const bytes = new Uint8Array(tokens.length * rowBytes);
      for (const [index, token] of tokens.entries()) {
        if (token < 0 || token >= vocabulary) {
          throw new LonghandError('bad-request', `There is no token ${token}; the vocabulary has ${vocabulary}.`);
        }
        readNow(table.offset + token * rowBytes, bytes.subarray(index * rowBytes, (index + 1) * rowBytes));
      }
      const rows = dequantize(table.type, bytes);
      if (rows.length !== tokens.length * hidden) {
        throw new LonghandError('internal', `A row of "${embeddingName}" has not ${hidden} elements.`);
      }
      if (embeddingScale !== 1)
        for (let at = 0; at < rows.length; at++) rows[at] = (rows[at] as number) * embeddingScale;
      mixing?.apply(rows);
      return rows;
    },
  };
}
