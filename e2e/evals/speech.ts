/**
 * How well recordings are heard: speech whose words and times are known, made by espeak-ng and flite with several voices,
 * clean and in noise, goes through the real processes. A synthetic voice is harder for the model than a human one:
 * beside these figures stands that of a human voice, and the model's published one.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { LonghandError } from '../../base/errors.ts';
import { forkWithNode } from '../../base/utility-process.ts';
import { createIngest, type Ingest } from '../../main/ingest/ingest.ts';
import { openDatabase } from '../../main/library/database.ts';
import { type Library, openLibrary } from '../../main/library/library.ts';
import { embeddingModelId, speechModelId, textModelId, voiceModelId } from '../../main/perception/protocol.ts';
import { supervisePerception } from '../../main/perception/supervisor.ts';
import { appFolders } from '../../main/shell/folders.ts';
import { addFile } from '../longhand.ts';
import { editDistance, wordsOf } from './edit-distance.ts';
import { createRandom } from './random.ts';
import { tableOf } from './report.ts';
import { bytesOf, samplesOf, say, spokenRate, type Voice, wavHeader } from './spoken.ts';

export interface SpeechRow {
  voice: string;
  /** Signal to noise in dB; null without noise. */
  noise: number | null;
  seconds: number;
  words: number;
  /** Word errors over words. */
  wordErrorRate: number;
  /** The median distance of a sentence's beginning from the truth, in seconds; null where that is not known. */
  timeError: number | null;
  /** Time it took over the recording's length. */
  realTimeFactor: number;
}

/** The published word error rates of the model on LibriSpeech test-clean and test-other (Jeffries et al., table 2). */
export const publishedWordErrorRate = { clean: 0.0452, other: 0.1171 };

const voices: readonly Voice[] = [
  { program: 'espeak-ng', name: 'en-us' },
  { program: 'espeak-ng', name: 'en-gb' },
  { program: 'espeak-ng', name: 'en-us+f3' },
  { program: 'flite', name: 'slt' },
  { program: 'flite', name: 'rms' },
];
const noises = [null, 20, 10];
const pauseSeconds = 0.7;

const sentences = [
  'Good morning everyone, and welcome to the quarterly review.',
  'Sales in the northern region grew more than we had hoped for.',
  'In the south they fell a little, mostly because of the weather.',
  'The new warehouse opened in February and already handles a third of all orders.',
  'Our customers wrote to us that deliveries are faster than before.',
  'The team in Lisbon finished the migration of the database.',
  'Nobody noticed that it happened, which is the best thing one can say about it.',
  'We agreed to replace the old machines before the summer.',
  'Peter will write the report and send it to the board by Friday.',
  'The river was so quiet that we could hear the birds on the other side.',
  'She opened the window, looked at the garden, and closed it again.',
  'Nothing in the letter explained why the ship had turned back.',
  'They walked along the harbour until the lamps were lit.',
  'The teacher asked the children to draw a house with a red door.',
  'Finally, the party takes place in the garden behind the museum.',
];

interface Spoken {
  samples: Int16Array;
  /** When each sentence begins, in seconds; null where that is not known. */
  starts: number[] | null;
  text: string;
  rate: number;
}

async function speak(voice: Voice): Promise<Spoken> {
  const rate = spokenRate(voice);
  const parts: Int16Array[] = [];
  const starts: number[] = [];
  let length = 0;
  const add = (part: Int16Array): void => {
    parts.push(part);
    length += part.length;
  };
  for (const sentence of sentences) {
    add(new Int16Array(pauseSeconds * rate));
    starts.push(length / rate);
    add(await say(sentence, voice));
  }
  const samples = new Int16Array(length);
  let at = 0;
  for (const part of parts) {
    samples.set(part, at);
    at += part.length;
  }
  return { samples, starts, text: sentences.join(' '), rate };
}

/** Adds white noise, the same every time. */
function noisy(spoken: Spoken, decibels: number | null): Spoken {
  if (decibels === null) return spoken;
  const random = createRandom('noise');
  const power = Math.sqrt(spoken.samples.reduce((sum, x) => sum + x * x, 0) / spoken.samples.length);
  // Uniform values between −1 and 1 have the power 1/3.
  const scale = power * 10 ** (-decibels / 20) * Math.sqrt(3);
  const samples = spoken.samples.map((x) => Math.max(-32_768, Math.min(32_767, x + scale * (2 * random.next() - 1))));
  return { ...spoken, samples };
}

async function hear(
  { library, ingest, folder }: { library: Library; ingest: Ingest; folder: string },
  spoken: Spoken,
  voice: string,
  noise: number | null,
): Promise<SpeechRow> {
  const path = join(folder, `${voice} ${noise ?? 'clean'}.wav`);
  await writeFile(path, [wavHeader(spoken.samples.length, spoken.rate), bytesOf(spoken.samples)]);
  const began = performance.now();
  const { id, error, sectionCount } = await addFile({ ingest, library }, path);
  const took = (performance.now() - began) / 1000;
  // What of it could not be read.
  if (error) throw new LonghandError('internal', error);
  const sections = library.sections(id, 0, Math.max(1, sectionCount));
  const heard = sections.map(({ text }) => text).join(' ');
  const begins = sections.flatMap(({ anchor }) =>
    anchor.kind === 'time' ? (anchor.parts ?? []).map(({ startMs }) => startMs / 1000) : [],
  );
  const said = wordsOf(spoken.text);
  const seconds = spoken.samples.length / spoken.rate;
  return {
    voice,
    noise,
    seconds: round(seconds, 1),
    words: said.length,
    wordErrorRate: round(editDistance(said, wordsOf(heard)) / said.length, 4),
    timeError:
      spoken.starts &&
      round(median(spoken.starts.map((start) => Math.min(...begins.map((begin) => Math.abs(begin - start))))), 2),
    realTimeFactor: round(took / seconds, 3),
  };
}

const round = (value: number, digits: number): number => Number(value.toFixed(digits));
const median = (values: number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

/** Hears every voice with every noise, and a human one; gives one row each. */
export async function evaluateSpeech(): Promise<SpeechRow[]> {
  const dataFolder = await mkdtemp(join(tmpdir(), 'longhand-eval-'));
  const folder = await mkdtemp(join(tmpdir(), 'longhand-speech-'));
  const { processes, samples, bundled } = appFolders();
  const database = openDatabase(dataFolder);
  const library = openLibrary(database, dataFolder);
  const perception = supervisePerception({
    fork: forkWithNode,
    processFolder: processes,
    embeddingModel: join(bundled, embeddingModelId),
    voiceModel: join(bundled, voiceModelId),
    speechModel: join(bundled, speechModelId),
    textModel: join(bundled, textModelId),
    onStatus: () => undefined,
  });
  const ingest = createIngest({
    library,
    dataFolder,
    samplesFolder: samples,
    fork: forkWithNode,
    processFolder: processes,
    recordings: { senses: perception, windows: null },
    onError: (error) => {
      throw error;
    },
  });
  try {
    const means = { library, ingest, folder };
    const human: Spoken = {
      samples: samplesOf(await readFile(resolve('main/perception/fixtures/beckett.wav'))),
      starts: null,
      text: 'Ever tried. Ever failed. No matter. Try again. Fail again. Fail better.',
      rate: 16_000,
    };
    const rows = [await hear(means, human, 'human', null)];
    for (const voice of voices) {
      const spoken = await speak(voice);
      for (const noise of noises)
        rows.push(await hear(means, noisy(spoken, noise), `${voice.program} ${voice.name}`, noise));
    }
    return rows;
  } finally {
    await ingest.close();
    perception.close();
    database.close();
    await Promise.all([dataFolder, folder].map((path) => rm(path, { recursive: true, force: true })));
  }
}

/** The rows as a table of Markdown. */
export function speechTable(rows: readonly SpeechRow[]): string {
  const head = ['voice', 'noise (dB)', 'seconds', 'words', 'word error rate', 'time error (s)', 'real-time factor'];
  const lines = rows.map((row) => [
    row.voice,
    row.noise ?? 'none',
    row.seconds,
    row.words,
    row.wordErrorRate,
    row.timeError ?? '',
    row.realTimeFactor,
  ]);
  const { clean, other } = publishedWordErrorRate;
  return `${tableOf(head, lines)}
Published for the model on LibriSpeech: ${clean} (test-clean), ${other} (test-other).\n`;
}
