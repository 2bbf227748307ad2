/**
 * The seam between the tasks and Longhand: one reader for each way of reading, over the services that
 * the app itself is made of.
 */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LonghandError } from '../../base/errors.ts';
import { type AnswerRequest, answer, defaultSampling } from '../../main/chat/answer.ts';
import type { ConversationMemory } from '../../main/chat/conversation-memory.ts';
import { assemblePrompt, type MountedDocument, type PromptRequest } from '../../main/chat/prompt.ts';
import type { ChatMessage } from '../../main/engine/protocol.ts';
import type { EngineInfo } from '../../main/engine/schema.ts';
import type { Services } from '../../main/index.ts';
import { countDocumentTokens } from '../../main/library/token-counts.ts';
import { bundledModelId, findModel } from '../../main/models/models.ts';
import { appFolders } from '../../main/shell/folders.ts';
import { openGguf } from '../../native-models/formats/gguf.ts';
import { createTokenizer } from '../../native-models/formats/tokenizer.ts';
import { addFile, openLonghand } from '../longhand.ts';
import type { CountTokens } from './haystack.ts';
import type { Plan } from './plan.ts';
import type { AskOptions, Condition, Reader, Reading } from './runner.ts';

export interface ReaderOptions {
  /** A model's id or the path of its file; the bundled one when not given. */
  model?: string | undefined;
  /** A folder that keeps the texts and what was read of them, for further runs. */
  dataFolder?: string | undefined;
  signal?: AbortSignal;
}

export interface Readers {
  /** The model's name, and the tokens that it was trained to attend to at once. */
  model: string;
  contextLength: number;
  countTokens: CountTokens;
  /** Adds the documents of a plan; they are there until `release`, and after it in a folder that is kept. */
  mount(plan: Plan): Promise<MountedPlan>;
  close(): Promise<void>;
}

export interface MountedPlan {
  /** Throws `unsupported` for a way of reading that there is not yet. */
  reader(condition: Condition): Reader;
  /** Removes the documents, unless their folder is kept. */
  release(): Promise<void>;
}

/** What the readers of one plan work with. */
interface ReaderContext {
  services: Services;
  info: EngineInfo;
  /** Ids of the plan's documents in the library, in the plan's order. */
  documentIds: readonly string[];
  /** What is kept of the plan's conversation. */
  conversation: ConversationMemory;
}

const readers: Record<Condition, (context: ReaderContext) => Reader> = {
  full: ({ services, info, documentIds }) => ({
    ask: (question, options) => askFull(services, info, chosen(documentIds, options), question, options),
  }),
  passages: ({ services, info, documentIds }) => ({
    ask: (question, options) => askPassages(services, info, chosen(documentIds, options), question, options),
  }),
  equal: ({ services, info, documentIds }) => ({
    ask: (question, options) =>
      askPassages(services, info, chosen(documentIds, options), question, options, equalPassageTokens),
  }),
  longhand: (context) => ({ ask: (question, options) => askKept(context, question, options, {}) }),
  // Nothing is found, so nothing is read besides the end of the text.
  window: (context) => ({
    ask: (question, options) => askKept(context, question, options, { selection: 'latest', passageTokens: 0 }),
  }),
};

/** What the model keeps of the documents is attended to, as in the app; `latest` is what a sliding window keeps. */
async function askKept(
  { services, documentIds, conversation }: ReaderContext,
  question: string,
  options: AskOptions,
  reading: Pick<AnswerRequest, 'selection' | 'passageTokens'>,
): Promise<Reading> {
  const { history, maxTokens, signal = new AbortController().signal } = options;
  const mounted = chosen(documentIds, options);
  await services.memory.ensure(mounted, { signal });
  const { text, details } = await answer(services, {
    documentIds: mounted,
    history: [...history],
    question,
    ...(reading.selection !== 'latest' && { conversation }),
    maxTokens,
    ...reading,
    signal,
  });
  const { read, citations, timing } = details;
  return { text, citations, timing, read };
}

/** Starts Longhand. Throws what its services throw. */
export async function openReaders({
  model = bundledModelId,
  dataFolder: kept,
  signal,
}: ReaderOptions): Promise<Readers> {
  const countTokens = await tokenCounter((await findModel(model, appFolders().bundled)).modelPath);
  const { services, dataFolder, close } = await openLonghand({ dataFolder: kept, model });
  try {
    const info = await services.engine.ready(signal);
    return {
      model: info.modelName,
      contextLength: info.contextLength,
      countTokens,
      mount: (plan) =>
        mountPlan(services, info, { folder: join(dataFolder, 'evaluation-texts'), kept: kept !== undefined }, plan),
      close,
    };
  } catch (thrown) {
    await close();
    throw thrown;
  }
}

/** Counts as the engine does, without asking it for each sentence. */
export async function tokenCounter(modelPath: string): Promise<CountTokens> {
  const file = await openGguf(modelPath);
  try {
    const tokenizer = createTokenizer(file.metadata);
    return (text) => tokenizer.encode(text).length;
  } finally {
    await file.close();
  }
}

async function mountPlan(
  services: Services,
  info: EngineInfo,
  { folder, kept }: { folder: string; kept: boolean },
  plan: Plan,
): Promise<MountedPlan> {
  const { ingest } = services;
  const texts = join(folder, plan.id);
  await mkdir(texts, { recursive: true });
  const documentIds: string[] = [];
  for (const { title, text } of plan.documents) {
    const path = join(texts, `${title}.txt`);
    await writeFile(path, text);
    documentIds.push((await addFile(services, path)).id);
  }
  const { id: conversationId } = services.store.create(plan.id, []);
  const conversation = services.conversations.of(conversationId, plan.history);
  return {
    reader: (condition) => readers[condition]({ services, info, documentIds, conversation }),
    async release() {
      services.conversations.forget(conversationId);
      services.store.remove(conversationId);
      if (kept) return;
      for (const id of documentIds) await ingest.remove(id);
      await rm(texts, { recursive: true, force: true });
    },
  };
}

function chosen(documentIds: readonly string[], { documents }: AskOptions): string[] {
  return documents.flatMap((index) => documentIds[index] ?? []);
}

/**
 * Everything in the prompt, conversation included, and nothing chosen beside the question: what the
 * model makes of the text by itself. Cites nothing. Throws `too-large` when it does not fit the window.
 */
async function askFull(
  services: Services,
  info: EngineInfo,
  documentIds: readonly string[],
  question: string,
  options: AskOptions,
): Promise<Reading> {
  const { engine } = services;
  const documents = await Promise.all(documentIds.map((id) => mounted(services, id)));
  const { system, messages, fits } = await assemblePrompt({
    ...promptRequest(services, info, question, options),
    documents,
    passageTokens: 0,
  });
  const whole: ChatMessage[] = [
    { role: 'system', content: system },
    ...options.history.flatMap((turn): ChatMessage[] => [
      { role: 'user', content: turn.question },
      { role: 'assistant', content: turn.answer },
    ]),
    ...messages,
  ];
  const tokens = await engine.countPrompt({ kind: 'chat', messages: whole }, options.signal);
  if (!fits || tokens + options.maxTokens > info.contextLength)
    throw new LonghandError(
      'too-large',
      `The text has more than the ${info.contextLength} tokens that the model attends to at once: it cannot be read whole.`,
    );
  return generate(services, whole, null, documents, options);
}

/** Passages that the search finds, considered and shown as in the app. */
const hitsConsidered = 16;
const hitsCited = 6;
/** Tokens of passages with which a prompt of text attends to as many as an answer from kept blocks does. */
const equalPassageTokens = 760;

/** What other apps do: passages that a search by words found, as text in the prompt, and the latest turns. */
async function askPassages(
  services: Services,
  info: EngineInfo,
  documentIds: readonly string[],
  question: string,
  options: AskOptions,
  passageTokens?: number,
): Promise<Reading> {
  const documents = await Promise.all(documentIds.map((id) => mounted(services, id)));
  const hits =
    documentIds.length > 0
      ? services.library.search({ query: question, documentIds: [...documentIds], limit: hitsConsidered })
      : [];
  const { system, messages } = await assemblePrompt({
    ...promptRequest(services, info, question, options),
    // As large as the window, so that none is read whole, however short it is.
    documents: documents.map((document) => ({ ...document, tokens: info.contextLength })),
    hits,
    history: [...options.history],
    ...(passageTokens !== undefined && { passageTokens }),
  });
  const citations = hits.slice(0, hitsCited).map(({ text }) => ({ quote: text }));
  return generate(services, [{ role: 'system', content: system }, ...messages], citations, documents, options);
}

/** A request for a prompt of text, without documents, passages and conversation. */
function promptRequest(
  { engine }: Services,
  { contextLength }: EngineInfo,
  question: string,
  { signal }: AskOptions,
): PromptRequest {
  return {
    documents: [],
    hits: [],
    history: [],
    question,
    contextLength,
    strategy: 'text',
    countTokens: async (texts) => (texts.length === 0 ? [] : engine.countTokens(texts, signal)),
  };
}

async function mounted({ library, engine }: Services, id: string): Promise<MountedDocument> {
  const { title, sectionCount } = library.get(id);
  return {
    id,
    title,
    tokens: await countDocumentTokens(library, engine, id),
    text: async () =>
      library
        .sections(id, 0, sectionCount)
        .map(({ text }) => text)
        .join('\n\n'),
  };
}

async function generate(
  { engine }: Services,
  messages: ChatMessage[],
  citations: Reading['citations'],
  documents: readonly MountedDocument[],
  { maxTokens, signal }: AskOptions,
): Promise<Reading> {
  const generation = await engine.generate(
    { prompt: { kind: 'chat', messages }, maxTokens, sampling: defaultSampling, stop: [] },
    signal ? { signal } : {},
  );
  const { text, firstTokenMs, promptTokens, reusedTokens, prefillMs, decodeMs, decodeTokens, attendedTokens } =
    generation;
  const prefillTokens = promptTokens - reusedTokens;
  return {
    text,
    citations,
    timing: {
      firstTokenMs,
      prefillTokens,
      prefillTokensPerSecond: prefillMs > 0 ? (prefillTokens * 1000) / prefillMs : 0,
      decodeTokens,
      decodeTokensPerSecond: decodeMs > 0 ? (decodeTokens * 1000) / decodeMs : 0,
    },
    read: {
      tokensMounted: documents.reduce((sum, { tokens }) => sum + tokens, 0),
      tokensAttended: attendedTokens,
    },
  };
}
