/** Opus packets → samples at 16 kHz, with libopus in WebAssembly. */
import { createOpusDecoder } from '@audio/decode-opus/core';
import { mixed, type PacketDecoder } from './codec.ts';

const sampleRate = 16_000;

/**
 * Decodes the packets of a stream whose identification header (RFC 7845, section 5.1) is `description`; without one,
 * one or two channels.
 */
export async function createOpusPacketDecoder(
  description: Uint8Array | undefined,
  channels: number,
): Promise<PacketDecoder> {
  const decoder = await createOpusDecoder();
  const header = description && description.length >= 19 ? description : undefined;
  const view = header && new DataView(header.buffer, header.byteOffset, header.byteLength);
  const mapped = header && header[18] !== 0 && header.length >= 21 + (header[9] ?? 0);
  const layout = mapped
    ? {
        channels: header[9] ?? 1,
        streamCount: header[19] ?? 1,
        coupledStreamCount: header[20] ?? 0,
        channelMappingTable: [...header.subarray(21, 21 + (header[9] ?? 0))],
      }
    : { channels: header?.[9] ?? channels };
  const outputGain = view?.getInt16(16, true) ?? 0;
  // The few milliseconds to be skipped at the beginning do not matter here, and after a jump there are none.
  const configure = (): void => decoder.configure({ sampleRate, outputGain, ...layout });
  configure();
  return {
    decode(packet) {
      const { channelData, errors } = decoder.decodeFrames([packet]);
      if (errors[0]) throw new Error(errors[0].message);
      return channelData.length === 0 ? undefined : { sampleRate, samples: mixed(channelData) };
    },
    reset: configure,
  };
}
