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
  /** How strongly it matches, relative to the best one: 0 to 1. */
  strength: z.number(),
  /** True when the finished answer repeats names, numbers or wording of this passage. */
  supports: z.boolean(),
});

/** Why something was not read for an answer, or not whole. */
export const leftOutReason = z.enum([
  'no-room', // only the passages found were read: the whole does not fit the context
  'nothing-found', // it does not fit, and the search found nothing in it
  'earlier-turns', // earlier turns of the conversation gave way
  'not-ready', // it is still being read in
  'failed', // it could not be read in
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
    }),
  ),
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

export const answerDetails = z.object({
  citations: z.array(citation),
  read: readReport,
  timing: timing.nullable(),
  /** Names and numbers of the answer that stand nowhere in what was read. */
  unsupported: z.array(z.string()),
  model: z.string(),
  device: z.string(),
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
  z.object({ phase: z.literal('writing') }),
]);

export type LeftOutReason = z.output<typeof leftOutReason>;
export type Citation = z.output<typeof citation>;
export type ReadReport = z.output<typeof readReport>;
export type Timing = z.output<typeof timing>;
export type AnswerDetails = z.output<typeof answerDetails>;
export type Message = z.output<typeof message>;
export type Conversation = z.output<typeof conversation>;
export type AnswerPhase = z.output<typeof answerPhase>;
