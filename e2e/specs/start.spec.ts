import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, test } from './app.ts';

test('it starts, and shows its window', async ({ window }) => {
  await expect(window).toHaveTitle('Longhand');
  await expect(window.locator('#root')).not.toBeEmpty();
});

test('nothing is shown without the right token', async ({ longhand, page, context }) => {
  const address = new URL(await longhand.serve());
  for (const wrong of ['/', '/?token=wrong', '/index.html']) {
    const response = await page.request.get(new URL(wrong, address).href);
    expect(response.status()).toBe(403);
    expect(await response.body()).toHaveLength(0);
  }
  const stranger = await context.newPage();
  await expect(stranger.goto(address.origin)).rejects.toThrow('ERR_HTTP_RESPONSE_CODE_FAILURE');

  await page.goto(address.href);
  await expect(page).toHaveTitle('Longhand');
  expect(page.url()).toBe(`${address.origin}/`);
});

test('a window that is left over from before a new start is told which address to open', async ({ longhand, page }) => {
  const address = await longhand.serve();
  await page.goto(address);
  await page.getByRole('textbox', { name: 'Question' }).fill('Not asked yet');
  await longhand.stop();
  await expect(page.getByText('The connection to Longhand was lost.')).toBeVisible();

  const { href } = new URL(await longhand.serve('--port', new URL(address).port));
  const advice = page.getByText('Longhand was started anew: open the address that it printed.');
  await expect(advice).toBeVisible({ timeout: 60_000 });
  await page.goto(href);
  await expect(advice).toHaveCount(0);
});

test('the page asks nothing of any other host', async ({ longhand, page }) => {
  const address = await longhand.serve();
  const hosts = new Set<string>();
  page.on('request', (request) => hosts.add(new URL(request.url()).host));
  await page.goto(address);
  await expect(page.locator('#root')).not.toBeEmpty();
  expect([...hosts].filter((host) => host !== '')).toEqual([new URL(address).host]);
});

test('a port that is taken is told', async ({ longhand }) => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  const { port } = other.address() as { port: number };
  const { status, errors } = await longhand.failToServe('--port', String(port));
  other.close();
  expect(errors).toBe(`Port ${port} is in use by another program; choose another one with --port.\n`);
  expect(status).toBe(1);
});

test('a file in the place of the data folder is told, and left alone', async ({ longhand }) => {
  const file = join(longhand.dataFolder, 'file');
  writeFileSync(file, 'mine');
  const { status, errors } = await longhand.failToServe('--data-dir', file);
  expect(errors.trim().split('\n')).toHaveLength(1);
  expect(errors).toContain(file);
  expect(status).toBe(1);
});
