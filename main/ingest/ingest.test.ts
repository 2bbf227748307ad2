import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { strToU8, zipSync } from 'fflate';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { LonghandError } from '../../base/errors.ts';
import { type Channel, channelPair, serve } from '../../base/rpc.ts';
import { type Fork, forkWithNode, type UtilityProcess } from '../../base/utility-process.ts';
import { openLibrary } from '../library/library.ts';
import type { DocumentEntry } from '../library/schema.ts';
import { type Bundle, bundle } from '../library/testing/bundle.ts';
import { openTestLibrary } from '../library/testing/open-library.ts';
import { temporaryFolder } from '../library/testing/temporary-folder.ts';
import { unpack } from './containers/unpack.ts';
import { createIngest } from './ingest.ts';
import type { Senses } from './media/listen.ts';
import { protocol } from './protocol.ts';
import { corpus, gzip, tarOf } from './testing/corpus.ts';
import { fixture, samplesFolder, twentyPages } from './testing/read.ts';

let built: Bundle;
beforeAll(async () => {
  built = await bundle('main/ingest/process.ts', 'ingest');
});
afterAll(() => built.remove());

/** A reading process in this one, which does what `read` says with each file name. */
function fakeFork(next: (fileName: string, step: number, end: () => void) => Promise<unknown>) {
  const started: { killed: boolean }[] = [];
  const fork: Fork = () => {
    const [mine, theirs] = channelPair();
    const exitListeners: ((reason: string) => void)[] = [];
    const state = { killed: false };
    started.push(state);
    const kill = (): void => {
      if (state.killed) return;
      state.killed = true;
      mine.close();
      for (const listener of exitListeners) listener('it was killed');
    };
    let fileName = '';
    let step = 0;
    serve(
      protocol,
      {
        unpack,
        start: (input) => {
          fileName = input.fileName;
          step = 0;
          return {};
        },
        next: async () => (await next(fileName, step++, kill)) as never,
      },
      theirs as Channel,
    );
    const process: UtilityProcess = {
      pid: undefined,
      channel: mine,
      onExit: (listener) => void exitListeners.push(listener),
      kill,
    };
    return process;
  };
  return { fork, started };
}

const sections = (step: number, total = 3) => ({
  kind: 'sections',
  sections: [
    {
      title: null,
      level: 0,
      format: 'plain',
      text: `Part ${step}.`,
      anchor: { kind: 'page', page: step + 1, boxes: [] },
      passages: [{ start: 0, end: 7, anchor: { kind: 'page', page: step + 1, boxes: [] } }],
    },
  ],
  progress: { done: step + 1, total, unit: 'pages' },
});
const end = {
  kind: 'end',
  summary: { title: 'Its title', metadata: { author: null, language: null, createdAt: null }, emptySections: 0 },
};
const threeSteps = async (_: string, step: number): Promise<unknown> => (step < 3 ? sections(step) : end);
const forever = (): Promise<never> => new Promise(() => undefined);

function start(fork: Fork = forkWithNode, folder?: string) {
  const changes: DocumentEntry[] = [];
  const waiting: { test: (entry: DocumentEntry) => boolean; resolve: () => void }[] = [];
  const opened = openTestLibrary(
    {
      onChange(entry) {
        changes.push(entry);
        for (const { test, resolve } of waiting) if (test(entry)) resolve();
      },
    },
    folder ?? temporaryFolder(),
  );
  const errors: LonghandError[] = [];
  const options = {
    ...opened,
    samplesFolder,
    fork,
    processFolder: built.folder,
    onError: (e: LonghandError) => errors.push(e),
  };
  const ingest = createIngest(options);
  onTestFinished(() => ingest.close());
  /** Resolves at the next change of a document that passes `test`. */
  const when = (test: (entry: DocumentEntry) => boolean): Promise<void> =>
    new Promise((resolve) => waiting.push({ test, resolve }));
  return { ...opened, ingest, options, changes, errors, when };
}

const paths = { paths: true };
const text = (title: string, content = `The text of ${title}.`) => ({ kind: 'text' as const, title, text: content });

describe('adding', () => {
  test('a real file goes through the real process, with progress, and can be searched', async () => {
    const { ingest, library, changes, errors } = start();
    const { documents, refused } = await ingest.add([{ kind: 'path', path: twentyPages }], paths);
    expect(refused).toEqual([]);
    expect(documents).toMatchObject([{ title: 'twenty-pages', fileName: 'twenty-pages.pdf', kind: 'pdf' }]);
    await ingest.idle();
    const [entry] = library.list();
    expect(entry).toMatchObject({
      state: 'ready',
      title: 'A Guide to the Twenty Islands',
      sectionCount: 20,
      error: null,
      progress: null,
    });
    expect(changes.some(({ progress }) => progress?.unit === 'pages' && progress.total === 20)).toBe(true);
    const [hit] = library.search({ query: 'How many manuscripts survived the fire?', limit: 1 });
    expect(hit).toMatchObject({ anchor: { kind: 'page', page: 4 } });
    expect(hit?.text).toContain('2,316 manuscripts');
    expect(readFileSync(library.filePath(entry?.id ?? '')).equals(readFileSync(twentyPages))).toBe(true);
    expect(errors).toEqual([]);
  });

  test('the sample, pasted text, an upload and a folder', async () => {
    const { ingest, library, dataFolder } = start(fakeFork(threeSteps).fork);
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'a.md'), '# A');
    writeFileSync(join(folder, 'b.txt'), 'B');
    writeFileSync(join(folder, 'c.exe'), '\0');
    const upload = await ingest.receiveUpload(
      (async function* () {
        yield Buffer.from('Sent ');
        yield Buffer.from('text.');
      })(),
    );
    const { documents, refused } = await ingest.add(
      [
        { kind: 'sample' },
        text('A note'),
        { kind: 'upload', upload, name: '../sent.txt' },
        { kind: 'path', path: folder },
      ],
      paths,
    );
    expect(documents.map(({ fileName }) => fileName)).toEqual([
      'a-short-history-of-the-lighthouse.pdf',
      'A note.txt',
      'sent.txt',
      'a.md',
      'b.txt',
    ]);
    expect(refused).toMatchObject([{ reason: expect.stringContaining('exe') }]);
    await ingest.idle();
    expect(library.list().every(({ state }) => state === 'ready')).toBe(true);
    expect(library.get(documents[1]?.id ?? '').title).toBe('A note');
    expect(library.get(documents[2]?.id ?? '').title).toBe('Its title');
    expect(readFileSync(library.filePath(documents[2]?.id ?? ''), 'utf8')).toBe('Sent text.');
    expect(readdirSync(join(dataFolder, 'incoming'))).toEqual([]);
  });

  test('what is in an archive, and what is attached to a letter, becomes documents, however deep', async () => {
    const { ingest, library, dataFolder } = start();
    const letter = corpus.find(({ kind }) => kind === 'email');
    const folder = temporaryFolder();
    const inner = zipSync({ 'inner.txt': strToU8('Inner text.'), 'letter.eml': letter?.bytes ?? new Uint8Array() });
    writeFileSync(join(folder, 'all.tgz'), gzip(tarOf({ 'docs/inner.zip': inner, '../out.txt': 'x' })));
    const { documents, refused } = await ingest.add([{ kind: 'path', path: join(folder, 'all.tgz') }], paths);
    await ingest.idle();
    expect(documents.map(({ fileName }) => fileName)).toEqual(['inner.txt', 'letter.eml', 'catch.csv']);
    expect(refused).toEqual([{ name: 'out.txt', reason: expect.stringContaining('leads out') }]);
    expect(library.list().map(({ state }) => state)).toEqual(['ready', 'ready', 'ready']);
    expect(readdirSync(join(dataFolder, 'incoming'))).toEqual([]);
  });

  test('archives that nest without end are refused, and a damaged one leaves nothing behind', async () => {
    const { ingest, dataFolder } = start();
    const folder = temporaryFolder();
    let nested: Uint8Array = strToU8('deep');
    for (let i = 0; i < 6; i++) nested = zipSync({ [i === 0 ? 'a.txt' : 'a.zip']: [nested, { level: 0 }] });
    writeFileSync(join(folder, 'deep.zip'), nested);
    writeFileSync(join(folder, 'cut.zip'), zipSync({ 'a.txt': strToU8('text') }).subarray(0, 40));
    const sources = ['deep.zip', 'cut.zip'].map((name) => ({ kind: 'path' as const, path: join(folder, name) }));
    const { documents, refused } = await ingest.add(sources, paths);
    expect(documents).toEqual([]);
    expect(refused).toMatchObject([
      { reason: expect.stringContaining('nest deeper') },
      { name: 'cut.zip', reason: expect.stringContaining('cannot be unpacked') },
    ]);
    expect(readdirSync(join(dataFolder, 'incoming'))).toEqual([]);
  });

  test('the same content twice is one document; one that failed is read again', async () => {
    let broken = true;
    const { ingest, library } = start(
      fakeFork(async (name, step) => {
        if (broken) throw new Error('broken');
        return threeSteps(name, step);
      }).fork,
    );
    const first = await ingest.add([text('One', 'Same.'), text('Two', 'Same.')], paths);
    expect(first.documents).toHaveLength(1);
    await ingest.idle();
    expect(library.list()).toMatchObject([{ state: 'failed', error: expect.stringContaining('One.txt') }]);
    broken = false;
    await ingest.add([text('Three', 'Same.')], paths);
    await ingest.idle();
    expect(library.list()).toMatchObject([{ state: 'ready', title: 'One', error: null }]);
  });

  test('what cannot be added is refused by name, and the rest is added', async () => {
    const { ingest, library, dataFolder } = start(fakeFork(threeSteps).fork);
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'picture.psd'), Buffer.from([0x38, 0x42, 0x50, 0x53, 0, 0]));
    writeFileSync(join(folder, 'fake.pdf'), 'not one');
    const { documents, refused } = await ingest.add(
      [
        { kind: 'path', path: join(folder, 'picture.psd') },
        { kind: 'path', path: join(folder, 'fake.pdf') },
        { kind: 'path', path: join(folder, 'none.txt') },
        { kind: 'upload', upload: '00000000-0000-4000-8000-000000000000', name: 'gone.txt' },
        text('Good'),
      ],
      paths,
    );
    expect(documents).toHaveLength(1);
    expect(refused.map(({ name }) => name)).toEqual(['picture.psd', 'fake.pdf', 'none.txt', 'gone.txt']);
    for (const { reason } of refused) expect(reason).toMatch(/^[“T].*\.$/s);
    await ingest.idle();
    expect(library.list()).toHaveLength(1);
    expect(readdirSync(join(dataFolder, 'files'))).toHaveLength(1);
  });

  test('a window without the right to name files may not', async () => {
    const { ingest, library } = start(fakeFork(threeSteps).fork);
    await expect(ingest.add([text('A'), { kind: 'path', path: twentyPages }], { paths: false })).rejects.toMatchObject({
      code: 'forbidden',
    });
    expect(library.list()).toEqual([]);
  });

  test('an upload that is cancelled leaves nothing behind, nor does an old one; what else lies there stays', async () => {
    const folder = temporaryFolder();
    openTestLibrary({}, folder).close();
    mkdirSync(join(folder, 'incoming'));
    writeFileSync(join(folder, 'incoming', randomUUID()), 'x');
    writeFileSync(join(folder, 'incoming', 'letter.txt'), 'a person’s own');
    const { ingest, dataFolder } = start(fakeFork(threeSteps).fork, folder);
    const controller = new AbortController();
    const bytes = (async function* () {
      yield Buffer.from('one');
      controller.abort();
      yield Buffer.from('two');
    })();
    await expect(ingest.receiveUpload(bytes, controller.signal)).rejects.toMatchObject({ code: 'cancelled' });
    expect(readdirSync(join(dataFolder, 'incoming'))).toEqual(['letter.txt']);
  });
});

describe('the queue', () => {
  test('an encrypted file says that it is locked, and is read with its password, which is not kept', async () => {
    const { ingest, library, database } = start();
    const { documents } = await ingest.add([{ kind: 'path', path: fixture('encrypted.pdf') }], paths);
    const id = documents[0]?.id ?? '';
    await ingest.idle();
    expect(library.get(id)).toMatchObject({
      state: 'failed',
      locked: true,
      error: expect.stringContaining('password'),
    });
    ingest.retry(id, 'wrong');
    await ingest.idle();
    expect(library.get(id)).toMatchObject({ state: 'failed', error: expect.stringContaining('not opened') });
    ingest.retry(id, 'secret');
    await ingest.idle();
    expect(library.get(id)).toMatchObject({ state: 'ready', locked: true, error: null, sectionCount: 1 });
    expect(JSON.stringify(database.all('SELECT * FROM documents'))).not.toContain('secret');
  });

  test('a document that brings the process down fails alone', async () => {
    const { fork, started } = fakeFork(async (name, step, kill) => {
      if (name === 'Bad.txt') kill();
      return threeSteps(name, step);
    });
    const { ingest, library, errors } = start(fork);
    await ingest.add([text('Bad'), text('Good')], paths);
    await ingest.idle();
    const states = Object.fromEntries(library.list().map(({ fileName, state, error }) => [fileName, { state, error }]));
    expect(states).toMatchObject({
      'Bad.txt': { state: 'failed', error: expect.stringMatching(/“Bad\.txt” brought down/) },
      'Good.txt': { state: 'ready', error: null },
    });
    expect(started).toHaveLength(2);
    expect(errors).toEqual([]);
  });

  test('the real process, killed in mid-reading, fails its document, and another reads the next', async () => {
    const processes: UtilityProcess[] = [];
    const fork: Fork = (path, options) => {
      const process = forkWithNode(path, options);
      // The first one dies as soon as it runs.
      if (processes.push(process) === 1) process.kill();
      return process;
    };
    const { ingest, library } = start(fork);
    await ingest.add([{ kind: 'path', path: twentyPages }, text('Good')], paths);
    await ingest.idle();
    expect(
      library
        .list()
        .map(({ fileName, state }) => [fileName, state])
        .sort(),
    ).toEqual([
      ['Good.txt', 'ready'],
      ['twenty-pages.pdf', 'failed'],
    ]);
    expect(processes).toHaveLength(2);
  });

  test('a step that takes too long is given up', async () => {
    const { fork } = fakeFork((name, step) => (name === 'Slow.txt' ? forever() : threeSteps(name, step)));
    const { options, library } = start(fork);
    const { createQueue } = await import('./queue.ts');
    const queue = createQueue({ ...options, passwords: new Map(), stepTimeoutMs: 20 });
    const add = (fileName: string, contentHash: string) =>
      library.addDocument({ title: fileName, fileName, kind: 'text', contentHash, byteSize: 1 });
    const slow = add('Slow.txt', 'a');
    const good = add('Good.txt', 'b');
    queue.run();
    await queue.idle();
    expect(library.get(slow.id)).toMatchObject({ state: 'failed', error: expect.stringContaining('longer than') });
    expect(library.get(good.id).state).toBe('ready');
  });

  describe('of scanned pages', () => {
    const line = { text: 'The keeper counts the ships.', confidence: 1, x: 0.1, y: 0.1, width: 0.4, height: 0.02 };
    const scan = { kind: 'path' as const, path: fixture('half-scanned.pdf') };
    const withSight = (readText: Senses['readText']) => {
      const { ingest, options, library, when } = start();
      const deaf = (): Promise<never> => Promise.reject(new Error('nothing is heard here'));
      const senses = { readText, detectVoice: deaf, transcribe: deaf };
      const seeing = createIngest({ ...options, recordings: { senses, windows: null } });
      onTestFinished(() => Promise.all([ingest.close(), seeing.close()]).then(() => undefined));
      return { ingest: seeing, library, when };
    };

    test('puts what is read in their pictures into the library', async () => {
      const { ingest, library } = withSight(async () => [line]);
      await ingest.add([scan], paths);
      await ingest.idle();
      expect(library.list()).toMatchObject([{ state: 'ready', error: null, sectionCount: 3, emptySections: 0 }]);
      expect(library.search({ query: 'keeper counts ships', limit: 1 })).toMatchObject([
        { anchor: { kind: 'page', page: 3 } },
      ]);
    });

    test('goes on beside it with documents that need not be looked at', async () => {
      let look = (): void => undefined;
      const looked = new Promise<void>((resolve) => {
        look = resolve;
      });
      const { ingest, library, when } = withSight(() => looked.then(() => [line]));
      const read = when(({ fileName, state }) => fileName === 'Next.txt' && state === 'ready');
      const { documents } = await ingest.add([scan, text('Next')], paths);
      await read;
      expect(library.get(documents[0]?.id ?? '')).toMatchObject({ state: 'reading' });
      look();
      await ingest.idle();
      expect(library.get(documents[0]?.id ?? '')).toMatchObject({ state: 'ready', sectionCount: 3 });
    });

    test('says when they could not be read, and keeps the others', async () => {
      const failure = new LonghandError('missing-weights', 'The models are missing. Install Longhand again.');
      const { ingest, library } = withSight(() => Promise.reject(failure));
      await ingest.add([scan], paths);
      await ingest.idle();
      expect(library.list()).toMatchObject([
        { state: 'ready', sectionCount: 3, emptySections: 1, error: expect.stringContaining('The models are missing') },
      ]);
    });

    test('ends at once when it is cancelled', async () => {
      let seen: AbortSignal | undefined;
      let look: () => void;
      const looking = new Promise<void>((resolve) => {
        look = resolve;
      });
      const { ingest, library } = withSight(
        (_, signal) =>
          new Promise((_, reject) => {
            seen = signal;
            signal?.addEventListener('abort', () => reject(new LonghandError('cancelled', 'It was cancelled.')));
            look();
          }),
      );
      const { documents } = await ingest.add([scan], paths);
      await looking;
      await ingest.cancel(documents[0]?.id ?? '');
      await ingest.idle();
      expect(seen?.aborted).toBe(true);
      expect(library.list()).toMatchObject([{ state: 'cancelled', sectionCount: 0 }]);
    });
  });

  test('cancelling stops at once, discards what was read, and the queue goes on; retry reads again', async () => {
    let hang = true;
    const { fork, started } = fakeFork((name, step) =>
      hang && name === 'Long.txt' && step === 1 ? forever() : threeSteps(name, step),
    );
    const { ingest, library, database, when } = start(fork);
    const underWay = when(({ fileName, progress }) => fileName === 'Long.txt' && progress !== null);
    const { documents } = await ingest.add([text('Long'), text('Next')], paths);
    const [long, next] = documents.map(({ id }) => id) as [string, string];
    await underWay;
    await ingest.cancel(long);
    expect(started[0]?.killed).toBe(true);
    expect(library.get(long)).toMatchObject({ state: 'cancelled', progress: null, sectionCount: 0 });
    expect(database.all('SELECT id FROM sections WHERE document_id = ?', long)).toEqual([]);
    await ingest.idle();
    expect(library.get(next).state).toBe('ready');
    expect(library.get(long).state).toBe('cancelled');
    hang = false;
    ingest.retry(long);
    await ingest.idle();
    expect(library.get(long)).toMatchObject({ state: 'ready', sectionCount: 3 });
    await ingest.cancel(long);
    expect(library.get(long).state).toBe('ready');
  });

  test('a document that waits can be cancelled, and one that is read removed', async () => {
    const { fork } = fakeFork((name, step) => (name === 'Long.txt' && step === 1 ? forever() : threeSteps(name, step)));
    const { ingest, library, when, errors } = start(fork);
    const underWay = when(({ fileName, progress }) => fileName === 'Long.txt' && progress !== null);
    const { documents } = await ingest.add([text('Long'), text('Next')], paths);
    const [long, next] = documents.map(({ id }) => id) as [string, string];
    await ingest.cancel(next);
    await underWay;
    const file = library.filePath(long);
    await ingest.remove(long);
    await ingest.idle();
    expect(library.list()).toMatchObject([{ id: next, state: 'cancelled' }]);
    expect(existsSync(file)).toBe(false);
    expect(errors).toEqual([]);
  });

  test('goes on after a restart with what was waiting and what was being read', async () => {
    const { fork } = fakeFork((_, step) => (step === 1 ? forever() : threeSteps('', step)));
    const { ingest, options, dataFolder, database, library, when } = start(fork);
    const underWay = when(({ progress }) => progress !== null);
    await ingest.add([text('First'), text('Second')], paths);
    await underWay;
    await ingest.close();
    const again = openLibrary(database, dataFolder);
    const next = createIngest({ ...options, library: again, fork: fakeFork(threeSteps).fork });
    await next.idle();
    expect(again.list().map(({ state, sectionCount }) => ({ state, sectionCount }))).toEqual([
      { state: 'ready', sectionCount: 3 },
      { state: 'ready', sectionCount: 3 },
    ]);
    expect(library.search({ query: 'part', limit: 10 })).toHaveLength(6);
    await next.close();
  });

  test('of a command reads what the command adds, and leaves the rest as it is', async () => {
    const { ingest, options, library } = start(fakeFork(forever).fork);
    const { documents } = await ingest.add([text('Waits for a window')], paths);
    await ingest.close();
    for (const { id } of documents) library.setState(id, 'queued');
    const command = createIngest({ ...options, fork: fakeFork(threeSteps).fork, onlyAdded: true });
    onTestFinished(() => command.close());
    await command.add([text('Named by the command')], paths);
    await command.idle();
    expect(library.list().map(({ title, state }) => [title, state])).toEqual(
      expect.arrayContaining([
        ['Named by the command', 'ready'],
        ['Waits for a window', 'queued'],
      ]),
    );
  });
});

test('PDF is read where pdf.js takes its surroundings for a browser, as in Electron’s utility process', async () => {
  const pretend = join(built.folder, 'as-in-electron.mjs');
  writeFileSync(
    pretend,
    `Object.defineProperty(process.versions, 'electron', { value: '45' }); process.type = 'utility'; await import('./ingest.js');`,
  );
  const { ingest, library } = start(() => forkWithNode(pretend));
  await ingest.add([{ kind: 'sample' }], paths);
  await ingest.idle();
  expect(library.list()).toMatchObject([{ state: 'ready', sectionCount: 6, error: null }]);
});
