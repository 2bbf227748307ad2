import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { LonghandError } from '../../base/errors.ts';
import { forkWithNode, type UtilityProcess } from '../../base/utility-process.ts';
import { dimensions, embeddingModelId } from '../perception/protocol.ts';
import { supervisePerception } from '../perception/supervisor.ts';
import { createSemanticIndex, type SemanticIndexOptions, textsOf } from './semantic-index.ts';
import { bundle } from './testing/bundle.ts';
import { addReady, openTestLibrary, sectionOf } from './testing/open-library.ts';
import type { RelateWords } from './word-likeness.ts';

type Embed = SemanticIndexOptions['embed'];

/** A double of the model: a text's meaning is which of these words it has. */
const meanings = ['tower', 'candle', 'whale', 'harpoon'];
const vectorOf = (text: string): Float32Array => {
  const vector = new Float32Array(dimensions);
  meanings.forEach((word, i) => {
    vector[i] = text.toLowerCase().includes(word) ? 1 : 0;
  });
  const length = Math.hypot(...vector);
  return length > 0 ? vector.map((value) => value / length) : vector.fill(1 / Math.sqrt(dimensions));
};
const embeds: Embed = async (texts) => texts.map(vectorOf);

/** A double of what the model knows of words: nothing. */
const unrelated: RelateWords = async (words, others) => new Float32Array(words.length * others.length);

const untilAborted: Embed = (_texts, signal) =>
  new Promise((_resolve, reject) =>
    signal?.addEventListener('abort', () => reject(new LonghandError('cancelled', 'Stopped.'))),
  );

/** `count` passages about `word`. */
const about = (word: string, count: number) =>
  sectionOf(null, ...Array.from({ length: count }, (_, i) => `Number ${i} is about a ${word}.`));

function setUp(embed: Embed = embeds, given = openTestLibrary(), modelId = 'minilm') {
  const errors: LonghandError[] = [];
  const progress: [string, number][] = [];
  const double = { embed: vi.fn(embed), relateWords: vi.fn<RelateWords>(unrelated) };
  const index = createSemanticIndex({
    library: given.library,
    embed: (texts, signal) => double.embed(texts, signal),
    relateWords: (words, others, signal) => double.relateWords(words, others, signal),
    modelId,
    onProgress: (id, left) => progress.push([id, left]),
    onError: (error) => errors.push(error),
    patienceMs: 1,
  });
  onTestFinished(() => index.close());
  const indexed = async (): Promise<void> => {
    index.run();
    await index.idle();
  };
  return { ...given, index, indexed, double, errors, progress };
}

const { signal } = new AbortController();

describe('the index', () => {
  test('embeds every passage of every ready document under its heading, and tells what is left', async () => {
    const { library, indexed, double, errors, progress } = setUp();
    const { id } = await addReady(library, 'one', [about('tower', 40)]);
    await addReady(library, 'two', [sectionOf('Whales', 'They are white.')]);
    await indexed();
    expect(library.passagesWithoutEmbedding(1)).toEqual([]);
    expect(progress.filter(([document]) => document === id).map(([, left]) => left)).toEqual([24, 8, 0]);
    expect(double.embed.mock.calls.flatMap(([texts]) => texts)).toContain('Whales\nThey are white.');
    expect(errors).toEqual([]);
    double.embed.mockClear();
    await indexed();
    expect(double.embed).not.toHaveBeenCalled();
  });

  test('goes on where an earlier run stood', async () => {
    let batches = 0;
    const first = setUp(async (texts) => {
      if (++batches === 2) throw new LonghandError('process-lost', 'It stopped four times in a row.');
      return texts.map(vectorOf);
    });
    const { id } = await addReady(first.library, 'one', [about('tower', 40)]);
    await first.indexed();
    expect(first.library.embeddingsLeft(id)).toEqual({ left: 24, total: 40 });
    // Its process tells of that itself.
    expect(first.errors).toEqual([]);
    const second = setUp(embeds, first);
    await second.indexed();
    const embedded = second.double.embed.mock.calls.flatMap(([texts]) => texts);
    expect(embedded.filter((text) => text.includes('tower'))).toHaveLength(24);
    // What questions need besides is there before the first.
    second.double.embed.mockClear();
    await second.index.search('How high is it?', [id], 3, signal);
    expect(second.double.embed.mock.calls.map(([texts]) => texts)).toEqual([['How high is it?']]);
  });

  test('begins anew for another model', async () => {
    const first = setUp();
    const { id } = await addReady(first.library, 'one', [about('tower', 3)]);
    await first.indexed();
    expect(setUp(embeds, first).library.embeddingsLeft(id).left).toBe(0);
    expect(setUp(embeds, first, 'another').library.embeddingsLeft(id).left).toBe(3);
  });

  test('leaves the machine to a question at once, and goes on after the last one', async () => {
    const { library, index, double, indexed } = setUp(untilAborted);
    const { id } = await addReady(library, 'one', [about('tower', 3)]);
    index.run();
    await vi.waitFor(() => expect(double.embed).toHaveBeenCalledTimes(1));
    double.embed.mockImplementation(embeds);
    let endFirst = (): void => undefined;
    const first = index.whilePaused(
      () =>
        new Promise<void>((resolve) => {
          endFirst = resolve;
        }),
    );
    expect(await index.whilePaused(async () => 'answered')).toBe('answered');
    await expect(index.whilePaused(() => Promise.reject(new Error('failed')))).rejects.toThrow('failed');
    await new Promise((resolve) => setImmediate(resolve));
    expect(double.embed).toHaveBeenCalledTimes(1);
    endFirst();
    await first;
    await indexed();
    expect(library.embeddingsLeft(id).left).toBe(0);
  });

  test('tells of an error that stops it, and tries again when asked', async () => {
    const { library, index, double, errors, indexed } = setUp(() =>
      Promise.reject(new LonghandError('no-memory', 'The machine has not enough free memory.')),
    );
    const { id } = await addReady(library, 'one', [about('tower', 3)]);
    await indexed();
    expect(errors).toMatchObject([{ code: 'no-memory', message: 'The machine has not enough free memory.' }]);
    double.embed.mockImplementation(embeds);
    index.run();
    await index.idle();
    expect(library.embeddingsLeft(id).left).toBe(0);
  });

  test('takes it that a document is removed meanwhile', async () => {
    const { library, double, index, errors } = setUp();
    const { id } = await addReady(library, 'one', [about('tower', 3)]);
    double.embed.mockImplementationOnce(async (texts) => {
      await library.remove(id);
      return texts.map(vectorOf);
    });
    index.run();
    await index.idle();
    expect(errors).toEqual([]);
    expect(library.list()).toEqual([]);
  });

  test('ends with the app, in the midst of work or of a question', async () => {
    const { library, index, double } = setUp(untilAborted);
    await addReady(library, 'one', [about('tower', 3)]);
    index.run();
    await vi.waitFor(() => expect(double.embed).toHaveBeenCalled());
    void index.whilePaused(() => new Promise(() => undefined));
    await index.close();
    index.run();
    await index.idle();
    expect(double.embed).toHaveBeenCalledOnce();
  });
});

describe('a search by meaning', () => {
  async function searched(embed?: Embed) {
    const running = setUp(embed);
    const whales = await addReady(running.library, 'Whales', [sectionOf(null, 'A whale.', 'A harpoon.', 'A tower.')]);
    await running.indexed();
    const towers = await addReady(running.library, 'Towers', [about('tower', 2)]);
    const search = (...ids: string[]) => running.index.search('The white WHALE', ids, 5, signal);
    return { ...running, whales, towers, search };
  }

  test('finds what is nearest, and tells how much of the documents it covers', async () => {
    const { search, whales, towers, indexed } = await searched();
    expect(await search(whales.id)).toMatchObject({
      hits: [{ text: 'A whale.', score: expect.closeTo(1, 5) }],
      coverage: 'complete',
    });
    expect(await search(whales.id, towers.id)).toMatchObject({ hits: [{ text: 'A whale.' }], coverage: 'partial' });
    expect(await search(towers.id)).toEqual({ hits: [], coverage: 'off' });
    await indexed();
    expect(await search(towers.id)).toEqual({ hits: [], coverage: 'complete' });
  });

  test.each<[string, Embed]>([
    ['cannot be asked', () => Promise.reject(new LonghandError('process-lost', 'It is lost.'))],
    ['does not answer in time', untilAborted],
  ])('is off when the model %s', async (_, embed) => {
    const { search, whales, double } = await searched();
    double.embed.mockImplementation(embed);
    expect(await search(whales.id)).toEqual({ hits: [], coverage: 'off' });
  });

  test('puts first what says more of the question word for word, and does without where that cannot be had', async () => {
    const { library, index, indexed, double } = setUp();
    const { id } = await addReady(library, 'Whales', [
      sectionOf(null, 'A whale was seen off the coast.', 'The whale was killed by a boy.', 'The tower is white.'),
    ]);
    await indexed();
    const texts = async (query: string) =>
      (await index.search(query, [id], 5, signal)).hits.map(({ text }) => text.slice(0, 17));
    const asInTheText = ['A whale was seen ', 'The whale was kil'];
    expect(await texts('Which child harpooned… no: slew the whale?')).toEqual(asInTheText);
    double.relateWords.mockImplementation(async (words, others) =>
      Float32Array.from({ length: words.length * others.length }, (_, place) => {
        const [word, other] = [words[Math.floor(place / others.length)], others[place % others.length]];
        return (word === 'slew' && other === 'killed') || (word === 'child' && other === 'boy') ? 0.7 : 0.2;
      }),
    );
    expect(await texts('Which child slew the whale?')).toEqual(asInTheText.toReversed());
    for (const relate of [
      () => Promise.reject(new LonghandError('missing-weights', 'The weights words.bin cannot be read.')),
      untilAborted as unknown as RelateWords,
    ]) {
      double.relateWords.mockImplementation(relate);
      expect(await texts('Which child slew the whale?')).toEqual(asInTheText);
    }
  });

  test('is given up with the question', async () => {
    const { index, whales, double } = await searched();
    double.embed.mockImplementation(untilAborted);
    const controller = new AbortController();
    const searching = index.search('whale', [whales.id], 5, controller.signal);
    controller.abort();
    await expect(searching).rejects.toMatchObject({ code: 'cancelled' });
  });
});

test('with its own process and model, finds what is said in other words, and outlives the process', async () => {
  const { folder, remove } = await bundle('main/perception/process.ts', 'perception');
  onTestFinished(remove);
  const processes: UtilityProcess[] = [];
  const perception = supervisePerception({
    fork(path, options) {
      const started = forkWithNode(path, options);
      processes.push(started);
      return started;
    },
    processFolder: folder,
    embeddingModel: join(import.meta.dirname, '../../native-models/bundled', embeddingModelId),
    voiceModel: '',
    speechModel: '',
    textModel: '',
    onStatus: () => undefined,
  });
  onTestFinished(perception.close);
  const { library } = openTestLibrary();
  const index = createSemanticIndex({
    library,
    embed: perception.embed,
    relateWords: perception.relateWords,
    modelId: embeddingModelId,
    onError(error) {
      throw error;
    },
    patienceMs: 60_000,
  });
  const { id } = await addReady(library, 'Eddystone', [
    sectionOf(
      null,
      'The keeper swallowed molten lead.',
      'An engraver lit the first tower.',
      'The reef is off Plymouth.',
    ),
  ]);
  index.run();
  await vi.waitFor(() => expect(processes).toHaveLength(1));
  processes[0]?.kill();
  await index.idle();
  expect(processes).toHaveLength(2);
  const { hits, coverage } = await index.search('Who built the earliest lighthouse?', [id], 1, signal);
  expect(hits.map(({ text }) => text)).toEqual(['An engraver lit the first tower.']);
  expect(coverage).toBe('complete');
});

test('a passage is found by its sentences, short ones together with the one before, the first under its heading', () => {
  const text =
    'The tower was finished in 1824 by masons. It stood. Nobody remembered how long the work had taken them.';
  expect(textsOf({ heading: 'Whales', text })).toEqual([
    'Whales\nThe tower was finished in 1824 by masons. It stood.',
    'Nobody remembered how long the work had taken them.',
  ]);
  expect(textsOf({ heading: null, text: 'One.' })).toEqual(['One.']);
});

test('a table’s row is found under the first one, in the passage that begins the table and in those that go on', () => {
  const text = 'All of our members are here.\n\n| Name | Fee |\n| --- | --- |\n| Ann | 3 |\n| Bo | 4 |';
  expect(textsOf({ heading: null, text })).toEqual([
    'All of our members are here.',
    '| Name | Fee | | --- | --- |',
    '| Name | Fee |\n| Ann | 3 |',
    '| Name | Fee |\n| Bo | 4 |',
  ]);
  const rest = {
    heading: null,
    lead: '| Name | Fee |',
    text: 'Jr. | 5 |\n| Di | 6 |\n\nThese are all that there are.',
  };
  expect(textsOf(rest)).toEqual([
    '| Name | Fee |\nJr. | 5 |',
    '| Name | Fee |\n| Di | 6 |',
    'These are all that there are.',
  ]);
  expect(textsOf({ heading: null, lead: '```ts', text: 'const a = 1;' })).toEqual(['const a = 1;']);
});

test('what was embedded in another form is embedded anew', async () => {
  const first = setUp();
  const { id } = await addReady(first.library, 'one', [about('tower', 2)]);
  await first.indexed();
  expect(first.library.embeddingsLeft(id).left).toBe(0);
  first.library.setSetting('embeddedWith', 'minilm');
  setUp(embeds, first);
  expect(first.library.embeddingsLeft(id).left).toBe(2);
  await setUp(embeds, first).indexed();
  setUp(embeds, first);
  expect(first.library.embeddingsLeft(id).left).toBe(0);
});
