import type { Locator, Page } from '@playwright/test';
import { expect, test } from './app.ts';
import {
  addShortNote,
  addTwentyPages,
  answerBegun,
  answerComplete,
  answerText,
  answerUnderWay,
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

  // Another size leaves what is in view where it is.
  const later = reader.getByRole('region', { name: 'Page 9', exact: true });
  await reader.getByRole('textbox', { name: 'Page', exact: true }).fill('9');
  await window.keyboard.press('Enter');
  await expect(later).toBeInViewport();
  await reader.getByRole('button', { name: 'Larger' }).click();
  await expect(reader.getByRole('button', { name: 'Fit the width' })).not.toHaveText('100%');
  await expect(later).toBeInViewport();
  await expect(page).not.toBeInViewport();

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

/** Takes a model long to answer. */
const longQuestion = 'Describe each of the islands at length, one after the other.';

function stopped(window: Page): Locator {
  return lastAnswer(window).getByText('Stopped before it was finished.');
}

test('an answer can be stopped while the model reads, and written again', async ({ window }) => {
  await addTwentyPages(window);
  await ask(window, longQuestion);
  await answerUnderWay(window);
  await window.getByRole('button', { name: 'Stop', exact: true }).click();
  await expect(stopped(window)).toBeVisible();
  await expect(sources(window).first()).toContainText('islands');

  await window.getByRole('button', { name: 'Write the answer again' }).click();
  await expect(stopped(window)).toBeHidden();
  await answerUnderWay(window);
  await window.keyboard.press('Escape');
  await expect(stopped(window)).toBeVisible();
});

test('an answer can be stopped in the middle, and what stands is kept', async ({ window }) => {
  await addShortNote(window);
  await ask(window, longQuestion);
  await answerBegun(window);
  const question = window.getByRole('textbox', { name: 'Question' });
  await question.fill('And how large is it?');
  await question.press('Enter');
  await expect(window.getByText('Longhand is still answering')).toBeVisible();
  await window.getByRole('button', { name: 'Stop', exact: true }).click();
  await expect(stopped(window)).toBeVisible();
  const text = await answerText(window).innerText();
  expect(text).toMatch(/\S/);
  await window.reload();
  await expect(question).toHaveValue('And how large is it?');
  await expect(answerText(window)).toHaveText(text);
  await expect(sources(window).first()).toContainText('islands');
});

test('a lost engine is told, started again, and answers', async ({ window, longhand, shell }) => {
  test.skip(shell === 'electron', 'Electron hides the pids of its utility processes');
  await addShortNote(window);
  await ask(window, longQuestion);
  await answerBegun(window);
  process.kill(longhand.processOf('engine.js'), 'SIGKILL');
  const lost = window.getByRole('alert').filter({ hasText: 'The engine stopped in the middle of this answer' });
  await expect(lost).toBeVisible();
  await expect(sources(window).first()).toContainText('islands');

  await window.getByRole('button', { name: 'Try again' }).click();
  await expect(lost).toBeHidden();
  await answerComplete(window);
  await expect(answerText(window)).toHaveText(/\S/);
});
