/**
 * A conversation that has grown past what is put into the prompt is kept as blocks, like a document: its turns are read
 * once, and a later question attends to those that it is about, however long ago they were.
 */
import type { EngineSupervisor } from '../engine/supervisor.ts';
import type { Database } from '../library/database.ts';
import type { DocumentMemory } from '../library/memory.ts';
import { rankTexts } from '../library/rank-texts.ts';
import { readStream, type StreamText } from '../library/read-stream.ts';
import type { Turn } from './prompt.ts';

/** What is kept of one conversation. */
export interface ConversationMemory {
  readonly streamId: string;
  /** Its turns as the model reads them, oldest first: the sections of its stream. */
  readonly texts: readonly string[];
  /** Of the first `count` turns, those that the question is about, best first. */
  find(question: string, count: number): number[];
  /** Has the model read the first `count` turns. Throws as `readStream`. */
  read(count: number, options: { signal: AbortSignal; onProgress?(tokens: number): void }): Promise<void>;
}

export interface ConversationMemories {
  /** Of a conversation with these turns, oldest first. */
  of(conversationId: string, turns: readonly Turn[]): ConversationMemory;
  /** Reads in the background what the next question will not find in the prompt; the last turn may yet be written anew. */
  prepare(conversationId: string, turns: readonly Turn[]): void;
  /** Frees what was kept of a conversation that is gone. */
  forget(conversationId: string): void;
  close(): void;
}

/** The most turns that a question is about. */
const turnsFound = 8;

/** Characters of a token, as a rule at the least. */
const charactersOfToken = 3;

const textOf = ({ question, answer }: Turn): string => `Question: ${question}\n\nAnswer: ${answer}`;

/** Opens what is kept of conversations; `makeRoom` frees the space that reading one takes, or throws `disk`. */
export function openConversationMemories(
  engine: Pick<EngineSupervisor, 'streams'>,
  database: Database,
  makeRoom: DocumentMemory['makeRoomFor'] = async () => undefined,
): ConversationMemories {
  /** What is being read now, by conversation: one reading at a time of each. */
  const reading = new Map<string, { controller: AbortController; ended: Promise<unknown> }>();

  async function stop(id: string): Promise<void> {
    const current = reading.get(id);
    current?.controller.abort();
    await current?.ended.catch(() => undefined);
  }

  async function read(
    id: string,
    texts: readonly string[],
    { signal, onProgress }: Parameters<ConversationMemory['read']>[1],
  ): Promise<void> {
    await stop(id);
    const controller = new AbortController();
    const text: StreamText = {
      id,
      header: '',
      expected: null,
      sectionCount: texts.length,
      sections: (from, count) => texts.slice(from, from + count).map((text, i) => ({ ordinal: from + i, text })),
    };
    const expected = texts.join('').length / charactersOfToken;
    const ended = readStream(engine.streams, text, {
      signal: AbortSignal.any([signal, controller.signal]),
      beforeBatch: (state) => makeRoom(id, state, expected),
      ...(onProgress && { onTokens: onProgress }),
    });
    const mine = { controller, ended };
    reading.set(id, mine);
    try {
      await ended;
    } finally {
      if (reading.get(id) === mine) reading.delete(id);
    }
  }

  return {
    of(id, turns) {
      const texts = turns.map(textOf);
      return {
        streamId: id,
        texts,
        find: (question, count) => rankTexts(database, texts.slice(0, count), question, turnsFound),
        read: (count, options) => read(id, texts.slice(0, count), options),
      };
    },
    prepare(id, turns) {
      const { signal } = new AbortController();
      read(id, turns.slice(0, -1).map(textOf), { signal }).catch(() => {
        // A question came first, or the engine was lost: the next question reads what it needs.
      });
    },
    forget(id) {
      stop(id)
        .then(() => engine.streams.remove(id))
        .catch(() => {
          // The engine is lost or was never there; what is left is removed when it starts.
        });
    },
    close() {
      for (const { controller } of reading.values()) controller.abort();
    },
  };
}
