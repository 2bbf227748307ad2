import { existsSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { forkWithNode } from '../../base/utility-process.ts';
import { openLibrary } from '../library/library.ts';
import { type Bundle, bundle } from '../library/testing/bundle.ts';
import { openTestLibrary, sectionOf } from '../library/testing/open-library.ts';
import { temporaryFolder } from '../library/testing/temporary-folder.ts';
import { createIngest } from './ingest.ts';
import { createOrigins } from './origins.ts';
import { samplesFolder, twentyPages } from './testing/read.ts';

let built: Bundle;
beforeAll(async () => {
  built = await bundle('main/ingest/process.ts', 'ingest');
});
afterAll(() => built.remove());

const rights = { paths: true };

/** A library with one document, read from a file of this machine. */
async function setUp({ name = 'report.txt', text = 'The bridge is made of iron.' } = {}) {
  const replaced: string[] = [];
  const opened = openTestLibrary({ onReplaced: (id) => replaced.push(id) });
  const { library } = opened;
  const ingest = createIngest({
    ...opened,
    samplesFolder,
    fork: forkWithNode,
    processFolder: built.folder,
    onError: (error) => {
      throw error;
    },
  });
  onTestFinished(() => ingest.close());
  const path = join(temporaryFolder(), name);
  let clock = 1_700_000_000;
  /** Each change is a second after the one before, whatever the speed of the test. */
  const write = (content: string | Buffer, to = path): void => {
    writeFileSync(to, content);
    clock += 1;
    utimesSync(to, clock, clock);
  };
  const add = async (...paths: string[]) => {
    const { documents, refused } = await ingest.add(
      paths.map((each) => ({ kind: 'path' as const, path: each })),
      rights,
    );
    await ingest.idle();
    return { ids: documents.map(({ id }) => id), refused };
  };
  write(text);
  const id = (await add(path)).ids[0] ?? '';
  const found = (query: string): string[] => library.search({ query, limit: 10 }).map((hit) => hit.text);
  return { ...opened, ingest, replaced, path, write, add, id, found, entry: () => library.get(id) };
}

test('a file that was changed is offered when it is looked at, and read again under the same id', async () => {
  const { ingest, library, database, write, id, found, entry, replaced } = await setUp();
  expect(entry()).toMatchObject({ changed: false, revision: 0 });
  library.rename(id, 'Mine');
  const before = library.filePath(id);
  write('The bridge is made of wood. It was built anew.');
  await ingest.lookForChanges();
  expect(entry()).toMatchObject({ changed: true, state: 'ready' });
  expect(found('iron')).toHaveLength(1);

  await ingest.refresh(id);
  await ingest.idle();
  expect(entry()).toMatchObject({ changed: false, revision: 1, state: 'ready', title: 'Mine', byteSize: 46 });
  expect(found('iron')).toEqual([]);
  expect(found('wood')).toHaveLength(1);
  expect(readFileSync(library.filePath(id), 'utf8')).toContain('wood');
  expect(existsSync(before)).toBe(false);
  expect(replaced).toEqual([id]);
  expect(database.all('SELECT DISTINCT document_id FROM sections')).toEqual([{ document_id: id }]);
  await ingest.lookForChanges();
  expect(entry().changed).toBe(false);
});

test('another content of the same size is found by reading it; a file that was only touched is not offered', async () => {
  const { ingest, write, entry } = await setUp();
  write('The bridge is made of iron.');
  await ingest.lookForChanges();
  expect(entry().changed).toBe(false);
  write('The bridge is made of gold.');
  await ingest.lookForChanges();
  expect(entry().changed).toBe(true);
  write('The bridge is made of iron.');
  await ingest.lookForChanges();
  expect(entry().changed).toBe(false);
});

test('a file that is added again from its path with another content is offered, and is no second document', async () => {
  const { library, write, add, path, id, entry } = await setUp();
  write('The bridge is gone.');
  expect(await add(path)).toEqual({ ids: [id], refused: [] });
  expect(library.list()).toHaveLength(1);
  expect(entry().changed).toBe(true);
});

test('a file that could not be read is read at once when it is added again in a better state', async () => {
  const { write, add, path, id, entry } = await setUp({ name: 'guide.pdf', text: '%PDF-1.7 broken' });
  expect(entry().state).toBe('failed');
  write(readFileSync(twentyPages));
  expect((await add(path)).ids).toEqual([id]);
  expect(entry()).toMatchObject({ state: 'ready', revision: 1, sectionCount: 20 });
});

test('a file that is missing changes nothing; one that was moved is followed when it is added', async () => {
  const { ingest, library, write, add, path, id, entry } = await setUp();
  rmSync(path);
  await ingest.lookForChanges();
  expect(entry().changed).toBe(false);
  await expect(ingest.refresh(id)).rejects.toMatchObject({ code: 'not-found' });
  expect(entry()).toMatchObject({ state: 'ready', revision: 0 });

  const elsewhere = join(temporaryFolder(), 'moved.txt');
  write('The bridge is made of iron.', elsewhere);
  expect((await add(elsewhere)).ids).toEqual([id]);
  expect(library.origin(id)?.path).toBe(elsewhere);
  const copy = join(temporaryFolder(), 'copy.txt');
  write('The bridge is made of iron.', copy);
  expect((await add(copy)).ids).toEqual([id]);
  expect(library.origin(id)?.path).toBe(elsewhere);
});

test('closing ends a look for changes, which then leaves the closed library alone', async () => {
  const { library, close, write, add, entry } = await setUp();
  const other = join(temporaryFolder(), 'other.txt');
  write('Another text.', other);
  await add(other);
  write('The bridge is made of gold.');
  const origins = createOrigins(library);
  const looking = origins.lookAtAll();
  await origins.close();
  expect(entry().changed).toBe(false);
  close();
  await looking;
  await origins.lookAtAll();
});

test('closing the ingest ends its looks for changes', async () => {
  const { ingest, close, write } = await setUp();
  write('The bridge is made of gold.');
  const looking = ingest.lookForChanges();
  await ingest.close();
  close();
  await looking;
  await ingest.lookForChanges();
});

test('what has the content of another document is not read twice, and what was sent has no file to read again', async () => {
  const { ingest, library, write, add, path, id } = await setUp();
  const other = join(temporaryFolder(), 'other.txt');
  write('Another text.', other);
  await add(other);
  write('Another text.', path);
  await ingest.lookForChanges();
  await expect(ingest.refresh(id)).rejects.toThrow('has the same content as “other” now');
  expect(library.get(id)).toMatchObject({ state: 'ready', changed: true, sectionCount: 1 });

  const { documents } = await ingest.add([{ kind: 'text', title: 'Pasted', text: 'A note.' }], rights);
  await expect(ingest.refresh(documents[0]?.id ?? '')).rejects.toMatchObject({ code: 'bad-request' });
});

test('a replacement that was interrupted leaves nothing of the earlier content', async () => {
  const { database, dataFolder, library } = openTestLibrary();
  const { id } = library.addDocument({
    title: 'Talk',
    fileName: 'talk.wav',
    kind: 'audio',
    contentHash: 'a'.repeat(64),
    byteSize: 1,
  });
  library.setState(id, 'reading');
  const said = { ...sectionOf(null, 'What was said.'), anchor: { kind: 'time' as const, startMs: 0, endMs: 9000 } };
  await library.addSections(id, [said]);
  // The process ends before the sections are deleted.
  void library.replaceContent(id, { kind: 'audio', contentHash: 'b'.repeat(64), byteSize: 2 });
  database.run(`INSERT INTO sections (document_id, ordinal, level, format, text, length, anchor)
    SELECT id, 7, 0, 'plain', 'Left.', 5, '{"kind":"time","startMs":0,"endMs":9000}' FROM documents`);
  const next = openLibrary(database, dataFolder);
  await next.cleanUp();
  expect(next.outline(id)).toEqual([]);
  expect(await next.keptUntil(id)).toBe(0);
});
