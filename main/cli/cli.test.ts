import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { LonghandError } from '../../base/errors.ts';
import { writeTinyFamily } from '../../native-models/testing/tiny-families.ts';
import { samplesFolder, twentyPages } from '../ingest/testing/read.ts';
import { openDatabase } from '../library/database.ts';
import { openLibrary } from '../library/library.ts';
import { temporaryFolder } from '../library/testing/temporary-folder.ts';
import { type FakeProcesses, fakeModels, fakeProcesses } from '../testing/processes.ts';
import { type CliHost, runCli } from './cli.ts';

const bundledFolder = resolve(import.meta.dirname, '../../native-models/bundled');

interface Outcome {
  status: number;
  out: string;
  err: string;
}

/** A command line with a data folder of its own, and the processes beside it. */
function commandLine(processes: FakeProcesses = fakeProcesses(), overrides: Partial<CliHost> = {}) {
  const dataFolder = overrides.defaultDataFolder ?? join(temporaryFolder(), 'data');
  const models = fakeModels();
  const served: Parameters<CliHost['serve']>[0][] = [];
  async function run(...args: string[]): Promise<Outcome> {
    let out = '';
    let err = '';
    const status = await runCli(args, {
      version: '1.2.3',
      bundledFolder: models,
      samplesFolder,
      processFolder: '/built',
      defaultDataFolder: dataFolder,
      fork: processes.fork,
      serve: async (options) => void served.push(options),
      out: (text) => {
        out += text;
      },
      err: (text) => {
        err += text;
      },
      input: async () => 'from standard input',
      signal: new AbortController().signal,
      ...overrides,
    });
    return { status, out, err };
  }
  /** Runs with `--json`, and gives what was printed. */
  async function json<T>(...args: string[]): Promise<T> {
    const { status, out, err } = await run(...args, '--json');
    expect({ status, err: status === 0 ? '' : err }).toEqual({ status: 0, err: '' });
    return JSON.parse(out) as T;
  }
  return { run, json, dataFolder, models, served, processes };
}

function note(name: string, text: string): string {
  const path = join(temporaryFolder(), name);
  writeFileSync(path, text);
  return path;
}

const lighthouse = (): string => note('lighthouse.txt', 'Henry Winstanley lit the first tower in 1698.');

/** A command that is refused: one line on standard error, nothing on standard output, status 1. */
async function refusal(running: Promise<Outcome>): Promise<string> {
  const { status, out, err } = await running;
  expect({ status, out }).toEqual({ status: 1, out: '' });
  expect(err).toMatch(/^[^\n]+\n$/);
  return err.trim();
}

type Documents = { documents: { id: string; title: string; state: string }[] };

describe('add, list and remove', () => {
  test('makes what was added findable by its meaning, and says how far that has come', async () => {
    const { run, json } = commandLine(fakeProcesses({ embeds: true }));
    const added = await run('add', lighthouse());
    expect(added).toMatchObject({ status: 0, err: expect.stringMatching(/by meaning: 1 of 1 passages\n$/) });
    expect((await json<{ read: { meaning: string } }>('ask', 'Who lit it?')).read.meaning).toBe('complete');
    const asked = await run('ask', 'Who lit it?', '--add', note('other.txt', 'The keeper was Abel Joss.'));
    expect(asked.err).toContain('by meaning: 1 of 1 passages');
  });

  test('say what they did, and tell of the reading on standard error', async () => {
    const { run } = commandLine();
    expect(await run('list')).toEqual({ status: 0, out: 'There are no documents yet.\n', err: '' });
    const added = await run('add', lighthouse());
    expect(added).toMatchObject({
      status: 0,
      out: expect.stringMatching(/^[\w-]{36} {2}lighthouse \(ready[^\n]*\)\n$/),
    });
    const id = added.out.slice(0, 36);
    expect((await run('list')).out.slice(0, 36)).toBe(id);
    expect(await run('remove', id)).toEqual({ status: 0, out: 'Removed "lighthouse".\n', err: '' });
    expect((await run('list')).out).toBe('There are no documents yet.\n');
  });

  test('print one object with --json', async () => {
    const { json } = commandLine();
    const { documents } = await json<Documents>('add', lighthouse(), twentyPages);
    expect(documents).toMatchObject([
      { title: 'lighthouse', kind: 'text', state: 'ready', sectionCount: 1 },
      { title: 'A Guide to the Twenty Islands', kind: 'pdf', state: 'ready', sectionCount: 20 },
    ]);
    const ids = documents.map(({ id }) => id).sort();
    expect((await json<Documents>('list')).documents.map(({ id }) => id).sort()).toEqual(ids);
    expect(await json('remove', ids[0] ?? '')).toEqual({ removed: ids[0] });
    expect((await json<Documents>('list')).documents.map(({ id }) => id)).toEqual(ids.slice(1));
  });

  test('a folder is added with what can be read in it, and named for the rest', async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'below'));
    writeFileSync(join(folder, 'a.md'), '# First\n\nText.');
    writeFileSync(join(folder, 'below', 'b.txt'), 'Second.');
    const { json } = commandLine();
    const { documents } = await json<Documents>('add', folder);
    expect(documents.map(({ title }) => title).sort()).toEqual(['First', 'b']);
  });

  test('a locked file is read with its password, given there or on standard input', async () => {
    const locked = resolve(import.meta.dirname, '../ingest/fixtures/encrypted.pdf');
    const { run, json } = commandLine();
    expect(await refusal(run('add', locked))).toContain('password');
    expect(await refusal(run('add', locked, '--password', 'wrong'))).toContain('password');
    const { documents } = await json<Documents>('add', locked, '--password', 'secret');
    expect(documents).toMatchObject([{ state: 'ready', locked: true }]);
    const piped = commandLine(undefined, { input: async () => 'secret\n' });
    expect((await piped.run('add', locked, '--password', '-')).status).toBe(0);
  });

  test('what was refused is said once, and what was added is there', async () => {
    const { run } = commandLine();
    const [missing, absent] = ['missing.pdf', 'absent.txt'].map((name) => join(temporaryFolder(), name));
    const partly = await run('add', lighthouse(), missing ?? '', '--json');
    expect(partly.status).toBe(1);
    expect(JSON.parse(partly.out)).toMatchObject({
      documents: [{ title: 'lighthouse', state: 'ready' }],
      refused: [{ name: 'missing.pdf', reason: expect.stringContaining('does not exist') }],
    });
    expect(partly.err.match(/missing\.pdf/g)).toHaveLength(1);
    const said = await refusal(run('add', missing ?? '', absent ?? ''));
    expect(said.match(/missing\.pdf|absent\.txt/g)).toEqual(['missing.pdf', 'absent.txt']);
  });

  test('every document that cannot be read is named', async () => {
    const { run } = commandLine();
    const damaged = ['one.pdf', 'two.pdf'].map((name) => note(name, `%PDF-1.7 and nothing more of ${name}`));
    expect(await refusal(run('add', ...damaged))).toMatch(/one\.pdf.*two\.pdf/);
    const { status, out } = await run('add', ...damaged, lighthouse());
    expect({ status, out }).toEqual({
      status: 1,
      out: expect.stringMatching(/^[\w-]{36} {2}lighthouse \(ready[^\n]*\)\n$/),
    });
  });

  test('what cannot be read is named as it was given, though it is known by another name', async () => {
    const { run } = commandLine();
    const content = '%PDF-1.7 and nothing more';
    await run('add', note('first.pdf', content));
    expect(await refusal(run('add', note('second.pdf', content)))).toContain('second.pdf');
  });

  test('what lies in a folder and is left out is told, and no failure', async () => {
    const { run } = commandLine();
    const file = lighthouse();
    writeFileSync(join(dirname(file), 'program.exe'), 'MZ');
    const { status, out, err } = await run('add', dirname(file), '--json');
    expect(status).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      documents: [{ title: 'lighthouse' }],
      refused: [{ reason: expect.stringContaining('exe') }],
    });
    expect(err).toContain('exe');
  });

  test('stop when they are interrupted, before a file is taken', async () => {
    const dataFolder = join(temporaryFolder(), 'data');
    const interrupted = commandLine(undefined, { defaultDataFolder: dataFolder, signal: AbortSignal.abort() });
    expect(await refusal(interrupted.run('add', lighthouse()))).toBe('Stopped.');
    expect(await commandLine(undefined, { defaultDataFolder: dataFolder }).json('list')).toEqual({ documents: [] });
  });

  test('what cannot be read is a sentence', async () => {
    const { run } = commandLine();
    const missing = join(temporaryFolder(), 'missing.pdf');
    const { status, out, err } = await run('add', missing);
    expect({ status, out }).toEqual({ status: 1, out: '' });
    expect(err).toContain('missing.pdf');
    expect(await refusal(run('add', note('damaged.pdf', '%PDF-1.7 and nothing more')))).toContain('damaged.pdf');
    expect(await refusal(run('remove', 'nothing'))).toContain('nothing');
  });
});

describe('transcript', () => {
  test('is there of what is timed, and of nothing else', async () => {
    const { run, json } = commandLine();
    const spoken = note('talk.srt', '1\n00:00:01,000 --> 00:00:02,000\nGood morning.\n');
    const { documents } = await json<Documents>('add', spoken, lighthouse());
    const [talk = '', text = ''] = documents.map(({ id }) => id);
    expect((await run('transcript', talk)).out).toContain('Good morning.');
    expect(await refusal(run('transcript', text))).toBe('“lighthouse” is no recording: it has no transcript.');
  });

  test('of what could not be read is none', async () => {
    const { run } = commandLine();
    await run('add', note('talk.srt', 'no times'));
    const [id = ''] = (await run('list')).out.split(' ');
    expect(await refusal(run('transcript', id))).toBe('“talk” has not been read in.');
  });
});

describe('ask', () => {
  const writes = () => ({ pieces: ['Henry Winstanley', ', in 1698, with John Smeaton.'] });

  test('prints the object that the manual promises', async () => {
    const { json } = commandLine(fakeProcesses({ writes }));
    const answer = await json('ask', 'Who lit the first tower?', '--add', lighthouse());
    expect(answer).toEqual({
      answer: 'Henry Winstanley, in 1698, with John Smeaton.',
      citations: [
        {
          document: expect.stringMatching(/^[\w-]{36}$/),
          title: 'lighthouse',
          range: [0, 45],
          quote: 'Henry Winstanley lit the first tower in 1698.',
          supports: true,
        },
      ],
      read: {
        documents: [
          expect.objectContaining({
            id: expect.any(String),
            title: 'lighthouse',
            tokens: 8,
            tokensRead: 8,
            whole: true,
          }),
        ],
        tokensMounted: 8,
        tokensAttended: 10,
        tokensReused: 2,
        meaning: expect.stringMatching(/^(off|partial|complete)$/),
        leftOut: [],
      },
      timing: expect.objectContaining({
        firstTokenMs: 120,
        prefillTokens: expect.any(Number),
        prefillTokensPerSecond: expect.any(Number),
        decodeTokens: 2,
        decodeTokensPerSecond: 40,
      }),
      unsupported: ['John Smeaton'],
      cut: false,
      model: 'Model smollm2-135m-instruct',
      device: 'cpu',
    });
  });

  test('cites a PDF by its page', async () => {
    const { json } = commandLine(fakeProcesses({ writes: () => ({ pieces: ['Mount Ettrim.'] }) }));
    const { citations } = await json<{ citations: { page?: number; range?: unknown }[] }>(
      'ask',
      'What is the highest point of Corvane?',
      '--add',
      twentyPages,
    );
    expect(citations[0]).toMatchObject({ title: 'A Guide to the Twenty Islands', page: 4 });
    expect(citations.every(({ page, range }) => page !== undefined && range === undefined)).toBe(true);
  });

  test('streams to standard output, and names the sources below', async () => {
    const { run } = commandLine(fakeProcesses({ writes }));
    const { status, out, err } = await run('ask', 'Who lit the first tower?', '--add', lighthouse());
    expect(status).toBe(0);
    expect(out).toBe(
      'Henry Winstanley, in 1698, with John Smeaton.\n\n* lighthouse: Henry Winstanley lit the first tower in 1698.\nNot found in what was read: John Smeaton\n',
    );
    expect(err).toMatch(/^Searching$/m);
    expect(err).toMatch(/^Writing$/m);
  });

  test('reads the documents named, else all', async () => {
    const { run, json } = commandLine();
    const { documents } = await json<Documents>('add', lighthouse(), note('reef.txt', 'The reef lies off Plymouth.'));
    const read = async (...args: string[]): Promise<string[]> => {
      const answer = await json<{ read: { documents: { title: string }[] } }>('ask', 'Where?', ...args);
      return answer.read.documents.map(({ title }) => title).sort();
    };
    expect(await read()).toEqual(['lighthouse', 'reef']);
    const ids = documents.map(({ id }) => id);
    expect(await read('--doc', ids[0] ?? '')).toEqual(['lighthouse']);
    expect(await read('--doc', ids[0] ?? '', '--doc', ids[1] ?? '')).toEqual(['lighthouse', 'reef']);
    expect(await read('--add', note('tower.txt', 'A tower.'))).toEqual(['tower']);
    expect(await refusal(run('ask', 'Where?', '--doc', 'nowhere'))).toContain('nowhere');
  });

  test('says what it had to leave out because it could not be read', async () => {
    const { run, json } = commandLine();
    await run('add', note('damaged.pdf', '%PDF-1.7 and nothing more'));
    const leftOut = [{ title: 'damaged', reason: 'failed' }];
    expect(await json('ask', 'Where?', '--all')).toMatchObject({ read: { documents: [], leftOut } });
    await json('add', lighthouse());
    const read = { documents: [{ title: 'lighthouse' }], leftOut };
    expect(await json('ask', 'Where?')).toMatchObject({ read });
    expect((await run('ask', 'Where?')).out).toMatch(/\nLeft out, because not read in: damaged\n$/);
  });

  test('is not answered when something that it names was refused', async () => {
    const { run, processes } = commandLine();
    const missing = join(temporaryFolder(), 'missing.pdf');
    const said = await run('ask', 'Where?', '--add', lighthouse(), '--add', missing, '--json');
    expect(said).toMatchObject({ status: 1, out: '', err: expect.stringMatching(/missing\.pdf[^\n]*\n$/) });
    expect(processes.asked.filter(({ method }) => method === 'answer')).toEqual([]);
  });

  test('hands its options to the engine', async () => {
    const { json, processes } = commandLine();
    await json('ask', 'Is it?', '--max-tokens', '7', '--temperature', '0.5', '--seed', '9');
    expect(processes.asked.at(-1)).toMatchObject({
      params: { maxTokens: 7, sampling: { temperature: 0.5, seed: 9 } },
    });
  });

  test('an empty question is refused before a file is added', async () => {
    const { run } = commandLine();
    expect(await refusal(run('ask', ' ', '--add', lighthouse()))).toBe('The question is empty.');
    expect((await run('list')).out).toBe('There are no documents yet.\n');
  });

  test('ends with status 1 when it is interrupted', async () => {
    const controller = new AbortController();
    const processes = fakeProcesses({
      writes: () => {
        controller.abort();
        return { pieces: ['It was'], endless: true };
      },
    });
    const { run } = commandLine(processes, { signal: controller.signal });
    const { status, out, err } = await run('ask', 'Who?', '--json');
    expect({ status, out }).toEqual({ status: 1, out: '' });
    expect(err).toMatch(/Stopped\.\n$/);
    expect(processes.running()).toEqual([]);
  });
});

test('an interrupt is what it says, whatever ended first', async () => {
  const controller = new AbortController();
  const processes: FakeProcesses = fakeProcesses({
    writes: () => {
      // As in a terminal, which interrupts every process that runs in it.
      processes.loseEngine();
      controller.abort();
      return { pieces: ['It was'], endless: true };
    },
  });
  const { run } = commandLine(processes, { signal: controller.signal });
  expect((await run('complete', 'Once')).err).toBe('Stopped.\n');
});

test('no control character stands in JSON as it is', async () => {
  const { run } = commandLine(fakeProcesses({ writes: () => ({ pieces: ['\u001b[2J\u009b31m\u007f'] }) }));
  const { out } = await run('complete', 'Once', '--json');
  expect(out).not.toMatch(/(?!\n)\p{Cc}/u);
  expect(JSON.parse(out)).toMatchObject({ text: '\u001b[2J\u009b31m\u007f' });
});

describe('complete', () => {
  const writes = () => ({ pieces: [' there', ' was'] });

  test('continues a text as it is, always by the likeliest token', async () => {
    const { run, dataFolder, processes } = commandLine(fakeProcesses({ writes }));
    expect(await run('complete', 'Once upon a time')).toEqual({ status: 0, out: ' there was\n', err: '' });
    expect(processes.asked).toMatchObject([
      { method: 'load', params: { modelId: 'smollm2-135m-instruct', device: 'auto', threads: null } },
      {
        method: 'generate',
        params: {
          prompt: { kind: 'text', text: 'Once upon a time' },
          maxTokens: 64,
          sampling: { temperature: 0, repetitionPenalty: 1 },
        },
      },
    ]);
    expect(processes.running()).toEqual([]);
    expect(existsSync(join(dataFolder, 'library.db'))).toBe(false);
  });

  test('reads - from standard input, and prints one object with --json', async () => {
    const { json, processes } = commandLine(fakeProcesses({ writes }));
    expect(await json('complete', '-', '--max-tokens', '2')).toEqual({
      text: ' there was',
      tokens: [0, 1],
      promptTokens: 8,
    });
    expect(processes.asked.at(-1)?.params).toMatchObject({
      prompt: { kind: 'text', text: 'from standard input' },
      maxTokens: 2,
    });
  });

  test('adds the best tokens of each position', async () => {
    const { json, processes } = commandLine(fakeProcesses({ writes }));
    expect(await json('complete', 'Once', '--logprobs', '5')).toMatchObject({
      logprobs: [[{ id: 3, token: ' a', logit: 1.5 }]],
    });
    expect(processes.asked.at(-1)?.params).toMatchObject({ logprobs: 5 });
  });

  test('says why a model cannot be used', async () => {
    const refuses = () => new LonghandError('bad-file', 'The model file\nis damaged.');
    const { run } = commandLine(fakeProcesses({ refuses }));
    expect(await refusal(run('complete', 'Once'))).toBe('The model file is damaged.');
    expect(await refusal(run('complete', 'Once', '--model', 'gpt-9'))).toMatch(
      /^There is no model "gpt-9"\. Name one of/,
    );
  });
});

test('everywhere: the folder, the model, the device and the threads', async () => {
  const { run, processes, models } = commandLine();
  const dataFolder = join(temporaryFolder(), 'mine');
  const options = ['--data-dir', dataFolder, '--model', 'other', '--device', 'webgpu', '--threads', '3'];
  expect((await run('ask', 'Is it?', ...options)).status).toBe(0);
  expect((await run('complete', 'It is', ...options)).status).toBe(0);
  const expected = { modelPath: join(models, 'other', 'weights.gguf'), device: 'webgpu', threads: 3 };
  const loads = processes.asked.filter(({ method }) => method === 'load').map(({ params }) => params);
  expect(loads).toMatchObject([expected, expected]);
  expect(loads.map(({ cacheFolder }) => cacheFolder)).toEqual([join(dataFolder, 'cache'), join(dataFolder, 'cache')]);
  expect(existsSync(join(dataFolder, 'library.db'))).toBe(true);
});

test('the common options may stand before the command too', async () => {
  const { run, processes, dataFolder } = commandLine();
  const other = join(temporaryFolder(), 'mine');
  expect((await run('--data-dir', other, '--json', 'list')).out).toBe('{\n  "documents": []\n}\n');
  expect((await run('--threads', '3', 'complete', 'It is', '--model', './M.GGUF', '--max-tokens', '2')).status).toBe(0);
  expect(processes.asked).toMatchObject([
    { method: 'load', params: { threads: 3, modelId: resolve('M.GGUF'), modelPath: resolve('M.GGUF') } },
    { method: 'generate', params: { maxTokens: 2 } },
  ]);
  expect([existsSync(other), existsSync(dataFolder)]).toEqual([true, false]);
});

test('models lists those that ship', async () => {
  const { run, json } = commandLine(fakeProcesses(), { bundledFolder });
  expect(await run('models')).toMatchObject({
    status: 0,
    out: expect.stringContaining('smollm2-135m-instruct  135M parameters, 8192 tokens of context\n'),
  });
  expect(await json('models')).toMatchObject({
    models: expect.arrayContaining([expect.objectContaining({ id: 'smollm2-135m-instruct', license: 'apache-2.0' })]),
  });
});

test('models lists those that were added too, by what --model takes, also while the folder is in use', async () => {
  const { run, json, dataFolder } = commandLine();
  const path = join(temporaryFolder(), 'tiny.gguf');
  await writeTinyFamily(path, 'qwen3');
  const damaged = note('damaged.gguf', 'This is no model.');
  expect(await json('models')).toEqual({ models: [] });
  expect(existsSync(dataFolder)).toBe(false);
  const elsewhere = join(temporaryFolder(), 'data');
  const database = openDatabase(elsewhere);
  onTestFinished(() => database.close());
  openLibrary(database, elsewhere, {}).setSetting('models', [path, damaged]);
  const { out } = await run('models', '--data-dir', elsewhere);
  expect(out).toBe(
    `${path}  0M parameters, 4096 tokens of context\n${damaged}  The model file damaged.gguf cannot be used: it is not a GGUF file. Get the file again.\n`,
  );
  expect(await json('models', '--data-dir', elsewhere)).toEqual({
    models: [
      expect.objectContaining({ id: path, bundled: false, architecture: 'qwen3' }),
      { id: damaged, name: 'damaged', path: damaged, bundled: false, problem: expect.stringContaining('no') },
    ],
  });
  expect(await json('models')).toEqual({ models: [] });
});

test('models says why the models that were added cannot be known', async () => {
  const { run, dataFolder } = commandLine();
  mkdirSync(dataFolder);
  writeFileSync(join(dataFolder, 'library.db'), 'no database');
  expect(await refusal(run('models'))).toContain(join(dataFolder, 'library.db'));
});

test('serve runs the served shell with what was said', async () => {
  const { run, served, dataFolder } = commandLine();
  expect(await run('serve')).toEqual({ status: 0, out: '', err: '' });
  await run('serve', '--port', '4738', '--data-dir', 'data', '--threads', '1');
  expect(served).toEqual([
    { dataFolder, port: undefined, overrides: {} },
    { dataFolder: resolve('data'), port: 4738, overrides: { threads: 1 } },
  ]);
});

test.each([
  [['nonsense']],
  [['lst']],
  [['list', '--nonsense']],
  [['list', 'more']],
  [['add']],
  [['ask']],
  [['complete', 'a', '--threads', '0']],
  [['complete', 'a', '--threads', 'many']],
  [['complete', 'a', '--max-tokens', '-1']],
  [['complete', 'a', '--temperature', 'warm']],
  [['complete', 'a', '--logprobs', '101']],
  [['complete', 'a', '--seed', '1.5']],
  [['ask', 'a', '--device', 'abacus']],
  [['serve', '--port', '65536']],
  [['list', '--data-dir']],
  [['list', '--data-dir', '']],
  [['list', '--model', '']],
  [['add', '']],
  [['add', 'a.txt', '']],
  [['ask', 'a', '--add', '']],
  [['help', 'bogus']],
  [['--json']],
])('%j is refused in one line that leads on', async (args) => {
  const { run, dataFolder } = commandLine();
  expect(await refusal(run(...args))).toMatch(/^[A-Z].*\. Run "longhand [a-z ]*--help" to see what can be said\.$/);
  expect(existsSync(dataFolder)).toBe(false);
});

test('help and the version are no errors', async () => {
  const { run } = commandLine();
  expect(await run('--version')).toEqual({ status: 0, out: '1.2.3\n', err: '' });
  const help = await run('--help');
  expect(help).toMatchObject({ status: 0, err: '' });
  for (const name of ['add', 'list', 'remove', 'ask', 'complete', 'models', 'serve']) expect(help.out).toContain(name);
  expect(await run('ask', '--help')).toMatchObject({
    status: 0,
    out: expect.stringContaining('--max-tokens'),
    err: '',
  });
  expect(await run()).toEqual(help);
});

test('a broken start is told, and nothing is overwritten', async () => {
  const file = note('data', 'mine');
  const { run } = commandLine();
  for (const command of [['list'], ['add', lighthouse()], ['ask', 'Why?', '--json']])
    expect(await refusal(run(...command, '--data-dir', file))).toContain(file);
  expect(readFileSync(file, 'utf8')).toBe('mine');
});
