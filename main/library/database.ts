/**
 * The one place that touches SQLite. Opening a data folder takes its lock, checks what is there
 * without changing it, and only then brings it to the current version; every way in which that can
 * go wrong ends in a sentence that says what to do, with nothing overwritten.
 */
import { closeSync, existsSync, openSync, readdirSync, readFileSync, readSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync, type DatabaseSyncInstance, type StatementSyncInstance } from '@photostructure/sqlite';
import { type ErrorCode, LonghandError } from '../../base/errors.ts';
import { isAbsent, makeFolder } from '../../base/files.ts';
import { holdsFiles } from './files.ts';
import { migrations } from './migrations.ts';

/** What can be bound to a statement. (SQLite's binding turns other objects into NULL without a word.) */
export type SqlValue = string | number | null | Uint8Array;

export interface Database {
  /** Runs a statement that changes rows; gives the number of rows changed. */
  run(sql: string, ...values: SqlValue[]): number;
  /** Runs an INSERT; gives the new row's number. */
  insert(sql: string, ...values: SqlValue[]): number;
  get<Row>(sql: string, ...values: SqlValue[]): Row | undefined;
  all<Row>(sql: string, ...values: SqlValue[]): Row[];
  /** Runs `work` in one transaction: all of it is stored, or, when it throws, none. Does not nest. */
  transaction<T>(work: () => T): T;
  /** Closes the database and gives up the lock on the data folder. */
  close(): void;
}

/** Result codes of SQLite (https://www.sqlite.org/rescode.html) that a person can do something about. */
const errorsByResultCode: Record<number, { code: ErrorCode; what: string }> = {
  5: { code: 'in-use', what: 'is in use by another program. Close that program and try again' },
  8: { code: 'disk', what: 'cannot be written. Check the permissions of the data folder' },
  10: { code: 'disk', what: 'cannot be read or written. Check the disk' },
  11: { code: 'data-corrupt', what: corruptAdvice() },
  13: { code: 'disk', what: 'cannot grow, because the disk is full. Free some space and try again' },
  14: { code: 'disk', what: 'cannot be opened. Check the permissions of the data folder' },
  26: { code: 'data-corrupt', what: corruptAdvice() },
};

function corruptAdvice(): string {
  return 'is damaged. Nothing was changed: put a backup of this file in its place, or move the file away to start with an empty library';
}

/** The sentence for an error of SQLite on `file`; any other error is passed on as it is. */
function explained(thrown: unknown, file: string): unknown {
  if (!(thrown instanceof Error) || !('errcode' in thrown) || typeof thrown.errcode !== 'number') return thrown;
  const known = errorsByResultCode[thrown.errcode & 0xff];
  const { code, what } = known ?? { code: 'internal' as const, what: `failed: ${thrown.message}` };
  return new LonghandError(code, `The library database ${file} ${what}.`, { cause: thrown });
}

function guarded<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (thrown) {
    throw explained(thrown, file);
  }
}

/**
 * Holds the data folder for this process: an exclusive SQLite lock on a file beside the database.
 * The operating system gives it up when the process ends, however it ends, so it cannot go stale.
 * The process id beside it is only for the message.
 * Throws `disk` when the folder cannot be made or written, `in-use` when another process holds it, and `bad-request`
 * when it holds something that is not Longhand's. What is made can be read by its owner alone.
 */
function lockDataFolder(dataFolder: string): DatabaseSyncInstance {
  const pidFile = join(dataFolder, 'lock.pid');
  const lockFile = join(dataFolder, 'lock.db');
  let lock: DatabaseSyncInstance;
  try {
    makeFolder(dataFolder, 0o700);
    if (!existsSync(lockFile)) refuseOthers(dataFolder);
    lock = new DatabaseSync(lockFile, { timeout: 0 });
  } catch (thrown) {
    throw thrown instanceof LonghandError ? thrown : unwritable(dataFolder, thrown);
  }
  try {
    lock.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
  } catch (thrown) {
    lock.close();
    const error = explained(thrown, pidFile);
    if (!(error instanceof LonghandError && error.code === 'in-use')) throw unwritable(dataFolder, thrown);
    const holder = existsSync(pidFile) ? readFileSync(pidFile, 'utf8').slice(0, 20).trim() : '';
    throw new LonghandError(
      'in-use',
      `The data folder ${dataFolder} is in use by another running Longhand${holder ? ` (process ${holder})` : ''}. Close it, or choose another data folder.`,
    );
  }
  try {
    writeFileSync(pidFile, String(process.pid));
  } catch (thrown) {
    lock.close();
    throw unwritable(dataFolder, thrown);
  }
  return lock;
}

/** The folders whose content Longhand makes and removes. */
const ownFolders = ['files', 'incoming', 'memory', 'models'];

/** Refuses a folder that was never a data folder and has folders of the same names: what is in them is a person's. */
function refuseOthers(dataFolder: string): void {
  const other = readdirSync(dataFolder).find((name) => ownFolders.includes(name.toLowerCase()));
  if (other !== undefined)
    throw new LonghandError(
      'bad-request',
      `The folder ${dataFolder} is no data folder of Longhand, and has a folder “${other}” of its own. Choose an empty folder.`,
    );
}

function unwritable(dataFolder: string, thrown: unknown): LonghandError {
  const detail = thrown instanceof Error ? ` (${thrown.message})` : '';
  return new LonghandError(
    'disk',
    `The data folder ${dataFolder} cannot be written${detail}. Check that it is a folder and that you may write in it, or choose another one.`,
    { cause: thrown },
  );
}

/**
 * The version of the database's schema, read from the file's header alone
 * (https://www.sqlite.org/fileformat.html: magic in bytes 0 to 15, user_version in bytes 60 to 63).
 * Opening the file, even read-only, would already leave files of the write-ahead log beside it.
 * Migrations run without that log, so the header is never behind.
 */
function storedVersion(dataFolder: string, file: string): number {
  const header = Buffer.alloc(100);
  let length: number;
  try {
    const descriptor = openSync(file, 'r');
    try {
      length = readSync(descriptor, header);
    } finally {
      closeSync(descriptor);
    }
  } catch (thrown) {
    if (isAbsent(thrown)) return 0;
    throw new LonghandError('disk', `The library database ${file} cannot be read: ${(thrown as Error).message}.`);
  }
  // Emptied, or never begun: one that has files was more than this.
  if (length === 0 && !holdsFiles(dataFolder)) return 0;
  if (length < header.length || header.toString('latin1', 0, 16) !== 'SQLite format 3\0') throw corrupt(file);
  return header.readUInt32BE(60);
}

/** The same; throws `data-newer` for one that this version cannot read. */
function readableVersion(dataFolder: string, file: string): number {
  const version = storedVersion(dataFolder, file);
  if (version <= migrations.length) return version;
  throw new LonghandError(
    'data-newer',
    `The library database ${file} was written by a newer version of Longhand (its data version is ${version}, this one reads up to ${migrations.length}). Install the newer version, or choose another data folder.`,
  );
}

/**
 * A setting of a data folder, read beside whoever has it open; undefined when there is none, or no library. Changes nothing.
 * Throws `disk`, `data-newer` or `data-corrupt`.
 */
export function readSetting(dataFolder: string, key: string): unknown {
  const file = join(dataFolder, 'library.db');
  if (readableVersion(dataFolder, file) === 0) return undefined;
  const [value] = guarded(file, () =>
    reported(file, 'SELECT report(value) FROM settings WHERE key = wanted()', { readOnly: true, wanted: key }),
  );
  return typeof value === 'string' ? JSON.parse(value) : undefined;
}

function corrupt(file: string): LonghandError {
  return new LonghandError('data-corrupt', `The library database ${file} ${corruptAdvice()}.`);
}

/**
 * What a query passes to its function `report`; its function `wanted` gives that value. A prepared statement would keep the
 * file open past `close`, and whoever has it open too could not close it then: so everything goes through functions.
 */
function reported(file: string, sql: string, options: { readOnly: boolean; wanted?: string }): unknown[] {
  const database = new DatabaseSync(file, { readOnly: options.readOnly, timeout: 5000 });
  try {
    const found: unknown[] = [];
    database.function('report', (value: unknown) => found.push(value));
    database.function('wanted', () => options.wanted ?? null);
    database.exec(sql);
    return found;
  } finally {
    database.close();
  }
}

/** Reads the whole database once and throws `data-corrupt` at the first thing that is wrong; changes nothing. */
function checkIntegrity(file: string): void {
  // A rollback journal is left when a migration was cut off; only a writer may undo it.
  const readOnly = !existsSync(`${file}-journal`);
  const findings = guarded(file, () =>
    reported(file, 'SELECT report(quick_check) FROM pragma_quick_check', { readOnly }),
  );
  if (findings.join() !== 'ok') throw corrupt(file);
}

/** Runs the migrations that are missing, each in its own transaction together with its version number. */
function migrate(database: DatabaseSyncInstance): void {
  const row = database.prepare('PRAGMA user_version').get() as { user_version: number };
  if (row.user_version === migrations.length) return;
  database.exec('PRAGMA journal_mode = DELETE');
  for (let version = row.user_version; version < migrations.length; version++)
    database.exec(`BEGIN IMMEDIATE; ${migrations[version] ?? ''}; PRAGMA user_version = ${version + 1}; COMMIT`);
}

/**
 * Opens `library.db` in the data folder, and makes both when they are missing.
 * Throws `disk` (the folder cannot be written), `in-use` (another process has it open), `bad-request` (it is a folder
 * of something else), `data-newer` (a newer version wrote it; the file is left untouched) or `data-corrupt` (it failed
 * its check).
 */
export function openDatabase(dataFolder: string): Database {
  const lock = lockDataFolder(dataFolder);
  const file = join(dataFolder, 'library.db');
  try {
    const version = readableVersion(dataFolder, file);
    if (version > 0) checkIntegrity(file);
    return guarded(file, () => connect(file, lock));
  } catch (thrown) {
    lock.close();
    throw thrown;
  }
}

function connect(file: string, lock: DatabaseSyncInstance): Database {
  const connection = new DatabaseSync(file, { timeout: 5000 });
  try {
    migrate(connection);
    // What is removed is overwritten: it is a person's.
    connection.exec(
      'PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON',
    );
  } catch (thrown) {
    connection.close();
    throw thrown;
  }
  const statements = new Map<string, StatementSyncInstance>();
  const prepared = (sql: string): StatementSyncInstance => {
    const known = statements.get(sql);
    if (known) return known;
    const statement = connection.prepare(sql);
    statements.set(sql, statement);
    return statement;
  };
  return {
    run: (sql, ...values) => guarded(file, () => prepared(sql).run(...values).changes),
    insert: (sql, ...values) => guarded(file, () => Number(prepared(sql).run(...values).lastInsertRowid)),
    get: <Row>(sql: string, ...values: SqlValue[]) =>
      guarded(file, () => prepared(sql).get(...values) as Row | undefined),
    all: <Row>(sql: string, ...values: SqlValue[]) => guarded(file, () => prepared(sql).all(...values) as Row[]),
    transaction(work) {
      guarded(file, () => connection.exec('BEGIN IMMEDIATE'));
      try {
        const result = work();
        guarded(file, () => connection.exec('COMMIT'));
        return result;
      } catch (thrown) {
        if (connection.isTransaction) connection.exec('ROLLBACK');
        throw thrown;
      }
    },
    close() {
      try {
        // Folds the write-ahead log into the one file: statements that await collection would keep it beside it.
        guarded(file, () => connection.exec('PRAGMA journal_mode = DELETE'));
      } finally {
        connection.close();
        lock.close();
      }
    },
  };
}
