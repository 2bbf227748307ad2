import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from '@photostructure/sqlite';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type ErrorCode, LonghandError } from '../../base/errors.ts';
import { type Database, openDatabase, readSetting } from './database.ts';
import { migrations } from './migrations.ts';
import { bundle } from './testing/bundle.ts';
import { temporaryFolder } from './testing/temporary-folder.ts';

function open(folder: string): Database {
  const database = openDatabase(folder);
  onTestFinished(() => database.close());
  return database;
}

function refusal(folder: string): { code: ErrorCode; message: string } {
  try {
    openDatabase(folder).close();
  } catch (thrown) {
    if (thrown instanceof LonghandError) return { code: thrown.code, message: thrown.message };
    throw thrown;
  }
  throw new Error('The database was opened.');
}

/** A data folder with a few hundred rows in it, closed again. */
function filledFolder(): string {
  const folder = temporaryFolder();
  const database = openDatabase(folder);
  for (let i = 0; i < 500; i++)
    database.run('INSERT INTO settings (key, value) VALUES (?, ?)', `key ${i}`, JSON.stringify('x'.repeat(200)));
  database.close();
  return folder;
}

describe('a setting that is read from outside', () => {
  test('is there beside the one who has the folder open, who can close it after', () => {
    const folder = temporaryFolder();
    const database = openDatabase(folder);
    database.run(`INSERT INTO settings (key, value) VALUES ('a', '["1"]')`);
    expect(readSetting(folder, 'a')).toEqual(['1']);
    database.close();
    const before = readdirSync(folder);
    expect([readSetting(folder, 'a'), readSetting(folder, 'b')]).toEqual([['1'], undefined]);
    expect(readdirSync(folder)).toEqual(before);
  });

  test('is none where there is no library, and none is made', () => {
    const folder = temporaryFolder();
    expect(readSetting(folder, 'a')).toBeUndefined();
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe('a good start', () => {
  test('makes the folder, sets up write-ahead logging and foreign keys, and keeps what is stored', () => {
    const folder = join(temporaryFolder(), 'a', 'b');
    const first = openDatabase(folder);
    if (process.platform !== 'win32') expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(first.get('PRAGMA journal_mode')).toEqual({ journal_mode: 'wal' });
    expect(first.get('PRAGMA foreign_keys')).toEqual({ foreign_keys: 1 });
    expect(first.get('PRAGMA user_version')).toEqual({ user_version: migrations.length });
    first.run(`INSERT INTO settings (key, value) VALUES ('a', '1')`);
    first.close();
    expect(open(folder).get('SELECT value FROM settings')).toEqual({ value: '1' });
  });

  test('what is removed is not in the file any more', () => {
    const folder = temporaryFolder();
    const database = openDatabase(folder);
    database.run(`INSERT INTO settings (key, value) VALUES ('a', '"Diagnosis of Jane Roe"')`);
    database.run(`DELETE FROM settings WHERE key = 'a'`);
    database.close();
    expect(readFileSync(join(folder, 'library.db')).includes('Jane Roe')).toBe(false);
  });

  test('bytes are kept as they are, those of a part of a buffer too', () => {
    const database = open(temporaryFolder());
    database.run('CREATE TABLE kept (bytes BLOB NOT NULL) STRICT');
    const all = Uint8Array.from({ length: 256 }, (_, i) => i);
    const values = [all, all.subarray(7, 9), Buffer.from([0, 255]), new Uint8Array(0)];
    for (const bytes of values) database.run('INSERT INTO kept VALUES (?)', bytes);
    const kept = database.all<{ bytes: Uint8Array }>('SELECT bytes FROM kept ORDER BY rowid');
    expect(kept.map(({ bytes }) => [...bytes])).toEqual(values.map((bytes) => [...bytes]));
    expect(kept.every(({ bytes }) => bytes instanceof Uint8Array)).toBe(true);
    expect(database.all('SELECT rowid FROM kept WHERE bytes = ?', all.subarray(7, 9))).toEqual([{ rowid: 2 }]);
  });

  test('a transaction that throws stores nothing', () => {
    const database = open(temporaryFolder());
    expect(() =>
      database.transaction(() => {
        database.run(`INSERT INTO settings (key, value) VALUES ('a', '1')`);
        throw new Error('stop');
      }),
    ).toThrow('stop');
    expect(database.all(`SELECT * FROM settings WHERE key = 'a'`)).toEqual([]);
  });

  test('an older database is brought up to date', () => {
    const folder = temporaryFolder();
    const older = new DatabaseSync(join(folder, 'library.db'));
    older.exec('PRAGMA user_version = 0; CREATE TABLE from_before (a)');
    older.close();
    expect(open(folder).all('SELECT key FROM settings')).toEqual([{ key: 'keptSince' }]);
  });
});

describe('a broken start', () => {
  test('a file that is no database is named and left as it is', () => {
    const folder = temporaryFolder();
    const file = join(folder, 'library.db');
    writeFileSync(file, 'not a database, '.repeat(1000));
    const { code, message } = refusal(folder);
    expect(code).toBe('data-corrupt');
    expect(message).toContain(file);
    expect(message).toContain('backup');
    expect(readFileSync(file, 'utf8')).toBe('not a database, '.repeat(1000));
  });

  test.each([
    ['its second page overwritten', (bytes: Buffer) => bytes.fill(0x5a, 4096, 8192)],
    ['its second half cut off', (bytes: Buffer) => bytes.subarray(0, bytes.length / 2)],
    ['cut off within the header', (bytes: Buffer) => bytes.subarray(0, 50)],
  ])('a database with %s is refused and left as it is', (_, damage) => {
    const folder = filledFolder();
    const file = join(folder, 'library.db');
    const damaged = Buffer.from(damage(readFileSync(file)));
    writeFileSync(file, damaged);
    const { code, message } = refusal(folder);
    expect(code).toBe('data-corrupt');
    expect(message).toContain(file);
    expect(readFileSync(file).equals(damaged)).toBe(true);
  });

  test('data of a newer version are refused and not touched', () => {
    const folder = filledFolder();
    const file = join(folder, 'library.db');
    const newer = new DatabaseSync(file);
    newer.exec(`PRAGMA user_version = ${migrations.length + 1}`);
    newer.close();
    const before = readFileSync(file);
    const { code, message } = refusal(folder);
    expect(code).toBe('data-newer');
    expect(message).toContain(file);
    expect(readFileSync(file).equals(before)).toBe(true);
    expect(readdirSync(folder).filter((name) => name.startsWith('library.db'))).toEqual(['library.db']);
    expect(() => readSetting(folder, 'a')).toThrow(expect.objectContaining({ code: 'data-newer' }));
  });

  test('an emptied database beside files of documents is refused', () => {
    const folder = filledFolder();
    const file = join(folder, 'library.db');
    mkdirSync(join(folder, 'files'));
    writeFileSync(file, '');
    openDatabase(folder).close();
    writeFileSync(file, '');
    writeFileSync(join(folder, 'files', 'a'.repeat(64)), 'a document');
    expect(refusal(folder).code).toBe('data-corrupt');
    expect(statSync(file).size).toBe(0);
  });

  test('a folder of something else that has folders of the same names', () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'Files'));
    writeFileSync(join(folder, 'Files', 'thesis.txt'), 'a person’s own');
    const { code, message } = refusal(folder);
    expect(code).toBe('bad-request');
    expect(message).toContain('“Files”');
    expect(readdirSync(folder)).toEqual(['Files']);
  });

  test('a file where the data folder should be', () => {
    const path = join(temporaryFolder(), 'data');
    writeFileSync(path, 'a file');
    const { code, message } = refusal(path);
    expect(code).toBe('disk');
    expect(message).toContain(path);
    expect(readFileSync(path, 'utf8')).toBe('a file');
  });

  test('a folder where the database should be', () => {
    const folder = join(temporaryFolder(), 'data');
    open(join(folder, 'library.db'));
    expect(refusal(folder).code).toBe('disk');
  });

  test('a failed start gives the lock back', () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'library.db'), 'damaged');
    expect(refusal(folder).code).toBe('data-corrupt');
    expect(refusal(folder).code).toBe('data-corrupt');
  });
});

describe('two at once', () => {
  test('a second opening in the same process is refused', () => {
    const folder = temporaryFolder();
    open(folder);
    expect(refusal(folder).code).toBe('in-use');
  });

  test('a second process is refused, until the first is killed', async () => {
    const folder = temporaryFolder();
    const { path, remove } = await bundle('main/library/testing/hold-data-folder.ts');
    onTestFinished(remove);
    const holder: ChildProcess = spawn(process.execPath, [path, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
    onTestFinished(() => void holder.kill('SIGKILL'));
    if (!holder.stdout) throw new Error('no standard output');
    await once(holder.stdout, 'data');

    const { code, message } = refusal(folder);
    expect(code).toBe('in-use');
    expect(message).toContain(folder);
    expect(message).toContain(`process ${holder.pid}`);

    holder.kill('SIGKILL');
    await once(holder, 'exit');
    expect(existsSync(join(folder, 'library.db-wal'))).toBe(true);
    expect(open(folder).get('SELECT value FROM settings')).toEqual({ value: 'true' });
  });
});
