/** Videos of slides whose texts and times are known: drawn by a browser, put together by ffmpeg. */
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { LonghandError } from '../../base/errors.ts';
import { launchBrowser } from '../longhand.ts';
import { escaped } from './plot.ts';

const run = promisify(execFile);

export interface Slide {
  readonly heading: string;
  readonly text: string;
}

export interface SlideShow {
  readonly slides: readonly Slide[];
  readonly secondsEach: number;
  readonly framesPerSecond: number;
  /** A recording that is heard meanwhile; the video ends with it. */
  readonly sound: string;
  /** Where its parts are left. */
  readonly folder: string;
}

const pageOf = ({ heading, text }: Slide): string =>
  `<body style="margin: 60px; font-family: sans-serif; color: #223"><h1 style="font-size: 56px">${escaped(heading)}</h1>
  <p style="font-size: 40px; line-height: 1.4">${escaped(text)}</p></body>`;

/** Writes a video (VP8 and Opus). Throws `not-found` without ffmpeg. */
export async function writeSlideShow(
  path: string,
  { slides, secondsEach, framesPerSecond, sound, folder }: SlideShow,
): Promise<void> {
  const browser = await launchBrowser();
  try {
    const page = await browser.newPage({ viewport: { width: 1280, height: 720 } });
    for (const [index, slide] of slides.entries()) {
      await page.setContent(pageOf(slide));
      await page.screenshot({ path: join(folder, `slide-${index}.png`) });
    }
  } finally {
    await browser.close();
  }
  const list = join(folder, 'slides.txt');
  const last = `file slide-${slides.length - 1}.png\n`;
  await writeFile(list, slides.map((_, i) => `file slide-${i}.png\nduration ${secondsEach}\n`).join('') + last);
  const pictures = ['-f', 'concat', '-i', list];
  const coding = [
    '-r',
    `${framesPerSecond}`,
    '-c:v',
    'libvpx',
    '-deadline',
    'realtime',
    '-cpu-used',
    '8',
    '-b:v',
    '500k',
    '-g',
    `${10 * framesPerSecond}`,
  ];
  await run(
    'ffmpeg',
    ['-y', '-v', 'error', ...pictures, '-i', sound, ...coding, '-c:a', 'libopus', '-shortest', path],
    {
      maxBuffer: 2 ** 26,
    },
  ).catch((cause: unknown) => {
    throw new LonghandError('not-found', `Videos are made with ffmpeg, which failed or is not installed: ${cause}`);
  });
}
