/** The headers of a Vorbis stream (Vorbis I specification, section 4.2). */
import { bitLength, VorbisBits } from './vorbis-bits.ts';
import { type Codebook, readCodebook } from './vorbis-codebook.ts';

export interface FloorClass {
  dimensions: number;
  subclassBits: number;
  masterBook: number;
  /** −1 for none. */
  books: number[];
}

/** A floor of type 1: a curve of straight lines between points. */
export interface Floor {
  partitionClasses: number[];
  classes: FloorClass[];
  multiplier: number;
  /** Where the points stand; the first two are the ends. */
  positions: number[];
  /** The points from left to right. */
  order: number[];
  /** For each point from the third on: those before it that are next to it on both sides. */
  neighbours: [number, number][];
}

export interface Residue {
  type: number;
  begin: number;
  end: number;
  partitionSize: number;
  classifications: number;
  classBook: number;
  /** By classification, then pass; −1 for none. */
  books: number[][];
}

export interface Mapping {
  couplings: { magnitude: number; angle: number }[];
  /** For each channel, its submap. */
  submapOf: number[];
  submaps: { floor: number; residue: number }[];
}

export interface VorbisSetup {
  channels: number;
  sampleRate: number;
  /** Lengths of short and long blocks. */
  blockSizes: [number, number];
  codebooks: Codebook[];
  floors: Floor[];
  residues: Residue[];
  mappings: Mapping[];
  modes: { long: boolean; mapping: number }[];
}

const list = <T>(length: number, make: (index: number) => T): T[] => Array.from({ length }, (_, i) => make(i));

/** The three headers, as containers keep them: their number less one, their lengths, themselves. */
function splitHeaders(description: Uint8Array): Uint8Array[] {
  let at = 1;
  const lengths = [0, 1].map(() => {
    let length = 0;
    while (description[at] === 255) {
      length += 255;
      at++;
    }
    return length + (description[at++] ?? 0);
  });
  const [first = 0, second = 0] = lengths;
  return [
    description.subarray(at, at + first),
    description.subarray(at + first, at + first + second),
    description.subarray(at + first + second),
  ];
}

function openHeader(bytes: Uint8Array | undefined, type: number): VorbisBits {
  const bits = new VorbisBits(bytes ?? new Uint8Array(0));
  if (bits.read(8) !== type || ![...'vorbis'].every((letter) => bits.read(8) === letter.charCodeAt(0)))
    throw new Error('A Vorbis header does not begin like one.');
  return bits;
}

/** Reads the headers; throws for damaged ones, and for floors of type 0, which no encoder of this century makes. */
export function readSetup(description: Uint8Array): VorbisSetup {
  const [identification, , setup] = splitHeaders(description);
  const bits = openHeader(identification, 1);
  bits.read(32);
  const channels = bits.read(8);
  const sampleRate = bits.read(32);
  for (let i = 0; i < 3; i++) bits.read(32);
  const blockSizes: [number, number] = [2 ** bits.read(4), 2 ** bits.read(4)];
  if (channels === 0 || sampleRate === 0 || blockSizes[0] < 64 || blockSizes[1] > 8192 || blockSizes[0] > blockSizes[1])
    throw new Error('A Vorbis stream has sizes that are not allowed.');

  const from = openHeader(setup, 5);
  const codebooks = list(from.read(8) + 1, () => readCodebook(from));
  list(from.read(6) + 1, () => from.read(16));
  const floors = list(from.read(6) + 1, () => readFloor(from));
  const residues = list(from.read(6) + 1, () => readResidue(from));
  const mappings = list(from.read(6) + 1, () => readMapping(from, channels));
  const modes = list(from.read(6) + 1, () => {
    const long = from.bit() === 1;
    from.read(32);
    return { long, mapping: from.read(8) };
  });
  if (from.exhausted) throw new Error('A Vorbis header ends too early.');
  return { channels, sampleRate, blockSizes, codebooks, floors, residues, mappings, modes };
}

function readFloor(bits: VorbisBits): Floor {
  if (bits.read(16) !== 1) throw new Error('A Vorbis stream has floors of a kind that is out of use.');
  const partitionClasses = list(bits.read(5), () => bits.read(4));
  const classes = list(Math.max(-1, ...partitionClasses) + 1, (): FloorClass => {
    const dimensions = bits.read(3) + 1;
    const subclassBits = bits.read(2);
    const masterBook = subclassBits > 0 ? bits.read(8) : -1;
    return { dimensions, subclassBits, masterBook, books: list(2 ** subclassBits, () => bits.read(8) - 1) };
  });
  const multiplier = bits.read(2) + 1;
  const rangeBits = bits.read(4);
  const positions = [0, 2 ** rangeBits];
  for (const index of partitionClasses)
    for (let i = 0; i < (classes[index]?.dimensions ?? 0); i++) positions.push(bits.read(rangeBits));
  const order = positions.map((_, i) => i).sort((a, b) => (positions[a] ?? 0) - (positions[b] ?? 0));
  const neighbours = positions.slice(2).map((position, i): [number, number] => {
    let low = 0;
    let high = 1;
    for (let j = 0; j < i + 2; j++) {
      const other = positions[j] ?? 0;
      if (other < position && other > (positions[low] ?? 0)) low = j;
      if (other > position && other < (positions[high] ?? 0)) high = j;
    }
    return [low, high];
  });
  return { partitionClasses, classes, multiplier, positions, order, neighbours };
}

function readResidue(bits: VorbisBits): Residue {
  const type = bits.read(16);
  if (type > 2) throw new Error('A Vorbis stream has residues of a reserved kind.');
  const begin = bits.read(24);
  const end = bits.read(24);
  const partitionSize = bits.read(24) + 1;
  const classifications = bits.read(6) + 1;
  const classBook = bits.read(8);
  const cascades = list(classifications, () => {
    const low = bits.read(3);
    return bits.bit() === 1 ? low + 8 * bits.read(5) : low;
  });
  const books = cascades.map((cascade) => list(8, (pass) => (cascade & (1 << pass) ? bits.read(8) : -1)));
  return { type, begin, end, partitionSize, classifications, classBook, books };
}

function readMapping(bits: VorbisBits, channels: number): Mapping {
  if (bits.read(16) !== 0) throw new Error('A Vorbis stream has mappings of a reserved kind.');
  const submapCount = bits.bit() === 1 ? bits.read(4) + 1 : 1;
  const channelBits = bitLength(channels - 1);
  const couplings = list(bits.bit() === 1 ? bits.read(8) + 1 : 0, () => ({
    magnitude: bits.read(channelBits),
    angle: bits.read(channelBits),
  }));
  bits.read(2);
  const submapOf = list(channels, () => (submapCount > 1 ? bits.read(4) : 0));
  const submaps = list(submapCount, () => {
    bits.read(8);
    return { floor: bits.read(8), residue: bits.read(8) };
  });
  return { couplings, submapOf, submaps };
}
