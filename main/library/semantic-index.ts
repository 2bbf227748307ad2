/**
 * Searching by meaning: gives every passage of every ready document an embedding, in the background, and finds the
 * passages nearest to a question. What is done is in the database, so a new start goes on where the last one stood.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { asLonghandError, isCancelled, type LonghandError, throwIfCancelled } from '../../base/errors.ts';
import type { Perception } from '../perception/supervisor.ts';
import type { PassageWithHeading } from './embedding-table.ts';
import { isTableRow, tableHeaderBefore } from './lead.ts';
import type { Library } from './library.ts';
import type { PassageHit } from './schema.ts';
import { sentenceRanges } from './sentences.ts';
import type { Judge, SentencePlace } from './vector-index.ts';
import { createRarity, type Rarity, type RelateWords, wordLikeness } from './word-likeness.ts';

/** How much of the documents a search by meaning has covered; `off` when none of it. */
export type MeaningCoverage = 'complete' | 'partial' | 'off';

export interface SemanticIndexOptions {
  library: Pick<
    Library,
    | 'clearEmbeddings'
    | 'embeddingsLeft'
    | 'getSetting'
    | 'nearest'
    | 'passages'
    | 'passagesWithoutEmbedding'
    | 'setSetting'
    | 'storeEmbeddings'
  >;
  embed: Perception['embed'];
  relateWords: RelateWords;
  /** Names the embedding model: the embeddings of another one are made anew. */
  modelId: string;
  /** How many passages of a document still have no embedding, each time that some more have. */
  onProgress?(documentId: string, left: number): void;
  /** Hears of errors that stop the index as a whole, such as a full disk. */
  onError(error: LonghandError): void;
  /** Longest wait for a question's embedding, and then for what its words are like, in milliseconds; longer for the first. */
  patienceMs?: number;
}

export interface SemanticIndex {
  /** Embeds what has no embedding, if that is not being done already. */
  run(): void;
  /** Resolves when there is nothing to embed, or nothing can be. */
  idle(): Promise<void>;
  /**
   * The passages of these documents nearest in meaning to `query`, as a whole and word for word, best first, at most `limit`;
   * `score` is the cosine.
   * When the model cannot be asked, there are none, and the coverage is `off`. Throws `cancelled` when the signal fires.
   */
  search(
    query: string,
    documentIds: readonly string[],
    limit: number,
    signal: AbortSignal,
  ): Promise<{ hits: PassageHit[]; coverage: MeaningCoverage }>;
  /** Leaves the machine to `work`: embeds nothing in the background until it has ended. */
  whilePaused<T>(work: () => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** How much longer the first request may take, for which the process is started and the model loaded. */
const firstPatience = 3;

/** Passages embedded and stored at once: about a second of work. */
const passagesInBatch = 16;

/** Passages whose words are counted at once: a few milliseconds. */
const passagesCountedAtOnce = 64;

/** A sentence of fewer words than this is embedded together with the one before it. */
const fewWords = 6;

/**
 * The form of the texts that passages are found by: those that are embedded in another form are embedded anew, for a
 * sentence is found again by its place among them. 2 is with a table's rows under the names of their columns, and with a
 * sentence's closing marks as its own.
 */
const textsForm = 2;

/**
 * The texts that a passage is found by: its sentences, the first under the section's heading, rows of a table under its
 * first. A fact is found by its own sentence and not by the mean of everything around it. Measured with 36 facts asked for
 * in other words, 512 passages: 94 % of them are among the first six passages by sentences, 39 % by whole passages.
 */
export function textsOf({ heading, lead, text }: Pick<PassageWithHeading, 'heading' | 'lead' | 'text'>): string[] {
  const before = lead !== undefined && isTableRow(lead) ? `${lead}\n| - |\n${isTableRow(text) ? '' : '| '}` : '';
  const whole = before + text;
  const texts: string[] = [];
  for (const range of sentenceRanges(whole)) {
    const start = Math.max(before.length, range.start);
    const sentence = whole.slice(start, range.end).replace(/\s+/g, ' ').trim();
    if (sentence === '') continue;
    const header = tableHeaderBefore(whole, start);
    const last = texts.at(-1);
    if (header !== undefined) texts.push(`${header}\n${sentence}`);
    else if (last !== undefined && sentence.split(' ').length < fewWords)
      texts[texts.length - 1] = `${last} ${sentence}`;
    else texts.push(sentence);
  }
  const [first = '', ...others] = texts;
  return [heading ? `${heading}\n${first}` : first, ...others];
}

const sameNumbers = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((value, place) => value === b[place]);

export function createSemanticIndex(options: SemanticIndexOptions): SemanticIndex {
  const { library, embed, relateWords, modelId, onProgress, onError, patienceMs = 5000 } = options;
  const closing = new AbortController();
  let running: Promise<void> | undefined;
  /** Whether the model has been there: then it is not waited for again. */
  let isLoaded = false;
  let pauses = 0;
  /** Fires when the batch in work has to give way. */
  let batch = new AbortController();
  let resumed: Promise<void> = Promise.resolve();
  let resume: () => void = () => undefined;

  const embeddedWith = `${modelId}, form ${textsForm}`;
  if (library.getSetting('embeddedWith') !== embeddedWith) {
    library.clearEmbeddings();
    library.setSetting('embeddedWith', embeddedWith);
  }

  function pause(): void {
    if (pauses++ > 0) return;
    resumed = new Promise((resolve) => {
      resume = resolve;
    });
    batch.abort();
  }

  async function embedNext(): Promise<boolean> {
    const passages = library.passagesWithoutEmbedding(passagesInBatch);
    const documentId = passages[0]?.documentId;
    if (documentId === undefined) return false;
    batch = new AbortController();
    const signal = AbortSignal.any([batch.signal, closing.signal]);
    const texts = passages.map(textsOf);
    const vectors = await embed(texts.flat(), signal);
    isLoaded = true;
    throwIfCancelled(signal);
    let at = 0;
    library.storeEmbeddings(
      passages.map(({ id }, i) => {
        const from = at;
        at += texts[i]?.length ?? 0;
        return { passageId: id, vectors: vectors.slice(from, at) };
      }),
    );
    onProgress?.(documentId, library.embeddingsLeft(documentId).left);
    return true;
  }

  async function drain(): Promise<void> {
    // Not before `running` is set: an empty library would otherwise end it before it began.
    await Promise.resolve();
    try {
      for (let more = true; more; ) {
        await resumed;
        if (closing.signal.aborted) return;
        more = await embedNext().catch((thrown: unknown) => {
          if (isCancelled(thrown)) return true;
          throw thrown;
        });
      }
    } catch (thrown) {
      const error = asLonghandError(thrown);
      // The process tells of its own end; it is asked again when there is something new to embed.
      if (error.code !== 'process-lost' && error.code !== 'cancelled') onError(error);
    } finally {
      running = undefined;
    }
  }

  /** How rare words are in the texts that were searched last, and which passages of them were looked at for it. */
  let counted: { passageIds: readonly number[]; rarity: Rarity } | undefined;

  async function rarityAmong(passageIds: readonly number[]): Promise<Rarity> {
    if (counted && sameNumbers(counted.passageIds, passageIds)) return counted.rarity;
    const { add, of: rarity } = createRarity();
    for (let from = 0; from < passageIds.length; from += passagesCountedAtOnce) {
      add(library.passages(passageIds.slice(from, from + passagesCountedAtOnce)).map(({ text }) => text));
      await nextTurn();
    }
    counted = { passageIds, rarity };
    return rarity;
  }

  /** The sentences at these places; nothing for one that is no longer there. */
  async function textsAt(sentences: readonly SentencePlace[]): Promise<string[]> {
    const textsById = new Map<number, string[]>();
    for (const { id, lead, text } of library.passages(sentences.map(({ passageId }) => passageId))) {
      if (textsById.size % passagesInBatch === 0) await nextTurn();
      textsById.set(id, textsOf({ heading: null, lead, text }));
    }
    return sentences.map(({ passageId, place }) => textsById.get(passageId)?.[place] ?? '');
  }

  /** Judges sentences by how much of the question they say word for word; not at all when that cannot be had soon. */
  const judgeFor =
    (query: string, signal: AbortSignal): Judge =>
    async (sentences, sampled) => {
      const texts = await textsAt(sentences);
      const patience = AbortSignal.any([signal, AbortSignal.timeout(patienceMs)]);
      try {
        return await wordLikeness(query, texts, await rarityAmong(sampled), (words, others) =>
          relateWords(words, others, patience),
        );
      } catch {
        throwIfCancelled(signal);
        return [];
      }
    };

  /** The embedding of a question; undefined when it cannot be had, or not soon enough. */
  async function embedded(query: string, signal: AbortSignal): Promise<Float32Array | undefined> {
    try {
      const patience = AbortSignal.timeout(isLoaded ? patienceMs : firstPatience * patienceMs);
      const [vector] = await embed([query], AbortSignal.any([signal, patience]));
      isLoaded = true;
      return vector;
    } catch {
      throwIfCancelled(signal);
      return undefined;
    }
  }

  return {
    run() {
      if (!closing.signal.aborted) running ??= drain();
    },
    async idle() {
      while (running) await running;
    },
    async search(query, documentIds, limit, signal) {
      const counts = documentIds.map((id) => library.embeddingsLeft(id));
      const complete = counts.every(({ left }) => left === 0);
      if (!counts.some(({ left, total }) => left < total)) return { hits: [], coverage: complete ? 'complete' : 'off' };
      const vector = await embedded(query, signal);
      if (!vector) return { hits: [], coverage: 'off' };
      const hits = await library.nearest(vector, documentIds, limit, judgeFor(query, signal));
      throwIfCancelled(signal);
      return { hits, coverage: complete ? 'complete' : 'partial' };
    },
    async whilePaused(work) {
      pause();
      try {
        return await work();
      } finally {
        if (--pauses === 0) resume();
      }
    },
    async close() {
      closing.abort();
      resume();
      await running;
    },
  };
}
