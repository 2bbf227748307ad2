/** The end-to-end tests: real windows on the built product, with a data folder of their own each. */
import { defineConfig } from '@playwright/test';
import type { ShellOption } from './e2e/specs/app.ts';
import { findBrowser } from './scripts/browser.mjs';
import { findElectron, hasDisplay, isRoot } from './scripts/lib.mjs';

const minute = 60_000;
const executablePath = findBrowser();
const electronRuns = findElectron() !== undefined && hasDisplay() && !isRoot();

export default defineConfig<ShellOption>({
  testDir: 'e2e/specs',
  outputDir: 'test-results',
  // Each test starts a model of its own.
  workers: 1,
  retries: 0,
  timeout: 15 * minute,
  // Nothing waits this long; a slow machine may.
  expect: { timeout: minute / 2 },
  forbidOnly: process.env.CI !== undefined,
  reporter: 'list',
  use: {
    launchOptions: {
      ...(executablePath !== undefined && { executablePath }),
      args: isRoot() ? ['--no-sandbox'] : [],
    },
    trace: 'retain-on-failure',
    viewport: { width: 1280, height: 840 },
  },
  projects: [
    { name: 'served', use: { shell: 'served' } },
    ...(electronRuns ? [{ name: 'electron', use: { shell: 'electron' as const } }] : []),
  ],
});
