import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { expect, test } from './app.ts';
import { answerComplete, ask, documentRow, sources } from './person.ts';

const sampleTitle = 'A Short History of the Lighthouse';

async function expectAccessible(window: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page: window }).analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)).toEqual([]);
}

async function keep(window: Page, name: string): Promise<void> {
  await window.screenshot({ path: `test-results/screenshots/${name}.png`, animations: 'disabled' });
}

for (const colorScheme of ['light', 'dark'] as const)
  test(`every view is accessible in ${colorScheme}, down to 800 x 600`, async ({ window }) => {
    await window.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await expect(window.getByRole('button', { name: 'Try the sample document' })).toBeVisible();
    await expectAccessible(window);
    await keep(window, `${colorScheme}-empty`);

    await window.getByRole('button', { name: 'Try the sample document' }).click();
    await expect(documentRow(window, sampleTitle)).toContainText('6 pages');
    await ask(window, 'Who built the first lighthouse on the Eddystone?');
    await answerComplete(window);
    await sources(window)
      .first()
      .getByRole('button', { name: /Show it in the reader/ })
      .click();
    await expect(window.locator('mark').first()).toBeVisible();
    await expectAccessible(window);
    await keep(window, `${colorScheme}-answer`);

    await window.setViewportSize({ width: 800, height: 600 });
    await expect(
      window.getByRole('textbox', { name: 'Question' }).or(window.locator('mark').first()).first(),
    ).toBeVisible();
    const overflow = await window.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    expect(overflow).toBeLessThanOrEqual(0);
    await expectAccessible(window);
    await keep(window, `${colorScheme}-small`);

    await window.setViewportSize({ width: 1280, height: 840 });
    await window.keyboard.press('Control+,');
    await expect(window.getByRole('dialog', { name: 'Settings' })).toBeVisible();
    await expectAccessible(window);
    await keep(window, `${colorScheme}-settings`);
  });
