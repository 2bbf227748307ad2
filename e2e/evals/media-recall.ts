/**
 * Is a fact found again that was said, or shown, somewhere in a long recording? Sentences of books are read aloud by
 * flite, with facts hidden among them at known seconds; a video shows slides besides, other facts among them. The
 * recording is added as a person's would be, and each fact is searched for and asked about.
 */
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LonghandError } from '../../base/errors.ts';
import { answer } from '../../main/chat/answer.ts';
import { searchLibrary } from '../../main/chat/retrieval.ts';
import type { Services } from '../../main/index.ts';
import type { Anchor } from '../../main/library/schema.ts';
import { addFile, openLonghand } from '../longhand.ts';
import { readBooks } from './books.ts';
import { type HiddenFact, saidFacts, shownFacts } from './media-facts.ts';
import { sentencesOf } from './prose.ts';
import { createRandom } from './random.ts';
import { tableOf } from './report.ts';
import { type Slide, writeSlideShow } from './slide-show.ts';
import { bytesOf, say, spokenRate, type Voice, wavHeader } from './spoken.ts';

export interface MediaRecallRow {
  minutes: number;
  medium: 'audio' | 'video';
  /** How the facts came. */
  facts: 'said' | 'shown';
  asked: number;
  /** Time that hearing took over the recording's length. */
  realTimeFactor: number;
  /** Facts whose words are in the transcript at their time. */
  noted: number;
  /** Facts whose passage is among those that a search shows. */
  found: number;
  /** Facts that are among the sources of the answer, with a second that is right within five. */
  cited: number;
  answered: number;
}

const secondsOfSlide = 20;
/** The clearest of the voices that `eval -- speech` compares. */
const voice: Voice = { program: 'flite', name: 'rms' };
const rate = spokenRate(voice);
const pauseSeconds = 0.5;
/** A citation is right when it leads to a second this near to the truth. */
const tolerance = 5;
/** As many as an answer shows. */
const passagesShown = 6;
/** Sentences of other lengths, or with signs that are not read aloud, are left out. */
const speakable = /^[A-Z][A-Za-z ,;'’.]{30,160}[.]$/;

/** A fact, and the seconds at which it is said or shown. */
interface PlacedFact extends HiddenFact {
  start: number;
  end: number;
}

/** Sentences of books from a place that depends on the length, one after the other, again and again. */
async function* proseFor(minutes: number): AsyncGenerator<string> {
  const sentences = (await readBooks())
    .flatMap(({ paragraphs }) => paragraphs.flatMap(sentencesOf))
    .filter((sentence) => speakable.test(sentence));
  if (sentences.length === 0)
    throw new LonghandError('not-found', 'There are no sentences in the books that can be read aloud.');
  for (let at = createRandom(`media ${minutes}`).integer(0, sentences.length - 1); ; at++)
    yield sentences[at % sentences.length] ?? '';
}

/** Writes the recording, as it is spoken, and says where the facts are: evenly spread over its length. */
async function record(path: string, minutes: number, facts: readonly HiddenFact[]): Promise<PlacedFact[]> {
  const seconds = 60 * minutes;
  const file = await open(path, 'w');
  try {
    const placed: PlacedFact[] = [];
    let samples = 0;
    await file.write(wavHeader(0, rate));
    const append = async (sentence: string): Promise<{ start: number; end: number }> => {
      const spoken = await say(sentence, voice);
      await file.write(Buffer.alloc(2 * Math.round(pauseSeconds * rate)));
      const start = samples / rate + pauseSeconds;
      await file.write(bytesOf(spoken));
      samples += spoken.length + Math.round(pauseSeconds * rate);
      return { start, end: samples / rate };
    };
    for await (const sentence of proseFor(minutes)) {
      const next = facts[placed.length];
      const now = samples / rate;
      if (next && now >= (seconds * (placed.length + 0.5)) / facts.length)
        placed.push({ ...next, ...(await append(next.sentence)) });
      else if (now >= seconds) break;
      else await append(sentence);
    }
    await file.write(wavHeader(samples, rate), 0, undefined, 0);
    return placed;
  } finally {
    await file.close();
  }
}

const saysOneOf = (text: string, answers: readonly string[]): boolean =>
  answers.some((holds) => text.toLowerCase().includes(holds.toLowerCase()));

/** True when a passage was said or shown while a fact was. */
const overlaps = (anchor: Anchor, { start, end }: PlacedFact): boolean =>
  anchor.kind === 'time' && anchor.startMs < 1000 * end && anchor.endMs > 1000 * start;

const leadsTo = (anchor: Anchor, { start }: PlacedFact): boolean =>
  anchor.kind === 'time' && Math.abs(anchor.startMs / 1000 - start) <= tolerance;

/** Writes a video to what is said in `sound`, and says where the facts are that it shows. */
async function film(
  path: string,
  { sound, minutes, facts, folder }: { sound: string; minutes: number; facts: readonly HiddenFact[]; folder: string },
): Promise<PlacedFact[]> {
  const slides: Slide[] = [];
  for await (const text of proseFor(minutes + 0.5)) {
    if (slides.length * secondsOfSlide >= 60 * minutes) break;
    slides.push({ heading: `Part ${slides.length + 1}`, text });
  }
  const placed = facts.map((fact, index) => {
    const at = Math.floor(((index + 0.3) * slides.length) / facts.length);
    slides[at] = { heading: `Part ${at + 1}`, text: fact.sentence };
    return { ...fact, start: at * secondsOfSlide, end: (at + 1) * secondsOfSlide };
  });
  await writeSlideShow(path, { slides, secondsEach: secondsOfSlide, framesPerSecond: 2, sound, folder });
  return placed;
}

/** Adds a recording, waits until all of it is read, and gives its id and the time that took in seconds. */
async function added(services: Services, path: string): Promise<{ id: string; took: number }> {
  const began = performance.now();
  const { id, error } = await addFile(services, path);
  const took = (performance.now() - began) / 1000;
  await services.semanticIndex?.idle();
  // What of it could not be read.
  if (error) throw new LonghandError('internal', error);
  return { id, took };
}

const counted = ['asked', 'noted', 'found', 'cited', 'answered'] as const;
type Counts = Pick<MediaRecallRow, (typeof counted)[number]>;

/** Searches for each fact, and asks about it. */
async function askFor(services: Services, id: string, placed: readonly PlacedFact[]): Promise<Counts> {
  const sections = services.library.sections(id, 0, Math.max(1, services.library.get(id).sectionCount));
  const counts = { asked: placed.length, noted: 0, found: 0, cited: 0, answered: 0 };
  for (const fact of placed) {
    const { question, answers, start } = fact;
    const { signal } = new AbortController();
    const there = sections.filter(({ anchor }) => overlaps(anchor, fact)).map(({ text }) => text);
    const hits = await searchLibrary(services, { query: question, documentIds: [id], limit: passagesShown }, signal);
    const { text, details } = await answer(services, {
      documentIds: [id],
      history: [],
      question,
      maxTokens: 64,
      signal,
    });
    const sources = details.citations.filter(({ anchor }) => overlaps(anchor, fact));
    if (saysOneOf(there.join(' '), answers)) counts.noted++;
    if (hits.some(({ anchor }) => overlaps(anchor, fact))) counts.found++;
    if (sources.some(({ anchor }) => leadsTo(anchor, fact))) counts.cited++;
    if (saysOneOf(text, answers)) counts.answered++;
    const times = sources.flatMap(({ anchor }) => (anchor.kind === 'time' ? [anchor.startMs / 1000] : []));
    process.stderr.write(`at ${start.toFixed(1)} s, sources at ${times.join(', ')} s: ${question} ${text}\n`);
  }
  return counts;
}

/** Facts are shared out over so many recordings of a length that each has room for its part. */
const recordingsOf = (minutes: number): number => Math.max(1, Math.ceil(3 / minutes));

/** Makes recordings of so many minutes in `folder`, and gives a row for each way in which facts came. */
async function recall(
  services: Services,
  folder: string,
  minutes: number,
  medium: MediaRecallRow['medium'],
): Promise<MediaRecallRow[]> {
  const rows = (medium === 'video' ? (['said', 'shown'] as const) : (['said'] as const)).map((facts) => {
    const none: Counts = { asked: 0, noted: 0, found: 0, cited: 0, answered: 0 };
    return { minutes, medium, facts, ...none };
  });
  const recordings = recordingsOf(minutes);
  let seconds = 0;
  for (let part = 0; part < recordings; part++) {
    const share = (facts: readonly HiddenFact[]) => facts.filter((_, index) => index % recordings === part);
    const sound = join(folder, `${minutes} minutes, ${part + 1}.wav`);
    const placed = { said: await record(sound, minutes, share(saidFacts)), shown: [] as PlacedFact[] };
    const path = medium === 'audio' ? sound : join(folder, `${minutes} minutes, ${part + 1}.webm`);
    if (medium === 'video') placed.shown = await film(path, { sound, minutes, facts: share(shownFacts), folder });
    const { id, took } = await added(services, path);
    seconds += took;
    for (const row of rows) {
      const counts = await askFor(services, id, placed[row.facts]);
      for (const name of counted) row[name] += counts[name];
    }
    await services.ingest.remove(id);
  }
  const realTimeFactor = Number((seconds / (60 * minutes * recordings)).toFixed(3));
  return rows.map((row) => ({ ...row, realTimeFactor }));
}

/** Makes a recording of each length and asks for its facts; gives one row each, of videos two. */
export async function evaluateMediaRecall({
  minutes,
  video,
}: {
  minutes: readonly number[];
  video: boolean;
}): Promise<MediaRecallRow[]> {
  const folder = await mkdtemp(join(tmpdir(), 'longhand-recordings-'));
  const { services, close } = await openLonghand({ window: video });
  try {
    const rows: MediaRecallRow[] = [];
    for (const length of minutes) rows.push(...(await recall(services, folder, length, video ? 'video' : 'audio')));
    return rows;
  } finally {
    await close();
    await rm(folder, { recursive: true, force: true });
  }
}

const columns: readonly (keyof MediaRecallRow)[] = [
  'minutes',
  'medium',
  'facts',
  'asked',
  'noted',
  'found',
  'cited',
  'answered',
  'realTimeFactor',
];

/** The rows as a table of Markdown. */
export function mediaRecallTable(rows: readonly MediaRecallRow[]): string {
  const names: Partial<Record<keyof MediaRecallRow, string>> = {
    cited: `cited within ${tolerance} s`,
    realTimeFactor: 'real-time factor',
  };
  return tableOf(
    columns.map((column) => names[column] ?? column),
    rows.map((row) => columns.map((column) => row[column])),
  );
}
