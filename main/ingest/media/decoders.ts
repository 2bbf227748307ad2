/** Decodes sound where there is no browser to do it: MP3, FLAC, Opus and Vorbis; mediabunny itself decodes PCM. */
import { AudioSample, CustomAudioDecoder, type EncodedPacket, registerDecoder } from 'mediabunny';
import { soundRates } from '../../../base/media/media-file.ts';
import type { PacketDecoder } from './codecs/codec.ts';
import { createFlacDecoder } from './codecs/flac.ts';
import { createMp3Decoder } from './codecs/mp3.ts';
import { createOpusPacketDecoder } from './codecs/opus.ts';
import { createVorbisDecoder } from './codecs/vorbis.ts';

/** Sound is heard at 16 kHz, which holds no frequency above this. */
const highestFrequency = 8000;
/** So many packets in a row that cannot be decoded are no accident. */
const mostDamaged = 100;

interface DecoderConfig {
  description: Uint8Array;
  channels: number;
}

const openers: Readonly<Record<string, (config: DecoderConfig) => PacketDecoder | Promise<PacketDecoder>>> = {
  mp3: () => createMp3Decoder(highestFrequency),
  flac: ({ description }) => createFlacDecoder(description),
  opus: ({ description, channels }) => createOpusPacketDecoder(description, channels),
  vorbis: ({ description }) => createVorbisDecoder(description),
};

/**
 * mediabunny makes decoders of classes. A damaged packet is left out; many in a row are an error. Errors are reported
 * and not thrown: after one that is thrown, nobody listens to what the calls that follow reject with.
 */
class SoundDecoder extends CustomAudioDecoder {
  private decoder: PacketDecoder | undefined;
  private damaged = 0;

  static override supports(codec: string): boolean {
    return Object.hasOwn(openers, codec);
  }

  async init(): Promise<void> {
    const { description, numberOfChannels } = this.config;
    const config = { description: bytesOf(description), channels: numberOfChannels };
    try {
      this.decoder = await openers[this.codec]?.(config);
    } catch (thrown) {
      this.onError(thrown);
    }
  }

  decode(packet: EncodedPacket): void {
    const decoded = this.attempt(packet.data);
    if (!decoded || decoded.samples.length === 0) return;
    const { samples, sampleRate } = decoded;
    this.onSample(
      new AudioSample({ data: samples, format: 'f32', numberOfChannels: 1, sampleRate, timestamp: packet.timestamp }),
    );
  }

  private attempt(packet: Uint8Array): ReturnType<PacketDecoder['decode']> {
    try {
      const decoded = this.decoder?.decode(packet);
      if (decoded && (decoded.sampleRate < soundRates.lowest || decoded.sampleRate > soundRates.highest))
        throw new Error(`A packet has ${decoded.sampleRate} samples a second.`);
      this.damaged = 0;
      return decoded;
    } catch (thrown) {
      if (++this.damaged > mostDamaged) this.onError(thrown);
      this.decoder?.reset();
      return undefined;
    }
  }

  flush(): void {
    this.decoder?.reset();
  }

  close(): void {
    this.decoder = undefined;
  }
}

function bytesOf(data: AllowSharedBufferSource | undefined): Uint8Array {
  if (!data) return new Uint8Array(0);
  return ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data);
}

let registered = false;

/** Makes the decoders known, once. */
export function registerDecoders(): void {
  if (!registered) registerDecoder(SoundDecoder);
  registered = true;
}
