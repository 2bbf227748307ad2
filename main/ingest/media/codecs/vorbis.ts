/** Vorbis packets → samples (Vorbis I specification, section 4.3). */
import { mixed, type PacketDecoder } from './codec.ts';
import { inverseMdct } from './inverse-mdct.ts';
import { bitLength, VorbisBits } from './vorbis-bits.ts';
import { floorCurve, readFloorPoints } from './vorbis-floor.ts';
import { readResidue } from './vorbis-residue.ts';
import { type Mapping, readSetup } from './vorbis-setup.ts';

/** Decodes the packets of a stream whose three headers are `description`. Throws for damaged ones. */
export function createVorbisDecoder(description: Uint8Array): PacketDecoder {
  const setup = readSetup(description);
  const { channels, sampleRate, blockSizes, modes, mappings, floors, residues, codebooks } = setup;
  const [short, long] = blockSizes;
  const transforms = new Map(blockSizes.map((size) => [size, inverseMdct(size)]));
  const slopes = new Map(blockSizes.map((size) => [size, slopeOf(size / 2)]));
  /** The second half of the block before. */
  let before: Float32Array | undefined;

  /** The spectra of all channels. */
  function readSpectra(bits: VorbisBits, mapping: Mapping, size: number): Float32Array[] {
    const length = size / 2;
    const points = mapping.submapOf.map((submap) => {
      const floor = floors[mapping.submaps[submap]?.floor ?? -1];
      if (!floor) throw new Error('A Vorbis stream names a floor that it does not have.');
      const read = readFloorPoints(bits, floor, codebooks);
      return read && { read, floor };
    });
    const spectra = points.map(() => new Float32Array(length));
    const silent = points.map((point) => point === undefined);
    // A pair of channels is silent together or not at all.
    for (const { magnitude, angle } of mapping.couplings)
      if (!silent[magnitude] || !silent[angle]) silent[magnitude] = silent[angle] = false;
    mapping.submaps.forEach(({ residue: index }, submap) => {
      const residue = residues[index];
      if (!residue) throw new Error('A Vorbis stream names a residue that it does not have.');
      const own = mapping.submapOf.flatMap((of, channel) => (of === submap ? [channel] : []));
      const heard = own.some((channel) => !silent[channel]);
      // Channels that are woven into one are read together.
      const wanted = own.map((channel) =>
        silent[channel] && !(residue.type === 2 && heard) ? undefined : spectra[channel],
      );
      readResidue(bits, residue, wanted, codebooks);
    });
    for (const { magnitude, angle } of mapping.couplings.toReversed()) uncouple(spectra[magnitude], spectra[angle]);
    points.forEach((point, channel) => {
      const spectrum = spectra[channel];
      if (!spectrum) return;
      const curve = point && floorCurve(point.read, point.floor, length);
      for (let i = 0; i < length; i++) spectrum[i] = (spectrum[i] ?? 0) * (curve?.[i] ?? 0);
    });
    return spectra;
  }

  /** Fades a block in and out; next to a short block the slopes are short. */
  function applyWindow(block: Float32Array, longBefore: boolean, longAfter: boolean): void {
    const size = block.length;
    const fade = (neighbour: number, mirrored: boolean): void => {
      const slope = slopes.get(Math.min(size, neighbour)) ?? new Float32Array(0);
      const start = size / 4 - slope.length / 2;
      const at = (i: number): number => (mirrored ? size - 1 - i : i);
      for (let i = 0; i < start; i++) block[at(i)] = 0;
      for (let i = 0; i < slope.length; i++) block[at(start + i)] = (block[at(start + i)] ?? 0) * (slope[i] ?? 0);
    };
    fade(longBefore ? long : short, false);
    fade(longAfter ? long : short, true);
  }

  /** The samples between the middle of the block before and that of this one. */
  function overlapped(last: Float32Array, block: Float32Array): Float32Array<ArrayBuffer> {
    const samples = new Float32Array((last.length * 2 + block.length) / 4);
    const start = last.length / 2 - block.length / 4;
    for (let i = 0; i < samples.length; i++) samples[i] = (last[i] ?? 0) + (i < start ? 0 : (block[i - start] ?? 0));
    return samples;
  }

  return {
    decode(packet) {
      const bits = new VorbisBits(packet);
      // Headers come among the packets of some containers.
      if (bits.bit() === 1) return undefined;
      const mode = modes[bits.read(bitLength(modes.length - 1))];
      const mapping = mappings[mode?.mapping ?? -1];
      if (!mode || !mapping || mapping.submapOf.length !== channels)
        throw new Error('A Vorbis packet has no known mode.');
      const size = mode.long ? long : short;
      const [longBefore = false, longAfter = false] = mode.long ? [bits.bit() === 1, bits.bit() === 1] : [];
      // The transform is linear: the mean of the channels needs only one.
      const block = transforms.get(size)?.(mixed(readSpectra(bits, mapping, size))) ?? new Float32Array(size);
      applyWindow(block, longBefore, longAfter);
      const samples = before && overlapped(before, block);
      before = block.slice(size / 2);
      return samples && { sampleRate, samples };
    },
    reset() {
      before = undefined;
    },
  };
}

/** The rising half of a window of 2 · `length`. */
function slopeOf(length: number): Float32Array {
  return Float32Array.from({ length }, (_, i) =>
    Math.sin((Math.PI / 2) * Math.sin((Math.PI * (i + 0.5)) / (2 * length)) ** 2),
  );
}

/** Magnitude and angle → two channels. */
function uncouple(magnitudes: Float32Array | undefined, angles: Float32Array | undefined): void {
  if (!magnitudes || !angles) throw new Error('A Vorbis stream couples channels that it does not have.');
  for (let i = 0; i < magnitudes.length; i++) {
    const m = magnitudes[i] ?? 0;
    const a = angles[i] ?? 0;
    if (a > 0) angles[i] = m > 0 ? m - a : m + a;
    else {
      angles[i] = m;
      magnitudes[i] = m > 0 ? m + a : m - a;
    }
  }
}
