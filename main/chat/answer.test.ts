import { describe, expect, it, vi } from 'vitest';
import { LonghandError } from '../../base/errors.ts';
import type { AttendedBlock, Generation, MountedGeneration } from '../engine/protocol.ts';
import type { AnswerParams, EngineSupervisor, GenerateProgress } from '../engine/supervisor.ts';
import type { DocumentMemory } from '../library/memory.ts';
import { addReady, openTestLibrary, sectionOf } from '../library/testing/open-library.ts';
import { streamDouble } from '../library/testing/stream-double.ts';
import { type AnswerRequest, answer } from './answer.ts';
import { openConversationMemories } from './conversation-memory.ts';

const generated: Generation = {
  text: '',
  tokens: [],
  finishReason: 'end',
  promptTokens: 10,
  reusedTokens: 2,
  remounts: 0,
  attendedTokens: 12,
  prefillMs: 1,
  firstTokenMs: 1,
  decodeMs: 1,
  decodeTokens: 1,
};

/** The first block of a stream, which is all that is attended to of it. */
const firstBlock = (stream: string): AttendedBlock => ({
  stream,
  block: 0,
  strength: 1,
  tokens: 8,
  firstToken: 0,
  section: 0,
  character: 0,
  next: { section: 1, character: 0 },
});

interface Said {
  says: string;
  /** What differs from an answer that attends to the first of the streams' blocks; thrown after what it says instead. */
  gives?: Partial<MountedGeneration> | LonghandError;
  isKept?: boolean;
  /** Tokens that are kept of each stream. */
  keeps?: number;
  ensure?: DocumentMemory['ensure'];
}

/** Answers with an engine that says this, and counts words as tokens. */
function setUp({ says, gives = {}, isKept = true, keeps = 16, ensure = async () => undefined }: Said) {
  const { library, database } = openTestLibrary();
  const info = { modelId: 'tiny', modelName: 'Tiny', device: 'cpu', contextLength: 2048 };
  const engine = {
    streams: streamDouble(),
    status: () => ({ state: 'ready', info }),
    ready: async () => info,
    countTokens: async (texts: string[]) => texts.map((text) => text.split(/\s+/).filter(Boolean).length),
    async answer({ streams }: AnswerParams, { onProgress }: { onProgress(progress: GenerateProgress): void }) {
      onProgress({ kind: 'text', text: says });
      if (gives instanceof LonghandError) throw gives;
      const mounted = streams.map((stream) => ({ stream, tokens: keeps, complete: true, damaged: false }));
      return { ...generated, whole: false, attended: streams.map(firstBlock), mounted, ...gives };
    },
  } as unknown as EngineSupervisor;
  const memory = {
    kept: () => ({ tokens: 16, complete: isKept }),
    ensure,
    mend: () => false,
    touch: () => undefined,
    look: () => undefined,
  } as unknown as DocumentMemory;
  const ask = async (request: Partial<AnswerRequest>) =>
    answer(
      { library, engine, memory },
      {
        documentIds: [],
        history: [],
        question: 'Where does the reef lie?',
        passageTokens: 0,
        signal: new AbortController().signal,
        ...request,
      },
    );
  return { library, database, engine, ask };
}

const reef = 'The reef lies south of Plymouth harbour, where ships were lost.';
const gulls = 'Later Bartholomew Quimby counted 8731 gulls on the far island.';

describe('an answer', () => {
  it('is checked against what was attended to alone, and cites nothing else', async () => {
    const { library, ask } = setUp({ says: 'Bartholomew Quimby counted 8731 gulls south of Plymouth harbour.' });
    const { id } = await addReady(library, 'Book', [sectionOf(null, reef), sectionOf(null, gulls)]);
    const { details } = await ask({ documentIds: [id], question: 'Who counted gulls at the reef?' });
    expect(details.unsupported).toEqual(['Bartholomew Quimby', '8731']);
    expect(details.citations.map(({ quote }) => quote)).toContain(gulls);
    expect(details.citations.filter(({ supports }) => supports)).toEqual([]);
    expect(details.read.documents).toMatchObject([{ whole: false, pieces: [{ section: 0, start: 0 }] }]);
  });

  it.each([
    { keeps: 16, whole: false },
    { keeps: 8, whole: true },
  ])('has read a document whole when all of its blocks were attended to: 8 of $keeps tokens', async (one) => {
    const { library, ask } = setUp({ says: 'South of Plymouth harbour.', keeps: one.keeps });
    const { id } = await addReady(library, 'Book', [sectionOf(null, reef)]);
    expect((await ask({ documentIds: [id] })).details.read.documents).toMatchObject([{ whole: one.whole }]);
  });

  it('that waits for documents tells the time left that their memory tells', async () => {
    const { library, ask } = setUp({
      says: 'South.',
      ensure: async (_ids, { onProgress }) => {
        onProgress?.(64, 1024, null);
        onProgress?.(256, 1024, 12);
      },
    });
    const { id } = await addReady(library, 'Book', [sectionOf(null, reef)]);
    const onPhase = vi.fn();
    await ask({ documentIds: [id], onPhase });
    const reading = { phase: 'reading', total: 1024, reused: 64 };
    expect(onPhase).toHaveBeenCalledWith({ ...reading, done: 64, secondsLeft: null });
    expect(onPhase).toHaveBeenCalledWith({ ...reading, done: 256, secondsLeft: 12 });
  });

  it('has read the passages that it was given as text, where it did not attend to them anyway', async () => {
    const { library, ask } = setUp({ says: 'Bartholomew Quimby counted 8731 gulls.' });
    const { id } = await addReady(library, 'Book', [sectionOf(null, reef), sectionOf(null, gulls)]);
    const question = 'Who counted gulls on the far island, and where does the reef lie?';
    const { details } = await ask({ documentIds: [id], question, passageTokens: 100 });
    const [read] = details.read.documents;
    expect(read).toMatchObject({ whole: false, pieces: [{ section: 0 }, { section: 1, start: 0, end: gulls.length }] });
    // The block of eight tokens, and the passage of gulls with its heading.
    expect(read?.tokensRead).toBeGreaterThan(8 + 9);
    expect(details.unsupported).toEqual([]);
  });

  it('says when it reached its greatest length', async () => {
    const cut = async (finishReason: Generation['finishReason']) => {
      const { library, ask } = setUp({ says: 'South.', gives: { finishReason } });
      const { id } = await addReady(library, 'Book', [sectionOf(null, reef)]);
      return (await ask({ documentIds: [id] })).details.cut;
    };
    expect(await cut('end')).toBe(false);
    expect(await cut('length')).toBe(true);
    expect(await cut('context')).toBe(true);
  });

  it('may name a document by its title, which is read before its text', async () => {
    const { library, ask } = setUp({ says: 'The Chronicle of Eddystone says so.' });
    const { id } = await addReady(library, 'Chronicle of Eddystone', [sectionOf(null, reef)]);
    expect((await ask({ documentIds: [id] })).details.unsupported).toEqual([]);
  });
});

describe('an answer that is stopped', () => {
  const stopped = new LonghandError('cancelled', 'Stopped.');

  it('rests on all of the documents where they fit and are kept, and marks nothing', async () => {
    const { library, ask } = setUp({ says: 'Bartholomew Quimby counted', gives: stopped });
    const { id } = await addReady(library, 'Book', [sectionOf(null, reef), sectionOf(null, gulls)]);
    const { stopped: isStopped, details } = await ask({ documentIds: [id] });
    expect(isStopped).toBe(true);
    expect(details).toMatchObject({ unsupported: [], read: { documents: [{ id, whole: true }], leftOut: [] } });
  });

  it.each([
    { what: 'what was read is not known', says: 'Bartholomew Quimby counted', isKept: false },
    { what: 'nothing was written yet', says: '', isKept: true },
  ])('does not say what was read where $what', async ({ says, isKept }) => {
    const { library, ask } = setUp({ says, gives: stopped, isKept });
    const { id } = await addReady(library, 'Book', [sectionOf(null, reef), sectionOf(null, gulls)]);
    const { details } = await ask({ documentIds: [id] });
    expect(details).toMatchObject({ unsupported: [], read: { documents: [], leftOut: [] } });
    expect(details.citations.filter(({ supports }) => supports)).toEqual([]);
  });
});

describe('earlier turns', () => {
  it('that are attended to as blocks count as read, and the rest of them as left out', async () => {
    const { library, database, engine, ask } = setUp({ says: 'Your dog is called Bartholomew.' });
    const { id } = await addReady(library, 'Log', [sectionOf(null, reef)]);
    const told = `The dog is called Bartholomew. ${'He walks along the windy shore. '.repeat(60)}`;
    const history = [
      { question: 'What is my dog called?', answer: told },
      ...Array.from({ length: 5 }, () => ({ question: 'Tell me more', answer: 'nothing else to say '.repeat(100) })),
    ];
    const conversation = openConversationMemories(engine, database).of('c0', history);
    const question = 'What did I say about the name of my dog?';
    const { details } = await ask({ documentIds: [id], history, conversation, question });
    expect(details.unsupported).toEqual([]);
    const leftOut = details.read.leftOut.find(({ reason }) => reason === 'earlier-turns');
    const { details: without } = await ask({ documentIds: [id], history, question });
    const all = without.read.leftOut.find(({ reason }) => reason === 'earlier-turns');
    expect(leftOut?.tokens).toBe((all?.tokens ?? 0) - 8);
  });
});
