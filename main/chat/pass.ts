/**
 * Questions that no selection of passages can answer (summarize the book, list every decision, how many records, compare
 * the two contracts): a pass over every window of every document, and a reduction of what each of them gave. Everything is
 * read, by construction. A window is a stretch of blocks that are there already, so none of it is read again.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { isCancelled, LonghandError, throwIfCancelled } from '../../base/errors.ts';
import { blockTokens } from '../engine/kv/block-format.ts';
import type { ChatMessage, MountedGeneration } from '../engine/protocol.ts';
import type { EngineInfo } from '../engine/schema.ts';
import type { EngineSupervisor } from '../engine/supervisor.ts';
import type { Library } from '../library/library.ts';
import type { DocumentMemory } from '../library/memory.ts';
import { contentTerms, wordsHeld } from '../library/search-query.ts';
import { attendedTexts, leftOutUnready, wasCut } from './read-report.ts';
import type { AnswerDetails, DocumentPass, PassPart, PassTask } from './schema.ts';
import { unsupportedIn, vocabularyOf } from './support.ts';

export interface PassServices {
  library: Library;
  engine: EngineSupervisor;
  memory: DocumentMemory;
}

export interface PassRequest {
  /** Those that are not ready are left out, and named. */
  documentIds: readonly string[];
  question: string;
  task: PassTask;
  /** How far an earlier pass of the same question came; of what it read, that which still stands is not read again. */
  earlier?: DocumentPass | undefined;
  signal: AbortSignal;
  /** Windows done, of how many. */
  onProgress?(done: number, total: number): void;
  onReading?(done: number, total: number, secondsLeft: number | null): void;
  /** The pass as far as it has come: when its windows are known, and with each part. */
  onPass?(pass: DocumentPass): void;
  onText?(text: string): void;
}

export interface PassResult {
  text: string;
  details: AnswerDetails;
  /** True when the signal ended it early; `details.pass` says how far it came. */
  stopped: boolean;
}

const sampling = { temperature: 0, topP: 1, topK: 0, minP: 0, repetitionPenalty: 1.05, seed: 0 };
/** Blocks of a window: as many as a small model still reads well at once. */
const windowBlocks = 16;
/** What a window names is asked of its halves when it is too much for one answer, down to so many blocks. */
const fewestBlocks = 4;
/** The longest answer about one window, and the longest result. */
const partTokens = 96;
const resultTokens = 320;
/** Characters of notes that are put together at once: about a window of tokens. */
const notesCharacters = 4000;

/** Patterns of questions that are about all of a text, in English and German. */
const patterns: readonly { task: PassTask; pattern: RegExp }[] = [
  // Of how many there are, or are named: how many were sold is a fact, which a passage states.
  { task: 'count', pattern: /\bhow many\b.*\b(?:there|named|mentioned|listed|described|quoted|cited|altogether)\b/i },
  {
    task: 'count',
    pattern: /\bhow many\b.*\bin (?:total|(?:all|the|this|these) (?:book|text|document|report|file)s?)\b/i,
  },
  {
    task: 'count',
    pattern: /\bwie ?viele\b.*\b(?:gibt es|genannt|erwähnt|aufgeführt|beschrieben|zitiert|insgesamt)\b/i,
  },
  { task: 'count', pattern: /\bcount (?:the|all|every|how)\b/i },
  {
    task: 'list',
    pattern:
      /\blist (?:all|every(?:body|one|thing)?|each|the)\b|\b(?:name|find|give me|show me) (?:all|every(?:body|one|thing)?|each)\b|\b(?:nenne|liste|finde)\b.*\b(?:alle|jede[nrs]?)\b/i,
  },
  { task: 'compare', pattern: /\bcompar(?:e|ison)\b|\bdifferences? between\b|\bvergleich/i },
  {
    task: 'summarize',
    pattern:
      /\bsummar(?:i[sz]e|y)\b|\boverview\b|\bmain (?:points|ideas|themes)\b|\bgist\b|\bfass\b.*\bzusammen\b|\bzusammenfass/i,
  },
];

/** The task that a question asks for; undefined for one that passages can answer. */
export function taskOf(question: string): PassTask | undefined {
  return patterns.find(({ pattern }) => pattern.test(question))?.task;
}

/**
 * A small model repeats the last sentence of a longer instruction, and lists more of what is asked for when it is shown how
 * a line begins. Measured with the bundled model: of what ten such questions ask for of six short texts, it names 0.39 so,
 * and named 0.02 when it was told that this is a part of a text, and to write "None" where that holds nothing of the kind.
 */
const asList = (question: string): string => `${question} Answer with a list, "- " before each.`;

/** What a question asks how many there are of, as a question of which there are. */
const asWhich = (question: string): string =>
  question
    .replace(/\bhow many\b/i, 'which')
    .replace(/\bcount\b/i, 'list')
    .replace(/\bwie ?viele\b/i, 'welche')
    .replace(/^\p{Ll}/u, (letter) => letter.toUpperCase());

const instructions: Record<PassTask, (question: string) => string> = {
  summarize: () => 'Summarize this part of the text in one or two sentences.',
  list: asList,
  count: (question) => asList(asWhich(question)),
  compare: (question) => `${question}\nWrite in one or two sentences what this part of the text says about that.`,
  answer: (question) => `${question}\nAnswer from this part of the text in one or two sentences, or write "None".`,
};

/** A stretch of one document's blocks, for one model. */
interface Window extends NonNullable<PassPart['window']> {
  readonly documentId: string;
  readonly title: string;
}

/** The model that divides the documents says all of it. */
interface RunningPass extends PassRequest {
  readonly preparedFor: EngineInfo;
}

/**
 * Reads every window, then reduces. Throws what the engine and the memory throw, and `data-corrupt` when a window is not
 * there; when the signal fires, what stands is returned.
 */
export async function readThrough(services: PassServices, request: PassRequest): Promise<PassResult> {
  const { library, engine, memory } = services;
  const { task, signal, earlier = { task, windows: 0, parts: [] } } = request;
  const entries = request.documentIds.map((id) => library.get(id));
  const ready = entries.filter(({ state }) => state === 'ready').map(({ id }) => id);
  /** Until they are known, nothing counts as read. */
  let windows: Window[] | undefined;
  let read = new Map<Window, PassPart>();
  /** As far as it has come; until the windows are known, that is as far as the earlier one came. */
  let pass: DocumentPass = earlier;
  let result: Result = { text: '', cut: false, unsupported: [] };
  let stopped = false;
  /** Unknown where it was stopped before the model was there. */
  let info: EngineInfo | undefined;
  const advance = (all: readonly Window[]): void => {
    pass = { task, windows: all.length, parts: all.flatMap((window) => read.get(window) ?? []) };
    request.onPass?.(pass);
    request.onProgress?.(pass.parts.length, pass.windows);
  };
  try {
    await ensure(memory, ready, request);
    memory.touch(ready);
    info = await engine.ready(signal);
    const { modelId } = info;
    const running: RunningPass = { ...request, preparedFor: info };
    const all = ready.flatMap((id) => windowsOf(library, memory, modelId, id));
    windows = all;
    read = stillStanding(all, earlier.parts);
    advance(all);
    for (const window of all.filter((one) => !read.has(one))) {
      const part = await readWindow(services, window, running);
      read.set(window, part);
      advance(all);
    }
    // Nothing follows from nothing: least of all that there is none.
    if (all.length > 0) result = await reduce(services, pass.parts, ready, running);
  } catch (thrown) {
    if (!isCancelled(thrown)) throw thrown;
    stopped = true;
  }
  const { text, cut, unsupported } = result;
  const { leftOut, ...readReport } = report(services, ready, windows && [...read.keys()]);
  return {
    text,
    stopped,
    details: {
      citations: [],
      read: { ...readReport, leftOut: [...leftOut, ...leftOutUnready(entries)] },
      timing: null,
      unsupported,
      cut,
      model: info?.modelName ?? '',
      device: info?.device ?? '',
      pass,
    },
  };
}

function ensure(
  memory: DocumentMemory,
  documentIds: readonly string[],
  { signal, onReading }: PassRequest,
): Promise<void> {
  return memory.ensure(documentIds, { signal, ...(onReading && { onProgress: onReading }) });
}

function windowsOf(library: Library, memory: DocumentMemory, modelId: string, id: string): Window[] {
  const { title } = library.get(id);
  const { tokens } = memory.kept(id);
  const blocks = Math.ceil(tokens / blockTokens);
  return Array.from({ length: Math.ceil(blocks / windowBlocks) }, (_, index) => ({
    documentId: id,
    title,
    modelId,
    tokens,
    first: index * windowBlocks,
    count: Math.min(windowBlocks, blocks - index * windowBlocks),
  }));
}

/**
 * Earlier parts by the windows that they were said of. Documents may have come and gone since, or have another order, and
 * another model divides them otherwise: a part whose window is not there any more is left out.
 */
function stillStanding(windows: readonly Window[], parts: readonly PassPart[]): Map<Window, PassPart> {
  const standing = new Map<Window, PassPart>();
  for (const window of windows) {
    const part = parts.find((one) => one.documentId === window.documentId && isSame(one.window, window));
    if (part) standing.set(window, part);
  }
  return standing;
}

function isSame(one: PassPart['window'], { modelId, tokens, first, count }: Window): boolean {
  return one?.modelId === modelId && one.tokens === tokens && one.first === first && one.count === count;
}

/** Throws `data-corrupt` when the window is not there, not even once what was kept of its document is read again. */
async function readWindow(services: PassServices, window: Window, request: RunningPass): Promise<PassPart> {
  const { documentId, title, modelId, tokens, first, count } = window;
  const given = await readStretch(services, window, request);
  const attended = given.flatMap((one) => one.attended);
  const texts = given.map(({ text }) => text);
  const something = texts.filter((text) => text !== '' && !nothing.test(text));
  return {
    documentId,
    title,
    ...placeOf(services.library, documentId, attended),
    text: something.length > 0 ? something.join('\n') : (texts.find((one) => one !== '') ?? ''),
    cut: given.some(({ cut }) => cut),
    window: { modelId, tokens, first, count },
  };
}

/** What the model said of some of a window's blocks. */
interface Said extends Pick<MountedGeneration, 'attended'> {
  readonly text: string;
  readonly cut: boolean;
}

/**
 * What the model says of a window, at once or of one stretch after the other: a long question leaves room for some of the
 * blocks only, and what names more than one answer holds is asked of its halves too.
 */
async function readStretch(services: PassServices, window: Window, request: RunningPass): Promise<Said[]> {
  const { first, count, title } = window;
  const given = (await attend(services, window, request)) ?? (await attend(services, window, request));
  if (!given)
    throw new LonghandError(
      'data-corrupt',
      `A part of “${title}” could not be attended to: what was kept of it is damaged or missing. It is read again; go on reading then.`,
    );
  const { length } = given.attended;
  const isList = request.task === 'list' || request.task === 'count';
  const isCutList = isList && wasCut(given);
  const half = Math.ceil(length / 2);
  const isDivided = isCutList && half >= fewestBlocks && !isRepeating(given.text);
  const said = isCutList ? wholeLines(given.text) || (isDivided ? '' : given.text) : given.text;
  const text = isList ? linesThere(said, attendedTexts(services.library, given).join('\n')) : said;
  const all: Said[] = [{ attended: given.attended, text: text.trim(), cut: wasCut(given) && !isDivided }];
  const stretches = [
    ...(isDivided ? [{ count: half }, { first: first + half, count: length - half }] : []),
    ...(length < count ? [{ first: first + length, count: count - length }] : []),
  ];
  for (const stretch of stretches) all.push(...(await readStretch(services, { ...window, ...stretch }, request)));
  return all;
}

/** The share of a line's words that have to stand in what it was said of. */
const enoughThere = 3 / 4;

/** The lines of a list that what was read bears out; a small model goes on with things that it makes up. */
function linesThere(list: string, read: string): string {
  const numbers = new Set(read.match(/\d+/g));
  const isThere = (line: string): boolean => {
    const item = line.replace(bullet, '');
    if (/:\s*$/.test(item) || !/[\p{L}\p{N}]/u.test(item)) return false;
    const share = wordsHeld(item, read).length / Math.max(1, contentTerms(item).length);
    return share >= enoughThere && (item.match(/\d+/g) ?? []).every((number) => numbers.has(number));
  };
  return list.split('\n').filter(isThere).join('\n');
}

/** The lines of a text that was cut, but for the last, of which something lacks. */
function wholeLines(text: string): string {
  return text.slice(0, Math.max(0, text.trimEnd().lastIndexOf('\n')));
}

/** True for a text that went round in circles until it was cut: its window names no more than that. */
function isRepeating(text: string): boolean {
  const lines = wholeLines(text).split('\n').map(itemKey).filter(Boolean);
  return new Set(lines).size < lines.length;
}

/** What the model says of a window; undefined when not all of it was there, which is read again then. */
async function attend(
  { engine, memory }: PassServices,
  { documentId, first, count }: Window,
  request: RunningPass,
): Promise<MountedGeneration | undefined> {
  const { question, task, signal, preparedFor } = request;
  throwIfCancelled(signal);
  await ensure(memory, [documentId], request);
  const content = instructions[task](question);
  const given = await engine.answer(
    {
      messages: [{ role: 'user', content }],
      streams: [documentId],
      found: [],
      question,
      selection: 'window',
      window: { first, count },
      maxTokens: partTokens,
      sampling,
      stop: [],
      endRepeats: true,
    },
    { signal, preparedFor },
  );
  const isLacking = memory.mend([documentId], given.mounted);
  const { length } = given.attended;
  if (length === 0 && !isLacking)
    throw new LonghandError(
      'too-large',
      'The question leaves no room for the documents in the model’s window. Shorten it.',
    );
  return isLacking && length < count ? undefined : given;
}

/** Where a window lies: the section that it begins in, and what it covers of it. */
function placeOf(library: Library, documentId: string, attended: MountedGeneration['attended']) {
  const [begin] = attended;
  const end = attended.at(-1)?.next;
  const section = begin?.section ?? 0;
  const start = begin?.character ?? 0;
  const length = library.sections(documentId, section, 1)[0]?.text.length ?? 0;
  return { section, start, end: end?.section === section ? end.character : length };
}

const bullet = /^\s*(?:[-*•–]|\d{1,3}[.)])\s+/;
/** That there is nothing, as a whole line: a ship may be called “Nothing Else Matters”. */
const nothing =
  /^["'“]?(?:none|nothing|keine[rs]?|nichts)(?: (?:of (?:them|these|those|the above|the kind)|davon|dergleichen)\b[^\n]{0,40})?[.!]?["'”]?[.!]?$/i;

/** What two ways of writing an item have in common; signs within it and most at its ends make another of it ("C", "C++"). */
function itemKey(line: string): string {
  return line
    .replace(bullet, '')
    .normalize('NFKC')
    .toLowerCase()
    .replace(/\*\*|__/g, '')
    .replace(/^[\s"'“”„‘’([]+|[\s"'“”„‘’)\].,;:!?…]+$/gu, '')
    .replace(/\s+/g, ' ');
}

/** The items that windows named, each once, in the text's order. */
export function itemsOf(texts: readonly string[]): string[] {
  const items = new Map<string, string>();
  for (const line of texts.flatMap((text) => text.split('\n'))) {
    const item = line.replace(bullet, '').trim();
    const key = itemKey(line);
    if (key !== '' && !nothing.test(item) && !items.has(key)) items.set(key, item);
  }
  return [...items.values()];
}

interface Result {
  readonly text: string;
  readonly cut: boolean;
  readonly unsupported: string[];
}

/** What the parts come to. Lists and counts are put together without the model, which would drop some. */
async function reduce(
  { engine, library }: PassServices,
  parts: readonly PassPart[],
  documentIds: readonly string[],
  request: RunningPass,
): Promise<Result> {
  const { task, question, onText } = request;
  const unsupportedOf = async (text: string, cut = false): Promise<string[]> =>
    unsupportedIn(text, await vocabularyOfAll(library, documentIds, question), { cut });
  if (task === 'list' || task === 'count') {
    const items = itemsOf(parts.map(({ text }) => text));
    const list = items.map((item) => `- ${item}`).join('\n');
    // That there is none is said as a number, which is of no language.
    const text =
      task === 'count' || items.length === 0 ? [`**${items.length}**`, list].filter(Boolean).join('\n\n') : list;
    onText?.(text);
    return { text, cut: parts.some(({ cut }) => cut), unsupported: await unsupportedOf(list) };
  }
  const notes = await condensed(engine, notesOf(parts), request);
  const written = await write(engine, resultPrompt(request, notes), resultTokens, request, onText);
  return { ...written, unsupported: await unsupportedOf(written.text, written.cut) };
}

/** Characters whose words are looked up at once, and how far they reach into the next ones: further than a word. */
const charactersAtOnce = 50_000;
const overlap = 100;

/** The words and numbers of documents that were read whole, and of the question; main never stands still for them. */
async function vocabularyOfAll(library: Library, ids: readonly string[], question: string): Promise<Set<string>> {
  const vocabulary = vocabularyOf(question);
  for (const id of ids) {
    const { title, sectionCount } = library.get(id);
    for (const key of vocabularyOf(title)) vocabulary.add(key);
    for (let ordinal = 0; ordinal < sectionCount; ordinal++) {
      const text = library.sections(id, ordinal, 1)[0]?.text ?? '';
      for (let from = 0; from < text.length; from += charactersAtOnce) {
        for (const key of vocabularyOf(text.slice(from, from + charactersAtOnce + overlap))) vocabulary.add(key);
        await nextTurn();
      }
    }
  }
  return vocabulary;
}

/** What parts said that said something, under the titles of their documents when there are several. */
function notesOf(parts: readonly PassPart[]): string[] {
  const several = new Set(parts.map(({ documentId }) => documentId)).size > 1;
  return parts
    .filter(({ text }) => text !== '' && !nothing.test(text))
    .map(({ title, text }) => (several ? `${title}: ${text}` : text));
}

/** Notes that fit one prompt: put together in groups, again and again, while they are too many. */
async function condensed(engine: EngineSupervisor, notes: string[], request: RunningPass): Promise<string[]> {
  let now = notes;
  while (now.join('\n').length > notesCharacters) {
    const groups = grouped(now);
    // Groups of one would never become fewer.
    if (groups.length === now.length) return now;
    const next: string[] = [];
    for (const group of groups) {
      const content = `${group.join('\n')}\n\nSummarize these notes in two or three sentences.`;
      next.push((await write(engine, content, partTokens, request)).text.trim());
    }
    now = next;
  }
  return now;
}

function grouped(notes: readonly string[]): string[][] {
  const groups: string[][] = [];
  let characters = 0;
  for (const note of notes) {
    const group = groups.at(-1);
    if (group && characters + note.length <= notesCharacters) {
      group.push(note);
      characters += note.length;
    } else {
      groups.push([note]);
      characters = note.length;
    }
  }
  return groups;
}

function resultPrompt({ task, question }: PassRequest, notes: readonly string[]): string {
  const source = task === 'compare' ? 'Notes on each of the texts' : 'Notes on the parts of a text, in order';
  return `${source}:\n${notes.join('\n')}\n\n${question}`;
}

async function write(
  engine: EngineSupervisor,
  content: string,
  maxTokens: number,
  { signal, preparedFor }: RunningPass,
  onText?: (text: string) => void,
): Promise<{ text: string; cut: boolean }> {
  const messages: ChatMessage[] = [{ role: 'user', content }];
  const generation = await engine.generate(
    { prompt: { kind: 'chat', messages }, maxTokens, sampling, stop: [], endRepeats: true },
    { signal, preparedFor, onProgress: (progress) => progress.kind === 'text' && onText?.(progress.text) },
  );
  return { text: generation.text, cut: wasCut(generation) };
}

/** The last block of a document may hold fewer than the others. */
function tokensOf({ first, count, tokens }: Window): number {
  return Math.min(tokens, (first + count) * blockTokens) - first * blockTokens;
}

/** What was read: whole documents, or up to where the pass was stopped; `done` is undefined where it was not begun. */
function report(
  { library, memory }: PassServices,
  documentIds: readonly string[],
  done: readonly Window[] | undefined,
): AnswerDetails['read'] {
  const documents = documentIds.map((id) => {
    const { title, tokenCount } = library.get(id);
    const kept = memory.kept(id);
    const tokens = kept.complete ? kept.tokens : Math.max(kept.tokens, tokenCount ?? 0);
    const tokensRead = (done ?? [])
      .filter(({ documentId }) => documentId === id)
      .reduce((sum, window) => sum + tokensOf(window), 0);
    return { id, title, tokens, tokensRead, whole: done !== undefined && tokensRead >= tokens, pieces: [] };
  });
  const read = documents.reduce((sum, { tokensRead }) => sum + tokensRead, 0);
  return {
    documents,
    tokensMounted: documents.reduce((sum, { tokens }) => sum + tokens, 0),
    tokensAttended: read,
    tokensReused: read,
    leftOut: documents
      .filter(({ whole }) => !whole)
      .map(({ id, title, tokens, tokensRead }) => ({
        documentId: id,
        title,
        tokens: tokens - tokensRead,
        reason: 'stopped' as const,
      })),
  };
}
