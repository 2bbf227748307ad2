/**
 * Reads recordings, one at a time: decodes the sound, writes down what is said, and stores it section by section. A
 * recording that was interrupted goes on after its last section.
 */
import { join } from 'node:path';
import { errorData, LonghandError } from '../../../base/errors.ts';
import { type Client, connect } from '../../../base/rpc.ts';
import type { Fork, UtilityProcess } from '../../../base/utility-process.ts';
import type { Library } from '../../library/library.ts';
import { type DocumentEntry, recordingKinds } from '../../library/schema.ts';
import type { FoundSection } from '../formats/format.ts';
import { createLane, type Queue } from '../lane.ts';
import { passagesOf } from '../passages.ts';
import { progressTeller } from '../progress.ts';
import { type Hearing, listen } from './listen.ts';
import { type MediaProtocol, protocol } from './protocol.ts';
import { createTranscriptWriter } from './transcript.ts';
import { type WindowDecoding, WindowGone } from './window-decoding.ts';

/** What recordings need besides what documents do. */
export interface RecordingOptions {
  hearing: Hearing;
  /** Decoding by windows; none where there will never be one, as on the command line. */
  windows: WindowDecoding | null;
}

export interface RecordingLaneOptions extends RecordingOptions {
  library: Library;
  fork: Fork;
  processFolder: string;
  onError(error: LonghandError): void;
}

const heapMiB = 512;

interface DecodingProcess {
  process: UtilityProcess;
  client: Client<MediaProtocol>;
}

export function createRecordingLane(options: RecordingLaneOptions): Queue {
  const { library, fork, processFolder, hearing, windows, onError } = options;
  let worker: DecodingProcess | undefined;
  /** Recordings that only a window can decode, while there is none. */
  const postponed = new Set<string>();

  function startWorker(): DecodingProcess {
    if (worker) return worker;
    const started = fork(join(processFolder, 'media.js'), { heapMiB });
    const mine = { process: started, client: connect(started.channel, protocol) };
    started.onExit(() => {
      if (worker === mine) worker = undefined;
    });
    worker = mine;
    return mine;
  }

  function endWorker(): void {
    worker?.process.kill();
    worker = undefined;
  }

  /** The sound from a second on, by whoever can decode it; undefined when that is a window and there is none. */
  async function soundOf(
    { id, fileName }: DocumentEntry,
    from: number,
    signal: AbortSignal,
  ): Promise<{ pieces: AsyncIterable<Float32Array>; duration: number | null } | undefined> {
    const { client } = startWorker();
    const { duration, sound } = await client.request('open', { path: library.filePath(id), fileName });
    if (!sound) throw new LonghandError('unsupported', `“${fileName}” has no sound.`);
    if (sound.decodable) return { pieces: decodedHere(client, from), duration };
    if (!windows)
      throw new LonghandError(
        'unsupported',
        `“${fileName}” has ${sound.codec} sound, which is decoded in Longhand’s window: add it there.`,
      );
    if (!windows.available()) return undefined;
    return { pieces: samplesOf(windows.decode({ id, fileName, from }, signal)), duration };
  }

  async function read(document: DocumentEntry, signal: AbortSignal): Promise<'read' | 'postponed'> {
    signal.addEventListener('abort', endWorker, { once: true });
    const { id } = document;
    const from = await library.keptUntil(id);
    const source = await soundOf(document, from, signal);
    if (!source) {
      postponed.add(id);
      return 'postponed';
    }
    const { pieces, duration } = source;
    const tellProgress = progressTeller(library, id, from);
    const writer = createTranscriptWriter();
    const store = (sections: FoundSection[]): Promise<void> =>
      library.addSections(
        id,
        sections.map(({ boxes: _, spans, ...section }) => ({
          ...section,
          passages: passagesOf({ ...section, ...(spans && { spans }) }),
        })),
      );
    try {
      for await (const { sentences, until } of listen(pieces, from, hearing, signal)) {
        for (const sentence of sentences) await store(writer.add(sentence));
        await store(writer.silentUntil(until));
        tellProgress({ done: Math.round(until), total: Math.round(Math.max(duration ?? 0, until)), unit: 'seconds' });
      }
    } catch (thrown) {
      // The window is gone: the next one goes on, or this one when it was only loaded anew.
      if (thrown instanceof WindowGone) return 'postponed';
      throw thrown;
    }
    await store(writer.finish());
    if (!signal.aborted) library.finish(id, { title: null, metadata: noMetadata, emptySections: 0 });
    return 'read';
  }

  const lane = createLane({
    library,
    next() {
      if (windows?.available()) postponed.clear();
      return library.nextQueued(recordingKinds, [...postponed]);
    },
    read,
    failure({ fileName }, thrown) {
      const { code, message } = errorData(thrown);
      const reason = message.replace(/\.$/, '');
      if (code === 'process-lost') return `“${fileName}” could not be read: ${reason}.`;
      return message.includes(`“${fileName}”`) ? message : `“${fileName}” could not be read: ${reason}.`;
    },
    onIdle: endWorker,
    onError,
  });
  windows?.onAvailable(lane.run);
  return lane;
}

const noMetadata = { author: null, language: null, createdAt: null };

/** The sound as the process for it decodes it. */
async function* decodedHere(client: Client<MediaProtocol>, from: number): AsyncGenerator<Float32Array> {
  await client.request('seek', { seconds: from });
  for (;;) {
    const piece = await client.request('next', {});
    if (!piece) return;
    yield piece.samples;
  }
}

async function* samplesOf(pieces: AsyncIterable<{ samples: Float32Array }>): AsyncGenerator<Float32Array> {
  for await (const { samples } of pieces) yield samples;
}
