import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { adoptFolder, folderForModel, removeMadeFor } from './made-for-model.ts';

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'longhand-made-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** Makes folders with something in them. */
function make(...folders: string[]): void {
  for (const folder of folders) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'blocks'), 'x');
  }
}

it('what was made for a model goes with it, and nothing else', async () => {
  const folder = temporaryFolder();
  const [one, other] = ['a'.repeat(32), 'b'.repeat(32)];
  make(folderForModel(folder, one, 'host'), folderForModel(folder, one, 'device'), folderForModel(folder, other, one));
  await removeMadeFor(folder, one);
  expect(readdirSync(folder)).toEqual([`${other}-${one}`]);
  await removeMadeFor(join(folder, 'none'), one);
});

it('what cannot be deleted is said', async () => {
  const file = join(temporaryFolder(), 'cache');
  writeFileSync(file, '');
  await expect(removeMadeFor(file, 'a')).rejects.toMatchObject({
    code: 'disk',
    message: expect.stringContaining(file),
  });
});

it('a folder of an earlier version gets its new name, unless there is one', async () => {
  const folder = temporaryFolder();
  const [before, now] = [join(folder, 'before'), join(folder, 'now')];
  await adoptFolder(before, now);
  expect(readdirSync(folder)).toEqual([]);
  make(before);
  await adoptFolder(before, now);
  expect(readdirSync(now)).toEqual(['blocks']);
  make(before);
  await adoptFolder(before, now);
  expect(readdirSync(folder).sort()).toEqual(['before', 'now']);
});
