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
import { openLonghand } from '../longhand.ts';
import { readBooks } from './books.ts';
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

interface HiddenFact {
  sentence: string;
  question: string;
  /** A right answer holds one of these. */
  answers: string[];
}

/** Of different kinds, in words that a small speech model knows. */
const saidFacts: readonly HiddenFact[] = [
  {
    sentence: 'The new bridge will be painted green in the spring.',
    question: 'What colour will the new bridge be painted?',
    answers: ['green'],
  },
  {
    sentence: 'Captain Miller keeps the spare key under the flower pot.',
    question: 'Where does Captain Miller keep the spare key?',
    answers: ['flower'],
  },
  {
    sentence: 'The annual dinner takes place at the old railway station.',
    question: 'Where does the annual dinner take place?',
    answers: ['railway', 'station'],
  },
  {
    sentence: 'Doctor Brown ordered seven boxes of candles for the library.',
    question: 'How many boxes of candles did Doctor Brown order?',
    answers: ['seven', '7'],
  },
  {
    sentence: 'The winner of the chess tournament was a baker from Boston.',
    question: 'Who was the winner of the chess tournament?',
    answers: ['baker', 'Boston'],
  },
  {
    sentence: 'The museum is closed on Tuesday because the roof is being repaired.',
    question: 'On which day is the museum closed?',
    answers: ['Tuesday'],
  },
  {
    sentence: 'The secret ingredient of the soup is a spoon of honey.',
    question: 'What is the secret ingredient of the soup?',
    answers: ['honey'],
  },
  {
    sentence: 'The night train to Paris leaves from platform nine.',
    question: 'From which platform does the night train to Paris leave?',
    answers: ['nine', '9'],
  },
  {
    sentence: 'The lost umbrella belongs to the violin teacher.',
    question: 'Who does the lost umbrella belong to?',
    answers: ['violin', 'teacher'],
  },
  {
    sentence: 'Farmer Wilson sold twelve sheep at the market in August.',
    question: 'How many sheep did Farmer Wilson sell at the market?',
    answers: ['twelve', '12'],
  },
  {
    sentence: 'The swimming pool will be heated with wood from the forest.',
    question: 'What will the swimming pool be heated with?',
    answers: ['wood'],
  },
  {
    sentence: 'The oldest letter in the archive was written by a sailor.',
    question: 'Who wrote the oldest letter in the archive?',
    answers: ['sailor'],
  },
  {
    sentence: 'Her passport was found behind the kitchen clock.',
    question: 'Where was her passport found?',
    answers: ['clock', 'kitchen'],
  },
  {
    sentence: 'The orchestra rehearses every Thursday in the school gymnasium.',
    question: 'Where does the orchestra rehearse?',
    answers: ['gym'],
  },
  {
    sentence: 'The telephone number of the dentist ends with forty two.',
    question: 'What does the telephone number of the dentist end with?',
    answers: ['forty', '42'],
  },
  {
    sentence: 'The yellow boat was built by two brothers from Norway.',
    question: 'Where do the brothers come from who built the yellow boat?',
    answers: ['Norway'],
  },
  {
    sentence: 'The bakery on the corner gives old bread to the zoo.',
    question: 'Who gets the old bread of the bakery on the corner?',
    answers: ['zoo'],
  },
  {
    sentence: 'Professor Green lost his glasses in the elevator.',
    question: 'Where did Professor Green lose his glasses?',
    answers: ['elevator'],
  },
  {
    sentence: 'The fire alarm is tested on the first Monday of the month.',
    question: 'When is the fire alarm tested?',
    answers: ['Monday'],
  },
  {
    sentence: 'The youngest player of the football team is a girl from Brazil.',
    question: 'From which country is the youngest player of the football team?',
    answers: ['Brazil'],
  },
  {
    sentence: 'The hotel near the lighthouse serves breakfast until eleven.',
    question: 'Until when does the hotel near the lighthouse serve breakfast?',
    answers: ['eleven', '11'],
  },
  {
    sentence: 'The mayor promised to plant fifty apple trees beside the river.',
    question: 'What did the mayor promise to plant beside the river?',
    answers: ['apple'],
  },
  {
    sentence: 'The broken window was repaired with glass from an old greenhouse.',
    question: 'What was the broken window repaired with?',
    answers: ['glass', 'greenhouse'],
  },
  {
    sentence: 'My grandmother won the singing contest with a song about the moon.',
    question: 'With which song did my grandmother win the singing contest?',
    answers: ['moon'],
  },
];

const shownFacts: readonly HiddenFact[] = [
  {
    sentence: 'The repair of the roof costs 48,300 euros.',
    question: 'What does the repair of the roof cost?',
    answers: ['48,300', '48300'],
  },
  {
    sentence: 'The summer school in Lisbon begins on 14 July.',
    question: 'On which day does the summer school in Lisbon begin?',
    answers: ['14'],
  },
  {
    sentence: 'Contact for the archive: Helena Marsh, room 217.',
    question: 'In which room is the contact for the archive?',
    answers: ['217'],
  },
  {
    sentence: 'Our largest supplier of glass is in Murano.',
    question: 'Where is our largest supplier of glass?',
    answers: ['Murano'],
  },
  {
    sentence: 'Solar panels gave 73 percent of the power in 2024.',
    question: 'How much of the power did solar panels give in 2024?',
    answers: ['73'],
  },
  {
    sentence: 'The password for the workshop network is copper kettle.',
    question: 'What is the password for the workshop network?',
    answers: ['copper'],
  },
  {
    sentence: 'Tests of the turbine were stopped because of a cracked blade.',
    question: 'Why were tests of the turbine stopped?',
    answers: ['crack'],
  },
  {
    sentence: 'The next board meeting takes place in the planetarium.',
    question: 'Where does the next board meeting take place?',
    answers: ['planetarium'],
  },
];

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
  const { documents } = await services.ingest.add([{ kind: 'path', path }], { paths: true });
  await services.ingest.idle();
  const took = (performance.now() - began) / 1000;
  await services.semanticIndex?.idle();
  const { id, error, state } = services.library.get(documents[0]?.id ?? '');
  if (error || state !== 'ready') throw new LonghandError('internal', error ?? `“${path}” is ${state}.`);
  return { id, took };
}

type Counts = Pick<MediaRecallRow, 'asked' | 'noted' | 'found' | 'cited' | 'answered'>;

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
  const rows = (medium === 'video' ? (['said', 'shown'] as const) : (['said'] as const)).map((facts) => ({
    ...{ minutes, medium, facts, asked: 0, realTimeFactor: 0, noted: 0, found: 0, cited: 0, answered: 0 },
  }));
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
      for (const name of ['asked', 'noted', 'found', 'cited', 'answered'] as const) row[name] += counts[name];
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
