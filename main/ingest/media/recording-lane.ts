/**
 * Reads recordings, one at a time: has them decoded, writes down what is said and what stands on the screen, and stores
 * it section by section. A recording that was interrupted goes on after its last section.
 */
import { errorData, LonghandError } from '../../../base/errors.ts';
import type { Client } from '../../../base/rpc.ts';
import type { Fork } from '../../../base/utility-process.ts';
import type { Library } from '../../library/library.ts';
import { type DocumentEntry, sensedKinds } from '../../library/schema.ts';
import type { FoundSection } from '../formats/format.ts';
import { createLane, type Queue } from '../lane.ts';
import { passagesOf } from '../passages.ts';
import { progressTeller } from '../progress.ts';
import { createWorker } from '../worker.ts';
import { listen, type Senses } from './listen.ts';
import { pictureSection } from './picture-section.ts';
import { type MediaProtocol, protocol } from './protocol.ts';
import { linesOf } from './screen.ts';
import { createWeaver, type Weaver } from './weave.ts';
import { type Piece, type WindowDecoding, WindowGone } from './window-decoding.ts';

/** What a recording holds, piece by piece, and at the end the sentence for what of it could not be decoded. */
interface Recording {
  stream: AsyncGenerator<Piece, string | null>;
  /** Seconds; null when they are not known. */
  duration: number | null;
}

/** What recordings need besides what documents do. */
export interface RecordingOptions {
  senses: Senses;
  /** Decoding by windows; none where there will never be one, as on the command line. */
  windows: WindowDecoding | null;
}

export interface RecordingLaneOptions extends RecordingOptions {
  library: Library;
  /** As in `QueueOptions`. */
  only?: ReadonlySet<string> | undefined;
  fork: Fork;
  processFolder: string;
  onError(error: LonghandError): void;
}

const heapMiB = 512;

export function createRecordingLane(options: RecordingLaneOptions): Queue {
  const { library, only, fork, processFolder, senses, windows, onError } = options;
  const worker = createWorker({ fork, processFolder, module: 'media.js', protocol, heapMiB });
  /** Recordings that only a window can decode, while there is none. */
  const postponed = new Set<string>();

  /** A recording from a second on, by whoever can decode it; undefined when that is a window and there is none. */
  async function openRecording(
    { id, fileName, kind }: DocumentEntry,
    from: number,
    signal: AbortSignal,
  ): Promise<Recording | undefined> {
    const client = worker.start();
    const { duration, sound, pictures } = await client.request('open', { path: library.filePath(id), fileName });
    // A picture in a sound file is its cover.
    const watched = pictures !== null && kind === 'video';
    if (sound?.decodable && !(watched && windows)) {
      const leftOut = watched ? `Its pictures were not looked at: that is done in Longhand’s window.` : null;
      return { stream: decodedHere(client, from, leftOut), duration };
    }
    if (!windows)
      throw new LonghandError(
        'unsupported',
        sound
          ? `“${fileName}” has ${sound.codec} sound, which is decoded in Longhand’s window: add it there.`
          : `“${fileName}” has no sound, and its pictures are looked at in Longhand’s window: add it there.`,
      );
    return windows.available() ? { stream: windows.decode({ id, kind, fileName, from }, signal), duration } : undefined;
  }

  /** Reads what a picture says and shows into the stream, and keeps it small. */
  async function look(
    id: string,
    picture: Extract<Piece, { kind: 'picture' }>,
    weaver: Weaver,
    signal: AbortSignal,
  ): Promise<void> {
    const { at, width, height, pixels, thumbnail } = picture;
    library.scenes.add(id, Math.round(at * 1000), thumbnail);
    const lines = linesOf(await senses.readText({ width, height, pixels }, signal));
    const description = await senses.describe?.({ width, height, pixels }, signal);
    weaver.show({ at, lines: description ? [description, ...lines] : lines });
  }

  const store = (id: string, sections: FoundSection[]): Promise<void> =>
    library.addSections(
      id,
      sections.map(({ boxes, spans, ...section }) => ({
        ...section,
        passages: passagesOf({ ...section, ...(boxes && { boxes }), ...(spans && { spans }) }),
      })),
    );

  /** Reads what an image says and shows; a window decodes it. */
  async function readImage({ id, kind, fileName }: DocumentEntry, signal: AbortSignal): Promise<'read' | 'postponed'> {
    if (!windows)
      throw new LonghandError(
        'unsupported',
        `“${fileName}” is a picture, whose text is read in Longhand’s window: add it there.`,
      );
    await library.discardSections(id);
    if (!windows.available()) {
      postponed.add(id);
      return 'postponed';
    }
    let emptySections = 0;
    try {
      for await (const piece of windows.decode({ id, kind, fileName, from: 0 }, signal)) {
        if (piece.kind !== 'picture') continue;
        const { width, height, pixels } = piece;
        const lines = await senses.readText({ width, height, pixels }, signal);
        const section = pictureSection(lines, await senses.describe?.({ width, height, pixels }, signal));
        await store(id, [section]);
        if (section.text === '') emptySections++;
      }
    } catch (thrown) {
      if (thrown instanceof WindowGone) return 'postponed';
      throw thrown;
    }
    if (!signal.aborted) library.finish(id, { title: null, metadata: noMetadata, emptySections });
    return 'read';
  }

  async function readRecording(document: DocumentEntry, signal: AbortSignal): Promise<'read' | 'postponed'> {
    signal.addEventListener('abort', worker.end, { once: true });
    const { id } = document;
    const from = await library.keptUntil(id);
    const recording = await openRecording(document, from, signal);
    if (!recording) {
      postponed.add(id);
      return 'postponed';
    }
    const { stream, duration } = recording;
    const tellProgress = progressTeller(library, id, from);
    const weaver = createWeaver();
    let leftOut: string | null = null;
    /** Seconds of speech, and those whose text is hardly what was said. */
    const speech = { all: 0, doubtful: 0 };
    /** The sound; pictures are read on the way, and come before what is said while they stand. */
    async function* sound(): AsyncGenerator<Float32Array> {
      for (let step = await stream.next(); ; step = await stream.next()) {
        if (step.done) {
          leftOut = step.value;
          return;
        }
        if (step.value.kind === 'picture') await look(id, step.value, weaver, signal);
        else yield step.value.samples;
      }
    }
    try {
      for await (const { sentences, until, doubtful } of listen(sound(), from, senses, signal)) {
        for (const sentence of sentences) {
          await store(id, weaver.hear(sentence));
          speech.all += sentence.end - sentence.start;
          if (doubtful) speech.doubtful += sentence.end - sentence.start;
        }
        await store(id, weaver.until(until));
        tellProgress({ done: Math.round(until), total: Math.round(Math.max(duration ?? 0, until)), unit: 'seconds' });
      }
    } catch (thrown) {
      // The window is gone: the next one goes on, or this one when it was only loaded anew.
      if (thrown instanceof WindowGone) return 'postponed';
      throw thrown;
    } finally {
      await stream.return(null);
    }
    await store(id, weaver.finish());
    if (signal.aborted) return 'read';
    const notes = [leftOut, speech.doubtful > speech.all / 2 ? heardAsEnglish(document.fileName) : null];
    const told = notes.filter((note) => note !== null).join(' ') || null;
    library.finish(id, { title: null, metadata: noMetadata, emptySections: 0, leftOut: told });
    return 'read';
  }

  const lane = createLane({
    library,
    next() {
      if (windows?.available()) postponed.clear();
      return library.nextQueued(sensedKinds, { ...(only && { only: [...only] }), except: [...postponed] });
    },
    read: (document, signal) => (document.kind === 'image' ? readImage : readRecording)(document, signal),
    failure({ fileName }, thrown) {
      const { code, message } = errorData(thrown);
      const reason = message.replace(/\.$/, '');
      if (code === 'process-lost') return `“${fileName}” could not be read: ${reason}.`;
      return message.includes(`“${fileName}”`) ? message : `“${fileName}” could not be read: ${reason}.`;
    },
    onIdle: worker.end,
    onError,
  });
  windows?.onAvailable(lane.run);
  return lane;
}

const heardAsEnglish = (fileName: string): string =>
  `“${fileName}” was heard as English, the one language that the speech model knows, and hardly understood: its text may say nothing of what was said.`;

const noMetadata = { author: null, language: null, createdAt: null };

/** The sound as the process for it decodes it. */
async function* decodedHere(
  client: Client<MediaProtocol>,
  from: number,
  leftOut: string | null,
): AsyncGenerator<Piece, string | null> {
  await client.request('seek', { seconds: from });
  for (;;) {
    const piece = await client.request('next', {});
    if (!piece) return leftOut;
    yield { kind: 'sound', ...piece };
  }
}
