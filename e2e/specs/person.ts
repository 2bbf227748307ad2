/** What a person does in the window, for the specs. */
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Locator, Page } from '@playwright/test';
import { expect } from './app.ts';

export const twentyPages = join(import.meta.dirname, '..', 'fixtures', 'twenty-pages.pdf');
export const twentyPagesTitle = 'A Guide to the Twenty Islands';

/** A model reads, and these machines are slow: long, but never waited for in full. */
const reading = { timeout: 180_000 };

/** Drops a file in the middle of the window. */
export async function dropFile(window: Page, path: string): Promise<void> {
  const transfer = await window.evaluateHandle(
    ([name, base64]) => {
      const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
      const data = new DataTransfer();
      data.items.add(new File([bytes], name, { type: 'application/pdf' }));
      return data;
    },
    [basename(path), readFileSync(path, 'base64')] as const,
  );
  for (const type of ['dragenter', 'dragover', 'drop'])
    await window.locator('body').dispatchEvent(type, { dataTransfer: transfer });
}

/** The row of a document in the library. */
export function documentRow(window: Page, title: string): Locator {
  return window.getByRole('list', { name: 'Documents' }).getByRole('listitem').filter({ hasText: title });
}

/** Drops the twenty pages and waits until they are read in. */
export async function addTwentyPages(window: Page): Promise<void> {
  await dropFile(window, twentyPages);
  await expect(documentRow(window, twentyPagesTitle)).toContainText('20 pages', reading);
}

export async function ask(window: Page, question: string): Promise<void> {
  await window.getByRole('textbox', { name: 'Question' }).fill(question);
  await window.getByRole('button', { name: 'Send', exact: true }).click();
}

/** The latest answer. */
export function lastAnswer(window: Page): Locator {
  return window.getByRole('region', { name: 'Answer' }).last();
}

/** Waits until the latest answer is complete. */
export async function answerComplete(window: Page): Promise<void> {
  await expect(window.getByRole('button', { name: 'Write the answer again' })).toBeVisible(reading);
}

/** Waits until the model reads for the latest answer, which takes it seconds for twenty pages. */
export async function answerBeingRead(window: Page): Promise<void> {
  await expect(window.getByRole('progressbar', { name: 'Reading for the answer' })).toBeVisible();
}

/** Waits until the latest answer has some text. */
export async function answerBegun(window: Page): Promise<void> {
  await expect(lastAnswer(window).locator('p').first()).toHaveText(/\S/, reading);
}

export function sources(window: Page): Locator {
  return window.getByRole('list', { name: 'Sources' }).last().getByRole('listitem');
}
