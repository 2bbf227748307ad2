import { describe, expect, it } from 'vitest';
import { parseGguf } from '../formats/gguf.ts';
import { encodeGguf, type MetadataInput } from '../formats/testing/gguf-writer.ts';
import { readModelConfig } from './index.ts';

const sizes: Record<string, MetadataInput> = {
  'general.architecture': 'llama',
  'llama.block_count': 2,
  'llama.context_length': 512,
  'llama.embedding_length': 32,
  'llama.feed_forward_length': 48,
  'llama.attention.head_count': 4,
};
const embeddings = {
  name: 'token_embd.weight',
  type: 'F32',
  dimensions: [32, 3],
  data: new Float32Array(32 * 3),
} as const;

const read = (metadata: Record<string, MetadataInput> = {}) =>
  readModelConfig(parseGguf(encodeGguf({ ...sizes, ...metadata }, [embeddings]), 'test.gguf'));

describe('readModelConfig', () => {
  it('gives the sizes of a model', () => {
    expect(read()).toMatchObject({ layers: 2, hidden: 32, heads: 4, keyValueHeads: 4, headSize: 8, vocabulary: 3 });
    expect(read({ 'llama.expert_count': 0 }).layers).toBe(2);
  });

  it('refuses a mixture of experts for what it is', () => {
    expect(() => read({ 'llama.expert_count': 8 })).toThrow(
      expect.objectContaining({ code: 'unsupported', message: expect.stringMatching(/mixture of 8 experts/) }),
    );
  });
});
