/** Conversations, their messages, and what an answer rests on, as they cross every boundary. */
import { z } from 'zod';
import { anchor, id } from '../library/schema.ts';

/** A passage that an answer rests on. */
export const citation = z.object({
  /** Its number in this answer, from 1. */
  number: z.int().min(1),
  documentId: id,
  title: z.string(),
  sectionId: z.int(),
  passageId: z.int(),
  anchor,
  /** Characters of the section's text that the passage covers. */
  start: z.int(),
  end: z.int(),
  quote: z.string(),
  /** True when the finished answer repeats names, numbers or wording of this passage. */
  supports: z.boolean(),
});

/** Why something was not read for an answer, or not whole. */
export const leftOutReason = z.enum([
  'no-room', // only the passages found were read: the whole does not fit the context
  'nothing-found', // it does not fit, and the search found nothing in it
  'unread', // the model has not come to that part of it yet
  'damaged', // what was kept of it is damaged; that part is being read again
  'earlier-turns', // earlier turns of the conversation gave way
  'not-ready', // it is still being read in
  'failed', // it could not be read in
  'stopped', // the pass over all of it was stopped before it came there
]);

/** What was read for an answer, as measured. */
export const readReport = z.object({
  documents: z.array(
    z.object({
      id,
      title: z.string(),
      tokens: z.int(),
      /** Tokens of this document that the answer could attend to. */
      tokensRead: z.int(),
      whole: z.boolean(),
      /** The pieces that were read, in order; empty when all of it was. */
      pieces: z.array(
        z.object({
          /** Where it lies in the document: 0 at its beginning, 1 at its end. */
          from: z.number(),
          to: z.number(),
          /** How strongly it was chosen, 0 to 1. */
          strength: z.number(),
          /** The section (ordinal) it begins in, and the characters of that section's text that it covers. */
          section: z.int(),
          start: z.int(),
          end: z.int(),
        }),
      ),
    }),
  ),
  /** How much of the documents was searched by meaning, besides by words; earlier versions searched by words alone. */
  meaning: z.enum(['complete', 'partial', 'off']).optional(),
  tokensMounted: z.int(),
  tokensAttended: z.int(),
  tokensReused: z.int(),
  /** What could not be read, each with its reason; empty when everything was. */
  leftOut: z.array(
    z.object({
      /** Null for earlier turns of the conversation. */
      documentId: id.nullable(),
      title: z.string(),
      tokens: z.int(),
      reason: leftOutReason,
    }),
  ),
});

export const timing = z.object({
  firstTokenMs: z.number(),
  prefillTokens: z.int(),
  prefillTokensPerSecond: z.number(),
  decodeTokens: z.int(),
  decodeTokensPerSecond: z.number(),
});

/** What a pass over all of the documents is for; `answer` is any other question. */
export const passTask = z.enum(['summarize', 'list', 'count', 'compare', 'answer']);

/** What the model said of one window of a document. */
export const passPart = z.object({
  documentId: id,
  title: z.string(),
  /** The section (ordinal) it begins in, and the characters of that section's text that it covers. */
  section: z.int(),
  start: z.int(),
  end: z.int(),
  text: z.string(),
  /** True where it reached its greatest length before it was finished; earlier versions did not say. */
  cut: z.boolean().optional(),
  /**
   * Which window it was said of: these blocks of the document, which had so many tokens for the model. Earlier versions
   * did not say.
   */
  window: z.object({ modelId: z.string(), tokens: z.int(), first: z.int(), count: z.int() }).optional(),
});

/** A pass over every window of the documents, as far as it came. */
export const documentPass = z.object({
  task: passTask,
  /** Of all documents. */
  windows: z.int(),
  /** In the documents' order. */
  parts: z.array(passPart),
});

export const answerDetails = z.object({
  citations: z.array(citation),
  read: readReport,
  timing: timing.nullable(),
  /** Names and numbers of the answer that stand nowhere in what was read. */
  unsupported: z.array(z.string()),
  /** True where it reached its greatest length, or a part did that it is put together from; earlier versions did not say. */
  cut: z.boolean().optional(),
  /** Model and device are empty where the answer ended before it was known what was read. */
  model: z.string(),
  device: z.string(),
  /** Of an answer that all of the documents were read for, window by window. */
  pass: documentPass.optional(),
});

export const messageState = z.enum(['streaming', 'done', 'stopped', 'failed']);

export const message = z.object({
  id,
  conversationId: id,
  role: z.enum(['user', 'assistant']),
  text: z.string(),
  state: messageState,
  error: z.string().nullable(),
  details: answerDetails.nullable(),
  createdAt: z.int(),
});

export const conversation = z.object({
  id,
  title: z.string(),
  /** The documents mounted in it. */
  documentIds: z.array(id),
  createdAt: z.int(),
  updatedAt: z.int(),
});

/** How far the answer being written has come. */
export const answerPhase = z.discriminatedUnion('phase', [
  z.object({ phase: z.literal('searching') }),
  z.object({
    phase: z.literal('reading'),
    done: z.int(),
    total: z.int(),
    reused: z.int(),
    secondsLeft: z.number().nullable(),
  }),
  /** Windows done in a pass over all of the documents. */
  z.object({
    phase: z.literal('passing'),
    done: z.int(),
    total: z.int(),
    secondsLeft: z.number().nullable(),
  }),
  z.object({ phase: z.literal('writing') }),
]);

export type LeftOutReason = z.output<typeof leftOutReason>;
export type PassTask = z.output<typeof passTask>;
export type PassPart = z.output<typeof passPart>;
export type DocumentPass = z.output<typeof documentPass>;
export type Citation = z.output<typeof citation>;
export type ReadReport = z.output<typeof readReport>;
export type Timing = z.output<typeof timing>;
export type AnswerDetails = z.output<typeof answerDetails>;
export type Message = z.output<typeof message>;
export type Conversation = z.output<typeof conversation>;
export type AnswerPhase = z.output<typeof answerPhase>;
