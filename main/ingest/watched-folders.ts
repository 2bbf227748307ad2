/**
 * Folders that are watched because a person asked for it: new files in them are added by themselves, changed ones are
 * offered for reading again. What the system tells of changes is taken as a hint only; each time the folder is looked
 * through, and compared with the files that were met in it.
 */
import { watch as watchWithNode } from 'node:fs';
import { basename, isAbsolute, relative, resolve, sep } from 'node:path';
import { errorData, isCancelled, LonghandError } from '../../base/errors.ts';
import type { Library } from '../library/library.ts';
import type { MetFile, WatchTable } from '../library/watch-table.ts';
import { isNamedAsArchive } from './containers/containers.ts';
import type { Ingest } from './ingest.ts';
import { lookOf } from './origins.ts';
import { filesOfFolder, isFolder } from './sources.ts';

export interface WatchedFolder {
  path: string;
  /** Why it is not watched, or not all of it: a sentence. */
  problem: string | null;
}

/** Tells of changes in a folder until it is closed; throws when the system cannot. */
export type Watch = (folder: string, recursive: boolean, onEvent: () => void) => { close(): void };

export interface WatchedFoldersOptions {
  table: WatchTable;
  library: Pick<Library, 'findByOrigin'>;
  ingest: Pick<Ingest, 'add' | 'lookForChanges'>;
  /** Longhand's own files, which change all the time. */
  dataFolder: string;
  onChange(folders: WatchedFolder[]): void;
  /** Hears one sentence for the new files that could not be added. */
  onProblem(message: string): void;
  watch?: Watch;
  /** Calls back after some milliseconds, unless the function that it gives is called before. */
  later?(callback: () => void, milliseconds: number): () => void;
  now?(): number;
}

export interface WatchedFolders {
  list(): WatchedFolder[];
  /**
   * Watches a folder from now on, and adds what is new in it. Throws `not-found` for what is no folder, and
   * `bad-request` for one that cannot be watched.
   */
  watch(path: string): Promise<void>;
  /** Watches a folder no longer; its documents stay. */
  stop(path: string): void;
  /** Of these paths, the folders that are not watched and could be. */
  unwatched(paths: readonly string[]): Promise<string[]>;
  /** Looks through all folders now. */
  lookThrough(): Promise<void>;
  close(): Promise<void>;
}

/** A file is left alone until it has not been written to for so long: it may still be on its way. */
const settleMs = 2000;
const mostFolders = 50;
/** Watches of subfolders, where each needs one of its own. */
const mostWatches = 1000;
/** Systems that watch a folder with all that is below it. */
const watchesAllBelow = process.platform === 'darwin' || process.platform === 'win32';

/** Watches with what the system offers. */
export const systemWatch: Watch = (folder, recursive, onEvent) => {
  const watcher = watchWithNode(folder, { recursive, persistent: false }, onEvent);
  // The folder is gone, say: looking through it says so.
  watcher.on('error', onEvent);
  return watcher;
};

function withTimer(callback: () => void, milliseconds: number): () => void {
  const timer = setTimeout(callback, milliseconds);
  timer.unref();
  return () => clearTimeout(timer);
}

/** Whether a path is a folder itself, or lies in it. */
function contains(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

interface Watching {
  problem: string | null;
  lookThrough(): Promise<void>;
  close(): Promise<void>;
}

export function createWatchedFolders(options: WatchedFoldersOptions): WatchedFolders {
  const { table, library, ingest, dataFolder, onChange, onProblem } = options;
  const { watch = systemWatch, later = withTimer, now = Date.now } = options;
  const watchings = new Map<string, Watching>();

  const list = (): WatchedFolder[] => Array.from(watchings, ([path, { problem }]) => ({ path, problem }));

  function begin(folder: string): Watching {
    const stopping = new AbortController();
    const { signal } = stopping;
    const watches = new Map<string, { close(): void }>();
    let looking: Promise<void> | undefined;
    let cancelLook: (() => void) | undefined;

    function lookLater(): void {
      if (signal.aborted) return;
      cancelLook ??= later(() => {
        cancelLook = undefined;
        void lookThrough();
      }, settleMs);
    }

    function lookThrough(): Promise<void> {
      // What changes while it is looked through may have been passed already.
      if (looking) lookLater();
      else
        looking = look()
          .then(say, (thrown: unknown) => {
            // A folder that is gone is watched anew when it is back.
            watchThese([]);
            if (!isCancelled(thrown)) say(errorData(thrown).message);
          })
          .finally(() => {
            looking = undefined;
          });
      return looking ?? Promise.resolve();
    }

    function say(problem: string | null): void {
      if (signal.aborted || watching.problem === problem) return;
      watching.problem = problem;
      onChange(list());
    }

    /** Watches these folders, the first of which holds the others, and no more; gives why some cannot be. What changed before a watch is looked for again. */
    function watchThese(folders: readonly string[]): string | null {
      const wanted = new Set(folders.slice(0, watchesAllBelow ? 1 : mostWatches));
      for (const [path, watched] of watches) {
        if (wanted.has(path)) continue;
        watched.close();
        watches.delete(path);
      }
      let problem =
        folders.length > mostWatches && !watchesAllBelow ? `it has more than ${mostWatches} subfolders` : null;
      for (const path of wanted) {
        if (watches.has(path)) continue;
        try {
          watches.set(path, watch(path, watchesAllBelow, lookLater));
          lookLater();
        } catch (thrown) {
          problem = errorData(thrown).message;
        }
      }
      return (
        problem &&
        `Changes in “${basename(folder)}” are noticed only when you come back to the window: ${problem.replace(/\.$/, '')}.`
      );
    }

    /** Adds what is new and has what changed looked at; gives why not all of it is watched. */
    async function look(): Promise<string | null> {
      const { files, folders, unseen } = await filesOfFolder(folder);
      if (signal.aborted) return null;
      const problem = watchThese(folders);
      const reasons: string[] = [];
      for (const file of files) {
        const seen = await lookOf(file);
        if (signal.aborted) return null;
        const before = table.met(folder, file);
        if (seen === undefined || seen === before?.look) continue;
        if (isUnsettled(seen)) {
          lookLater();
          continue;
        }
        const { refused, reasons: why } = await meet(file, before);
        if (signal.aborted) return null;
        reasons.push(...why);
        table.setMet(folder, file, { look: seen, refused });
      }
      tellRefused(reasons);
      return unseen[0]?.reason ?? problem;
    }

    /**
     * A file that is new, or that looks otherwise than before; gives whether nothing of it could be added, and why
     * something could not.
     */
    async function meet(file: string, before: MetFile | undefined): Promise<{ refused: boolean; reasons: string[] }> {
      const known = library.findByOrigin(file);
      // One that could not be read may have been on its way: it is added once more.
      if (known && known.state !== 'failed') {
        await ingest.lookForChanges(known.id);
        return { refused: false, reasons: [] };
      }
      // A document that a person removed does not come back because its file was changed.
      if (!known && before && !before.refused && !isNamedAsArchive(file)) return { refused: false, reasons: [] };
      const { documents, refused } = await ingest.add([{ kind: 'path', path: file }], { paths: true }, signal);
      return { refused: documents.length === 0, reasons: refused.map(({ reason }) => reason) };
    }

    function tellRefused([first, ...others]: string[]): void {
      if (first === undefined) return;
      const count = others.length + 1;
      onProblem(
        count === 1
          ? `A new file in “${basename(folder)}” could not be added: ${first}`
          : `${count} new files in “${basename(folder)}” could not be added. The first: ${first}`,
      );
    }

    const watching: Watching = {
      problem: null,
      lookThrough,
      async close() {
        stopping.abort();
        cancelLook?.();
        for (const watched of watches.values()) watched.close();
        watches.clear();
        await looking;
      },
    };
    return watching;
  }

  function isUnsettled(look: string): boolean {
    const writtenAt = Number(look.split(' ')[1]);
    return Math.abs(now() - writtenAt) < settleMs;
  }

  /** Why a folder cannot be watched, if it cannot. */
  function refusal(path: string): string | undefined {
    if (contains(path, dataFolder) || contains(dataFolder, path))
      return `“${path}” cannot be watched, because Longhand keeps its own data there: choose another folder.`;
    const above = [...watchings.keys()].find((folder) => contains(folder, path));
    if (above !== undefined) return `“${path}” is watched already, with “${above}”.`;
    if (watchings.size >= mostFolders) return `No more than ${mostFolders} folders can be watched: stop another first.`;
    return undefined;
  }

  function stop(path: string): void {
    const watching = watchings.get(path);
    if (!watching) return;
    watchings.delete(path);
    void watching.close();
    table.remove(path);
  }

  const lookThrough = async (): Promise<void> => {
    for (const watching of [...watchings.values()]) await watching.lookThrough();
  };

  for (const folder of table.folders()) watchings.set(folder, begin(folder));

  return {
    list,
    async watch(given) {
      const path = resolve(given);
      if (!(await isFolder(path))) throw new LonghandError('not-found', `“${path}” is no folder of this machine.`);
      const reason = refusal(path);
      if (reason !== undefined) throw new LonghandError('bad-request', reason);
      for (const below of [...watchings.keys()]) if (contains(path, below)) stop(below);
      table.add(path);
      const watching = begin(path);
      watchings.set(path, watching);
      onChange(list());
      void watching.lookThrough();
    },
    stop(path) {
      stop(path);
      onChange(list());
    },
    async unwatched(paths) {
      const folders: string[] = [];
      for (const path of paths.map((each) => resolve(each)))
        if (refusal(path) === undefined && (await isFolder(path))) folders.push(path);
      return folders;
    },
    lookThrough,
    async close() {
      await Promise.all(Array.from(watchings.values(), (watching) => watching.close()));
    },
  };
}
