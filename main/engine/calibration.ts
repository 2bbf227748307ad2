/**
 * How many blocks a model answers well from. A small model is distracted by what it need not read, so the number is
 * measured: facts are hidden in a text, and asked for with the right block and more and more others mounted. The largest
 * number is taken with which the right answer is still about as likely as with the best.
 */
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Facts with a question and the words of the answer. */
const facts = [
  {
    text: 'The harbour master of Ostrava Bay is called Lena Brunholt.',
    ask: 'Who is the harbour master of Ostrava Bay?',
    answer: 'Lena Brunholt',
  },
  {
    text: 'The key of the clock tower hangs behind the blue mirror.',
    ask: 'Where does the key of the clock tower hang?',
    answer: 'behind the blue mirror',
  },
  {
    text: 'The ferry to Tindra leaves at 7:45 every morning.',
    ask: 'At what time does the ferry to Tindra leave?',
    answer: '7:45',
  },
  {
    text: 'The orchard on Keld Hill has 312 pear trees.',
    ask: 'How many pear trees does the orchard on Keld Hill have?',
    answer: '312',
  },
  {
    text: 'The password of the reading room is silver otter.',
    ask: 'What is the password of the reading room?',
    answer: 'silver otter',
  },
  {
    text: 'Professor Imre Halasz discovered the cave of Vell in 1907.',
    ask: 'Who discovered the cave of Vell?',
    answer: 'Professor Imre Halasz',
  },
] as const;

/** Sentences that say nothing of the facts; put together at random they make the rest of the text. */
const subjects = [
  'The old road',
  'A narrow bridge',
  'The market square',
  'The miller',
  'Her brother',
  'The schoolhouse',
  'A row of poplars',
  'The winter evening',
  'The baker’s daughter',
  'A travelling musician',
  'The river',
  'The second carriage',
];
const verbs = [
  'runs beside',
  'can be seen from',
  'was built before',
  'had often spoken of',
  'looks towards',
  'stands not far from',
  'was painted after',
  'is older than',
];
const objects = [
  'the monastery wall',
  'the lower meadow',
  'the first snow of the year',
  'the railway station',
  'a field of barley',
  'the house with green shutters',
  'the quarry',
  'the edge of the forest',
  'the garden of the inn',
  'the long summer',
];
const endings = [
  ', and nobody remembers why.',
  ', as everyone in the village knows.',
  ', which pleased the children.',
  '.',
  ', although the map shows it differently.',
  ' until the bells begin to ring.',
];

export interface Trial {
  readonly ask: string;
  readonly answer: string;
  /** Characters of the text at which the fact stands. */
  readonly start: number;
  readonly end: number;
}

/** A text of about `sentences` sentences with the facts spread over it; always the same. */
export function calibrationText(sentences: number): { text: string; trials: Trial[] } {
  let state = 12_345;
  const draw = <Item>(items: readonly Item[]): Item => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return items[Math.floor((state / 2 ** 31) * items.length)] as Item;
  };
  const every = Math.floor(sentences / facts.length);
  let text = '';
  const trials: Trial[] = [];
  for (let index = 0; index < sentences; index++) {
    const fact = index % every === every >> 1 ? facts[Math.floor(index / every)] : undefined;
    const sentence = fact?.text ?? `${draw(subjects)} ${draw(verbs)} ${draw(objects)}${draw(endings)}`;
    if (fact)
      trials.push({ ask: fact.ask, answer: fact.answer, start: text.length, end: text.length + sentence.length });
    text += `${sentence} `;
  }
  return { text: text.trimEnd(), trials };
}

/** What is tried, where the window has room for it. */
const numbers = [2, 4, 8, 16, 24, 32];
/** Nats by which the answer may be less likely than with the best number. */
const tolerance = 0.15;

/** The largest number whose loss is about that of the best; `lossOf` gives the mean loss with so many blocks. */
export async function calibrate(mostBlocks: number, lossOf: (blocks: number) => Promise<number>): Promise<number> {
  const losses: { blocks: number; loss: number }[] = [];
  for (const blocks of numbers.filter((number) => number <= mostBlocks)) {
    losses.push({ blocks, loss: await lossOf(blocks) });
  }
  const best = Math.min(...losses.map(({ loss }) => loss));
  return losses.findLast(({ loss }) => loss <= best + tolerance)?.blocks ?? Math.max(1, mostBlocks);
}

const calibrationFile = 'calibration.json';

/** The number that was found before; undefined when there is none. */
export async function readCalibration(folder: string): Promise<number | undefined> {
  try {
    const { blocks } = JSON.parse(await readFile(join(folder, calibrationFile), 'utf8')) as { blocks?: unknown };
    return typeof blocks === 'number' && Number.isInteger(blocks) && blocks > 0 ? blocks : undefined;
  } catch {
    return undefined;
  }
}

export async function writeCalibration(folder: string, blocks: number): Promise<void> {
  const path = join(folder, calibrationFile);
  await writeFile(`${path}.new`, JSON.stringify({ blocks }));
  await rename(`${path}.new`, path);
}
