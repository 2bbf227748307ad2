/**
 * What the model keeps of the library: each document is read once, in the background, as a stream of blocks on disk.
 * Questions go first, what the person looks at comes next, and the rest in the order in which it was added. The space
 * that all of it takes is bounded: what was not asked about for longest gives way, and is read again when it is needed.
 */
import { asLonghandError, errorData, LonghandError, throwIfCancelled } from '../../base/errors.ts';
import type { MountedGeneration, StreamState } from '../engine/protocol.ts';
import type { EngineSupervisor } from '../engine/supervisor.ts';
import type { Library } from './library.ts';
import type { MemoryRow, MemoryTable } from './memory-table.ts';
import { charactersInBatch, readStream, type StreamText } from './read-stream.ts';
import { createReadingPace, type ReadingPace } from './reading-pace.ts';
import type { Memory } from './schema.ts';
import { countDocumentTokens } from './token-counts.ts';

export interface MemoryOptions {
  library: Library;
  table: MemoryTable;
  engine: EngineSupervisor;
  /** The model in use, whose memory it is. */
  modelId(): string;
  /** Bytes of disk that may be taken. */
  budget(): number;
  /** Whether a stream belongs to a conversation, which this does not look after. */
  isConversation(id: string): boolean;
  onChange(memory: Memory): void;
  /** Hears of errors that stop the reading as a whole, such as a full disk. */
  onError(error: LonghandError): void;
}

/** A document for an answer: how much of it can be attended to. */
export interface KeptDocument {
  readonly tokens: number;
  readonly complete: boolean;
}

/** Hears of tokens that are kept, of those known, and how long the rest takes at the pace of the one being read. */
type OnKeeping = (done: number, total: number, secondsLeft: number | null) => void;

export interface DocumentMemory {
  list(): Memory[];
  /** What is kept of a document now. */
  kept(id: string): KeptDocument;
  /**
   * Reads what these documents lack, ahead of everything else, and tells how far they have come together; resolves when
   * all of it is there. Throws `process-lost`
   * when the engine has failed, and `disk` when a document cannot be read, or is not to be.
   */
  ensure(ids: readonly string[], options: { signal: AbortSignal; onProgress?: OnKeeping }): Promise<void>;
  /**
   * Reads again what of these documents was found damaged, or missing although it counts as kept, when they were mounted;
   * true when there is any.
   */
  mend(ids: readonly string[], mounted: MountedGeneration['mounted']): boolean;
  /** Notes that these were asked about. */
  touch(ids: readonly string[]): void;
  /** What the person looks at is read first. */
  look(ids: readonly string[]): void;
  pause(id: string): void;
  resume(id: string): void;
  pin(id: string, pinned: boolean): void;
  evict(id: string): Promise<void>;
  /**
   * Frees space for reading a conversation of about so many tokens, of other models, of other conversations, and of what is
   * kept to the bit; no document gives way to it. Throws `disk` when nothing can go.
   */
  makeRoomFor(conversationId: string, state: StreamState, expected: number): Promise<void>;
  /** Frees what was kept of a document that is gone, or that has another content now. */
  forget(id: string): void;
  /** Begins or goes on: the engine's status is another, or a document was added. */
  wake(): void;
  /** Tries again what failed: there is more space now. */
  retry(): void;
  close(): Promise<void>;
}

/** What waits for documents to be kept. */
interface Waiter {
  look(): void;
  fail(error: LonghandError): void;
}

/** States from which a document is read when its turn comes. */
const readable: ReadonlySet<Memory['state']> = new Set(['waiting', 'reading']);

/** Why a document is not read, by its state, where it has no reason of its own. */
const whyUnread: Partial<Record<Memory['state'], string>> = {
  failed: 'The document could not be read by the model.',
  paused: 'The document is not being read: it was paused.',
  evicted: 'The document is not being read: what was kept of it was freed.',
};

const spaceUsedUp =
  'The space for what was read is used up. Give it more in the settings, or unpin or remove a document.';

export function openMemory(options: MemoryOptions): DocumentMemory {
  const { library, table, engine, modelId, budget, isConversation, onChange, onError } = options;
  /** What is wanted first: by questions, then by the eyes. */
  const asked: string[] = [];
  let looked: string[] = [];
  let current: { id: string; controller: AbortController; pace: ReadingPace; ended: Promise<void> } | undefined;
  let loop: Promise<void> | undefined;
  let closed = false;
  const waiting = new Set<Waiter>();
  /** Conversations in the order in which they were read last. */
  const conversations = new Set<string>();
  /** Documents that are not kept to the bit, as far as is known. */
  const compacted = new Set<string>();
  /** Streams that are being removed, by their documents: these are not begun anew before. */
  const forgetting = new Map<string, Promise<void>>();

  function memoryOf(row: MemoryRow): Memory {
    const { usedAt: _, ...memory } = row;
    return { ...memory, secondsLeft: secondsLeft([row]) };
  }

  /** How long the rest of these takes, one of which is being read. */
  function secondsLeft(rows: readonly MemoryRow[]): number | null {
    if (!rows.some(({ id }) => id === current?.id)) return null;
    let left = 0;
    for (const { tokens, totalTokens } of rows) {
      if (totalTokens === null) return null;
      left += Math.max(0, totalTokens - tokens);
    }
    return current?.pace.secondsFor(left) ?? null;
  }

  function change(id: string, values: Parameters<MemoryTable['set']>[2]): void {
    table.set(id, modelId(), values);
    const row = table.get(id, modelId());
    if (row) onChange(memoryOf(row));
    lookAgain();
  }

  function lookAgain(): void {
    for (const { look } of [...waiting]) look();
  }

  function next(): MemoryRow | undefined {
    const rows = table.list(modelId()).filter(({ state }) => readable.has(state));
    const first = [...asked, ...looked].map((id) => rows.find((row) => row.id === id)).find((row) => row !== undefined);
    return first ?? rows[0];
  }

  /** Reads until there is nothing to read, or nothing can be read; never rejects. */
  async function run(): Promise<void> {
    try {
      await reconcile().catch(() => {
        // Nothing depends on it: what is lost or left over is found at the next start.
      });
      while (!closed && engine.status().state === 'ready') {
        await makeRoom(0, {}).catch(() => {
          // What is pinned takes more than it may: a document that needs room says so.
        });
        const row = next();
        // It ends before anything else happens: what is wanted after this look is not missed.
        if (!row || !(await read(row.id))) return;
      }
    } catch (thrown) {
      const error = asLonghandError(thrown);
      for (const { fail } of [...waiting]) fail(error);
      onError(error);
    } finally {
      loop = undefined;
    }
  }

  /** Reads a document, or notes why it cannot be read; false when the engine is lost. */
  async function read(id: string): Promise<boolean> {
    try {
      await readDocument(id);
    } catch (thrown) {
      const { code, message } = errorData(thrown);
      // The engine is started again, and reading goes on then; a pause or a question has its own state.
      if (code === 'process-lost') return false;
      if (code !== 'cancelled' && code !== 'not-found') change(id, { state: 'failed', reason: message });
    }
    return true;
  }

  function wake(): void {
    if (closed) return;
    // Nobody need wait for an engine that has failed.
    if (engine.status().state === 'failed') lookAgain();
    loop ??= run();
  }

  async function readDocument(id: string): Promise<void> {
    const controller = new AbortController();
    let end: () => void = () => undefined;
    const ended = new Promise<void>((resolve) => {
      end = resolve;
    });
    const pace = createReadingPace(() => performance.now());
    current = { id, controller, pace, ended };
    try {
      await forgetting.get(id);
      const { title, sectionCount } = library.get(id);
      // Its size decides how exactly it is kept.
      const expected = await countDocumentTokens(library, engine, id);
      throwIfCancelled(controller.signal);
      const text: StreamText = {
        id,
        header: `# ${title}\n\n`,
        expected,
        sectionCount,
        sections: (from, count) => library.sections(id, from, count),
      };
      const state = await readStream(engine.streams, text, {
        signal: controller.signal,
        onState({ tokens, bytes }) {
          // Once it is stopped, its state says why.
          const state = controller.signal.aborted ? {} : { state: 'reading' as const, reason: null };
          change(id, { ...state, tokens, bytes });
        },
        onTokens(tokens) {
          pace.note(tokens);
          change(id, { tokens });
        },
        async beforeBatch(opened) {
          throwIfReplaced(id);
          await makeRoom(bytesOfBatch(opened, expected), { document: id });
        },
      });
      change(id, { state: 'kept', reason: null, tokens: state.tokens, bytes: state.bytes });
      compacted.delete(id);
      table.touch(id, modelId());
    } finally {
      current = undefined;
      end();
    }
  }

  /** Gives way to a document that is wanted more. */
  function throwIfReplaced(id: string): void {
    const wanted = next();
    if (
      wanted &&
      wanted.id !== id &&
      (asked.includes(wanted.id) || looked.includes(wanted.id)) &&
      !asked.includes(id)
    ) {
      throw new LonghandError('cancelled', 'Another document is wanted first.');
    }
  }

  function bytesOfBatch({ bytesPerToken, tokens }: StreamState, expected: number): number {
    return Math.min(charactersInBatch / 3, Math.max(0, expected - tokens)) * bytesPerToken;
  }

  /**
   * Frees space until so many bytes fit the budget: what other models keep goes first; then what is kept to the bit is
   * kept in fewer; then conversations go, which are soon read again, and last, unless the space is for a conversation, the
   * document that was not asked about for longest. Throws `disk` when nothing can go.
   */
  async function makeRoom(wanted: number, use: { document?: string; conversation?: string }): Promise<void> {
    for (;;) {
      const { own, others } = await engine.streams.sizes();
      const used = [...own.values()].reduce((sum, size) => sum + size, 0);
      if (used + others + wanted <= budget()) return;
      if (others > 0) {
        await engine.streams.removeOthers();
        continue;
      }
      const byUse = table
        .list(modelId())
        .filter((row) => row.bytes > 0 && row.id !== use.document && !asked.includes(row.id))
        .sort((a, b) => a.usedAt - b.usedAt);
      const exact = byUse.find((row) => !compacted.has(row.id));
      if (exact) {
        compacted.add(exact.id);
        const { bytes } = await engine.streams.compact(exact.id);
        if (bytes !== exact.bytes) change(exact.id, { bytes });
        continue;
      }
      const conversation = oldestConversation(own, use.conversation);
      if (conversation !== undefined) {
        await engine.streams.remove(conversation);
        continue;
      }
      const oldest = use.conversation === undefined ? byUse.find((row) => !row.pinned) : undefined;
      if (!oldest) throw new LonghandError('disk', spaceUsedUp);
      await discard(oldest.id);
    }
  }

  /** Of the conversations that take space, the one that was read before the others; one of an earlier run comes first. */
  function oldestConversation(own: ReadonlyMap<string, number>, except: string | undefined): string | undefined {
    const order = [...conversations];
    return [...own]
      .filter(([id, bytes]) => bytes > 0 && id !== except && !table.get(id, modelId()) && isConversation(id))
      .map(([id]) => id)
      .sort((a, b) => order.indexOf(a) - order.indexOf(b))[0];
  }

  /** Tries again what failed, or what failed for this reason. */
  function retry(reason?: string): void {
    if (closed) return;
    for (const row of table.list(modelId()))
      if (row.state === 'failed' && (reason === undefined || row.reason === reason))
        change(row.id, { state: 'waiting', reason: null });
    wake();
  }

  /** Makes the list agree with the disk: frees what belongs to nothing any more, and has read again what is gone. */
  async function reconcile(): Promise<void> {
    if (engine.status().state !== 'ready') return;
    const { own } = await engine.streams.sizes();
    const rows = table.list(modelId());
    const known = new Set(rows.map((row) => row.id));
    for (const id of own.keys()) {
      if (!known.has(id) && !isConversation(id)) await engine.streams.remove(id, true);
    }
    for (const { id, state, bytes } of rows) {
      // A document that has another content now, or whose space could not be freed.
      if (bytes === 0 && own.has(id)) await engine.streams.remove(id);
      if (bytes > 0 && !own.has(id))
        change(id, { tokens: 0, bytes: 0, ...(state === 'kept' && { state: 'waiting' as const }) });
    }
  }

  async function discard(id: string): Promise<void> {
    await engine.streams.remove(id);
    change(id, { state: 'evicted', reason: null, tokens: 0, bytes: 0 });
  }

  /** Stops reading a document; resolves when nothing more of it is read. */
  async function stop(id: string): Promise<void> {
    if (current?.id !== id) return;
    current.controller.abort();
    await current.ended;
  }

  return {
    list: () => table.list(modelId()).map(memoryOf),
    kept(id) {
      const row = table.get(id, modelId());
      return { tokens: row?.tokens ?? 0, complete: row?.state === 'kept' };
    },
    async ensure(ids, { signal, onProgress }) {
      const lacking = ids.filter((id) => table.get(id, modelId())?.state !== 'kept');
      if (lacking.length === 0) return;
      for (const id of lacking) {
        const row = table.get(id, modelId());
        if (row && !readable.has(row.state)) change(id, { state: 'waiting', reason: null });
      }
      asked.unshift(...lacking);
      if (current && !lacking.includes(current.id)) current.controller.abort();
      wake();
      try {
        await untilKept(lacking, signal, onProgress);
      } finally {
        // Another question may wait for the same.
        for (const id of lacking) asked.splice(asked.indexOf(id), 1);
      }
    },
    mend(ids, mounted) {
      const lacking = ids.flatMap((id) => {
        const stream = mounted.find((one) => one.stream === id);
        if (stream?.damaged) return { id, reason: 'A part of what was kept is damaged and is read again.' };
        const isMissing = !stream?.complete && table.get(id, modelId())?.state === 'kept';
        return isMissing ? { id, reason: 'A part of what was kept is missing and is read again.' } : [];
      });
      for (const { id, reason } of lacking) change(id, { state: 'waiting', reason });
      if (lacking.length > 0) wake();
      return lacking.length > 0;
    },
    touch: (ids) => {
      for (const id of ids) table.touch(id, modelId());
    },
    look(ids) {
      looked = [...ids];
      wake();
    },
    pause(id) {
      change(id, { state: 'paused', reason: null });
      void stop(id);
    },
    resume(id) {
      table.resume(id);
      change(id, { state: 'waiting', reason: null });
      wake();
    },
    pin(id, pinned) {
      table.pin(id, pinned);
      change(id, {});
      if (!pinned) retry(spaceUsedUp);
    },
    async evict(id) {
      change(id, { state: 'evicted', reason: null });
      await stop(id);
      await discard(id);
      retry(spaceUsedUp);
    },
    makeRoomFor(conversation, state, expected) {
      conversations.delete(conversation);
      conversations.add(conversation);
      return makeRoom(bytesOfBatch(state, expected), { conversation });
    },
    forget(id) {
      table.forget(id);
      lookAgain();
      const removed = stop(id)
        .then(() => engine.streams.remove(id, true))
        .catch(() => {
          // The engine is lost or was never there; what is left is removed when it starts.
        })
        .finally(() => forgetting.get(id) === removed && forgetting.delete(id));
      forgetting.set(id, removed);
      removed
        .then(() => retry(spaceUsedUp))
        .catch(() => {
          // What cannot be noted on a full disk is tried when there is more space.
        });
    },
    wake,
    retry: () => retry(),
    async close() {
      closed = true;
      current?.controller.abort();
      await loop;
    },
  };

  /** Waits until all of these are kept. Throws the reason when one cannot be. */
  function untilKept(ids: readonly string[], signal: AbortSignal, onProgress: OnKeeping | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const end = (settle: () => void): void => {
        waiting.delete(waiter);
        signal.removeEventListener('abort', aborted);
        settle();
      };
      const fail = (error: LonghandError): void => end(() => reject(error));
      const aborted = (): void => fail(new LonghandError('cancelled', 'Stopped.'));
      const look = (): void => {
        const rows = ids.flatMap((id) => table.get(id, modelId()) ?? []);
        const unread = rows.find(({ state }) => state in whyUnread);
        const status = engine.status();
        if (rows.length < ids.length)
          fail(
            new LonghandError(
              'not-found',
              'A document was removed or changed while it was being read for this. Ask again.',
            ),
          );
        else if (unread) fail(new LonghandError('disk', unread.reason ?? whyUnread[unread.state] ?? ''));
        else if (rows.every(({ state }) => state === 'kept')) end(resolve);
        else if (status.state === 'failed') fail(new LonghandError('process-lost', status.reason));
        else {
          const sum = (of: (row: MemoryRow) => number): number => rows.reduce((all, row) => all + of(row), 0);
          onProgress?.(
            sum(({ tokens }) => tokens),
            sum(({ tokens, totalTokens }) => totalTokens ?? tokens),
            secondsLeft(rows),
          );
        }
      };
      const waiter = { look, fail };
      if (signal.aborted) return aborted();
      signal.addEventListener('abort', aborted, { once: true });
      waiting.add(waiter);
      look();
    });
  }
}
