import { join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import { corpus, tarOf } from '../../main/ingest/testing/corpus.ts';
import { expect, test } from './app.ts';
import { documentRow } from './person.ts';

const fixtures = join(import.meta.dirname, '../../main/ingest/fixtures');
const harbour = 'Report on the Harbour of Välmora';

test('ten kinds of documents at once: each is read, shown and found', async ({ window }) => {
  const files = corpus
    .filter(({ kind }) => !['json', 'code', 'markdown', 'html', 'text'].includes(kind) && kind !== 'csv')
    .map(({ fileName, bytes }) => ({ name: fileName, mimeType: '', buffer: Buffer.from(bytes) }));
  const archive = { name: 'more.tar', mimeType: '', buffer: Buffer.from(tarOf({ 'tides.txt': 'The tide rose 3 m.' })) };
  expect(files.length).toBeGreaterThanOrEqual(10);
  const chooser = window.waitForEvent('filechooser');
  await window.getByRole('button', { name: 'Add documents' }).first().click();
  await (await chooser).setFiles([...files, archive]);

  for (const kind of ['Word', 'PowerPoint', 'Excel', 'RTF', 'EPUB', 'E-mail', 'Subtitles'])
    await expect(documentRow(window, kind).first()).toContainText(/\d (?:sections?|slides)/);
  // What came with the letter, and what was in the archive.
  await expect(documentRow(window, 'catch').filter({ hasText: 'Table' })).toContainText('1 section');
  await expect(documentRow(window, 'tides')).toContainText('Text');

  await documentRow(window, 'Excel').getByRole('button', { name: harbour, exact: true }).click();
  const reader = window.getByRole('region', { name: 'Reader' });
  await expect(reader.getByText('Ingrid Östergård · May 6, 2024 · British English')).toBeVisible();
  await expect(reader.getByRole('cell', { name: '3,015' })).toBeVisible();
  await expect(reader.getByText('Sums A1:B3')).toBeVisible();

  await documentRow(window, 'PowerPoint').getByRole('button', { name: harbour, exact: true }).click();
  await expect(reader.getByText('slide 2')).toBeVisible();
  await expect(reader.getByRole('heading', { name: 'The fish market' })).toBeVisible();

  await window.getByRole('searchbox').first().fill('boiler burst');
  const hits = window.getByRole('list', { name: 'Passages' });
  // The slide with the answer, and the second at which it is said.
  await hits
    .getByRole('button', { name: /slide 3/ })
    .first()
    .click();
  await expect(reader.locator('mark', { hasText: '2 March 1899' }).first()).toBeVisible();
  await hits.getByRole('button', { name: /^talk/ }).first().click();
  await expect(reader.locator('mark', { hasText: '2 March 1899' }).first()).toBeVisible();
  expect((await new AxeBuilder({ page: window }).analyze()).violations.map(({ id }) => id)).toEqual([]);
});

test('an encrypted PDF asks for its password, and is read with it', async ({ window }) => {
  const chooser = window.waitForEvent('filechooser');
  await window.getByRole('button', { name: 'Add documents' }).first().click();
  await (await chooser).setFiles(join(fixtures, 'encrypted.pdf'));
  await documentRow(window, 'encrypted').getByRole('button', { name: 'Enter the password…' }).click();
  await window.getByRole('textbox', { name: /Password/ }).fill('secret');
  await window.getByRole('button', { name: 'Read', exact: true }).click();
  await expect(documentRow(window, 'A Guide to the Twenty Islands')).toContainText('1 page');
  await documentRow(window, 'A Guide')
    .getByRole('button', { name: /^A Guide/ })
    .first()
    .click();
  await expect(window.getByRole('region', { name: 'Reader' }).getByText(/Averil measures/)).toBeVisible();
});

test('in German, what could not be added is told in German, too', async ({ window }) => {
  await window.keyboard.press('Control+,');
  await window.getByRole('combobox', { name: 'Language' }).selectOption('Deutsch');
  const settings = window.getByRole('dialog', { name: 'Einstellungen' });
  await expect(settings.getByText(/In Gebrauch: CPU. .* deshalb wird die CPU benutzt/)).toBeVisible({
    timeout: 60_000,
  });
  await window.keyboard.press('Escape');
  const chooser = window.waitForEvent('filechooser');
  await window.getByRole('button', { name: 'Dokumente hinzufügen' }).first().click();
  await (await chooser).setFiles({ name: 'leer.txt', mimeType: 'text/plain', buffer: Buffer.from('') });
  await expect(window.getByText('„leer.txt“ ist leer.')).toBeVisible();
});
