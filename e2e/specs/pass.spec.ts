import { expect, test } from './app.ts';
import { addTwentyPages, ask, twentyPagesTitle } from './person.ts';

/** A model reads twenty pages first, and these machines are slow: long, but never waited for in full. */
const reading = { timeout: 10 * 60_000 };

test('all of a document is read for a question, part by part; it is stopped, gone on with, and leads to its pages', async ({
  window,
}) => {
  await addTwentyPages(window);
  const readAll = window.getByRole('button', { name: 'Read everything for this question' });
  await readAll.click();
  await expect(readAll).toHaveAttribute('aria-pressed', 'true');
  await ask(window, 'What is each island known for?');
  await expect(readAll).toHaveAttribute('aria-pressed', 'false');

  const parts = window.getByRole('list', { name: 'Part by part' }).getByRole('listitem');
  await expect(parts.first()).toBeVisible(reading);
  await window.getByRole('button', { name: 'Stop', exact: true }).click();
  await expect(window.getByText('Stopped before the end, so the rest is missing from this answer')).toBeVisible();

  await window.reload();
  await expect(parts.first()).toBeVisible();
  await window.getByRole('button', { name: 'Go on reading' }).click();
  await expect(parts).toHaveCount(3, reading);
  await parts
    .first()
    .getByRole('button', { name: `of “${twentyPagesTitle}”. Show it in the reader` })
    .click();
  await expect(window.locator('[data-pane="reader"]')).toContainText(twentyPagesTitle);
  await window.screenshot({ path: 'test-results/screenshots/pass.png', animations: 'disabled' });
  await window.getByRole('button', { name: 'Stop', exact: true }).click();
  await expect(window.getByRole('button', { name: 'Go on reading' })).toBeVisible();
});
