import { randomUUID } from 'node:crypto';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type LibraryListeners, openLibrary } from './library.ts';
import { documentEntry, type passageHit, section, sectionSummary } from './schema.ts';
import { addReady, openTestLibrary, plainSummary, sectionOf } from './testing/open-library.ts';

const hash = (n: number): string => n.toString(16).padStart(64, 'a');
const queued = (n: number) => ({
  title: `Document ${n}`,
  fileName: `${n}.txt`,
  kind: 'text' as const,
  contentHash: hash(n),
  byteSize: 10,
});

describe('documents', () => {
  test('a document goes from queued over reading to ready, and every change is told', async () => {
    const states: string[] = [];
    const listeners: LibraryListeners = { onChange: (entry) => void states.push(entry.state) };
    const { library } = openTestLibrary(listeners);
    const { id } = library.addDocument(queued(1));
    library.setState(id, 'reading');
    library.setProgress(id, { done: 1, total: 2, unit: 'pages', secondsLeft: 3 });
    expect(documentEntry.parse(library.get(id)).progress).toEqual({ done: 1, total: 2, unit: 'pages', secondsLeft: 3 });
    await library.addSections(id, [sectionOf('One', 'First.', 'Second.'), sectionOf(null, 'Third.')]);
    library.finish(id, {
      title: 'Its own title',
      metadata: { author: 'A. Author', language: 'en', createdAt: '2020-01-01' },
      emptySections: 1,
    });
    expect(library.get(id)).toMatchObject({
      title: 'Its own title',
      state: 'ready',
      progress: null,
      sectionCount: 2,
      characterCount: 15 + 6,
      emptySections: 1,
      metadata: { author: 'A. Author', language: 'en', createdAt: '2020-01-01' },
    });
    expect(states).toEqual(['queued', 'reading', 'reading', 'ready']);
    expect(library.outline(id).map((summary) => sectionSummary.parse(summary).title)).toEqual(['One', null]);
    expect(library.sections(id, 1, 10).map((s) => section.parse(s).text)).toEqual(['Third.']);
  });

  test('a title that a person chose outlives another reading', async () => {
    const { library } = openTestLibrary();
    const { id } = library.addDocument(queued(1));
    library.rename(id, 'Mine');
    library.finish(id, { ...plainSummary, title: 'Its own' });
    expect(library.get(id).title).toBe('Mine');
  });

  test('the queue is first in, first out, and a retried document goes to its end', () => {
    const { library } = openTestLibrary();
    const first = library.addDocument(queued(1));
    const second = library.addDocument(queued(2));
    expect(library.nextQueued()?.id).toBe(first.id);
    expect(library.nextQueued(undefined, { except: [first.id] })?.id).toBe(second.id);
    expect(library.nextQueued(undefined, { only: [second.id] })?.id).toBe(second.id);
    expect(library.nextQueued(undefined, { only: [] })).toBeUndefined();
    library.setState(first.id, 'queued');
    expect(library.nextQueued()?.id).toBe(second.id);
  });

  test('what was being read when the last run ended is queued again and read from the start', async () => {
    const { library, database, dataFolder } = openTestLibrary();
    const { id } = library.addDocument(queued(1));
    library.setState(id, 'reading');
    await library.addSections(id, [sectionOf(null, 'Half of it.')]);
    const next = openLibrary(database, dataFolder);
    expect(next.get(id).state).toBe('queued');
    await next.cleanUp();
    expect(next.outline(id)).toEqual([]);
    expect(next.get(id)).toMatchObject({ sectionCount: 0, characterCount: 0 });
  });

  test('a document that is no longer being read takes no more sections', async () => {
    const { library } = openTestLibrary();
    const { id } = library.addDocument(queued(1));
    library.setState(id, 'cancelled');
    await expect(library.addSections(id, [sectionOf(null, 'Late.')])).rejects.toMatchObject({ code: 'cancelled' });
    expect(library.outline(id)).toEqual([]);
  });

  test('removing deletes everything of a document and nothing of another', async () => {
    const removed: string[] = [];
    const { library, database } = openTestLibrary({ onRemoved: (id) => void removed.push(id) });
    const one = await addReady(library, 'one', [
      sectionOf(null, ...Array.from({ length: 250 }, (_, i) => `Whale ${i}.`)),
    ]);
    const two = await addReady(library, 'two', [sectionOf(null, 'A whale.')]);
    const file = library.filePath(one.id);
    writeFileSync(file, 'content');
    const removing = library.remove(one.id);
    expect(library.list().map((entry) => entry.id)).toEqual([two.id]);
    expect(library.search({ query: 'whale', limit: 10 }).map((hit) => hit.documentId)).toEqual([two.id]);
    expect(() => library.get(one.id)).toThrow(expect.objectContaining({ code: 'not-found' }));
    await removing;
    expect(existsSync(file)).toBe(false);
    expect(removed).toEqual([one.id]);
    expect(database.all('SELECT DISTINCT document_id AS id FROM passages')).toEqual([{ id: two.id }]);
    expect(database.all(`SELECT rowid FROM passage_index WHERE passage_index MATCH 'whale'`)).toHaveLength(1);
    expect(database.all('SELECT id FROM documents')).toEqual([{ id: two.id }]);
  });

  test('an interrupted removal is finished at the next start, and files of no document go', async () => {
    const { library, database, dataFolder } = openTestLibrary();
    const { id } = await addReady(library, 'one', [sectionOf(null, 'A whale.')]);
    const kept = await addReady(library, 'two', [sectionOf(null, 'A ship.')]);
    writeFileSync(library.filePath(kept.id), 'kept');
    writeFileSync(join(dataFolder, 'files', `${randomUUID()}.part`), 'half a copy');
    database.run('UPDATE documents SET content_hash = NULL WHERE id = ?', id);
    await openLibrary(database, dataFolder).cleanUp();
    expect(database.all('SELECT id FROM documents')).toEqual([{ id: kept.id }]);
    expect(readdirSync(join(dataFolder, 'files'))).toHaveLength(1);
  });

  test('token counts are kept for each section', async () => {
    const { library } = openTestLibrary();
    const { id } = await addReady(library, 'one', [sectionOf(null, 'A.'), sectionOf(null, 'B.')]);
    expect(library.tokenCounts(id)).toBeUndefined();
    library.setTokenCounts(id, [3, 4]);
    expect(library.tokenCounts(id)).toEqual([3, 4]);
    expect(library.get(id).tokenCount).toBe(7);
    library.clearTokenCounts();
    expect(library.tokenCounts(id)).toBeUndefined();
  });

  test('settings hold any JSON value', () => {
    const { library } = openTestLibrary();
    expect(library.getSetting('a')).toBeUndefined();
    library.setSetting('a', { b: [1, null, 'x'] });
    expect(library.getSetting('a')).toEqual({ b: [1, null, 'x'] });
  });

  test('a long document is stored without standing still for it', async () => {
    const { library } = openTestLibrary();
    const { id } = library.addDocument(queued(1));
    library.setState(id, 'reading');
    const passage = 'The lamp was lit at dusk and burned until the sun had risen over the sea. '.repeat(6);
    const sections = Array.from({ length: 200 }, (_, i) =>
      sectionOf(`${i}`, passage, passage, passage, passage, passage),
    );
    let turns = 0;
    let running = true;
    const count = (): void => {
      turns += 1;
      if (running) setImmediate(count);
    };
    count();
    await library.addSections(id, sections);
    running = false;
    // 1,200 rows in slices of 100: the event loop has had a turn after each.
    expect(turns).toBeGreaterThanOrEqual(10);
    expect(library.get(id).sectionCount).toBe(200);
  });
});

describe('a correction', () => {
  const spoken = 'Costs rose. They will be paid in marble aid. The end.';
  const time = (startMs: number, endMs: number) => ({ kind: 'time' as const, startMs, endMs });

  async function recording() {
    const opened = openTestLibrary();
    const { library } = opened;
    const { id } = library.addDocument({ ...queued(1), kind: 'audio' });
    library.setState(id, 'reading');
    const parts = [
      { start: 0, end: 11, startMs: 0, endMs: 900 },
      { start: 12, end: 44, startMs: 1000, endMs: 2900 },
      { start: 45, end: 53, startMs: 3000, endMs: 3500 },
    ];
    const passages = [
      { start: 0, end: 44, anchor: time(0, 2900) },
      { start: 45, end: 53, anchor: time(3000, 3500) },
    ];
    const anchor = { ...time(0, 3500), parts };
    await library.addSections(id, [{ title: null, level: 0, format: 'plain', text: spoken, anchor, passages }]);
    library.finish(id, plainSummary);
    const vector = new Float32Array(384).fill(1 / Math.sqrt(384));
    const embeddings = library
      .passagesWithoutEmbedding(9, id)
      .map((each) => ({ passageId: each.id, vectors: [vector] }));
    library.storeEmbeddings(embeddings);
    return { ...opened, id };
  }

  test('is found by its words, keeps times and citations, and has its meaning computed anew', async () => {
    const { library, id } = await recording();
    const before = library.search({ query: 'marble', limit: 1 });
    expect(before).toHaveLength(1);
    const corrected = library.correct(id, 0, { start: 12, end: 44 }, 'They will be paid in marmalade.');
    expect(corrected.text).toBe('Costs rose. They will be paid in marmalade. The end.');
    expect(library.search({ query: 'marble', limit: 1 })).toEqual([]);
    const [hit] = library.search({ query: 'marmalade', limit: 1 });
    expect(hit).toMatchObject({
      id: before[0]?.id,
      text: 'Costs rose. They will be paid in marmalade.',
      anchor: time(0, 2900),
    });
    const { anchor } = section.parse(library.sections(id, 0, 1)[0]);
    expect(anchor).toMatchObject({
      parts: [
        { start: 0, end: 11, startMs: 0 },
        { start: 12, end: 43, startMs: 1000 },
        { start: 44, end: 52, startMs: 3000 },
      ],
    });
    expect(
      library
        .passages([hit?.id ?? 0, (hit?.id ?? 0) + 1])
        .map(({ text }) => text)
        .at(-1),
    ).toBe('The end.');
    expect(library.embeddingsLeft(id)).toEqual({ left: 1, total: 2 });
    expect(library.get(id)).toMatchObject({ characterCount: corrected.text.length, tokenCount: null, state: 'ready' });
  });

  test('of a place that is not there is refused', async () => {
    const { library, id } = await recording();
    expect(() => library.correct(id, 1, { start: 0, end: 1 }, 'x')).toThrow(
      expect.objectContaining({ code: 'not-found' }),
    );
    for (const range of [
      { start: 0, end: 99 },
      { start: 9, end: 3 },
    ])
      expect(() => library.correct(id, 0, range, 'x')).toThrow(expect.objectContaining({ code: 'bad-request' }));
    expect(library.sections(id, 0, 1)[0]?.text).toBe(spoken);
  });
});

describe('search', () => {
  const whales = ['The whale Moby Dick was white.', 'Queequeg carried a harpoon.', 'Café culture in Nantucket.'];

  test('finds passages by any word, best first, with positive scores', async () => {
    const { library } = openTestLibrary();
    const { id } = await addReady(library, 'Whales', [sectionOf(null, ...whales)]);
    const hits = library.search({ query: 'Which harpoon did the white whale fear?', limit: 10 });
    expect(hits.map((hit) => hit.text)).toEqual([whales[0], whales[1]]);
    expect(hits.every((hit) => hit.score > 0)).toBe(true);
    expect(hits[0]).toMatchObject({ documentId: id, title: 'Whales', ordinal: 0, start: 0, end: whales[0]?.length });
  });

  test('ignores accents, case and word endings', async () => {
    const { library } = openTestLibrary();
    await addReady(library, 'Whales', [sectionOf(null, ...whales)]);
    expect(library.search({ query: 'CAFE', limit: 1 })[0]?.text).toBe(whales[2]);
    expect(library.search({ query: 'harpoons carrying', limit: 1 })[0]?.text).toBe(whales[1]);
  });

  test('finds a passage by the heading it stands under', async () => {
    const { library } = openTestLibrary();
    await addReady(library, 'Whales', [sectionOf('Cetology', 'Sperm and right.'), sectionOf('Ships', 'Masts.')]);
    expect(library.search({ query: 'cetology', limit: 5 }).map((hit) => hit.text)).toEqual(['Sperm and right.']);
  });

  test('finds words of scripts that are written without spaces', async () => {
    const { library } = openTestLibrary();
    await addReady(library, '灯台', [sectionOf(null, '亚历山大灯塔建于公元前三世纪。', '横浜の灯台は白い。')]);
    expect(library.search({ query: '灯塔是什么时候建的？', limit: 1 })[0]?.text).toContain('亚历山大');
    expect(library.search({ query: '横浜', limit: 5 })).toHaveLength(1);
  });

  test('finds words with marks in scripts without spaces, and those that are written in another way', async () => {
    const { library } = openTestLibrary();
    await addReady(library, 'one', [
      sectionOf(null, 'ประภาคารที่นี่สร้างเมื่อไหร่', 'Der Leucht\u00ADturm.', 'E\uFB03cient lamps.'),
    ]);
    for (const query of ['ที่นี่', 'Leuchtturm', 'efficient']) expect(library.search({ query, limit: 5 })).toHaveLength(1);
  });

  test('finds what an earlier version indexed otherwise, once it is indexed anew', async () => {
    const { library, database } = openTestLibrary();
    await addReady(library, 'one', [sectionOf(null, 'Der Leucht\u00ADturm.', 'A whale.')]);
    const [, whale] = library.passagesAround(1, 1, 1);
    database.run('INSERT OR REPLACE INTO passage_index (rowid, text, heading) VALUES (1, ?, ?)', 'Leucht turm', '');
    const found = () => library.search({ query: 'Leuchtturm', limit: 5 }).map(({ start, end }) => [start, end]);
    expect(found()).toEqual([]);
    await library.cleanUp();
    expect(found()).toEqual([[0, 16]]);
    expect(library.search({ query: 'whale', limit: 5 }).map(({ id }) => id)).toEqual([whale?.id]);
  });

  /** A table of three members, each row a passage of its own. */
  function membersTable() {
    const rows = ['| Member | Fee |\n| --- | --- |\n| Ann | 319.50 |', '| Hana | 412.00 |', '| Bo | 18.25 |'];
    const text = rows.join('\n');
    const passages = rows.map((row) => {
      const start = text.indexOf(row);
      const anchor = { kind: 'range' as const, start, end: start + row.length };
      return { start, end: start + row.length, anchor };
    });
    return { ...sectionOf(null), text, passages };
  }

  test('finds a table’s row by the names of its columns too, and tells what it is to be read behind', async () => {
    const { library, database } = openTestLibrary();
    await addReady(library, 'members', [membersTable(), sectionOf(null, 'Hana sings.')]);
    const found = () => library.search({ query: 'fee Hana', limit: 2 }).map(({ text, lead }) => [text, lead]);
    expect(found()[0]).toEqual(['| Hana | 412.00 |', '| Member | Fee |']);
    expect(library.passages([1, 3, 4]).map(({ lead }) => lead)).toEqual([undefined, '| Member | Fee |', undefined]);
    expect(library.search({ query: 'member', limit: 5 })).toHaveLength(3);
    // As an earlier version indexed it.
    for (const id of [2, 3])
      database.run('INSERT OR REPLACE INTO passage_index (rowid, text, heading) VALUES (?, ?, ?)', id, 'row', '');
    library.setSetting('indexForm', 2);
    expect(library.search({ query: 'member', limit: 5 })).toHaveLength(1);
    await library.cleanUp();
    expect(library.search({ query: 'member', limit: 5 })).toHaveLength(3);
  });

  test('searches the given documents only', async () => {
    const { library } = openTestLibrary();
    const one = await addReady(library, 'one', [sectionOf(null, 'A whale.')]);
    await addReady(library, 'two', [sectionOf(null, 'A whale.')]);
    const found = library.search({ query: 'whale', documentIds: [one.id], limit: 10 });
    expect(found.map((hit) => hit.documentId)).toEqual([one.id]);
    expect(library.search({ query: 'whale', documentIds: [], limit: 10 })).toEqual([]);
  });

  test('leaves out documents that are not ready', async () => {
    const { library } = openTestLibrary();
    const { id } = library.addDocument(queued(1));
    library.setState(id, 'reading');
    await library.addSections(id, [sectionOf(null, 'A whale.')]);
    expect(library.search({ query: 'whale', limit: 10 })).toEqual([]);
  });

  test('a question of nothing but stop words is searched by them', async () => {
    const { library } = openTestLibrary();
    await addReady(library, 'one', [sectionOf(null, 'To be, or not to be.', 'A whale.')]);
    expect(library.search({ query: 'to be or not to be', limit: 10 })).toHaveLength(1);
  });

  test('no text is a syntax error, whatever it holds', async () => {
    const { library } = openTestLibrary();
    await addReady(library, 'one', [sectionOf('NEAR', 'AND OR NOT NEAR text : ^ * "quoted" {a b}')]);
    const operators = fc.constantFrom(
      '"',
      "'",
      '*',
      '^',
      ':',
      '(',
      ')',
      '{',
      '}',
      '-',
      '+',
      'AND',
      'OR',
      'NOT',
      'NEAR(',
      'text:',
      '\0',
      ' ',
      '你好',
    );
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(operators).map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(text, (query) => {
        const hits: ReturnType<typeof passageHit.parse>[] = library.search({ query, limit: 5 });
        return hits.every((hit) => hit.score > 0);
      }),
    );
  });

  test('neighbours of a passage come in order and stay in its document', async () => {
    const { library } = openTestLibrary();
    await addReady(library, 'before', [sectionOf(null, 'Z.')]);
    await addReady(library, 'one', [sectionOf(null, 'A.', 'B.'), sectionOf(null, 'C.', 'D.')]);
    const b = library.search({ query: 'b', limit: 1 })[0];
    const texts = (before: number, after: number) =>
      library.passagesAround(b?.id ?? 0, before, after).map((passage) => passage.text);
    expect(texts(1, 1)).toEqual(['A.', 'B.', 'C.']);
    expect(texts(5, 5)).toEqual(['A.', 'B.', 'C.', 'D.']);
    expect(library.passagesAround(12345, 1, 1)).toEqual([]);
    expect(library.passages([b?.id ?? 0, 12345]).map((passage) => passage.text)).toEqual(['B.']);
  });
});
