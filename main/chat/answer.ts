/**
 * One answer, from the question to the citations: search, read, write, check. Knows no conversation
 * and no window, so the command line answers in just the same way.
 */
import { errorData } from '../../base/errors.ts';
import type { Generation, Sampling } from '../engine/protocol.ts';
import type { EngineSupervisor } from '../engine/supervisor.ts';
import type { Library } from '../library/library.ts';
import type { DocumentEntry, PassageHit } from '../library/schema.ts';
import { type AssembledPrompt, assemblePrompt, type MountedDocument, type Turn } from './prompt.ts';
import type { AnswerDetails, AnswerPhase, Citation, ReadReport } from './schema.ts';
import { supportOf, unsupportedClaims } from './support.ts';
import { countDocumentTokens } from './token-counts.ts';

export interface AnswerServices {
  library: Library;
  engine: EngineSupervisor;
}

export interface AnswerRequest {
  documentIds: readonly string[];
  /** Oldest first. */
  history: Turn[];
  question: string;
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
}

/** Passages shown as found, and considered for reading. */
const hitsShown = 6;
const hitsConsidered = 16;
/** From this share of its names, numbers and words on, a passage is said to support an answer. */
const supportingShare = 0.5;

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
export async function answer(services: AnswerServices, request: AnswerRequest): Promise<Answer> {
  const { library, engine } = services;
  const { question, signal } = request;
  request.onPhase?.({ phase: 'searching' });
  const entries = request.documentIds.map((id) => library.get(id));
  const ready = entries.filter(({ state }) => state === 'ready');
  const hits = ready.length > 0 ? findPassages(library, question, request.history, ready) : [];
  const found = cite(hits.slice(0, hitsShown), 1);
  request.onFound?.(found);

  const info = await engine.ready(signal);
  const prompt = await assemblePrompt({
    documents: await Promise.all(ready.map((entry) => mounted(services, entry, signal))),
    hits,
    history: request.history,
    question,
    contextLength: info.contextLength,
    countTokens: (texts) => (texts.length === 0 ? Promise.resolve([]) : engine.countTokens(texts, signal)),
  });

  let text = '';
  let generation: Generation | undefined;
  try {
    generation = await engine.generate(
      {
        prompt: { kind: 'chat', messages: prompt.messages },
        maxTokens: Math.min(request.maxTokens ?? Number.POSITIVE_INFINITY, prompt.maxTokens),
        sampling: { ...defaultSampling, ...request.sampling },
        stop: [],
      },
      {
        signal,
        onProgress: prefillThenText(request, (piece) => {
          text += piece;
        }),
      },
    );
  } catch (thrown) {
    if (errorData(thrown).code !== 'cancelled') throw thrown;
  }

  const read = new Set(prompt.passages.map(({ id }) => id));
  const citable = [
    ...hits,
    ...(text && ready.length > 0
      ? library.search({ query: text, documentIds: ready.map(({ id }) => id), limit: hitsShown })
      : []),
  ].filter((hit) => prompt.whole || read.has(hit.id));
  return {
    text,
    stopped: generation === undefined,
    details: {
      citations: supportingCitations(found, citable, text, question),
      read: readReport(entries, prompt, generation),
      timing: generation ? timing(generation) : null,
      unsupported: ready.length > 0 ? unsupportedClaims(text, prompt.read) : [],
      model: info.modelName,
      device: info.device,
    },
  };
}

/** Searches for the question; a short follow-up ("and when?") is searched together with the question before it. */
function findPassages(library: Library, question: string, history: Turn[], documents: DocumentEntry[]): PassageHit[] {
  const documentIds = documents.map(({ id }) => id);
  const previous = history.at(-1)?.question ?? '';
  const words = question.match(/[\p{L}\p{N}]{4,}/gu)?.length ?? 0;
  const query = words < 3 ? `${previous} ${question}` : question;
  return library.search({ query, documentIds, limit: hitsConsidered });
}

function cite(hits: PassageHit[], from: number): Citation[] {
  const best = Math.max(...hits.map(({ score }) => score));
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
    strength: best > 0 ? hit.score / best : 0,
    supports: false,
  }));
}

/** The passages found, each marked when it bears the answer out, and any further one that does. */
function supportingCitations(found: Citation[], citable: PassageHit[], text: string, question: string): Citation[] {
  const supports = (passage: string): boolean => text !== '' && supportOf(passage, text, question) >= supportingShare;
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
    supports: supports(citation.quote),
  }));
}

async function mounted(services: AnswerServices, entry: DocumentEntry, signal: AbortSignal): Promise<MountedDocument> {
  const { library, engine } = services;
  return {
    id: entry.id,
    title: entry.title,
    tokens: await countDocumentTokens(library, engine, entry.id, signal),
    async text() {
      const texts: string[] = [];
      for (let from = 0; from < entry.sectionCount; from += 100)
        texts.push(...library.sections(entry.id, from, 100).map((section) => section.text));
      return texts.join('\n\n');
    },
  };
}

function prefillThenText(request: AnswerRequest, append: (text: string) => void) {
  let begun: { at: number; done: number } | undefined;
  let writing = false;
  return (
    progress: { kind: 'prefill'; done: number; total: number; reused: number } | { kind: 'text'; text: string },
  ) => {
    if (progress.kind === 'prefill') {
      const { done, total, reused } = progress;
      begun ??= { at: performance.now(), done };
      const seconds = (performance.now() - begun.at) / 1000;
      const secondsLeft = done > begun.done ? (seconds * (total - done)) / (done - begun.done) : null;
      request.onPhase?.({ phase: 'reading', done, total, reused, secondsLeft });
      return;
    }
    if (!writing) request.onPhase?.({ phase: 'writing' });
    writing = true;
    append(progress.text);
    request.onText?.(progress.text);
  };
}

function readReport(entries: DocumentEntry[], prompt: AssembledPrompt, generation: Generation | undefined): ReadReport {
  const notReady = entries.filter(({ state }) => state !== 'ready');
  return {
    documents: prompt.documents,
    tokensMounted: prompt.documents.reduce((sum, { tokens }) => sum + tokens, 0),
    tokensAttended: generation?.attendedTokens ?? 0,
    tokensReused: generation?.reusedTokens ?? 0,
    leftOut: [
      ...prompt.leftOut,
      ...notReady.map(({ id, title, tokenCount, state }) => ({
        documentId: id,
        title,
        tokens: tokenCount ?? 0,
        reason: state === 'failed' || state === 'cancelled' ? ('failed' as const) : ('not-ready' as const),
      })),
    ],
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
