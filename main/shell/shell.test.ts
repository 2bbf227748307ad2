import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { forkWithNode } from '../../base/utility-process.ts';
import type { App, AppOptions } from '../ipc/app.ts';
import { parseLaunchOptions, startApp } from './shell.ts';

test('every option reaches the app', async () => {
  const launch = parseLaunchOptions([
    '--data-dir',
    'data',
    '--model=m',
    '--device',
    'cpu',
    '--threads',
    '3',
    '--port',
    '0',
  ]);
  expect(launch).toEqual({
    dataFolder: resolve('data'),
    port: 0,
    files: [],
    overrides: { modelId: 'm', device: 'cpu', threads: 3 },
  });
  const started: AppOptions[] = [];
  const createApp = async (options: AppOptions): Promise<App> => {
    started.push(options);
    return {} as App;
  };
  const folders = { version: '1', renderer: 'r', preload: 'p', processes: 'o', bundled: 'b', samples: 's' };
  await startApp('served', createApp, forkWithNode, folders, launch);
  expect(started).toEqual([
    {
      shell: 'served',
      version: '1',
      dataFolder: resolve('data'),
      bundledFolder: 'b',
      samplesFolder: 's',
      processFolder: 'o',
      fork: forkWithNode,
      overrides: launch.overrides,
    },
  ]);
});

test('the file of a model is that of the folder that one is in', () => {
  const modelOf = (name: string) => parseLaunchOptions(['--model', name]).overrides.modelId;
  expect(modelOf('./M.GGUF')).toBe(resolve('M.GGUF'));
  expect(modelOf('smollm2-135m-instruct')).toBe('smollm2-135m-instruct');
});

test('what is not said is not overridden', () => {
  expect(parseLaunchOptions([])).toMatchObject({ port: undefined, overrides: {}, files: [] });
});

test.each([
  [['--device', 'gpu'], 'The option --device was not understood: it is auto, cpu or webgpu.'],
  [['--threads', '0'], 'The option --threads was not understood: it is a whole number from 1 to 64.'],
  [['--port', '70000'], 'The option --port was not understood: it is a whole number from 0 to 65535.'],
  [['--port', '1e3'], 'The option --port was not understood: it is a whole number from 0 to 65535.'],
  [['--model', ''], 'The option --model was not understood: it needs the id or the file of a model.'],
  [['--data-dir', ''], 'The option --data-dir was not understood: it needs a folder.'],
  [['a.pdf', ''], 'A file was named with an empty name: it is a file or a folder.'],
])('%j is refused with a sentence', (args, sentence) => {
  expect(() => parseLaunchOptions(args)).toThrow(sentence);
});

test('an unknown option is refused, unless others add theirs', () => {
  expect(() => parseLaunchOptions(['--nonsense'])).toThrow("Unknown option '--nonsense'");
  expect(parseLaunchOptions(['--nonsense', '--model', 'm', 'a.pdf'], { lenient: true })).toMatchObject({
    files: [resolve('a.pdf')],
    overrides: { modelId: 'm' },
  });
});
