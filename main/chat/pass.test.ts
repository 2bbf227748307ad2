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
    ['How many ships are named?', 'count'],
    ['Wie viele Schiffe werden genannt?', 'count'],
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
});

/** Two documents of 40 and 20 blocks, and an engine that says what `say` makes of a window. */
async function setUp(say: (document: string, first: number) => string) {
  const { library } = openTestLibrary();
  const one = await addReady(library, 'One', [sectionOf(null, 'The first text.')]);
  const two = await addReady(library, 'Two', [sectionOf(null, 'The second text.')]);
  const asked: AnswerParams[] = [];
  const written: string[] = [];
  const engine = {
    ready: async () => ({ modelName: 'Tiny', device: 'cpu' }),
    async answer(params: AnswerParams, { signal }: { signal?: AbortSignal }) {
      if (signal?.aborted) throw new LonghandError('cancelled', 'Stopped.');
      asked.push(params);
      const [stream = ''] = params.streams;
      const block = { stream, block: 0, strength: 1, tokens: 64, firstToken: 0, section: 0, character: 4 };
      return { text: say(stream, params.window?.first ?? -1), attended: [{ ...block, next: null }] };
    },
    async generate({ prompt }: GenerateParams, { onProgress }: { onProgress?(progress: object): void }) {
      const text = prompt.kind === 'chat' ? (prompt.messages[0]?.content ?? '') : '';
      written.push(text);
      onProgress?.({ kind: 'text', text: 'The result.' });
      return { text: 'The result.' };
    },
  } as unknown as EngineSupervisor;
  const tokens = new Map([
    [one.id, 40 * 64 - 3],
    [two.id, 20 * 64],
  ]);
  const memory = {
    ensure: async () => undefined,
    touch: () => undefined,
    kept: (id: string) => ({ tokens: tokens.get(id) ?? 0, complete: true }),
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
        onPart: (part) => parts.push(part),
        ...change,
      },
    );
  return { run, asked, written, parts, one, two };
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
      end: 15,
      text: 'Something.',
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
    const ended = await run({ earlier: begun.details.pass?.parts });
    expect(asked.map(({ window }) => window?.first)).toEqual([32, 0, 16]);
    expect(ended.details.pass?.parts).toHaveLength(5);
  });
});
