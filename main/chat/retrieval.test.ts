import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { PassageHit } from '../library/schema.ts';
import type { SemanticIndex } from '../library/semantic-index.ts';
import { addReady, openTestLibrary, sectionOf } from '../library/testing/open-library.ts';
import { findPassages, fuse, searchLibrary } from './retrieval.ts';

const { signal } = new AbortController();

async function setUp() {
  const { library } = openTestLibrary();
  const eddystone = await addReady(library, 'Eddystone', [
    sectionOf(null, 'Winstanley lit the first tower.', 'The reef is dangerous.', 'An engraver put up a beacon.'),
  ]);
  const asked: string[] = [];
  const nearest = library.search({ query: 'engraver first', limit: 9 }).toReversed();
  const semanticIndex: SemanticIndex = {
    run: () => undefined,
    idle: async () => undefined,
    async search(query) {
      asked.push(query);
      return { hits: nearest, coverage: 'partial' };
    },
    whilePaused: (work) => work(),
    close: async () => undefined,
  };
  const find = (question: string, previous?: string, index: SemanticIndex | undefined = semanticIndex) =>
    findPassages(
      { library, semanticIndex: index },
      {
        question,
        history: previous === undefined ? [] : [{ question: previous, answer: 'Yes.' }],
        documents: [eddystone],
        limit: 5,
        signal,
      },
    );
  return { library, eddystone, find, asked, nearest };
}

describe('passages for a question', () => {
  test('are found by words and by meaning, and tell by which', async () => {
    const { find, nearest } = await setUp();
    const { hits, meaning } = await find('Who lit the first tower?');
    expect(meaning).toBe('partial');
    expect(hits.map(({ text, wordsRank }) => [text, wordsRank])).toEqual([
      ['Winstanley lit the first tower.', 1],
      ['An engraver put up a beacon.', null],
    ]);
    expect(hits.map(({ id, meaningRank }) => [id, meaningRank])).toEqual(
      hits.map(({ id }) => [id, nearest.findIndex((near) => near.id === id) + 1]),
    );
  });

  test('are found by words alone where there is no index, with their own scores', async () => {
    const { library, eddystone } = await setUp();
    const request = { question: 'The first tower?', history: [], documents: [eddystone], limit: 5, signal };
    const { hits, meaning } = await findPassages({ library }, request);
    expect(meaning).toBe('off');
    const [best] = library.search({ query: 'first tower', limit: 1 });
    expect(hits).toEqual([{ ...best, wordsRank: 1, meaningRank: null }]);
    expect(await findPassages({ library }, { ...request, documents: [] })).toEqual({ hits: [], meaning: 'complete' });
  });

  test('of a short question are those of the one before it too', async () => {
    const { find, asked } = await setUp();
    const { hits } = await find('And when?', 'Who is Winstanley?');
    expect(hits.some(({ text, wordsRank }) => text.startsWith('Winstanley') && wordsRank === 1)).toBe(true);
    await find('Which engraver built another beacon?', 'Who is Winstanley?');
    expect(asked).toEqual(['Who is Winstanley? And when?', 'Which engraver built another beacon?']);
  });

  test.each([
    'And when?',
    'Who came after her then?',
    'And what did that cost them then?',
    'How long did that last?',
    'When was this exactly?',
    'In which year?',
    'What about dogs?',
    'Und wann?',
    'Wie viel kostete er dann?',
  ])('of a question that goes on are those of both: %s', async (question) => {
    const { find, asked } = await setUp();
    await find(question, 'Who built the Brannock weir?');
    expect(asked).toEqual([`Who built the Brannock weir? ${question}`]);
  });

  test.each([
    'Who is Ricciardi?',
    'What is the deposit?',
    'List all prices.',
    'Who said that the ship sank in 1887?',
    'Wann wurde der Turm gebaut?',
    'Which engraver built another beacon there?',
  ])('of a question of its own are its own: %s', async (question) => {
    const { find, asked } = await setUp();
    await find(question, 'Who built the Brannock weir?');
    expect(asked).toEqual([question]);
  });
});

describe('fusion', () => {
  const hit = (id: number, index = 0): PassageHit => ({
    id,
    documentId: '00000000-0000-4000-8000-000000000000',
    sectionId: 1,
    section: 0,
    ordinal: id,
    text: `The lamp number ${id}`,
    start: 0,
    end: 1,
    anchor: { kind: 'page', page: 1, boxes: [] },
    title: 'One',
    score: 100 - index,
  });
  const lists = fc.tuple(
    fc.uniqueArray(fc.integer({ min: 1, max: 20 }), { maxLength: 10 }),
    fc.uniqueArray(fc.integer({ min: 1, max: 20 }), { maxLength: 10 }),
  );

  test('puts what both lists hold above what one holds at the same rank', () => {
    const fused = fuse('the lamps', [hit(1), hit(2)], [hit(3), hit(2)], 3);
    expect(fused.map(({ id }) => id)).toEqual([2, 1, 3]);
    expect(fused.map(({ score }) => score)).toEqual([2.5 / 22, 1.5 / 21, 1 / 21]);
  });

  test('counts words for less where few of those that were found stand in a passage', () => {
    const words = [hit(1), { ...hit(2), text: 'The keeper of the lamp burnt oil.' }];
    const ids = (query: string, byWords = words) => fuse(query, byWords, [hit(3), hit(4)], 4).map(({ id }) => id);
    expect(ids('Who was the keeper of the lamps?')).toEqual([2, 3, 4, 1]);
    // Nobody says "coal": that is held against neither.
    expect(ids('Which lamp burnt coal?')).toEqual([2, 3, 4, 1]);
    expect(ids('Which lamp?', [hit(1)])).toEqual([1, 3, 4]);
  });

  test('puts what holds hardly any of the words later, though no other holds them, and does not score it less', () => {
    const fused = fuse('Which lamp burnt coal, whale oil and peat?', [hit(1)], [hit(3), hit(4)], 3);
    expect(fused.map(({ id, score }) => [id, score])).toEqual([
      [3, 1 / 21],
      [4, 1 / 22],
      [1, 1.5 / 21],
    ]);
  });

  test('holds each passage once, best first, and loses none but for the limit', () => {
    fc.assert(
      fc.property(lists, fc.integer({ min: 1, max: 25 }), ([words, meaning], limit) => {
        const fused = fuse('lamp', words.map(hit), meaning.map(hit), limit);
        const all = new Set([...words, ...meaning]);
        expect(fused).toHaveLength(Math.min(limit, all.size));
        expect(new Set(fused.map(({ id }) => id)).size).toBe(fused.length);
        for (const { id, wordsRank, meaningRank } of fused) {
          expect(wordsRank ?? 0).toBe(words.indexOf(id) + 1);
          expect(meaningRank ?? 0).toBe(meaning.indexOf(id) + 1);
        }
        fused.forEach(({ score }, i) => {
          expect(score).toBeLessThanOrEqual(fused[i - 1]?.score ?? Number.POSITIVE_INFINITY);
        });
      }),
    );
  });
});

test('a search of the library finds by words and by meaning, but not what only happens to be nearest', async () => {
  const { library, eddystone } = await setUp();
  const [beacon, reef] = ['engraver', 'reef'].flatMap((query) => library.search({ query, limit: 1 }));
  const near = [
    { ...beacon, score: 0.7 },
    { ...reef, score: 0.1 },
  ] as PassageHit[];
  const asked: (readonly string[])[] = [];
  const semanticIndex = {
    async search(_query: string, ids: readonly string[]) {
      asked.push(ids);
      return { hits: near, coverage: 'complete' };
    },
  } as unknown as SemanticIndex;
  const search = async (query: string) =>
    (await searchLibrary({ library, semanticIndex }, { query, limit: 5 }, signal)).map(({ text }) => text);
  expect(await search('first tower')).toEqual(['Winstanley lit the first tower.', 'An engraver put up a beacon.']);
  expect(await search('zebra')).toEqual(['An engraver put up a beacon.']);
  expect(asked[0]).toEqual([eddystone.id]);
});
