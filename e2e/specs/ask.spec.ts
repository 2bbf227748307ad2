import { expect, test } from './app.ts';
import {
  addTwentyPages,
  answerBegun,
  answerBeingRead,
  answerComplete,
  ask,
  documentRow,
  lastAnswer,
  sources,
  twentyPagesTitle,
} from './person.ts';

test('a person drops a PDF, asks, follows a citation to its page, and finds everything again', async ({ window }) => {
  await addTwentyPages(window);
  await ask(window, 'What is the highest point of Corvane?');

  await expect(sources(window).first()).toContainText('Mount Ettrim');
  await answerBegun(window);
  await answerComplete(window);
  const answer = await lastAnswer(window).innerText();

  await sources(window)
    .first()
    .getByRole('button', { name: /Show it in the reader/ })
    .click();
  const reader = window
    .getByRole('complementary', { name: 'Reader' })
    .or(window.getByRole('region', { name: 'Reader' }));
  const page = reader.getByRole('region', { name: 'Page 4', exact: true });
  await expect(page).toBeInViewport();
  const marks = page.locator('mark');
  await expect(marks.first()).toBeInViewport();
  const highlighted = await marks.evaluateAll((elements) =>
    elements.every((element) => element.getBoundingClientRect().width > 20),
  );
  expect(highlighted).toBe(true);
  await expect(page.getByText('Mount Ettrim', { exact: false }).first()).toBeAttached();

  await window.reload();
  await expect(documentRow(window, twentyPagesTitle)).toContainText('20 pages');
  await window
    .getByRole('list', { name: 'Conversations' })
    .getByRole('button', { name: /highest point of Corvane/ })
    .first()
    .click();
  await expect(sources(window).first()).toContainText('Mount Ettrim');
  expect(await lastAnswer(window).innerText()).toBe(answer);
});

test('an answer can be stopped at once, and written again', async ({ window }) => {
  await addTwentyPages(window);
  await ask(window, 'Describe each of the islands at length, one after the other.');
  await answerBeingRead(window);
  await window.getByRole('button', { name: 'Stop', exact: true }).click();
  await expect(window.getByText('Stopped before it was finished.').first()).toBeVisible();
  await expect(sources(window).first()).toContainText('islands');

  await window.getByRole('button', { name: 'Write the answer again' }).click();
  await answerBeingRead(window);
  await window.keyboard.press('Escape');
  await expect(window.getByText('Stopped before it was finished.').first()).toBeVisible();
});

test('a lost engine is told, started again, and answers', async ({ window, longhand, shell }) => {
  test.skip(shell === 'electron', 'Electron hides the pids of its utility processes');
  await addTwentyPages(window);
  await ask(window, 'Who built the first houses on Averil?');
  await answerBeingRead(window);
  process.kill(longhand.processOf('engine.js'), 'SIGKILL');
  const lost = window.getByRole('alert').filter({ hasText: 'The engine stopped in the middle of this answer' });
  await expect(lost).toBeVisible();
  await window.getByRole('button', { name: 'Try again' }).click();
  await answerComplete(window);
  await expect(lost).toBeHidden();
  await expect(sources(window).first()).toContainText('Marta Oskolen');
});
