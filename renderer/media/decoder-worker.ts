/** Decodes a recording's sound with the browser's codecs, piece by piece, as the window asks for it. */
import { UrlSource } from 'mediabunny';
import { codecName, openMedia, readSound } from '../../base/media/media-file.ts';
import type { FromDecoder, ToDecoder } from './decoder-messages.ts';
import { encodeSamples } from './samples.ts';

/** Attempts to fetch a part of the file again, before it is given up. */
const mostRetries = 3;

/** Wakes the decoder for the next piece. */
let more: () => void = () => undefined;

function send(message: FromDecoder): void {
  postMessage(message);
}

async function decode({ url, fileName, from }: Extract<ToDecoder, { kind: 'start' }>): Promise<void> {
  const source = new UrlSource(url, { getRetryDelay: (attempts) => (attempts < mostRetries ? 0.5 : null) });
  const media = await openMedia(source, fileName);
  try {
    const { sound } = media;
    if (!sound) throw new Error(`“${fileName}” has no sound.`);
    if (!(await sound.canDecode()))
      throw new Error(`“${fileName}” has ${await codecName(sound)} sound, which cannot be decoded on this machine.`);
    for await (const { samples, end } of readSound(sound, from)) {
      const wanted = new Promise<void>((resolve) => {
        more = resolve;
      });
      send({ kind: 'piece', samples: encodeSamples(samples), end });
      await wanted;
    }
  } finally {
    media.close();
  }
}

addEventListener('message', ({ data }: MessageEvent<ToDecoder>) => {
  if (data.kind === 'more') return more();
  decode(data).then(
    () => send({ kind: 'end', problem: null }),
    (thrown: unknown) => {
      const reason = thrown instanceof Error ? thrown.message : String(thrown);
      const problem = reason.includes(data.fileName) ? reason : `“${data.fileName}” could not be decoded: ${reason}`;
      send({ kind: 'end', problem: problem.endsWith('.') ? problem : `${problem}.` });
    },
  );
});
