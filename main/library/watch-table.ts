/** What the database knows of folders that are watched, and of the files that were met in them. */
import type { Database } from './database.ts';

/** A file that was met in a watched folder. */
export interface MetFile {
  /** How it looked. */
  look: string;
  /** Whether nothing of it could be added. */
  refused: boolean;
}

export interface WatchTable {
  /** The folders, in the order in which they were added. */
  folders(): string[];
  add(folder: string): void;
  /** Forgets a folder, and the files that were met in it. */
  remove(folder: string): void;
  /** A file as it was when it was met last; undefined for one that was not. */
  met(folder: string, path: string): MetFile | undefined;
  setMet(folder: string, path: string, met: MetFile): void;
}

export function openWatchTable(database: Database): WatchTable {
  return {
    folders: () =>
      database
        .all<{ path: string }>('SELECT path FROM watched_folders ORDER BY added_at, path')
        .map(({ path }) => path),
    add: (folder) =>
      void database.run('INSERT OR IGNORE INTO watched_folders (path, added_at) VALUES (?, ?)', folder, Date.now()),
    remove: (folder) => void database.run('DELETE FROM watched_folders WHERE path = ?', folder),
    met(folder, path) {
      const row = database.get<{ look: string; refused: number }>(
        'SELECT look, refused FROM watched_files WHERE folder = ? AND path = ?',
        folder,
        path,
      );
      return row && { look: row.look, refused: row.refused === 1 };
    },
    setMet: (folder, path, { look, refused }) =>
      void database.run(
        'INSERT OR REPLACE INTO watched_files (folder, path, look, refused) VALUES (?, ?, ?, ?)',
        folder,
        path,
        look,
        Number(refused),
      ),
  };
}
