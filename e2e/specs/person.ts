/** What a person does in the window, for the specs. */
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Locator, Page } from '@playwright/test';
import { expect } from './app.ts';

const twentyPages = join(import.meta.dirname, '..', 'fixtures', 'twenty-pages.pdf');
export const twentyPagesTitle = 'A Guide to the Twenty Islands';

/** A model reads, and these machines are slow: long, but never waited for in full. */
const reading = { timeout: 10 * 60_000 };

const shortNoteTitle = 'Three islands';
const shortNote = `Averil is the largest of the three islands. The first houses on it were built by Marta Oskolen in 1624, beside
the harbour of Tallow Haven. Its people live on herring and on blue clay, which the potters of the mainland buy.

Brannoch has one hill, the Saddle, and fifty-two people. The ferry comes on Tuesday. In winter nobody leaves.

Corvane is known for its abbey library, where 2,316 manuscripts survived the fire of 1771. Its highest point is Mount
Ettrim, 604 metres above the sea.
`;

/** Drops a file in the middle of the window. */
export async function dropFile(window: Page, name: string, type: string, content: Buffer): Promise<void> {
  const transfer = await window.evaluateHandle(
    ([fileName, fileType, base64]) => {
      const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
      const data = new DataTransfer();
      data.items.add(new File([bytes], fileName, { type: fileType }));
      return data;
    },
    [name, type, content.toString('base64')] as const,
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
  await dropFile(window, basename(twentyPages), 'application/pdf', readFileSync(twentyPages));
  await expect(documentRow(window, twentyPagesTitle)).toContainText('20 pages', reading);
}

/** Drops a page of text, which a model has soon read. */
export async function addShortNote(window: Page): Promise<void> {
  await dropFile(window, `${shortNoteTitle}.txt`, 'text/plain', Buffer.from(shortNote));
  await expect(documentRow(window, shortNoteTitle)).toContainText('Text', reading);
}

export async function ask(window: Page, question: string): Promise<void> {
  await window.getByRole('textbox', { name: 'Question' }).fill(question);
  await window.getByRole('button', { name: 'Send', exact: true }).click();
}

/** The latest answer. */
export function lastAnswer(window: Page): Locator {
  return window.getByRole('region', { name: 'Answer' }).last();
}

/** The text of the latest answer, once there is some. */
export function answerText(window: Page): Locator {
  return lastAnswer(window).locator('[aria-busy]');
}

/** Waits until the latest answer is complete. */
export async function answerComplete(window: Page): Promise<void> {
  await expect(window.getByRole('button', { name: 'Write the answer again' })).toBeVisible(reading);
}

/** Waits until an answer is on its way, whatever has been done for it yet. */
export async function answerUnderWay(window: Page): Promise<void> {
  await expect(window.getByRole('button', { name: 'Stop', exact: true })).toBeVisible();
}

/** Waits until the latest answer has some text; what follows comes while a long one is still being written. */
export async function answerBegun(window: Page): Promise<void> {
  await answerText(window).waitFor(reading);
}

export function sources(window: Page): Locator {
  return window.getByRole('list', { name: 'Sources' }).last().getByRole('listitem');
}
