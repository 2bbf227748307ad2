/**
 * Everything a window can ask of main, and everything main tells a window: the same contract over
 * Electron's IPC and over the served shell's WebSocket. Main checks each message against it.
 *
 * Document bytes do not travel here: a window reads them at `/documents/ID/file`, and the served
 * shell takes files at `POST /upload?name=NAME`, which answers `{"upload": ID}`.
 */
import { z } from 'zod';
import type { Contract, Handlers as RpcHandlers } from '../../base/rpc.ts';
import { answerPhase, citation, conversation, documentPass, message } from '../chat/schema.ts';
import { blockFormatName, devicePreference, engineStatus } from '../engine/schema.ts';
import { transcriptFormats } from '../ingest/media/transcript-text.ts';
import { documentEntry, documentKind, id, memory, passageHit, section, sectionSummary } from '../library/schema.ts';
import { listedModel, modelEntry } from '../models/schema.ts';

const nothing = z.object({});
const title = z.string().trim().min(1).max(200);
const question = z.string().trim().min(1).max(20_000);
const documentIds = z.array(id).max(10_000);

export const settings = z.object({
  device: devicePreference,
  /** Threads of the engine; null lets Longhand choose. */
  threads: z.int().min(1).max(64).nullable(),
  modelId: z.string().max(4096),
  theme: z.enum(['system', 'light', 'dark']),
  /** Bytes of disk that what the model has read may take. */
  memoryBudget: z
    .int()
    .min(2 ** 28)
    .max(2 ** 44),
  /** How exactly what the model has read is kept; for what it reads from now on. */
  blockFormat: blockFormatName,
  /** A locale of the catalogue, or `system`. */
  locale: z.string().max(20),
});

/** A file or folder on this machine; only a window that received it from the person may name one. */
const pathSource = z.object({ kind: z.literal('path'), path: z.string().min(1).max(4096) });
/** A file sent to `/upload`. */
const uploadSource = z.object({ kind: z.literal('upload'), upload: id, name: z.string().min(1).max(500) });

const modelSource = z.discriminatedUnion('kind', [pathSource, uploadSource]);

/** Where a new document comes from. */
export const source = z.discriminatedUnion('kind', [
  pathSource,
  uploadSource,
  /** Pasted text. */
  z.object({ kind: z.literal('text'), title, text: z.string().min(1).max(4_000_000) }),
  /** The sample document that ships with Longhand. */
  z.object({ kind: z.literal('sample') }),
]);

/** Watched folders, each with a sentence for why it is not watched, or not all of it. */
const watchedFolders = z.array(z.object({ path: z.string(), problem: z.string().nullable() }));

/** The longest piece of sound in one message, in samples at 16 kHz. */
const longestPiece = 30 * 16_000;

/** Samples at 16 kHz on one channel, as 16-bit numbers (little-endian) in base64: a message is a JSON text. */
const sound = z
  .base64()
  .max(Math.ceil((longestPiece * 2) / 3) * 4)
  .transform((text) => {
    const bytes = Buffer.from(text, 'base64');
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return Float32Array.from({ length: bytes.length >> 1 }, (_, i) => view.getInt16(2 * i, true) / 32_768);
  });

/** The longest side of a picture, in pixels. */
const longestSide = 2048;
const side = z.int().min(1).max(longestSide);
/** The most bytes of a small picture. */
const largestThumbnail = 2 ** 16;
const jpegStart = [0xff, 0xd8, 0xff];
/** A JPEG file in base64. */
const thumbnail = z
  .base64()
  .max(Math.ceil(largestThumbnail / 3) * 4)
  .transform((text) => Uint8Array.from(Buffer.from(text, 'base64')))
  .refine((bytes) => jpegStart.every((byte, i) => bytes[i] === byte), 'is no JPEG file');
/** A picture that stands at the second `at`: grey values, one byte each, in base64, and the same small and in colour. */
const picture = z.object({
  kind: z.literal('picture'),
  at: z.number().min(0),
  thumbnail,
  width: side,
  height: side,
  pixels: z
    .base64()
    .max(Math.ceil(longestSide ** 2 / 3) * 4)
    .transform((text) => Uint8Array.from(Buffer.from(text, 'base64'))),
});
const sentence = z.string().max(2000).nullable();

export const contract = {
  requests: {
    'app.info': {
      params: nothing,
      result: z.object({
        version: z.string(),
        shell: z.enum(['electron', 'served']),
        platform: z.string(),
        dataFolder: z.string(),
        /** File name endings that can be added, without the dot. */
        extensions: z.array(z.string()),
      }),
    },
    'settings.get': { params: nothing, result: settings },
    'settings.set': { params: settings.partial(), result: settings },

    'library.list': { params: nothing, result: z.array(documentEntry) },
    /** Adds documents; a file that is already there (same content) is returned as it is. */
    'library.add': {
      params: z.object({ sources: z.array(source).min(1).max(1000) }),
      result: z.object({
        documents: z.array(documentEntry),
        /** What could not be added, each with a sentence. */
        refused: z.array(z.object({ name: z.string(), reason: z.string() })),
        /** The folders among them that could be watched, and are not. */
        folders: z.array(z.string()),
      }),
    },
    'library.remove': { params: z.object({ id }), result: nothing },
    'library.rename': { params: z.object({ id, title }), result: documentEntry },
    /** Stops reading a document; what was read of it is discarded. */
    'library.cancel': { params: z.object({ id }), result: nothing },
    /** Reads a document again that failed or was stopped; one that is locked, with its password. */
    'library.retry': { params: z.object({ id, password: z.string().max(1000).optional() }), result: nothing },
    /** Reads the file that a document was added from again, with the content that it has now. */
    'library.refresh': { params: z.object({ id }), result: nothing },
    /** Looks whether files that documents were added from have changed; `changed` of their entries says so. */
    'library.lookForChanges': { params: nothing, result: nothing },
    /** The outline: every section without its text. */
    'library.outline': { params: z.object({ id }), result: z.array(sectionSummary) },
    /** Sections `from` (ordinal) and following, with their text. */
    'library.sections': {
      params: z.object({ id, from: z.int().min(0), count: z.int().min(1).max(100) }),
      result: z.array(section),
    },
    'library.search': {
      params: z.object({
        query: z.string().trim().min(1).max(1000),
        documentIds: documentIds.optional(),
        limit: z.int().min(1).max(100),
      }),
      result: z.array(passageHit),
    },

    /** Folders whose new files are added by themselves, and whose changed ones are offered for reading again. */
    'folders.list': { params: nothing, result: watchedFolders },
    /** Only a window that may name files of this machine may name a folder. */
    'folders.watch': { params: z.object({ path: z.string().min(1).max(4096) }), result: nothing },
    'folders.stop': { params: z.object({ path: z.string().min(1).max(4096) }), result: nothing },

    /** The transcript of a recording as a file. */
    'library.transcript': {
      params: z.object({ id, format: z.enum(transcriptFormats) }),
      result: z.object({ text: z.string() }),
    },
    /** Puts right what was misheard: another text for characters `start` to `end` of a section of a recording. */
    'library.correct': {
      params: z.object({
        id,
        section: z.int().min(0),
        start: z.int().min(0),
        end: z.int().min(0),
        text: z.string().trim().min(1).max(10_000),
      }),
      result: section,
    },

    /**
     * The next recording or image for this window to decode, because its browser knows codecs that main does not; comes when
     * there is one. The window then gives its sound and its pictures from the second `from` on, piece by piece, and
     * its end.
     */
    'media.take': {
      params: nothing,
      result: z.object({ id, kind: documentKind, fileName: z.string(), from: z.number() }),
    },
    /** A piece of the sound, or a picture; answered when it was taken, and only then comes the next. */
    'media.give': {
      params: z.object({
        id,
        piece: z.discriminatedUnion('kind', [
          z.object({ kind: z.literal('sound'), samples: sound, end: z.number().min(0) }),
          picture.refine(({ width, height, pixels }) => pixels.length === width * height, 'pixels are missing'),
        ]),
      }),
      result: z.object({ wanted: z.boolean() }),
    },
    /** There is no more; or it, or a part of it, cannot be decoded: a sentence says why. */
    'media.end': { params: z.object({ id, problem: sentence, leftOut: sentence }), result: nothing },

    /** When the scenes of a video begin, as far as it was looked at. */
    'media.scenes': { params: z.object({ id }), result: z.object({ times: z.array(z.int().min(0)) }) },
    /** A small picture of the scene that begins then: a JPEG file in base64. Throws `not-found`. */
    'media.thumbnail': { params: z.object({ id, atMs: z.int().min(0) }), result: z.object({ jpeg: z.base64() }) },

    /** What the model keeps of each document that it has begun, or is to read. */
    'memory.list': { params: nothing, result: z.array(memory) },
    /** Stops reading a document; what is read is kept. */
    'memory.pause': { params: z.object({ id }), result: nothing },
    /** Goes on reading, or reads again what failed or gave its space away. */
    'memory.resume': { params: z.object({ id }), result: nothing },
    'memory.pin': { params: z.object({ id, pinned: z.boolean() }), result: nothing },
    /** Gives a document's space back; it is read again when it is asked about. */
    'memory.evict': { params: z.object({ id }), result: nothing },
    /** What the person looks at: it is read first. */
    'memory.look': { params: z.object({ ids: documentIds }), result: nothing },

    'chat.list': { params: z.object({ query: z.string().max(200).optional() }), result: z.array(conversation) },
    'chat.create': { params: z.object({ documentIds }), result: conversation },
    'chat.open': { params: z.object({ id }), result: z.object({ conversation, messages: z.array(message) }) },
    'chat.rename': { params: z.object({ id, title }), result: conversation },
    'chat.remove': { params: z.object({ id }), result: nothing },
    /** Mounts exactly these documents in the conversation. */
    'chat.mount': { params: z.object({ id, documentIds }), result: conversation },
    /**
     * Asks a question. Answers at once with the two new messages; the answer then comes as `answer.*`
     * events, goes on when the window is closed or reloaded, and is kept.
     */
    'chat.ask': {
      params: z.object({
        id,
        question,
        /** True has all of the documents read for it, window by window; otherwise it is when the question asks for it. */
        readAll: z.boolean().optional(),
      }),
      result: z.object({ question: message, answer: message }),
    },
    /** Writes the last answer anew. */
    'chat.regenerate': { params: z.object({ id }), result: z.object({ answer: message }) },
    /** Goes on with the last answer's pass over all of the documents, where it was stopped. */
    'chat.resume': { params: z.object({ id }), result: z.object({ answer: message }) },
    /** Stops the answer being written; what stands is kept. */
    'chat.stop': { params: z.object({ id }), result: nothing },

    /** The models that can be chosen, and those that were added and cannot be used now. */
    'models.list': { params: nothing, result: z.array(listedModel) },
    /** Adds a GGUF file; only a window that may name files of this machine may name one. */
    'models.add': { params: z.object({ source: modelSource }), result: modelEntry },
    /**
     * Takes a model that was added from the list, and deletes what was made for it; the file is deleted if it was sent. Not
     * for the one in use.
     */
    'models.remove': { params: z.object({ id: z.string().max(4096) }), result: nothing },
    'engine.status': { params: nothing, result: engineStatus },
    'engine.restart': { params: nothing, result: nothing },
  },
  events: {
    /** Something that concerns the whole app went wrong (a full disk, say): a sentence. */
    'app.problem': z.object({ message: z.string() }),
    'library.changed': documentEntry,
    'library.removed': z.object({ id }),
    'folders.changed': watchedFolders,
    'memory.changed': memory,
    'chat.changed': conversation,
    'chat.removed': z.object({ id }),
    'settings.changed': settings,
    'engine.changed': engineStatus,
    /** The passages found: on screen before the first token. */
    'answer.found': z.object({ conversationId: id, messageId: id, citations: z.array(citation) }),
    'answer.phase': z.object({ conversationId: id, messageId: id, phase: answerPhase }),
    /** What the model said of one more window, in a pass over all of the documents. */
    'answer.pass': z.object({ conversationId: id, messageId: id, pass: documentPass }),
    /** More text; it starts at character `offset` of the answer. */
    'answer.text': z.object({ conversationId: id, messageId: id, offset: z.int(), text: z.string() }),
    /** The answer as it was stored: done, stopped or failed. */
    'answer.ended': z.object({ message }),
  },
} satisfies Contract;

export type AppContract = typeof contract;
export type AppHandlers = RpcHandlers<AppContract>;
export type Settings = z.output<typeof settings>;
export type Source = z.output<typeof source>;

// A window needs the types and nothing else of main.
export type {
  AnswerDetails,
  AnswerPhase,
  Citation,
  Conversation,
  DocumentPass,
  Message,
  PassPart,
  ReadReport,
  Timing,
} from '../chat/schema.ts';
export type { DevicePreference, EngineInfo, EngineStatus } from '../engine/schema.ts';
export type {
  Anchor,
  Box,
  DocumentEntry,
  DocumentKind,
  DocumentState,
  Memory,
  PassageHit,
  Section,
  SectionSummary,
} from '../library/schema.ts';
export type { ListedModel, ModelEntry } from '../models/schema.ts';
