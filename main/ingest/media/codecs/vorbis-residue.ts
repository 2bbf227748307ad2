/** The residue of Vorbis channels: the fine shape of their spectra (Vorbis I specification, section 8). */
import type { VorbisBits } from './vorbis-bits.ts';
import type { Codebook } from './vorbis-codebook.ts';
import type { Residue } from './vorbis-setup.ts';

/** Reads the residues of `vectors`, adding to them; an `undefined` one is left out. */
export function readResidue(
  bits: VorbisBits,
  residue: Residue,
  vectors: readonly (Float32Array | undefined)[],
  codebooks: readonly Codebook[],
): void {
  if (residue.type !== 2) {
    readVectors(bits, residue, vectors, codebooks);
    return;
  }
  // All channels are coded as one vector, value by value, unless all are silent.
  const length = vectors.find(Boolean)?.length;
  if (length === undefined) return;
  const woven = new Float32Array(length * vectors.length);
  readVectors(bits, residue, [woven], codebooks);
  vectors.forEach((vector, channel) => {
    if (vector) for (let i = 0; i < length; i++) vector[i] = woven[i * vectors.length + channel] ?? 0;
  });
}

function readVectors(
  bits: VorbisBits,
  { type, begin, end, partitionSize, classifications, classBook, books }: Residue,
  vectors: readonly (Float32Array | undefined)[],
  codebooks: readonly Codebook[],
): void {
  const length = vectors.find(Boolean)?.length ?? 0;
  const from = Math.min(begin, length);
  const partitions = Math.floor((Math.min(end, length) - from) / partitionSize);
  const classes = vectors.map(() => new Uint8Array(Math.max(0, partitions)));
  const coder = codebooks[classBook];
  const together = coder?.dimensions ?? 0;
  if (!coder || together === 0) return;
  for (let pass = 0; pass < 8; pass++)
    for (let first = 0; first < partitions; first += together) {
      if (pass === 0)
        for (const [v, vector] of vectors.entries())
          if (vector) readClasses(bits, coder, classes[v], first, classifications);
      for (let partition = first; partition < Math.min(partitions, first + together); partition++)
        for (const [v, vector] of vectors.entries()) {
          // A packet may end anywhere: what is missing is zero.
          if (bits.exhausted) return;
          const book = codebooks[books[classes[v]?.[partition] ?? 0]?.[pass] ?? -1];
          if (vector && book?.vectors)
            readPartition(bits, book, vector, from + partition * partitionSize, partitionSize, type);
        }
    }
}

function readClasses(
  bits: VorbisBits,
  coder: Codebook,
  classes: Uint8Array | undefined,
  first: number,
  classifications: number,
): void {
  let word = coder.readEntry(bits);
  for (let i = coder.dimensions - 1; i >= 0; i--) {
    if (classes && first + i < classes.length) classes[first + i] = word % classifications;
    word = Math.floor(word / classifications);
  }
}

function readPartition(
  bits: VorbisBits,
  { dimensions, vectors, readEntry }: Codebook,
  target: Float32Array,
  start: number,
  size: number,
  type: number,
): void {
  const count = Math.floor(size / dimensions);
  for (let n = 0; n < count && !bits.exhausted; n++) {
    const entry = readEntry(bits) * dimensions;
    for (let i = 0; i < dimensions; i++) {
      const at = start + (type === 0 ? n + i * count : n * dimensions + i);
      target[at] = (target[at] ?? 0) + (vectors?.[entry + i] ?? 0);
    }
  }
}
