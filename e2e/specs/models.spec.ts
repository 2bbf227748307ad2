import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { writeTinyFamily } from '../../native-models/testing/tiny-families.ts';
import { expect, test } from './app.ts';
import { addShortNote, answerComplete, ask, lastAnswer } from './person.ts';

/** A model with random weights, which writes what nobody can read. */
async function withTinyModel(use: (path: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'longhand-model-'));
  const path = join(folder, 'Tiny-Qwen3.gguf');
  await writeTinyFamily(path, 'qwen3', 'Q8_0');
  await use(path);
  rmSync(folder, { recursive: true });
}

async function chooseFile(window: Page, path: string): Promise<void> {
  const choosing = window.waitForEvent('filechooser');
  await window.getByRole('button', { name: 'Add a model…' }).click();
  await (await choosing).setFiles(path);
}

test('a model of one’s own is added, answers, and is removed', async ({ window }) => {
  await withTinyModel(async (path) => {
    await addShortNote(window);
    await window.keyboard.press('Control+,');
    const settings = window.getByRole('dialog', { name: 'Settings' });
    await chooseFile(window, path);
    const tiny = settings.getByRole('radio', { name: /Tiny-Qwen3/ });
    await expect(tiny).toBeVisible();
    expect((await new AxeBuilder({ page: window }).analyze()).violations).toEqual([]);
    await tiny.click();
    await expect(tiny).toBeChecked();
    await expect(settings.getByText('In use: CPU')).toBeVisible({ timeout: 60_000 });
    await window.keyboard.press('Escape');
    await expect(window.getByRole('button', { name: /Tiny-Qwen3 on CPU/ })).toBeVisible({ timeout: 60_000 });

    await ask(window, 'Who built the first houses on Averil?');
    await answerComplete(window);
    await expect(window.getByRole('list', { name: 'Sources' })).toContainText('Marta Oskolen');
    await expect(lastAnswer(window).getByRole('button', { name: /answered: Tiny-Qwen3/ })).toBeVisible();

    await window.keyboard.press('Control+,');
    await settings.getByRole('radio', { name: /SmolLM2/ }).click();
    await settings.getByRole('button', { name: 'Remove the model Tiny-Qwen3' }).click();
    await expect(tiny).toHaveCount(0);
  });
});

test('a file that is no model is refused with a sentence', async ({ window }) => {
  await window.keyboard.press('Control+,');
  await chooseFile(window, join(import.meta.dirname, '..', 'fixtures', 'twenty-pages.pdf'));
  // It is said above the dialog, and can be put away without closing that.
  const notice = window.getByRole('alert').filter({ hasText: 'GGUF' });
  await expect(notice).toBeVisible();
  await notice.getByRole('button', { name: 'Dismiss' }).click();
  await expect(notice).toBeHidden();
  await expect(window.getByRole('radio')).toHaveCount(1);
});
