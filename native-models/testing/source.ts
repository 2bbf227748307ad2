import { type GgufTensor, parseGguf } from '../formats/gguf.ts';
import { encodeGguf, type TensorInput } from '../formats/testing/gguf-writer.ts';
import type { WeightSource } from '../weights.ts';

/** The tensors as a GGUF file has them, in memory. */
export function sourceOf(...tensors: TensorInput[]): WeightSource & { readonly reads: string[] } {
  const bytes = encodeGguf({}, tensors);
  const parsed = parseGguf(bytes, 'test.gguf');
  const reads: string[] = [];
  return {
    tensors: parsed.tensors,
    reads,
    async readTensor(name) {
      reads.push(name);
      const { offset, byteLength } = parsed.tensors.get(name) as GgufTensor;
      return bytes.slice(offset, offset + byteLength);
    },
  };
}
