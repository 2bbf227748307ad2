/**
 * Is a fact found again that was said somewhere in a long recording? Sentences of books are read aloud by espeak-ng,
 * with facts hidden among them at known seconds; the recording is added as a person's would be, and each fact is
 * searched for and asked about.
 */
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LonghandError } from '../../base/errors.ts';
import { answer } from '../../main/chat/answer.ts';
import { searchLibrary } from '../../main/chat/retrieval.ts';
import type { Services } from '../../main/index.ts';
import type { Anchor } from '../../main/library/schema.ts';
import { openHeadless } from '../headless.ts';
import { readBooks } from './books.ts';
import { sentencesOf } from './prose.ts';
import { createRandom } from './random.ts';
import { tableOf } from './report.ts';
import { bytesOf, say, spokenRate, wavHeader } from './spoken.ts';

export interface MediaRecallRow {
  minutes: number;
  facts: number;
  /** Time that hearing took over the recording's length. */
  realTimeFactor: number;
  /** Facts whose words are in the transcript where they were said. */
  heard: number;
  /** Facts whose passage is among those that a search shows. */
  found: number;
  /** Facts that are among the sources of the answer, with a second that is right within five. */
  cited: number;
  answered: number;
}

interface SpokenFact {
  sentence: string;
  question: string;
  /** A right answer holds one of these. */
  answers: string[];
}

/** Of different kinds, in words that a small speech model knows. */
const facts: readonly SpokenFact[] = [
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
];

const voice = 'en-us';
const pauseSeconds = 0.5;
/** A citation is right when it leads to a second this near to the truth. */
const tolerance = 5;
/** As many as an answer shows. */
const passagesShown = 6;
/** Sentences of other lengths, or with signs that are not read aloud, are left out. */
const speakable = /^[A-Z][A-Za-z ,;'’.]{30,160}[.]$/;

/** A fact, and the seconds at which it is said. */
interface PlacedFact extends SpokenFact {
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
async function record(path: string, minutes: number): Promise<PlacedFact[]> {
  const seconds = 60 * minutes;
  const file = await open(path, 'w');
  try {
    const placed: PlacedFact[] = [];
    let samples = 0;
    await file.write(wavHeader(0, spokenRate));
    const append = async (sentence: string): Promise<{ start: number; end: number }> => {
      const spoken = await say(sentence, voice);
      await file.write(Buffer.alloc(2 * Math.round(pauseSeconds * spokenRate)));
      const start = samples / spokenRate + pauseSeconds;
      await file.write(bytesOf(spoken));
      samples += spoken.length + Math.round(pauseSeconds * spokenRate);
      return { start, end: samples / spokenRate };
    };
    for await (const sentence of proseFor(minutes)) {
      const next = facts[placed.length];
      const now = samples / spokenRate;
      if (next && now >= (seconds * (placed.length + 0.5)) / facts.length)
        placed.push({ ...next, ...(await append(next.sentence)) });
      else if (now >= seconds) break;
      else await append(sentence);
    }
    await file.write(wavHeader(samples, spokenRate), 0, undefined, 0);
    return placed;
  } finally {
    await file.close();
  }
}

const saysOneOf = (text: string, answers: readonly string[]): boolean =>
  answers.some((holds) => text.toLowerCase().includes(holds.toLowerCase()));

/** True when a passage was said while a fact was. */
const overlaps = (anchor: Anchor, { start, end }: PlacedFact): boolean =>
  anchor.kind === 'time' && anchor.startMs < 1000 * end && anchor.endMs > 1000 * start;

const leadsTo = (anchor: Anchor, { start }: PlacedFact): boolean =>
  anchor.kind === 'time' && Math.abs(anchor.startMs / 1000 - start) <= tolerance;

async function recall(services: Services, folder: string, minutes: number): Promise<MediaRecallRow> {
  const path = join(folder, `${minutes} minutes.wav`);
  const placed = await record(path, minutes);
  const began = performance.now();
  const { documents } = await services.ingest.add([{ kind: 'path', path }], { paths: true });
  await services.ingest.idle();
  const took = (performance.now() - began) / 1000;
  await services.semanticIndex?.idle();
  const { id, error, sectionCount } = services.library.get(documents[0]?.id ?? '');
  if (error) throw new LonghandError('internal', error);
  const sections = services.library.sections(id, 0, Math.max(1, sectionCount));
  const row = { minutes, facts: placed.length, heard: 0, found: 0, cited: 0, answered: 0 };
  for (const fact of placed) {
    const { question, answers } = fact;
    const { signal } = new AbortController();
    const said = sections.filter(({ anchor }) => overlaps(anchor, fact)).map(({ text }) => text);
    const hits = await searchLibrary(services, { query: question, documentIds: [id], limit: passagesShown }, signal);
    const { text, details } = await answer(services, {
      documentIds: [id],
      history: [],
      question,
      maxTokens: 64,
      signal,
    });
    const sources = details.citations.filter(({ anchor }) => overlaps(anchor, fact));
    if (saysOneOf(said.join(' '), answers)) row.heard++;
    if (hits.some(({ anchor }) => overlaps(anchor, fact))) row.found++;
    if (sources.some(({ anchor }) => leadsTo(anchor, fact))) row.cited++;
    if (saysOneOf(text, answers)) row.answered++;
    const times = sources.flatMap(({ anchor }) => (anchor.kind === 'time' ? [anchor.startMs / 1000] : []));
    process.stderr.write(`said at ${fact.start.toFixed(1)} s, sources at ${times.join(', ')} s: ${question} ${text}\n`);
  }
  return { ...row, realTimeFactor: Number((took / (60 * minutes)).toFixed(3)) };
}

/** Makes a recording of each length and asks for its facts; gives one row each. */
export async function evaluateMediaRecall({ minutes }: { minutes: readonly number[] }): Promise<MediaRecallRow[]> {
  const folder = await mkdtemp(join(tmpdir(), 'longhand-spoken-'));
  const { services, close } = await openHeadless();
  try {
    const rows: MediaRecallRow[] = [];
    for (const length of minutes) rows.push(await recall(services, folder, length));
    return rows;
  } finally {
    await close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** The rows as a table of Markdown. */
export function mediaRecallTable(rows: readonly MediaRecallRow[]): string {
  const head = ['minutes', 'facts', 'heard', 'found', `cited within ${tolerance} s`, 'answered', 'real-time factor'];
  const lines = rows.map((row) => [
    row.minutes,
    row.facts,
    row.heard,
    row.found,
    row.cited,
    row.answered,
    row.realTimeFactor,
  ]);
  return tableOf(head, lines);
}
