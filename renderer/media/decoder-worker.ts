/** Decodes a recording with the browser's codecs, its sound and its pictures side by side, as the window asks for it. */
import { UrlSource } from 'mediabunny';
import {
  codecName,
  type MediaFile,
  openMedia,
  readSound,
  type SoundPiece,
  soundRate,
} from '../../base/media/media-file.ts';
import type { FromDecoder, ToDecoder } from './decoder-messages.ts';
import { readImage } from './image.ts';
import { openPictures, type Picture, type PictureReader } from './pictures.ts';
import { base64, encodeSamples } from './samples.ts';

/** Attempts to fetch a part of the file again, before it is given up. */
const mostRetries = 3;
const silentSeconds = 5;

/** Wakes the decoder for what comes next. */
let more: () => void = () => undefined;

/** Sends a message, and waits until it was taken. */
function hand(message: FromDecoder): Promise<void> {
  const wanted = new Promise<void>((resolve) => {
    more = resolve;
  });
  postMessage(message);
  return wanted;
}

/** Silence as long as a recording that has no sound. */
async function* silence(from: number, duration: number): AsyncGenerator<SoundPiece> {
  for (let at = from; at < duration; at += silentSeconds) {
    const end = Math.min(duration, at + silentSeconds);
    yield { samples: new Float32Array(Math.round((end - at) * soundRate)), end };
  }
}

/** The parts of a recording that can be decoded, and a sentence for the part that cannot. */
async function tracksOf({ sound, pictures }: MediaFile, fileName: string) {
  const unknown: string[] = [];
  const decodable = async <T extends NonNullable<typeof sound | typeof pictures>>(
    track: T | null,
    what: 'sound' | 'pictures',
  ): Promise<T | null> => {
    if (!track || (await track.canDecode())) return track;
    unknown.push(`${await codecName(track)} ${what}`);
    return null;
  };
  const tracks = { sound: await decodable(sound, 'sound'), pictures: await decodable(pictures, 'pictures') };
  const problem =
    unknown.length > 0 ? `“${fileName}” has ${unknown.join(' and ')}, which cannot be decoded on this machine.` : null;
  if (!tracks.sound && !tracks.pictures) throw new Error(problem ?? `“${fileName}” holds neither sound nor pictures.`);
  return { ...tracks, problem };
}

async function showUntil(pictures: PictureReader | undefined, end: number): Promise<void> {
  if (!pictures) return;
  for await (const picture of pictures.until(end)) await handPicture(picture);
}

const handPicture = ({ pixels, thumbnail, ...picture }: Picture): Promise<void> =>
  hand({ kind: 'picture', ...picture, pixels: base64(pixels), thumbnail: base64(thumbnail) });

/** Decodes a recording to its end; gives the sentence for what had to be left out. */
async function decode({ url, isImage, fileName, from }: Extract<ToDecoder, { kind: 'start' }>): Promise<string | null> {
  if (isImage) {
    await handPicture(await readImage(url));
    return null;
  }
  const source = new UrlSource(url, { getRetryDelay: (attempts) => (attempts < mostRetries ? 0.5 : null) });
  const media = await openMedia(source, fileName);
  try {
    const { sound, pictures, problem } = await tracksOf(media, fileName);
    const duration = media.duration ?? 0;
    const shown = pictures ? await openPictures(pictures, from, duration) : undefined;
    for await (const { samples, end } of sound ? readSound(sound, from) : silence(from, duration)) {
      // What is shown before what is said then, so that nothing said has to wait for it.
      await showUntil(shown, end);
      await hand({ kind: 'sound', samples: encodeSamples(samples), end });
    }
    await showUntil(shown, duration);
    return problem;
  } finally {
    media.close();
  }
}

addEventListener('message', ({ data }: MessageEvent<ToDecoder>) => {
  if (data.kind === 'more') {
    more();
    return;
  }
  const end = (problem: string | null, leftOut: string | null): void => {
    const message: FromDecoder = { kind: 'end', problem, leftOut };
    postMessage(message);
  };
  decode(data).then(
    (leftOut) => end(null, leftOut),
    (thrown: unknown) => {
      const reason = thrown instanceof Error ? thrown.message : String(thrown);
      const problem = reason.includes(data.fileName) ? reason : `“${data.fileName}” could not be decoded: ${reason}`;
      end(problem.endsWith('.') ? problem : `${problem}.`, null);
    },
  );
});
