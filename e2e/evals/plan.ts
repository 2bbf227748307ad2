/**
 * What is read and asked at one length: texts with the facts of all tasks hidden in them, so that one
 * reading serves many questions, and the questions.
 */
import { LonghandError } from '../../base/errors.ts';
import type { Turn } from '../../main/chat/prompt.ts';
import type { Book } from './books.ts';
import { buildHaystack, type CountTokens, type Haystack } from './haystack.ts';
import type { Item, Task, TaskFact, TaskItems, TaskName } from './items.ts';
import { createNames } from './names.ts';
import { sentencesOf } from './prose.ts';
import { createRandom } from './random.ts';
import { tasks } from './tasks/index.ts';
import { reuseDocuments } from './tasks/reuse.ts';

export interface PlannedDocument extends Haystack<TaskFact> {
  title: string;
}

export interface Plan {
  id: string;
  /** The length that was asked for; documents and history together are about as long. */
  tokens: number;
  documents: PlannedDocument[];
  /** The conversation before the questions, oldest first. */
  history: Turn[];
  items: Item[];
  /** Titles of the books that the prose was taken from. */
  books: string[];
  /** True when some of the prose stands there more than once. */
  repeated: boolean;
}

export interface PlanRequest {
  books: readonly Book[];
  countTokens: CountTokens;
  tokens: number;
  tasks: readonly TaskName[];
  /** Items of each task (of `recall`, at each depth). */
  trials: number;
  seed: number;
}

/** Facts may take this share of a text; with more, it would be no haystack. */
const factsShare = 0.4;

/**
 * The plans for one length: one where everything fits one text; more, with the trials dealt out, where
 * the text is short. The tasks with several documents, and those with a conversation, have their own.
 * Equal requests give equal plans. Throws `too-large` when not even one trial fits.
 */
export function makePlans(request: PlanRequest): Plan[] {
  const chosen = request.tasks.map((name) => tasks[name]);
  return (['text', 'documents', 'conversation'] as const).flatMap((layout) => {
    const ofLayout = chosen.filter((task) => task.layout === layout);
    return ofLayout.length > 0 ? plansOf(layout, ofLayout, request) : [];
  });
}

function plansOf(layout: Task['layout'], chosen: readonly Task[], request: PlanRequest): Plan[] {
  for (let texts = 1; texts <= request.trials; texts++) {
    const dealt = deal(chosen, texts, request);
    if (dealt.every((items) => fits(items, request)))
      return dealt.map((items, i) =>
        layOut(layout, items, `${layout}-${request.tokens}-${request.seed}-${i}`, request),
      );
  }
  throw new LonghandError(
    'too-large',
    `A text of ${request.tokens} tokens has no room for one trial of ${chosen.map(({ name }) => name).join(', ')}: name fewer tasks at once, or more tokens.`,
  );
}

/** The items of each of so many texts; a name is given out once in all of them. */
function deal(chosen: readonly Task[], texts: number, { trials, tokens, seed }: PlanRequest): TaskItems[] {
  const names = createNames();
  return Array.from({ length: texts }, (_, text) => {
    const own = Array.from({ length: trials }, (_, trial) => trial).filter((trial) => trial % texts === text);
    const made = chosen.map((task) =>
      task.make({ random: createRandom(`${seed}/${task.name}`), names, trials: own, tokens }),
    );
    return { items: made.flatMap(({ items }) => items), background: made.flatMap(({ background }) => background) };
  });
}

function factsOf({ items, background }: TaskItems): TaskFact[] {
  return [...items.flatMap(({ facts }) => facts), ...background];
}

function fits(items: TaskItems, { tokens, countTokens }: PlanRequest): boolean {
  const factTokens = factsOf(items).reduce((sum, { text }) => sum + countTokens(` ${text}`), 0);
  return factTokens <= tokens * factsShare;
}

const layouts: Record<Task['layout'], (items: TaskItems, id: string, request: PlanRequest) => Plan> = {
  text: (items, id, request) => documentPlan(items, id, 1, request),
  documents: (items, id, request) => documentPlan(items, id, reuseDocuments, request),
  conversation: conversationPlan,
};

function layOut(layout: Task['layout'], items: TaskItems, id: string, request: PlanRequest): Plan {
  return layouts[layout](items, id, request);
}

function documentPlan(items: TaskItems, id: string, count: number, request: PlanRequest): Plan {
  const { books, countTokens, tokens } = request;
  const facts = factsOf(items);
  const documents = Array.from({ length: count }, (_, i) => ({
    title: count === 1 ? 'The text' : `Volume ${i + 1}`,
    ...buildHaystack({
      books,
      countTokens,
      tokens: Math.floor(tokens / count),
      facts: facts.filter(({ document = 0 }) => document === i),
      seed: `${id}/${i}`,
    }),
  }));
  return {
    id,
    tokens,
    documents,
    history: [],
    items: items.items,
    books: [...new Set(documents.flatMap((document) => document.books))],
    repeated: documents.some(({ repeated }) => repeated),
  };
}

const askedToRead = ['Read on, please.', 'Go on.', 'What comes next?', 'Please continue.', 'And then?'];
const noted = ['Noted.', 'I will remember that.', 'Thank you, I have it.'];
/** Prose sentences in each turn of a conversation. */
const sentencesInTurn = 6;
/** What a chat template spends on a turn: two messages with their roles and markers, and the asking. */
const tokensPerTurn = 20;

/** Someone has a book read out, and says something in between now and then: the facts. */
function conversationPlan(items: TaskItems, id: string, request: PlanRequest): Plan {
  const { books, countTokens, tokens } = request;
  const facts = factsOf(items);
  const random = createRandom(id);
  const tokensInTurn = sentencesInTurn * 30;
  const prose = Math.floor((tokens * tokensInTurn) / (tokensInTurn + tokensPerTurn)) - facts.length * tokensPerTurn;
  const apart = facts.map((fact, i) => ({ ...fact, group: `turn ${i}` }));
  const haystack = buildHaystack({ books, countTokens, tokens: Math.max(1, prose), facts: apart, seed: id });
  const history: Turn[] = [];
  let from = 0;
  const readOut = (to: number): void => {
    const sentences = sentencesOf(haystack.text.slice(from, to));
    for (let i = 0; i < sentences.length; i += sentencesInTurn)
      history.push({ question: random.pick(askedToRead), answer: sentences.slice(i, i + sentencesInTurn).join(' ') });
  };
  for (const { fact, start, end } of haystack.placed) {
    readOut(start);
    history.push({ question: fact.text, answer: random.pick(noted) });
    from = end;
  }
  readOut(haystack.text.length);
  return {
    id,
    tokens,
    documents: [],
    history,
    items: items.items,
    books: haystack.books,
    repeated: haystack.repeated,
  };
}
