/** What every codec here does: packets of a container in, samples out, all channels mixed into one. */

export interface DecodedPacket {
  sampleRate: number;
  /** −1 to 1. */
  samples: Float32Array<ArrayBuffer>;
}

export interface PacketDecoder {
  /** The samples of the next packet; none for one that only prepares the next. Throws for a damaged packet. */
  decode(packet: Uint8Array): DecodedPacket | undefined;
  /** Forgets the packets before: the next one does not follow them. */
  reset(): void;
}

/** The mean of channels of one length. */
export function mixed(channels: readonly ArrayLike<number>[], scale = 1): Float32Array<ArrayBuffer> {
  const samples = new Float32Array(channels[0]?.length ?? 0);
  const factor = scale / channels.length;
  for (const channel of channels)
    for (let i = 0; i < samples.length; i++) samples[i] = (samples[i] ?? 0) + (channel[i] ?? 0) * factor;
  return samples;
}
