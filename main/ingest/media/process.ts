/** The process that decodes recordings: whatever a file does to its decoder happens here, and not in main. */
import { FilePathSource } from 'mediabunny';
import { LonghandError } from '../../../base/errors.ts';
import { codecName, type MediaFile, openMedia, readSound } from '../../../base/media/media-file.ts';
import { serve } from '../../../base/rpc.ts';
import { parentChannel } from '../../../base/utility-process.ts';
import { registerDecoders } from './decoders.ts';
import { protocol } from './protocol.ts';

let media: MediaFile | undefined;
let reading: ReturnType<typeof readSound> | undefined;

registerDecoders();

serve(
  protocol,
  {
    async open({ path, fileName }) {
      media?.close();
      media = await openMedia(new FilePathSource(path), fileName);
      reading = undefined;
      const { duration, sound, pictures } = media;
      return {
        duration,
        sound: sound && { codec: await codecName(sound), decodable: await sound.canDecode() },
        pictures: pictures && { codec: await codecName(pictures) },
      };
    },
    seek({ seconds }) {
      if (!media?.sound) throw new LonghandError('bad-request', 'No recording with sound is open.');
      reading = readSound(media.sound, seconds);
      return {};
    },
    async next() {
      if (!reading) throw new LonghandError('bad-request', 'No recording is being read.');
      const step = await reading.next();
      return step.done ? null : step.value;
    },
  },
  parentChannel(),
);
