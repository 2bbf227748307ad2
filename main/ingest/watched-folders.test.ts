import { mkdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { strToU8, zipSync } from 'fflate';
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import { forkWithNode } from '../../base/utility-process.ts';
import { type Bundle, bundle } from '../library/testing/bundle.ts';
import { openTestLibrary } from '../library/testing/open-library.ts';
import { temporaryFolder } from '../library/testing/temporary-folder.ts';
import { openWatchTable } from '../library/watch-table.ts';
import { createIngest } from './ingest.ts';
import { filesOfFolder } from './sources.ts';
import { samplesFolder, twentyPages } from './testing/read.ts';
import {
  createWatchedFolders,
  systemWatch,
  type WatchedFolder,
  type WatchedFoldersOptions,
} from './watched-folders.ts';

vi.mock('./sources.ts', { spy: true });

let built: Bundle;
beforeAll(async () => {
  built = await bundle('main/ingest/process.ts', 'ingest');
});
afterAll(() => built.remove());

/** The time, as far as the folders know. */
const now = 1_800_000_000_000;

/** A folder, and what watches it: with a watch and a clock that the test sets going. */
function setUp(given: Partial<WatchedFoldersOptions> = {}) {
  const opened = openTestLibrary();
  const { library, database, dataFolder } = opened;
  const ingest = createIngest({
    ...opened,
    samplesFolder,
    fork: forkWithNode,
    processFolder: built.folder,
    onError: (error) => {
      throw error;
    },
  });
  const watches = new Map<string, () => void>();
  let pending: (() => void) | undefined;
  const told: WatchedFolder[][] = [];
  const problems: string[] = [];
  const options: WatchedFoldersOptions = {
    table: openWatchTable(database),
    library,
    ingest,
    dataFolder,
    onChange: (list) => told.push(list),
    onProblem: (message) => problems.push(message),
    watch(folder, _recursive, onEvent) {
      watches.set(folder, onEvent);
      return { close: () => watches.delete(folder) };
    },
    later(callback) {
      pending = callback;
      return () => {
        pending = undefined;
      };
    },
    now: () => now,
    ...given,
  };
  const folders = createWatchedFolders(options);
  onTestFinished(async () => {
    await folders.close();
    await ingest.close();
  });
  const folder = temporaryFolder();
  let seconds = now / 1000 - 10_000;
  const write = (name: string, content: string | Uint8Array, at?: number): string => {
    const path = join(folder, name);
    writeFileSync(path, content);
    seconds += 1;
    utimesSync(path, at ?? seconds, at ?? seconds);
    return path;
  };
  /** Lets the time pass after which a folder is looked through, and waits until it was. */
  const pass = async (): Promise<void> => {
    const due = pending;
    pending = undefined;
    due?.();
    await folders.lookThrough();
  };
  const watch = async (): Promise<void> => {
    await folders.watch(folder);
    await folders.lookThrough();
  };
  const names = (): string[] =>
    library
      .list()
      .map(({ fileName }) => fileName)
      .sort();
  return {
    ...opened,
    ingest,
    options,
    folders,
    folder,
    watches,
    told,
    problems,
    write,
    pass,
    watch,
    names,
    isPending: () => pending !== undefined,
  };
}

test('what is new in a folder is added by itself, in new subfolders too, and what changed is offered', async () => {
  const { ingest, library, folder, watches, write, pass, watch, names, isPending } = setUp();
  const first = write('first.txt', 'One.');
  write('program.exe', 'nothing to read');
  await ingest.add([{ kind: 'path', path: first }], { paths: true });
  await watch();
  expect(names()).toEqual(['first.txt']);
  expect(watches.has(folder)).toBe(true);

  mkdirSync(join(folder, 'inner'));
  write('inner/second.txt', 'Two.');
  write('first.txt', 'One, and more.');
  await pass();
  await ingest.idle();
  watches.get(folder)?.();
  expect(isPending()).toBe(true);
  await pass();
  expect(names()).toEqual(['first.txt', 'second.txt']);
  expect(library.findByOrigin(first)).toMatchObject({ changed: true, revision: 0 });
});

test('a subfolder that cannot be read is told of, and the rest is watched', async () => {
  const { folders, folder, watches, write, watch, names } = setUp();
  const file = write('first.txt', 'One.');
  const unseen = [{ name: 'lost+found', reason: '“lost+found” cannot be read: you may not read it.' }];
  vi.mocked(filesOfFolder).mockResolvedValueOnce({ files: [file], folders: [folder], unseen, leftOut: unseen });
  await watch();
  expect(names()).toEqual(['first.txt']);
  expect(watches.has(folder)).toBe(true);
  expect(folders.list()).toEqual([{ path: folder, problem: unseen[0]?.reason }]);
});

test('a file that is being written is left alone until it is whole', async () => {
  const { write, pass, watch, names, isPending } = setUp();
  write('copy.txt', 'The first ha', now / 1000 - 1);
  await watch();
  expect(names()).toEqual([]);
  expect(isPending()).toBe(true);
  write('copy.txt', 'The first half and the second.');
  await pass();
  expect(names()).toEqual(['copy.txt']);
});

test('a file that was refused is tried again when it has changed, after a restart too, and only then', async () => {
  const { ingest, library, folders, options, problems, write, watch, pass, names } = setUp();
  write('empty.txt', '');
  write('broken.pdf', 'This is no PDF.');
  await watch();
  expect(names()).toEqual([]);
  expect(problems).toHaveLength(1);
  await pass();
  expect(problems).toHaveLength(1);
  write('empty.txt', 'Its content has come.');
  await pass();
  expect(names()).toEqual(['empty.txt']);
  await folders.close();
  const again = createWatchedFolders(options);
  write('broken.pdf', readFileSync(twentyPages));
  await again.lookThrough();
  await again.close();
  expect(names()).toEqual(['broken.pdf', 'empty.txt']);

  const once = library.list().find(({ fileName }) => fileName === 'empty.txt');
  await ingest.remove(once?.id ?? '');
  write('empty.txt', 'It was removed, and changes.');
  const atLast = createWatchedFolders(options);
  await atLast.lookThrough();
  await atLast.close();
  expect(names()).toEqual(['broken.pdf']);
});

test('a file that could not be read is read again when it has changed, and one whose reading was stopped is not', async () => {
  const { ingest, library, write, watch, pass } = setUp();
  const guide = write('guide.pdf', '%PDF-1.7 the first ha');
  const note = write('note.pdf', '%PDF-1.7 the first ha, too');
  await watch();
  await ingest.idle();
  expect(library.findByOrigin(guide)).toMatchObject({ state: 'failed' });
  library.setState(library.findByOrigin(note)?.id ?? '', 'cancelled');
  write('guide.pdf', readFileSync(twentyPages));
  write('note.pdf', readFileSync(twentyPages));
  await pass();
  await ingest.idle();
  expect(library.findByOrigin(guide)).toMatchObject({ state: 'ready', revision: 1, sectionCount: 20 });
  expect(library.findByOrigin(note)).toMatchObject({ state: 'cancelled', changed: true, revision: 0 });
});

test('what was removed from the library does not come back, whether its file is touched or all is started again', async () => {
  const { ingest, library, options, write, watch, pass, names } = setUp();
  write('kept.txt', 'Kept.');
  write('unwanted.txt', 'Unwanted.');
  await watch();
  const unwanted = library.list().find(({ fileName }) => fileName === 'unwanted.txt');
  await ingest.remove(unwanted?.id ?? '');
  write('unwanted.txt', 'Unwanted, and changed.');
  await pass();
  expect(names()).toEqual(['kept.txt']);
  const again = createWatchedFolders(options);
  await again.lookThrough();
  await again.close();
  expect(names()).toEqual(['kept.txt']);
});

test('an archive that gets another content gives what is new in it', async () => {
  const { write, watch, pass, names } = setUp();
  write('all.zip', zipSync({ 'a.txt': strToU8('A.') }));
  await watch();
  write('all.zip', zipSync({ 'a.txt': strToU8('A.'), 'b.txt': strToU8('B.') }));
  await pass();
  expect(names()).toEqual(['a.txt', 'b.txt']);
});

test('goes on after a restart, until it is stopped; the documents stay', async () => {
  const { folders, folder, options, watches, write, watch, names, told } = setUp();
  write('a.txt', 'A.');
  await watch();
  await folders.close();
  expect(watches.size).toBe(0);
  write('b.txt', 'B.');
  const again = createWatchedFolders(options);
  expect(again.list()).toEqual([{ path: folder, problem: null }]);
  await again.lookThrough();
  expect(names()).toEqual(['a.txt', 'b.txt']);
  again.stop(folder);
  expect(told.at(-1)).toEqual([]);
  write('c.txt', 'C.');
  await again.lookThrough();
  expect(names()).toEqual(['a.txt', 'b.txt']);
  expect(options.table.folders()).toEqual([]);
});

test('a folder that is gone says so until it is back, and one that the system does not watch is told of', async () => {
  const failing = setUp({
    watch: () => {
      throw new Error('The limit of watches is reached.');
    },
  });
  await failing.watch();
  expect(failing.folders.list()[0]?.problem).toBe(
    `Changes in “${basename(failing.folder)}” are noticed only when you come back to the window: The limit of watches is reached.`,
  );
  const { folder, folders, watches, watch, pass } = setUp();
  await watch();
  rmSync(folder, { recursive: true });
  await pass();
  expect(folders.list()[0]?.problem).toContain('it does not exist');
  expect(watches.size).toBe(0);
  mkdirSync(folder);
  await pass();
  expect(folders.list()).toEqual([{ path: folder, problem: null }]);
  expect(watches.has(folder)).toBe(true);
});

test('new files that cannot be added are told of in one sentence', async () => {
  const { folder, problems, write, watch } = setUp();
  write('a.zip', 'PK\u0003\u0004 broken');
  write('b.zip', 'PK\u0003\u0004 broken, too');
  await watch();
  expect(problems).toHaveLength(1);
  expect(problems[0]).toContain(`2 new files in “${basename(folder)}” could not be added.`);
});

test('only folders that can be watched are offered, once, and none around Longhand’s own', async () => {
  const { folders, folder, dataFolder, write, watch } = setUp();
  const file = write('a.txt', 'A.');
  mkdirSync(join(folder, 'inner'));
  expect(await folders.unwatched([folder, file, join(folder, 'nothing'), dataFolder])).toEqual([folder]);
  await folders.watch(join(folder, 'inner'));
  await watch();
  expect(folders.list().map(({ path }) => path)).toEqual([folder]);
  expect(await folders.unwatched([folder, join(folder, 'inner')])).toEqual([]);
  await expect(folders.watch(join(folder, 'inner'))).rejects.toThrow('is watched already');
  await expect(folders.watch(file)).rejects.toMatchObject({ code: 'not-found' });
  await expect(folders.watch(join(dataFolder, '..'))).rejects.toThrow('its own data');
});

test('the system tells of a new file', async () => {
  let tell: () => void = () => undefined;
  const told = new Promise<void>((resolve) => {
    tell = resolve;
  });
  const { write, watch, pass, names } = setUp({
    watch: (folder, recursive, onEvent) =>
      systemWatch(folder, recursive, () => {
        onEvent();
        tell();
      }),
  });
  await watch();
  write('a.txt', 'A.');
  await told;
  await pass();
  expect(names()).toEqual(['a.txt']);
});
