import { copyFileSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { forkWithNode } from '../../../base/utility-process.ts';
import { openLibrary } from '../../library/library.ts';
import type { DocumentEntry } from '../../library/schema.ts';
import { type Bundle, bundle } from '../../library/testing/bundle.ts';
import { openTestLibrary } from '../../library/testing/open-library.ts';
import { temporaryFolder } from '../../library/testing/temporary-folder.ts';
import { type GreyImage, openTextReader, type TextReader } from '../../perception/ocr.ts';
import { frameSamples, speechModelId, textModelId, voiceModelId, voiceStateLength } from '../../perception/protocol.ts';
import { readPgm } from '../../perception/testing/read-pgm.ts';
import { readWav } from '../../perception/testing/read-wav.ts';
import { openTranscriber, type Transcriber } from '../../perception/transcriber.ts';
import { openVoiceDetector, type VoiceDetector } from '../../perception/voice.ts';
import { formatOf } from '../formats/index.ts';
import type { Senses } from './listen.ts';
import { createRecordingLane } from './recording-lane.ts';
import { createWindowDecoding, type WindowDecoding } from './window-decoding.ts';

const models = join(import.meta.dirname, '../../../native-models/bundled');
const beckett = join(import.meta.dirname, '../../perception/fixtures/beckett.wav');
/** As much of a JPEG file as anyone looks at here. */
const thumbnail = Uint8Array.of(0xff, 0xd8, 0xff, 0xe0);
const fixture = (name: string): string => join(import.meta.dirname, 'fixtures', name);

let built: Bundle;
let transcriber: Transcriber;
let detector: VoiceDetector;
let textReader: TextReader;
beforeAll(async () => {
  built = await bundle('main/ingest/media/process.ts', 'media');
  transcriber = await openTranscriber(join(models, speechModelId), 1);
  detector = await openVoiceDetector(join(models, voiceModelId));
  textReader = await openTextReader(join(models, textModelId), 1);
});
afterAll(async () => {
  built.remove();
  await transcriber.dispose();
  await detector.dispose();
  await textReader.dispose();
});

const realHearing: Senses = {
  readText: (image, signal) => textReader.read(image, signal),
  detectVoice: (samples, state, signal) => detector.detect(samples, state, signal),
  transcribe: (samples, signal) => transcriber.transcribe(samples, signal),
};

/** Hears a sentence in every three seconds, and tells how many there were. */
function fakeHearing(act: (count: number) => void = () => undefined): Senses {
  let frame = 0;
  let count = 0;
  return {
    readText: async () => [],
    async detectVoice(samples) {
      const probabilities = Float32Array.from({ length: samples.length / frameSamples }, () =>
        frame++ % 110 < 40 ? 0.9 : 0.01,
      );
      return { probabilities, state: new Float32Array(voiceStateLength) };
    },
    async transcribe() {
      act(++count);
      return {
        text: `This is the sentence number ${count} of a long recording that tells of nothing else.`,
        doubtful: false,
      };
    },
  };
}

function start(senses: Senses, windows: WindowDecoding | null = null, opened = openTestLibrary()) {
  const { library } = opened;
  const lane = createRecordingLane({
    library,
    fork: forkWithNode,
    processFolder: built.folder,
    senses,
    windows,
    onError: (error) => {
      throw error;
    },
  });
  onTestFinished(() => lane.close());
  function add(path: string, name: string): DocumentEntry {
    const bytes = readFileSync(path);
    const { kind } = formatOf(name, bytes.subarray(0, 4096), bytes.length);
    const entry = library.addDocument({
      title: name,
      fileName: name,
      kind,
      contentHash: name,
      byteSize: statSync(path).size,
    });
    copyFileSync(path, library.filePath(entry.id));
    return entry;
  }
  return { ...opened, lane, add };
}

const words = (text: string): string[] => text.toLowerCase().match(/[a-z]+/g) ?? [];

describe('a recording', () => {
  test('is heard without a word wrong, each sentence at its time, and can be searched', async () => {
    const { lane, add, library } = start(realHearing);
    const { id } = add(beckett, 'beckett.wav');
    lane.run();
    await lane.idle();
    expect(library.get(id)).toMatchObject({ state: 'ready', error: null, kind: 'audio' });
    const sections = library.sections(id, 0, 10);
    expect(words(sections.map(({ text }) => text).join(' '))).toEqual(
      words('Ever tried. Ever failed. No matter. Try again. Fail again. Fail better.'),
    );
    const parts = sections.flatMap(({ anchor }) => (anchor.kind === 'time' ? (anchor.parts ?? []) : []));
    expect(parts.length).toBeGreaterThan(0);
    const [hit] = library.search({ query: 'fail better', limit: 1 });
    expect(hit?.anchor).toMatchObject({ kind: 'time' });
  });

  test.each(['stereo.mp3', 'sound.opus', 'sound.ogg', 'sound.flac', 'sound.webm'])('in %s is heard', async (name) => {
    const { lane, add, library } = start(realHearing);
    const { id } = add(fixture(name), name);
    lane.run();
    await lane.idle();
    const text = library.sections(id, 0, 10).map((section) => section.text);
    expect(words(text.join(' '))).toEqual(expect.arrayContaining(['ever', 'tried', 'failed', 'matter']));
  });

  test('is searched while it is heard, and goes on after its last section', async () => {
    const long = longRecording();
    let hang: (() => void) | undefined;
    const stopped = new Promise<void>((resolve) => {
      hang = resolve;
    });
    const first = start(fakeHearing((count) => count === 20 && hang?.()));
    const { id } = first.add(long, 'long.wav');
    first.lane.run();
    await stopped;
    await first.lane.close();
    const { sectionCount } = first.library.get(id);
    expect(sectionCount).toBeGreaterThan(1);
    expect(first.library.search({ query: 'sentence number 1', limit: 1 })).toHaveLength(1);
    const kept = await first.library.keptUntil(id);
    expect(kept).toBeGreaterThan(20);

    const again = openLibrary(first.database, first.dataFolder);
    await again.cleanUp();
    expect(again.get(id)).toMatchObject({ state: 'queued', sectionCount });
    const second = start(fakeHearing(), null, { ...first, library: again });
    second.lane.run();
    await second.lane.idle();
    expect(again.get(id).state).toBe('ready');
    const anchors = again.outline(id).map(({ anchor }) => anchor);
    let before = 0;
    for (const anchor of anchors) {
      if (anchor.kind !== 'time') throw new Error('a section without a time');
      expect(anchor.startMs).toBeGreaterThanOrEqual(before);
      before = anchor.endMs;
    }
    expect(before).toBeGreaterThan(115_000);
    expect(anchors.length).toBeGreaterThan(sectionCount);
  });

  test('that is no recording fails with its name, and the next one is heard', async () => {
    const { lane, add, library } = start(realHearing);
    const damaged = join(temporaryFolder(), 'bad.mp3');
    writeFileSync(damaged, `ID3${'no sound '.repeat(500)}`);
    const bad = add(damaged, 'bad.mp3');
    const good = add(beckett, 'good.wav');
    lane.run();
    await lane.idle();
    expect(library.get(bad.id)).toMatchObject({ state: 'failed', error: expect.stringContaining('“bad.mp3”') });
    expect(library.get(good.id).state).toBe('ready');
  });
});

/** Two minutes of silence as a WAV file: the double hears speech in it. */
function longRecording(): string {
  const data = 120 * 8000;
  const bytes = Buffer.alloc(44 + data, 128);
  bytes.write('RIFF', 0);
  bytes.writeUInt32LE(36 + data, 4);
  bytes.write('WAVEfmt ', 8);
  bytes.writeUInt32LE(16, 16);
  bytes.writeUInt16LE(1, 20);
  bytes.writeUInt16LE(1, 22);
  bytes.writeUInt32LE(8000, 24);
  bytes.writeUInt32LE(8000, 28);
  bytes.writeUInt16LE(1, 32);
  bytes.writeUInt16LE(8, 34);
  bytes.write('data', 36);
  bytes.writeUInt32LE(data, 40);
  const path = join(temporaryFolder(), 'long.wav');
  writeFileSync(path, bytes);
  return path;
}

describe('what only a window can decode', () => {
  const sound = readWav(beckett);

  test('fails with the codec’s name where there is never a window', async () => {
    const { lane, add, library } = start(realHearing);
    const { id } = add(fixture('sound.m4a'), 'sound.m4a');
    lane.run();
    await lane.idle();
    expect(library.get(id)).toMatchObject({
      state: 'failed',
      error: expect.stringMatching(/“sound\.m4a” has AAC sound/),
    });
  });

  test('waits for a window, is decoded by it, and goes on with another when it goes', async () => {
    const windows = createWindowDecoding();
    const { lane, add, library } = start(realHearing, windows);
    const { id } = add(fixture('sound.m4a'), 'sound.m4a');
    const other = add(beckett, 'other.wav');
    lane.run();
    await lane.idle();
    expect(library.get(id).state).toBe('queued');
    expect(library.get(other.id).state).toBe('ready');

    const gone = windows.connect();
    const taken = gone.take(new AbortController().signal);
    expect(await taken).toEqual({ id, kind: 'audio', fileName: 'sound.m4a', from: 0 });
    expect(await gone.give(id, { kind: 'sound', samples: sound.slice(0, 16_000), end: 1 })).toBe(true);
    gone.close();
    await lane.idle();
    expect(library.get(id).state).toBe('queued');

    const stays = windows.connect();
    const task = await stays.take(new AbortController().signal);
    for (let at = Math.round(task.from * 16_000); at < sound.length; at += 80_000)
      expect(
        await stays.give(id, { kind: 'sound', samples: sound.slice(at, at + 80_000), end: (at + 80_000) / 16_000 }),
      ).toBe(true);
    stays.end(id, null, null);
    await lane.idle();
    expect(library.get(id).state).toBe('ready');
    expect(
      words(
        library
          .sections(id, 0, 9)
          .map(({ text }) => text)
          .join(' '),
      ),
    ).toContain('better');
  });

  test('is given up with the window’s sentence, or when it is cancelled', async () => {
    const windows = createWindowDecoding();
    const { lane, add, library } = start(realHearing, windows);
    const { id } = add(fixture('sound.m4a'), 'sound.m4a');
    const window = windows.connect();
    const first = window.take(new AbortController().signal);
    lane.run();
    await first;
    window.end(id, '“sound.m4a” has AAC sound, which cannot be decoded on this machine.', null);
    await lane.idle();
    expect(library.get(id)).toMatchObject({ state: 'failed', error: expect.stringContaining('AAC') });

    library.setState(id, 'queued');
    const second = window.take(new AbortController().signal);
    await second;
    const giving = window.give(id, { kind: 'sound', samples: sound.slice(0, 16_000), end: 1 });
    library.setState(id, 'cancelled');
    lane.stop(id);
    await giving;
    await lane.idle();
    expect(await window.give(id, { kind: 'sound', samples: sound.slice(0, 16_000), end: 2 })).toBe(false);
    expect(library.get(id).state).toBe('cancelled');
  });
});

test('a recording in another language is marked as heard in English', async () => {
  const { lane, add, library } = start(realHearing);
  // A German voice of espeak-ng.
  const german = add(fixture('german.opus'), 'german.opus');
  const english = add(beckett, 'beckett.wav');
  lane.run();
  await lane.idle();
  expect(library.get(german.id)).toMatchObject({ state: 'ready', error: expect.stringContaining('heard as English') });
  expect(library.get(english.id)).toMatchObject({ state: 'ready', error: null });
});

describe('a video', () => {
  const sound = readWav(beckett);
  const slide = readPgm(join(import.meta.dirname, '../../perception/fixtures/slide.pgm'));

  test('becomes one stream of what is said and what stands on the screen, and says what was left out', async () => {
    const windows = createWindowDecoding();
    const { lane, add, library } = start(realHearing, windows);
    const { id } = add(fixture('talk.webm'), 'talk.webm');
    const window = windows.connect();
    const task = window.take(new AbortController().signal);
    lane.run();
    expect(await task).toMatchObject({ id, from: 0 });
    await window.give(id, { kind: 'picture', at: 0, width: 4, height: 4, pixels: new Uint8Array(16), thumbnail });
    await window.give(id, { kind: 'picture', at: 5.9, ...slide, thumbnail });
    for (let at = 0; at < sound.length; at += 80_000)
      await window.give(id, { kind: 'sound', samples: sound.slice(at, at + 80_000), end: (at + 80_000) / 16_000 });
    window.end(id, null, '“talk.webm” has parts that cannot be decoded.');
    await lane.idle();
    expect(library.get(id)).toMatchObject({ state: 'ready', error: '“talk.webm” has parts that cannot be decoded.' });
    const sections = library.sections(id, 0, 9);
    const screen = sections.find(({ title }) => title === 'On screen');
    expect(screen).toMatchObject({ anchor: { kind: 'time', startMs: 5900 } });
    expect(screen?.text).toContain('Electricity costs doubled to 48,300 euros');
    const [hit] = library.search({ query: 'what did the slide say about electricity costs?', limit: 1 });
    expect(hit?.anchor).toMatchObject({ startMs: 5900 });
    expect(words(sections.map(({ text }) => text).join(' '))).toContain('tried');
    expect(library.scenes.times(id)).toEqual([0, 5900]);
    expect(library.scenes.thumbnail(id, 5900)).toEqual(thumbnail);
    expect(library.scenes.thumbnail(id, 5901)).toBeUndefined();
    await library.remove(id);
    expect(library.scenes.times(id)).toEqual([]);
  });

  test('is described where there is a model for it, once for all pictures that show the same', async () => {
    const windows = createWindowDecoding();
    const describe = async ({ width }: GreyImage): Promise<string> => (width === 4 ? 'A red car.' : '');
    const { lane, add, library } = start({ ...fakeHearing(), describe }, windows);
    const { id } = add(fixture('talk.webm'), 'talk.webm');
    const window = windows.connect();
    const task = window.take(new AbortController().signal);
    lane.run();
    await task;
    for (const at of [1, 2]) {
      await window.give(id, { kind: 'picture', at, width: 4, height: 4, pixels: new Uint8Array(16), thumbnail });
      await window.give(id, { kind: 'sound', samples: sound.slice(0, 16_000), end: at });
    }
    window.end(id, null, null);
    await lane.idle();
    const shown = library.sections(id, 0, 9).filter(({ title }) => title === 'On screen');
    expect(shown).toMatchObject([{ text: 'A red car.', anchor: { kind: 'time', startMs: 1000 } }]);
  });

  test('is heard without a window on the command line, which says that nobody looked at it', async () => {
    const { lane, add, library } = start(realHearing);
    const { id } = add(fixture('talk.webm'), 'talk.webm');
    lane.run();
    await lane.idle();
    expect(library.get(id)).toMatchObject({
      state: 'ready',
      error: expect.stringContaining('pictures were not looked at'),
    });
  });
});

describe('an image', () => {
  const slide = readPgm(join(import.meta.dirname, '../../perception/fixtures/slide.pgm'));

  test('is read with the place of each line, once a window has decoded it', async () => {
    const windows = createWindowDecoding();
    const { lane, add, library } = start(realHearing, windows);
    const { id } = add(fixture('slide.png'), 'slide.png');
    expect(library.get(id).kind).toBe('image');
    const window = windows.connect();
    const task = window.take(new AbortController().signal);
    lane.run();
    expect(await task).toEqual({ id, kind: 'image', fileName: 'slide.png', from: 0 });
    await window.give(id, { kind: 'picture', at: 0, ...slide, thumbnail });
    window.end(id, null, null);
    await lane.idle();
    expect(library.get(id)).toMatchObject({ state: 'ready', sectionCount: 1, emptySections: 0 });
    expect(library.sections(id, 0, 1)[0]?.text).toBe(
      'Quarterly Review 2026\n\nElectricity costs doubled to 48,300 euros\n\nNext step: replace the old machines',
    );
    const [hit] = library.search({ query: 'electricity', limit: 1 });
    expect(hit?.anchor.kind === 'page' && hit.anchor.boxes.length).toBe(3);
  });

  test('is described where there is a model for it, and found by that', async () => {
    const windows = createWindowDecoding();
    const { lane, add, library } = start(
      { ...realHearing, describe: async () => 'Three lines on a pale slide.' },
      windows,
    );
    const { id } = add(fixture('slide.png'), 'slide.png');
    const window = windows.connect();
    const task = window.take(new AbortController().signal);
    lane.run();
    await task;
    await window.give(id, { kind: 'picture', at: 0, ...slide, thumbnail });
    window.end(id, null, null);
    await lane.idle();
    const [section] = library.sections(id, 0, 1);
    expect(section?.text).toMatch(/^Three lines on a pale slide\.\n\nQuarterly Review 2026\n\nElectricity/);
    const [hit] = library.search({ query: 'pale slide', limit: 1 });
    expect(hit?.anchor.kind === 'page' && hit.anchor.boxes[0]?.y).toBeGreaterThan(0.05);
  });

  test('is not read on the command line, which says so', async () => {
    const { lane, add, library } = start(realHearing);
    const { id } = add(fixture('slide.png'), 'slide.png');
    lane.run();
    await lane.idle();
    expect(library.get(id)).toMatchObject({
      state: 'failed',
      error: expect.stringContaining('“slide.png” is a picture'),
    });
  });
});
