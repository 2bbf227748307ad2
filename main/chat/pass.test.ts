import { describe, expect, it } from 'vitest';
import { LonghandError } from '../../base/errors.ts';
import type { AnswerParams, EngineSupervisor, GenerateParams } from '../engine/supervisor.ts';
import type { DocumentMemory } from '../library/memory.ts';
import { addReady, openTestLibrary, sectionOf } from '../library/testing/open-library.ts';
import { itemsOf, type PassRequest, readThrough, taskOf } from './pass.ts';
import type { PassPart } from './schema.ts';

describe('a question', () => {
  it.each([
    ['Summarize the book.', 'summarize'],
    ['Give me an overview of these reports', 'summarize'],
    ['Fass das Buch zusammen', 'summarize'],
    ['List every decision in these meetings', 'list'],
    ['Nenne mir alle Beschlüsse', 'list'],
    ['List everyone who is present', 'list'],
    ['How many ships are named?', 'count'],
    ['Wie viele Schiffe werden genannt?', 'count'],
    ['How many letters are there?', 'count'],
    ['How many ships sank in this book?', 'count'],
    ['Count the ships.', 'count'],
    ['How many oystercatchers were counted?', undefined],
    ['How many men did Henry lose?', undefined],
    ['Wie viele Leute kamen?', undefined],
    ['Compare the two contracts', 'compare'],
    ['What is the difference between them?', 'compare'],
    ['Who built the first lighthouse?', undefined],
    ['When was the summary written?', 'summarize'],
  ])('“%s” asks for %s', (question, task) => {
    expect(taskOf(question)).toBe(task);
  });
});

describe('items', () => {
  it('are the lines of all parts, each once, without what says that there is nothing', () => {
    expect(
      itemsOf(['- The Swift\n- The Dart', 'None', '1. the swift\n2) The Heron.', 'None of them is named here.']),
    ).toEqual(['The Swift', 'The Dart', 'The Heron.']);
    expect(itemsOf([])).toEqual([]);
  });

  it.each([
    ['names that begin like nothing', 'None of the Ships\nNothing Compares 2 U\nNothing Else Matters', 3],
    ['signs', 'C\nC++\nC#', 3],
    ['signs before numbers', '-5 °C\n+5 °C\n5 °C', 3],
    ['marks of Hindi', '- की\n- कि\n- कु', 3],
    ['marks of Thai', '- ข้าว\n- ขาว', 2],
    ['the same in another way', '**The Swift**\nthe  swift.\n“The Swift”', 1],
    ['nothing at all', 'None.\n"None"\nNothing of the kind is named.\nNone of these.\nKeine davon.', 0],
  ])('are told apart and put together by what they say: %s', (_what, lines, count) => {
    expect(itemsOf([lines])).toHaveLength(count);
  });
});

const ships = 'The Swift was a ship, as were ship 0, ship 4, ship 8, ship 12, ship 16 and ship 32.';

/** Two documents of 40 and 20 blocks, and an engine that says what `say` makes of a window, of `room` blocks at most. */
async function setUp(
  say: (document: string, first: number, count: number) => string | { text: string; finishReason: 'length' },
  lacks: (first: number) => boolean = () => false,
  room = 16,
) {
  const { library } = openTestLibrary();
  const one = await addReady(library, 'One', [sectionOf(null, `The first text. ${ships}`)]);
  const two = await addReady(library, 'Two', [sectionOf(null, `The second text. ${ships}`)]);
  const asked: AnswerParams[] = [];
  const written: string[] = [];
  const model = { modelId: 'tiny', modelName: 'Tiny', device: 'cpu' };
  const engine = {
    ready: async () => model,
    async answer(params: AnswerParams, { signal }: { signal?: AbortSignal }) {
      if (signal?.aborted) throw new LonghandError('cancelled', 'Stopped.');
      asked.push(params);
      const [stream = ''] = params.streams;
      const { first = -1, count = 0 } = params.window ?? {};
      const block = { stream, block: 0, strength: 1, tokens: 64, firstToken: 0, section: 0, character: 4, next: null };
      const complete = !lacks(first);
      const said = say(stream, first, count);
      return {
        ...(typeof said === 'string' ? { text: said } : said),
        attended: Array.from({ length: complete ? Math.min(room, count) : 0 }, () => block),
        mounted: [{ stream, tokens: 64, complete, damaged: false }],
      };
    },
    async generate({ prompt }: GenerateParams, { onProgress }: { onProgress?(progress: object): void }) {
      const text = prompt.kind === 'chat' ? (prompt.messages[0]?.content ?? '') : '';
      written.push(text);
      onProgress?.({ kind: 'text', text: 'The result.' });
      return { text: 'The result.', finishReason: 'end' };
    },
  } as unknown as EngineSupervisor;
  const tokens = new Map([
    [one.id, 40 * 64 - 3],
    [two.id, 20 * 64],
  ]);
  const ensured: string[][] = [];
  const memory = {
    async ensure(ids: string[], { signal }: { signal: AbortSignal }) {
      if (signal.aborted) throw new LonghandError('cancelled', 'Stopped.');
      ensured.push(ids);
    },
    mend: (_ids: string[], [stream]: { complete: boolean }[]) => !stream?.complete,
    touch: () => undefined,
    kept: (id: string) => ({ tokens: tokens.get(id) ?? 0, complete: (tokens.get(id) ?? 0) > 0 }),
  } as unknown as DocumentMemory;
  const parts: PassPart[] = [];
  const run = (change: Partial<PassRequest> = {}) =>
    readThrough(
      { library, engine, memory },
      {
        documentIds: [one.id, two.id],
        question: 'Summarize them.',
        task: 'summarize',
        signal: new AbortController().signal,
        onPass: (pass) => parts.splice(0, parts.length, ...pass.parts),
        ...change,
      },
    );
  /** The windows that were asked for, by document and first block. */
  const windows = (): [string | undefined, number | undefined][] =>
    asked.map(({ streams, window }) => [streams[0], window?.first]);
  /** A pass that was stopped after so many windows. */
  const stoppedAfter = async (count: number, change: Partial<PassRequest> = {}) => {
    const controller = new AbortController();
    const onProgress = (done: number): void => {
      if (done === count) controller.abort();
    };
    const { details } = await run({ signal: controller.signal, onProgress, ...change });
    asked.length = 0;
    ensured.length = 0;
    parts.length = 0;
    return details.pass;
  };
  return { library, run, stoppedAfter, asked, windows, ensured, written, parts, tokens, model, one, two };
}

describe('a pass', () => {
  it('attends to every block of every document once, in order, and says so', async () => {
    const { run, asked, one, two } = await setUp(() => 'Something.');
    const { details, stopped } = await run();
    expect(stopped).toBe(false);
    expect(asked.map(({ streams, window }) => [streams[0], window?.first, window?.count])).toEqual([
      [one.id, 0, 16],
      [one.id, 16, 16],
      [one.id, 32, 8],
      [two.id, 0, 16],
      [two.id, 16, 4],
    ]);
    expect(details.read.documents.map(({ whole }) => whole)).toEqual([true, true]);
    expect(details.read.leftOut).toEqual([]);
    expect(details.pass).toMatchObject({ task: 'summarize', windows: 5 });
    expect(details.pass?.parts[0]).toEqual({
      documentId: one.id,
      title: 'One',
      section: 0,
      start: 4,
      end: 16 + ships.length,
      text: 'Something.',
      cut: false,
      window: { modelId: 'tiny', tokens: 40 * 64 - 3, first: 0, count: 16 },
    });
  });

  it('gives the model what all parts said, with their titles, and writes what it makes of it', async () => {
    const { run, written } = await setUp((_document, first) => (first === 16 ? 'None' : `From ${first}.`));
    const { text } = await run();
    expect(text).toBe('The result.');
    expect(written).toEqual([
      'Notes on the parts of a text, in order:\nOne: From 0.\nOne: From 32.\nTwo: From 0.\n\nSummarize them.',
    ]);
  });

  it('condenses more notes than fit one prompt, until they do', async () => {
    const { run, written } = await setUp((_document, first) => `${first} `.repeat(500));
    await run();
    expect(written.length).toBeGreaterThan(1);
    for (const prompt of written) expect(prompt.length).toBeLessThan(4500);
    expect(written.at(-1)).toContain('Summarize them.');
  });

  it('lists and counts without the model, so that nothing gets lost', async () => {
    const { run, written } = await setUp((_document, first) => `- Ship ${first}\n- The Swift`);
    expect((await run({ task: 'list' })).text).toBe('- Ship 0\n- The Swift\n- Ship 16\n- Ship 32');
    expect((await run({ task: 'count' })).text).toMatch(/^\*\*4\*\*\n\n- Ship 0/);
    expect(written).toEqual([]);
  });

  it('reads what a long question leaves no room for after the rest, and says nothing twice', async () => {
    const said = (_document: string, first: number) => (first === 12 ? 'None' : `From ${first}.`);
    const { run, asked, two } = await setUp(said, undefined, 6);
    const { details } = await run({ documentIds: [two.id] });
    expect(asked.map(({ window }) => [window?.first, window?.count])).toEqual([
      [0, 16],
      [6, 10],
      [12, 4],
      [16, 4],
    ]);
    expect(details.pass?.parts.map(({ text }) => text)).toEqual(['From 0.\nFrom 6.', 'From 16.']);
    expect(details.read.documents).toMatchObject([{ whole: true }]);
  });

  it('asks the halves of a window that names more than one answer holds, without the line that lacks its end', async () => {
    const { run, asked, two } = await setUp((_document, first, count) =>
      count > 4
        ? { text: `- Ship ${first}\n\n- Swift\n\n- Ship of`, finishReason: 'length' }
        : `- Ship ${first}\n- Swift`,
    );
    const { text, details } = await run({ documentIds: [two.id], task: 'list' });
    expect(asked.map(({ window }) => [window?.first, window?.count])).toEqual([
      [0, 16],
      [0, 8],
      [0, 4],
      [4, 4],
      [8, 8],
      [8, 4],
      [12, 4],
      [16, 4],
    ]);
    expect(text.split('\n').toSorted()).toEqual(
      ['Ship 0', 'Ship 12', 'Ship 16', 'Ship 4', 'Ship 8', 'Swift'].map((item) => `- ${item}`),
    );
    expect([details.cut, details.pass?.parts.map(({ cut }) => cut)]).toEqual([false, [false, false]]);
  });

  it('says that a list was cut where the smallest stretches still are, or where the model goes round in circles', async () => {
    const cut = { text: '- The Swift\n- The Swift\n- The', finishReason: 'length' as const };
    const { run, asked, two } = await setUp(() => cut);
    const { text, details } = await run({ documentIds: [two.id], task: 'list' });
    expect(asked).toHaveLength(2);
    expect(text).toBe('- The Swift');
    expect([details.cut, details.pass?.parts.map((part) => part.cut)]).toEqual([true, [true, true]]);
    const other = await setUp(() => ({ text: '- The Swift\n- The', finishReason: 'length' }));
    expect((await other.run({ documentIds: [other.two.id], task: 'list' })).details.cut).toBe(true);
    expect(other.asked).toHaveLength(8);
  });

  it('looks up what it says in all that was read', async () => {
    const { run, two } = await setUp(() => '- The Swift, ship 4 of Smeaton');
    const { details } = await run({ documentIds: [two.id], task: 'list' });
    expect(details.unsupported).toEqual(['Smeaton']);
  });

  it('lists only what the window holds, and says when that is nothing', async () => {
    const made = 'Here are the ships:\n- The Swift\n- The Amelia\n- Ship 17\n- Ship 16\n- ';
    const { run, asked, two } = await setUp(() => made);
    const { text, details } = await run({
      documentIds: [two.id],
      task: 'count',
      question: 'How many ships are named?',
    });
    expect(text).toBe('**2**\n\n- The Swift\n- Ship 16');
    expect(details.unsupported).toEqual([]);
    expect(asked[0]?.messages[0]?.content).toBe('Which ships are named? Answer with a list, "- " before each.');
    const none = await setUp(() => '- The Amelia');
    const nothing = await none.run({ documentIds: [none.two.id], task: 'list' });
    expect(nothing).toMatchObject({ text: '**0**', details: { pass: { parts: [{ text: '' }, { text: '' }] } } });
  });

  it('names the documents that are not ready, and concludes nothing from none', async () => {
    const { library, run, two } = await setUp(() => '- The Swift');
    const file = { fileName: 'later.txt', kind: 'text' as const, byteSize: 1 };
    const later = library.addDocument({ ...file, title: 'Later', contentHash: 'e'.repeat(64) });
    const failed = library.addDocument({ ...file, title: 'Failed', contentHash: 'f'.repeat(64) });
    library.setState(failed.id, 'failed', 'It is damaged.');
    const leftOut = [
      { documentId: later.id, title: 'Later', tokens: 0, reason: 'not-ready' },
      { documentId: failed.id, title: 'Failed', tokens: 0, reason: 'failed' },
    ];
    const some = await run({ documentIds: [later.id, two.id, failed.id], task: 'count' });
    expect(some).toMatchObject({ text: '**1**\n\n- The Swift', details: { read: { leftOut } } });
    expect(some.details.read.documents).toMatchObject([{ id: two.id, whole: true }]);
    const none = await run({ documentIds: [later.id, failed.id], task: 'count' });
    expect(none).toMatchObject({ text: '', details: { read: { documents: [], leftOut } } });
  });

  it('that is stopped while the documents are read for the first time has read nothing of them', async () => {
    const { library, run, tokens, one } = await setUp(() => 'Something.');
    tokens.set(one.id, 0);
    library.setTokenCounts(one.id, [2500]);
    const { details } = await run({ documentIds: [one.id], signal: AbortSignal.abort() });
    expect(details.read).toMatchObject({
      documents: [{ tokens: 2500, tokensRead: 0, whole: false }],
      leftOut: [{ documentId: one.id, tokens: 2500, reason: 'stopped' }],
    });
  });

  it('says how far it came when it is stopped, and goes on there', async () => {
    const controller = new AbortController();
    const { run, asked, parts, one, two } = await setUp((_document, first) => {
      if (first === 16) controller.abort();
      return `From ${first}.`;
    });
    const begun = await run({ signal: controller.signal });
    expect(begun.stopped).toBe(true);
    expect(parts).toHaveLength(2);
    expect(begun.details.read.leftOut).toEqual([
      { documentId: one.id, title: 'One', tokens: 8 * 64 - 3, reason: 'stopped' },
      { documentId: two.id, title: 'Two', tokens: 20 * 64, reason: 'stopped' },
    ]);
    asked.length = 0;
    const ended = await run({ earlier: begun.details.pass });
    expect(asked.map(({ window }) => window?.first)).toEqual([32, 0, 16]);
    expect(ended.details.pass?.parts).toHaveLength(5);
  });

  it('that goes on reads all of what is mounted, also when what was read before is not', async () => {
    const { run, stoppedAfter, windows, tokens, one, two } = await setUp(() => 'Something.');
    // As long as the first, so that its windows are alike.
    tokens.set(two.id, 40 * 64 - 3);
    const earlier = await stoppedAfter(3);
    expect(earlier?.parts.map(({ documentId }) => documentId)).toEqual([one.id, one.id, one.id]);
    const counted: [number, number][] = [];
    const { details } = await run({
      earlier,
      documentIds: [two.id],
      onProgress: (done, total) => counted.push([done, total]),
    });
    expect(windows()).toEqual([0, 16, 32].map((first) => [two.id, first]));
    expect(counted).toEqual([0, 1, 2, 3].map((done) => [done, 3]));
    expect(details.pass?.windows).toBe(3);
    expect(details.pass?.parts.map(({ documentId }) => documentId)).toEqual([two.id, two.id, two.id]);
    expect(details.read).toMatchObject({ documents: [{ id: two.id, whole: true }], tokensAttended: 40 * 64 - 3 });
  });

  it('that goes on with another document before keeps what stands, in the order of the documents', async () => {
    const { run, stoppedAfter, windows, one, two } = await setUp((_document, first) => `From ${first}.`);
    const earlier = await stoppedAfter(2, { documentIds: [one.id] });
    const seen: [number, number][] = [];
    const { details } = await run({
      earlier,
      documentIds: [two.id, one.id],
      onPass: (pass) => seen.push([pass.parts.length, pass.windows]),
    });
    expect(windows()).toEqual([
      [two.id, 0],
      [two.id, 16],
      [one.id, 32],
    ]);
    expect(seen).toEqual([2, 3, 4, 5].map((done) => [done, 5]));
    expect(details.pass?.parts.map(({ documentId, text }) => [documentId, text])).toEqual([
      [two.id, 'From 0.'],
      [two.id, 'From 16.'],
      [one.id, 'From 0.'],
      [one.id, 'From 16.'],
      [one.id, 'From 32.'],
    ]);
  });

  it('that goes on says how much of each document was read, wherever it was', async () => {
    const { run, stoppedAfter, one, two } = await setUp(() => 'Something.');
    const earlier = await stoppedAfter(3);
    const controller = new AbortController();
    const onProgress = (): void => controller.abort();
    const request = { earlier, documentIds: [two.id, one.id], signal: controller.signal, onProgress };
    expect((await run(request)).details.read.documents).toMatchObject([
      { id: two.id, tokensRead: 0, whole: false },
      { id: one.id, tokensRead: 40 * 64 - 3, whole: true },
    ]);
  });

  it.each([
    'another model',
    'another text',
    'an earlier version',
  ])('that goes on with %s reads anew', async (change) => {
    const { run, stoppedAfter, windows, tokens, model, one } = await setUp(() => 'Something.');
    const earlier = await stoppedAfter(2, { documentIds: [one.id] });
    if (change === 'another model') model.modelId = 'other';
    if (change === 'another text') tokens.set(one.id, 40 * 64 - 2);
    if (change === 'an earlier version') for (const part of earlier?.parts ?? []) delete part.window;
    await run({ earlier, documentIds: [one.id] });
    expect(windows()).toEqual([0, 16, 32].map((first) => [one.id, first]));
  });

  it('that is stopped before it goes on has come as far as before', async () => {
    const { run, stoppedAfter } = await setUp(() => 'Something.');
    const earlier = await stoppedAfter(3);
    const { stopped, details } = await run({ earlier, signal: AbortSignal.abort() });
    expect(stopped).toBe(true);
    expect(details.pass).toEqual(earlier);
    expect(details.pass).toMatchObject({ windows: 5, parts: { length: 3 } });
  });

  it('has a document read again of which a window is missing, and then goes on with that window', async () => {
    let missing = 1;
    const { run, windows, ensured, one } = await setUp(
      () => 'Something.',
      (first) => first === 16 && missing-- > 0,
    );
    const { details } = await run({ documentIds: [one.id] });
    expect(windows()).toEqual([0, 16, 16, 32].map((first) => [one.id, first]));
    expect(ensured).toHaveLength(5);
    expect(details.pass?.parts).toHaveLength(3);
    expect(details.read.documents).toMatchObject([{ whole: true }]);
  });

  it('fails when a window stays missing, which does not count as read', async () => {
    const { run, parts } = await setUp(
      () => 'Something.',
      (first) => first === 16,
    );
    await expect(run()).rejects.toMatchObject({ code: 'data-corrupt', message: expect.stringContaining('“One”') });
    expect(parts.map(({ window }) => window?.first)).toEqual([0]);
  });
});
