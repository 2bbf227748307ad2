/**
 * How well passages are found: facts asked for in their own words and in others, hidden in one long text, and whether the
 * passage that holds them is among the first of a search by words, by meaning, and by both as the app does it.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findPassages } from '../../main/chat/retrieval.ts';
import type { Services } from '../../main/index.ts';
import { bundledModelId, findModel } from '../../main/models/models.ts';
import { appFolders } from '../../main/shell/folders.ts';
import { addFile, type Longhand, openLonghand } from '../longhand.ts';
import { readBooks } from './books.ts';
import { buildHaystack, type Fact } from './haystack.ts';
import { createNames } from './names.ts';
import { createRandom } from './random.ts';
import { tokenCounter } from './readers.ts';
import { tableOf } from './report.ts';
import { shows } from './score.ts';
import { furtherParaphrases, paraphrases } from './tasks/paraphrases.ts';
import { recall } from './tasks/recall.ts';

const waysToAsk = ['in its own words', 'in other words'] as const;
type Asked = (typeof waysToAsk)[number];

export interface SearchRow {
  tokens: number;
  asked: Asked;
  facts: number;
  search: Way;
  /** The share of the facts whose passage is the first one found, and among the first 3, 6 and 16. */
  first: number;
  first3: number;
  first6: number;
  first16: number;
}

interface Question {
  text: string;
  fact: Fact;
  asked: Asked;
}

/** Single facts in their own words at each of five depths. */
const factsAtDepth = 12;
/** Passages found. */
const limit = 16;

function questionsOf(tokens: number, seed: number): Question[] {
  const { items } = recall.make({
    random: createRandom(`${seed}/recall`),
    names: createNames(),
    trials: Array.from({ length: factsAtDepth }, (_, trial) => trial),
    tokens,
  });
  const others = [...paraphrases, ...furtherParaphrases];
  return [
    ...items.flatMap(({ question, facts }) =>
      facts.map((fact): Question => ({ text: question, fact, asked: 'in its own words' })),
    ),
    ...others.map(
      ({ fact, question }, index): Question => ({
        text: question,
        fact: { text: fact, depth: (index + 0.5) / others.length },
        asked: 'in other words',
      }),
    ),
  ];
}

type Search = (services: Services, query: string, documentId: string) => Promise<{ text: string }[]>;

const searches = {
  words: async ({ library }, query, id) => library.search({ query, documentIds: [id], limit }),
  meaning: async ({ semanticIndex }, query, id) =>
    (await semanticIndex?.search(query, [id], limit, new AbortController().signal))?.hits ?? [],
  both: async (services, question, id) => {
    const documents = [services.library.get(id)];
    const { signal } = new AbortController();
    return (await findPassages(services, { question, history: [], documents, limit, signal })).hits;
  },
} satisfies Record<string, Search>;

type Way = keyof typeof searches;

/** Adds a text as a document, and waits until all of it can be searched; it is not read by the model. */
async function addText({ services, dataFolder }: Longhand, name: string, text: string): Promise<string> {
  const path = join(dataFolder, name);
  await writeFile(path, text);
  const { id } = await addFile(services, path);
  services.memory.pause(id);
  await services.semanticIndex?.idle();
  return id;
}

/** The rows of one length. */
async function searchIn(longhand: Longhand, tokens: number, seed: number): Promise<SearchRow[]> {
  const questions = questionsOf(tokens, seed);
  const { modelPath } = await findModel(bundledModelId, appFolders().bundled);
  const { text } = buildHaystack({
    books: await readBooks(),
    tokens,
    facts: questions.map(({ fact }) => fact),
    seed: `search-${tokens}-${seed}`,
    countTokens: await tokenCounter(modelPath),
  });
  const id = await addText(longhand, `${tokens}.txt`, text);
  const rows: SearchRow[] = [];
  for (const asked of waysToAsk) {
    for (const [way, search] of Object.entries(searches) as [Way, Search][]) {
      const places: number[] = [];
      for (const question of questions.filter((one) => one.asked === asked)) {
        const hits = await search(longhand.services, question.text, id);
        const place = hits.findIndex((hit) => shows(hit.text, question.fact.text));
        places.push(place < 0 ? Number.POSITIVE_INFINITY : place);
      }
      const among = (count: number): number =>
        Number((places.filter((place) => place < count).length / places.length).toFixed(3));
      rows.push({
        tokens,
        asked,
        facts: places.length,
        search: way,
        first: among(1),
        first3: among(3),
        first6: among(6),
        first16: among(limit),
      });
    }
  }
  await longhand.services.ingest.remove(id);
  return rows;
}

/** Searches texts of these lengths; six rows each. Throws `too-large` where a text has no room for the facts. */
export async function evaluateSearch({
  tokens,
  seed,
}: {
  tokens: readonly number[];
  seed: number;
}): Promise<SearchRow[]> {
  const longhand = await openLonghand();
  try {
    const rows: SearchRow[] = [];
    for (const length of tokens) rows.push(...(await searchIn(longhand, length, seed)));
    return rows;
  } finally {
    await longhand.close();
  }
}

const columns: Readonly<Record<keyof SearchRow, string>> = {
  tokens: 'tokens',
  asked: 'asked for',
  facts: 'facts',
  search: 'search by',
  first: 'first',
  first3: 'first 3',
  first6: 'first 6',
  first16: 'first 16',
};

/** The rows as a table of Markdown. */
export function searchTable(rows: readonly SearchRow[]): string {
  const keys = Object.keys(columns) as (keyof SearchRow)[];
  return tableOf(
    keys.map((key) => columns[key]),
    rows.map((row) => keys.map((key) => row[key])),
  );
}
