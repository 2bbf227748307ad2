import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import { expect, test } from './app.ts';
import { documentRow, dropFile } from './person.ts';

/** Four seconds of speech in AAC, which only the window can decode. */
const talk = readFileSync(join(import.meta.dirname, '../../main/ingest/media/fixtures/sound.m4a'));

for (const colorScheme of ['light', 'dark'] as const)
  test(`a recording is heard, played where it was found, corrected and saved, in ${colorScheme}`, async ({
    window,
  }) => {
    await window.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await dropFile(window, 'talk.m4a', 'audio/mp4', talk);
    await expect(documentRow(window, 'talk')).toContainText('Audio', { timeout: 60_000 });

    await window.getByRole('searchbox').first().fill('no matter');
    await window.getByRole('list', { name: 'Passages' }).getByRole('button').first().click();
    const reader = window.getByRole('region', { name: 'Reader' });
    const transcript = reader.getByRole('article', { name: 'Transcript' });
    await expect(transcript).toContainText(/ever tried/i);
    const player = reader.locator('audio');
    await expect.poll(() => player.evaluate((audio: HTMLAudioElement) => audio.duration)).toBeGreaterThan(4);

    const sentence = transcript.getByRole('button').first();
    await sentence.click();
    await expect.poll(() => player.evaluate((audio: HTMLAudioElement) => audio.currentTime)).toBeGreaterThan(0);
    await expect(sentence).toHaveAttribute('aria-current', 'time');

    const { violations } = await new AxeBuilder({ page: window }).analyze();
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)).toEqual([]);
    await window.screenshot({ path: `test-results/screenshots/${colorScheme}-recording.png`, animations: 'disabled' });

    await reader.getByRole('button', { name: 'Correct' }).click();
    await sentence.click();
    await reader.getByRole('textbox', { name: /What is said/ }).fill('Ever tried marmalade.');
    await reader.getByRole('button', { name: 'Save', exact: true }).click();
    await expect(transcript).toContainText('marmalade');

    await reader.getByRole('button', { name: 'Save the transcript' }).click();
    const download = window.waitForEvent('download');
    await window.getByRole('menuitem', { name: 'As SubRip (SRT)' }).click();
    const file = await download;
    expect(file.suggestedFilename()).toBe('talk.srt');
    expect(readFileSync(await file.path(), 'utf8')).toMatch(/^1\n00:00:0\d,\d+ --> .*\nEver tried marmalade\./);
  });

test('a video is heard and looked at, and plays where its screen said it', async ({ window }) => {
  const video = readFileSync(join(import.meta.dirname, '../../main/ingest/media/fixtures/talk.webm'));
  await dropFile(window, 'talk.webm', 'video/webm', video);
  await expect(documentRow(window, 'talk')).toContainText('Video', { timeout: 60_000 });
  await window.getByRole('searchbox').first().fill('budget euros');
  await window.getByRole('list', { name: 'Passages' }).getByRole('button').first().click();
  const reader = window.getByRole('region', { name: 'Reader' });
  const player = reader.locator('video');
  await expect
    .poll(() => player.evaluate((element: HTMLVideoElement) => element.currentTime), { timeout: 20_000 })
    .toBeGreaterThanOrEqual(5);
  await expect.poll(() => player.evaluate((element: HTMLVideoElement) => element.currentTime)).toBeLessThan(10.1);
  const transcript = reader.getByRole('article', { name: 'Transcript' });
  await expect(transcript).toContainText('The budget is 7250 euros');
  await expect(transcript).toContainText(/ever tried/i);
  const { violations } = await new AxeBuilder({ page: window }).analyze();
  expect(violations.map(({ id }) => id)).toEqual([]);
  const scenes = reader.getByRole('region', { name: 'Scenes' });
  await expect(scenes.getByRole('button').nth(1)).toBeVisible();
  await expect
    .poll(() =>
      scenes
        .locator('img')
        .first()
        .evaluate((image: HTMLImageElement) => image.naturalWidth),
    )
    .toBeGreaterThan(100);
  await scenes.getByRole('button').first().click();
  await expect.poll(() => player.evaluate((element: HTMLVideoElement) => element.currentTime)).toBeLessThan(5);
  await window.screenshot({ path: 'test-results/screenshots/video.png', animations: 'disabled' });
});

test('a recording goes on after the window was loaded anew', async ({ window }) => {
  const video = readFileSync(join(import.meta.dirname, '../../main/ingest/media/fixtures/talk.webm'));
  await dropFile(window, 'talk.webm', 'video/webm', video);
  await expect(documentRow(window, 'talk')).toBeVisible();
  await window.reload();
  await expect(documentRow(window, 'talk')).toContainText('Video', { timeout: 60_000 });
});

test('a long recording is stopped at once, and heard again when it is wanted', async ({ window }) => {
  const spoken = readFileSync(join(import.meta.dirname, '../../main/perception/fixtures/beckett.wav'));
  const start = spoken.indexOf('data', 12, 'latin1') + 8;
  const times = 20;
  const header = Buffer.from(spoken.subarray(0, start));
  const length = times * (spoken.length - start);
  header.writeUInt32LE(start + length - 8, 4);
  header.writeUInt32LE(length, start - 4);
  const long = Buffer.concat([header, ...Array<Buffer>(times).fill(spoken.subarray(start))]);
  await dropFile(window, 'long.wav', 'audio/wav', long);
  const row = documentRow(window, 'long');
  const stop = row.getByRole('button', { name: 'Stop reading' });
  await expect(row.getByRole('progressbar')).toBeVisible({ timeout: 60_000 });
  await stop.click();
  await expect(row).toContainText('Stopped');
  await expect(stop).toBeHidden();
  await row.getByRole('button', { name: 'Read again' }).click();
  await expect(stop).toBeVisible();
  await stop.click();
  await expect(row).toContainText('Stopped');
});

test('the text of an image is read, found, and marked on it', async ({ window }) => {
  const slide = readFileSync(join(import.meta.dirname, '../../main/ingest/media/fixtures/slide.png'));
  await dropFile(window, 'slide.png', 'image/png', slide);
  await expect(documentRow(window, 'slide')).toContainText('Image', { timeout: 60_000 });
  await window.getByRole('searchbox').first().fill('electricity');
  await window.getByRole('list', { name: 'Passages' }).getByRole('button').first().click();
  const reader = window.getByRole('region', { name: 'Reader' });
  await expect(reader.getByRole('img', { name: 'slide' })).toBeVisible();
  await expect(reader.getByRole('img', { name: 'Cited passage' }).first()).toBeVisible();
  const { violations } = await new AxeBuilder({ page: window }).analyze();
  expect(violations.map(({ id }) => id)).toEqual([]);
  await window.screenshot({ path: 'test-results/screenshots/image.png', animations: 'disabled' });
});
