import { createHash } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type GgufFile, type GgufTensor, openGguf } from '../../native-models/formats/gguf.ts';

/** Bytes that are looked at in each of three places of a tensor. */
const sampledBytes = 4096;

/**
 * Names a model by its file: by the size, everything that the header says, and a part of every tensor. What is kept for one
 * model is of no use to another, so those that differ in one matrix only have different names. Throws `bad-file`.
 */
export async function modelFingerprint(file: GgufFile): Promise<string> {
  const hash = createHash('sha256').update(`${file.size}`);
  for (const key of file.metadata.keys) {
    const value = file.metadata.get(key);
    hash.update(`\n${key}=`).update(ArrayBuffer.isView(value) ? value : `${value}`);
  }
  const sample = new Uint8Array(sampledBytes);
  for (const tensor of file.tensors.values()) {
    // On a slow disk all of it takes seconds, in which a window may ask for something.
    await nextTurn();
    const { name, type, dimensions, offset } = tensor;
    hash.update(`\n${name} ${type} ${dimensions.join('x')} ${offset} `);
    for (const { start, length } of samplesOf(tensor)) {
      const part = sample.subarray(0, length);
      file.readNow(offset + start, part);
      hash.update(part);
    }
  }
  return hash.digest('hex').slice(0, 32);
}

/** The same of the file with this path. Throws `not-found`, `disk`, `bad-file` or `unsupported`. */
export async function fingerprintOfModel(path: string): Promise<string> {
  const file = await openGguf(path);
  try {
    return await modelFingerprint(file);
  } finally {
    await file.close();
  }
}

/** The beginning, the middle and the end; all of a small tensor. */
function samplesOf({ byteLength }: GgufTensor): { start: number; length: number }[] {
  const length = Math.min(sampledBytes, byteLength);
  const last = byteLength - length;
  const starts = new Set([0, Math.floor(last / 2), last]);
  return [...starts].map((start) => ({ start, length }));
}
