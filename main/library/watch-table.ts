/** What the database knows of folders that are watched, and of the files that were met in them. */
import type { Database } from './database.ts';

export interface WatchTable {
  /** The folders, in the order in which they were added. */
  folders(): string[];
  add(folder: string): void;
  /** Forgets a folder, and the files that were met in it. */
  remove(folder: string): void;
  /** How a file looked when it was met; undefined for one that was not. */
  look(folder: string, path: string): string | undefined;
  setLook(folder: string, path: string, look: string): void;
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
    look: (folder, path) =>
      database.get<{ look: string }>('SELECT look FROM watched_files WHERE folder = ? AND path = ?', folder, path)
        ?.look,
    setLook: (folder, path, look) =>
      void database.run(
        'INSERT OR REPLACE INTO watched_files (folder, path, look) VALUES (?, ?, ?)',
        folder,
        path,
        look,
      ),
  };
}
