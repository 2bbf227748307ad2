import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import { expect, test } from './app.ts';
import { documentRow } from './person.ts';

const cli = resolve(import.meta.dirname, '../../out/main/cli.js');

test('a file that has changed on the disk is offered, and read again in its place', async ({ longhand, page }) => {
  const folder = mkdtempSync(join(tmpdir(), 'longhand-changed-'));
  try {
    const path = join(folder, 'harbour.txt');
    writeFileSync(path, 'The harbour was dug in 1899.');
    execFileSync(process.execPath, [cli, 'add', path, '--data-dir', longhand.dataFolder]);
    await page.goto(await longhand.serve());
    const row = documentRow(page, 'harbour');
    await expect(row).toContainText('1 section');
    const offer = row.getByRole('button', { name: 'Changed on disk: read again' });
    await expect(offer).toBeHidden();
    await row.getByRole('button', { name: 'harbour', exact: true }).click();
    const reader = page.getByRole('region', { name: 'Reader' });
    await expect(reader.getByText('dug in 1899')).toBeVisible();

    writeFileSync(path, 'The harbour was dug in 1902, and not before.');
    // The person comes back from the program in which it was changed.
    await page.evaluate(() => window.dispatchEvent(new Event('focus')));
    await expect(offer).toBeVisible();
    await expect(reader.getByText('dug in 1899')).toBeVisible();
    expect((await new AxeBuilder({ page }).analyze()).violations.map(({ id }) => id)).toEqual([]);
    await page.screenshot({ path: 'test-results/screenshots/changed-file.png', animations: 'disabled' });

    await offer.click();
    await expect(reader.getByText('dug in 1902')).toBeVisible();
    await expect(reader.getByText('dug in 1899')).toBeHidden();
    await expect(offer).toBeHidden();
    await expect(page.getByRole('list', { name: 'Documents' }).getByRole('listitem')).toHaveCount(1);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
