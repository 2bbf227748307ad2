/**
 * One answer, from the question to the citations: search, read, write, check. Knows no conversation
 * and no window, so the command line answers in just the same way.
 */
import { errorData, isCancelled, LonghandError } from '../../base/errors.ts';
import { createTimeLeft, type TimeLeft } from '../../base/time-left.ts';
import type { Generation, MountedGeneration, Sampling } from '../engine/protocol.ts';
import type { EngineInfo } from '../engine/schema.ts';
import type { SelectionMode } from '../engine/streams.ts';
import type { EngineSupervisor, WritingOptions } from '../engine/supervisor.ts';
import type { Library } from '../library/library.ts';
import type { DocumentMemory } from '../library/memory.ts';
import type { DocumentEntry, PassageHit } from '../library/schema.ts';
import { countDocumentTokens } from '../library/token-counts.ts';
import type { ConversationMemory } from './conversation-memory.ts';
import { type AssembledPrompt, assemblePrompt, type ReadingStrategy, type Turn } from './prompt.ts';
import { attendedOf, attendedTexts, mountedOf, readReport, wasCut } from './read-report.ts';
import { findPassages, type RetrievalServices } from './retrieval.ts';
import type { AnswerDetails, AnswerPhase, Citation, ReadReport } from './schema.ts';
import { supportOf, unsupportedClaims, vocabularyOf } from './support.ts';

export interface AnswerServices extends RetrievalServices {
  engine: EngineSupervisor;
  memory: DocumentMemory;
}

export interface AnswerRequest {
  documentIds: readonly string[];
  /** Oldest first. */
  history: Turn[];
  question: string;
  conversation?: ConversationMemory | undefined;
  /** For comparison; an answer usually rests on what is kept, chosen as the documents' size wants. */
  strategy?: ReadingStrategy | undefined;
  selection?: SelectionMode | undefined;
  blocks?: number | undefined;
  passageTokens?: number | undefined;
  /** Upper bound of the answer; the prompt's own bound applies besides. */
  maxTokens?: number | undefined;
  sampling?: Partial<Sampling> | undefined;
  signal: AbortSignal;
  /** The passages found, before the first token. */
  onFound?(citations: Citation[]): void;
  onPhase?(phase: AnswerPhase): void;
  onText?(text: string): void;
}

export interface Answer {
  text: string;
  details: AnswerDetails;
  /** True when the signal ended it early; the text is what stood by then. */
  stopped: boolean;
  /** Turns before those in the prompt. */
  leftOutTurns: number;
}

/** Passages shown as found, and considered for reading. */
const hitsShown = 6;
const hitsConsidered = 16;
/**
 * Passages that score less than this share of the best are shown and not read: beside one that holds all of the question's
 * words, those that are only about something alike distract. Measured with the bundled model at 64k tokens: 0.88 of 120
 * single facts are answered rightly instead of 0.68, and 11 of 12 of several similar ones instead of 8; what no passage
 * stands out for is answered as before.
 */
const likelyShare = 0.5;
/** From this share of its names, numbers and words on, a passage is said to support an answer. */
const supportingShare = 0.5;

/** As often as the supervisor starts a lost engine by itself, and once more. */
const maximumPreparations = 4;

/** Always the likeliest token; the penalty keeps a small model from going round in circles. */
export const defaultSampling: Sampling = {
  temperature: 0,
  topP: 0.95,
  topK: 40,
  minP: 0.05,
  repetitionPenalty: 1.05,
  seed: 0,
};

/**
 * Answers a question from documents.
 * Throws what the engine and library throw; `cancelled` only when stopped before anything was written or read.
 */
export function answer(services: AnswerServices, request: AnswerRequest): Promise<Answer> {
  const work = (): Promise<Answer> => searchAndWrite(services, request);
  return services.semanticIndex?.whilePaused(work) ?? work();
}

async function searchAndWrite(services: AnswerServices, request: AnswerRequest): Promise<Answer> {
  const { library } = services;
  const { question, history, signal } = request;
  request.onPhase?.({ phase: 'searching' });
  const entries = request.documentIds.map((id) => library.get(id));
  const ready = entries.filter(({ state }) => state === 'ready');
  const { hits, meaning } = await findPassages(services, {
    question,
    history,
    documents: ready,
    limit: hitsConsidered,
    signal,
  });
  const found = cite(hits.slice(0, hitsShown), 1);
  request.onFound?.(found);

  const best = Math.max(...hits.map(({ score }) => score));
  const likely = hits.filter(({ score }) => score >= likelyShare * best);
  const { info, prompt, documents, text, generation } = await prepareAndWrite(services, request, ready, likely);
  const mounted = mountedOf(generation);
  if (mounted)
    services.memory.mend(
      documents.map(({ id }) => id),
      mounted.mounted,
    );
  const textsRead = [...prompt.read, ...(mounted ? attendedTexts(library, mounted, request.conversation) : [])];
  // Of an answer that was stopped, what was read is known where all of it was there to be read.
  const isKnown = generation !== undefined || (text !== '' && prompt.fits && isKept(services, request, documents));
  const wholeRead = mounted ? mounted.whole : isKnown && prompt.fits;
  const linesRead = textsRead.map(oneLine);
  const wasRead = (hit: PassageHit): boolean => wholeRead || linesRead.some((read) => holds(read, oneLine(hit.text)));
  const citable = [
    ...hits,
    ...(text && ready.length > 0
      ? library.search({ query: text, documentIds: ready.map(({ id }) => id), limit: hitsShown })
      : []),
  ].filter(wasRead);
  const report = readReport(library, isKnown ? documents : [], entries, prompt, generation);
  const titles = documents.map(({ title }) => title);
  return {
    text,
    stopped: generation === undefined,
    leftOutTurns: prompt.leftOutTurns.count,
    details: {
      citations: supportingCitations(found, citable, text, question),
      read: { ...withEarlierTurns(report, prompt, generation, request), meaning },
      timing: generation ? timing(generation) : null,
      // What an answer rests on that was stopped is not known.
      unsupported:
        generation && ready.length > 0
          ? unsupportedClaims(text, [...titles, ...textsRead], { cut: wasCut(generation) })
          : [],
      cut: generation !== undefined && wasCut(generation),
      model: info.modelName,
      device: info.device,
    },
  };
}

const oneLine = (text: string): string => text.replace(/\s+/g, ' ');

/** Whether the model has all of these documents before it: as text, or because it keeps them. */
function isKept(
  { memory }: AnswerServices,
  { strategy }: AnswerRequest,
  documents: readonly { id: string }[],
): boolean {
  return strategy === 'text' || documents.every(({ id }) => memory.kept(id).complete);
}

/** True when most of a passage stands in a text; its edges may lie in a block that was not read. */
function holds(text: string, passage: string): boolean {
  const quarter = Math.floor(passage.length / 4);
  return text.includes(passage.slice(quarter, passage.length - quarter));
}

/** Earlier turns that were left out, less what the model attended to of those that it keeps. */
function withEarlierTurns(
  report: ReadReport,
  { leftOutTurns, recalledTurns }: AssembledPrompt,
  generation: Generation | MountedGeneration | undefined,
  { conversation }: AnswerRequest,
): ReadReport {
  const mounted = mountedOf(generation);
  const attended = mounted && attendedOf(mounted, conversation?.streamId);
  const isUnknown = generation === undefined && recalledTurns.length > 0;
  const tokens = leftOutTurns.tokens - (attended?.tokens ?? 0);
  if (tokens <= 0 || isUnknown || attended?.whole) return report;
  return { ...report, leftOut: [...report.leftOut, { documentId: null, title: '', tokens, reason: 'earlier-turns' }] };
}

interface Prepared {
  info: EngineInfo;
  prompt: AssembledPrompt;
  documents: (DocumentEntry & { tokens: number })[];
}

interface Written extends Prepared {
  /** As far as it was written. */
  text: string;
  /** Undefined where it was stopped. */
  generation: Generation | MountedGeneration | undefined;
}

/**
 * Has the model read and write. When the engine is lost, or exchanged for another, before a word is there, nothing is
 * lost: it is prepared anew with the one that is started in its place.
 */
async function prepareAndWrite(
  services: AnswerServices,
  request: AnswerRequest,
  ready: DocumentEntry[],
  hits: PassageHit[],
): Promise<Written> {
  for (let preparations = 1; ; preparations++) {
    let text = '';
    const onProgress = prefillThenText(request, (piece) => {
      text += piece;
    });
    try {
      const prepared = await prepare(services, request, ready, hits);
      const options = { signal: request.signal, onProgress, preparedFor: prepared.info };
      const generation = await unlessCancelled(write(services, request, { ...prepared, hits }, options));
      // What was said again is not part of it any more.
      return { ...prepared, text: generation?.finishReason === 'repeat' ? generation.text : text, generation };
    } catch (thrown) {
      if (errorData(thrown).code !== 'process-lost' || text !== '') throw thrown;
      const status = services.engine.status();
      if (status.state === 'failed') throw new LonghandError('process-lost', status.reason, { cause: thrown });
      if (preparations === maximumPreparations) throw thrown;
    }
  }
}

function unlessCancelled<T>(work: Promise<T>): Promise<T | undefined> {
  return work.catch((thrown: unknown) => {
    if (isCancelled(thrown)) return undefined;
    throw thrown;
  });
}

/** The model's figures and what it gets to read. */
async function prepare(
  services: AnswerServices,
  request: AnswerRequest,
  ready: DocumentEntry[],
  hits: PassageHit[],
): Promise<Prepared> {
  const { library, engine, memory } = services;
  const { history, question, conversation, signal, strategy = 'kept' } = request;
  const info = await engine.ready(signal);
  const documents = await Promise.all(
    ready.map(async (entry) => ({
      ...entry,
      tokens: await countDocumentTokens(library, engine, entry.id, signal),
    })),
  );
  const ids = documents.map(({ id }) => id);
  const prompt = await assemblePrompt({
    documents: documents.map(({ id, title, tokens }) => ({ id, title, tokens, text: () => textOf(library, id) })),
    hits,
    history,
    recall: conversation && ((count) => conversation.find(question, count)),
    question,
    contextLength: info.contextLength,
    strategy,
    passageTokens: request.passageTokens,
    countTokens: (texts) => (texts.length === 0 ? Promise.resolve([]) : engine.countTokens(texts, signal)),
  });
  if (strategy === 'text') return { info, prompt, documents };
  if (conversation && prompt.recalledTurns.length > 0)
    await readFirst(request, (progress) => conversation.read(prompt.leftOutTurns.count, { signal, ...progress }));
  if (prompt.fits) await readFirst(request, (progress) => memory.ensure(ids, { signal, ...progress }));
  else memory.look(ids);
  return { info, prompt, documents };
}

/** Has the model read what it lacks before it answers. When it cannot, the answer goes on without. */
async function readFirst(
  { onPhase }: AnswerRequest,
  read: (options: { onProgress(done: number, total?: number, secondsLeft?: number | null): void }) => Promise<void>,
): Promise<void> {
  let first: number | undefined;
  try {
    await read({
      onProgress(done, total = done, secondsLeft = null) {
        first ??= done;
        onPhase?.({ phase: 'reading', done, total, reused: first, secondsLeft });
      },
    });
  } catch (thrown) {
    const { code } = errorData(thrown);
    if (code === 'cancelled' || code === 'process-lost') throw thrown;
  }
}

/** Has the model write: from what it keeps of the documents, or from the prompt alone. */
async function write(
  { engine, memory }: AnswerServices,
  request: AnswerRequest,
  { prompt, documents, hits }: { prompt: AssembledPrompt; documents: { id: string }[]; hits: PassageHit[] },
  options: WritingOptions,
): Promise<Generation | MountedGeneration> {
  const { question, conversation, strategy = 'kept', selection = 'auto' } = request;
  const writing = {
    maxTokens: Math.min(request.maxTokens ?? Number.POSITIVE_INFINITY, prompt.maxTokens),
    sampling: { ...defaultSampling, ...request.sampling },
    stop: [],
    endRepeats: true,
  };
  const turns = conversation ? prompt.recalledTurns : [];
  if (strategy === 'text' || (documents.length === 0 && turns.length === 0)) {
    const messages = [{ role: 'system' as const, content: prompt.system }, ...prompt.messages];
    return engine.generate({ prompt: { kind: 'chat', messages }, ...writing }, options);
  }
  const ids = documents.map(({ id }) => id);
  memory.touch(ids);
  return engine.answer(
    {
      messages: prompt.messages,
      streams: [...ids, ...(conversation && turns.length > 0 ? [conversation.streamId] : [])],
      found: [
        ...turns.map((turn) => ({ stream: conversation?.streamId ?? '', section: turn, start: 0, end: 1_000_000 })),
        ...hits.map(({ documentId, section, start, end }) => ({ stream: documentId, section, start, end })),
      ],
      question,
      selection,
      blocks: request.blocks,
      ...writing,
    },
    options,
  );
}

async function textOf(library: Library, id: string): Promise<string> {
  const { sectionCount } = library.get(id);
  const texts: string[] = [];
  for (let from = 0; from < sectionCount; from += 100)
    texts.push(...library.sections(id, from, 100).map((section) => section.text));
  return texts.join('\n\n');
}

function cite(hits: PassageHit[], from: number): Citation[] {
  return hits.map((hit, i) => ({
    number: from + i,
    documentId: hit.documentId,
    title: hit.title,
    sectionId: hit.sectionId,
    passageId: hit.id,
    anchor: hit.anchor,
    start: hit.start,
    end: hit.end,
    quote: hit.text,
    supports: false,
  }));
}

/** The passages found, each marked when it was read and bears the answer out, and any further one that does. */
function supportingCitations(found: Citation[], citable: PassageHit[], text: string, question: string): Citation[] {
  const compared = new Set([...found.map(({ quote }) => quote), ...citable.map((hit) => hit.text)]);
  const vocabularies = Array.from(compared, vocabularyOf);
  const supports = (passage: string): boolean =>
    text !== '' && supportOf(passage, text, question, vocabularies) >= supportingShare;
  const read = new Set(citable.map(({ id }) => id));
  const known = new Set(found.map(({ passageId }) => passageId));
  const further = [...new Map(citable.filter(({ id }) => !known.has(id)).map((hit) => [hit.id, hit])).values()];
  return [
    ...found,
    ...cite(
      further.filter((hit) => supports(hit.text)),
      found.length + 1,
    ),
  ].map((citation) => ({
    ...citation,
    supports: read.has(citation.passageId) && supports(citation.quote),
  }));
}

function prefillThenText(request: AnswerRequest, append: (text: string) => void) {
  let timeLeft: TimeLeft | undefined;
  let writing = false;
  return (
    progress: { kind: 'prefill'; done: number; total: number; reused: number } | { kind: 'text'; text: string },
  ) => {
    if (progress.kind === 'prefill') {
      const { done, total, reused } = progress;
      timeLeft ??= createTimeLeft(done);
      request.onPhase?.({ phase: 'reading', done, total, reused, secondsLeft: timeLeft(done, total) });
      return;
    }
    if (!writing) request.onPhase?.({ phase: 'writing' });
    writing = true;
    append(progress.text);
    request.onText?.(progress.text);
  };
}

function timing(generation: Generation): AnswerDetails['timing'] {
  const { firstTokenMs, prefillMs, promptTokens, reusedTokens, decodeMs, decodeTokens } = generation;
  const prefillTokens = promptTokens - reusedTokens;
  return {
    firstTokenMs,
    prefillTokens,
    prefillTokensPerSecond: perSecond(prefillTokens, prefillMs),
    decodeTokens,
    decodeTokensPerSecond: perSecond(decodeTokens, decodeMs),
  };
}

function perSecond(count: number, ms: number): number {
  return ms > 0 ? (count * 1000) / ms : 0;
}
