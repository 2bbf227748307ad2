/**
 * `npm test`: everything that has to hold, in the order in which it fails fastest. A line for each
 * step, its output only when it fails, and at the end the count of tests; a step that is no test
 * counts as one test when it fails.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findBrowser, findSwiftShader } from './browser.mjs';
import { alone, build, isRoot, run, runPackage, say, setUp } from './lib.mjs';

const minute = 60_000;
const reports = mkdtempSync(join(tmpdir(), 'longhand-test-'));
const quiet = { quiet: true };
const sources = ['base', 'native-models', 'main', 'renderer', 'e2e', 'scripts'];

/** Each gives an exit status, and writes a report when it counts tests itself. */
const steps = [
  { name: 'types', run: () => runPackage('typescript', ['--noEmit', '-p', '.'], quiet) },
  { name: 'style', run: () => runPackage('@biomejs/biome', ['check', '--error-on-warnings', '.'], quiet) },
  {
    name: 'layers',
    run: () => runPackage('dependency-cruiser', ['--config', '.dependency-cruiser.cjs', ...sources], quiet),
  },
  { name: 'unused', run: () => runPackage('knip', ['--no-progress'], quiet) },
  { name: 'build', run: () => buildEverything() },
  { name: 'unit tests', run: (report) => unitTests(report), count: countUnitTests },
  { name: 'browser tests', run: (report) => browserTests(report), count: countBrowserTests },
];

let provided;
await setUp();
const total = { passed: 0, failed: 0 };
for (const step of steps) {
  const { passed, failed } = await runStep(step);
  total.passed += passed;
  total.failed += failed;
}
rmSync(reports, { recursive: true });
process.stdout.write(`${total.passed} passed, ${total.failed} failed\n`);
process.exitCode = total.failed === 0 ? 0 : 1;

async function runStep({ name, run: runIt, count }) {
  const started = Date.now();
  const report = join(reports, `${name}.json`);
  const status = await runIt(report);
  const counted =
    count && existsSync(report) ? count(JSON.parse(readFileSync(report, 'utf8'))) : { passed: 0, failed: 0 };
  const result = { passed: counted.passed, failed: Math.max(counted.failed, status === 0 ? 0 : 1) };
  const outcome = count ? `${result.passed} passed, ${result.failed} failed` : status === 0 ? 'ok' : 'failed';
  say(`${name.padEnd(14)} ${outcome} (${Math.round((Date.now() - started) / 1000)} s)`);
  return result;
}

async function buildEverything() {
  return alone(async () => (await build('product')) || (await build('tools')));
}

/** The browser comes first, because a software renderer for WebGPU comes with it. */
async function unitTests(report) {
  const browser = await browserHere();
  if (!findSwiftShader(browser)) say('No SwiftShader came with the browser here, so the WebGPU tests are skipped.');
  const env = { ...process.env, ...(browser && { LONGHAND_BROWSER: browser }) };
  const args = ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  return runPackage('vitest', args, { ...quiet, env });
}

function countUnitTests({ numPassedTests, numFailedTests }) {
  return { passed: numPassedTests, failed: numFailedTests };
}

async function browserTests(report) {
  const browser = await browserHere();
  if (!browser) {
    say(
      'There is no Chrome or Chromium here, and none could be installed. Install one, or name it in LONGHAND_BROWSER.',
    );
    return 1;
  }
  const env = { ...process.env, LONGHAND_BROWSER: browser, PLAYWRIGHT_JSON_OUTPUT_FILE: report };
  return runPackage('@playwright/test', ['test', '--reporter=list,json'], { ...quiet, env });
}

function countBrowserTests({ stats }) {
  return { passed: stats.expected, failed: stats.unexpected + stats.flaky };
}

/** What `provideBrowser` gives, which looks only once. */
function browserHere() {
  provided ??= provideBrowser();
  return provided;
}

/** A browser that is here, or that can be installed. */
async function provideBrowser() {
  const { chromium } = await import('@playwright/test');
  const present = () =>
    findBrowser() ?? (existsSync(chromium.executablePath()) ? chromium.executablePath() : undefined);
  if (present()) return present();
  say('Installing a browser …');
  if (isRoot() && existsSync('/usr/bin/apt-get')) {
    await run('apt-get', ['update'], quiet);
    await run('apt-get', ['install', '--yes', '--no-install-recommends', 'chromium'], {
      ...quiet,
      timeout: 5 * minute,
    });
  }
  if (!present()) await runPackage('@playwright/test', ['install', 'chromium'], { ...quiet, timeout: 5 * minute });
  return present();
}
