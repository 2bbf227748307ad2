import {
  copyFileSync,
  createReadStream,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { LonghandError } from '../base/errors.ts';
import { channelPair, connect } from '../base/rpc.ts';
import { writeTinyFamily } from '../native-models/testing/tiny-families.ts';
import { createServices, type Services } from './index.ts';
import { samplesFolder } from './ingest/testing/read.ts';
import type { AppOptions } from './ipc/app.ts';
import type { AppContract } from './ipc/contract.ts';
import { temporaryFolder } from './library/testing/temporary-folder.ts';
import { bundledModelId } from './models/models.ts';
import { fakeModels, fakeProcesses, type Writing } from './testing/processes.ts';

type EventName = keyof AppContract['events'];

function start(options: Partial<AppOptions> = {}, processes = fakeProcesses()) {
  const appOptions: AppOptions = {
    shell: 'served',
    version: '1.2.3',
    dataFolder: join(temporaryFolder(), 'data'),
    bundledFolder: fakeModels(),
    samplesFolder,
    processFolder: '/built',
    fork: processes.fork,
    ...options,
  };
  const services = createServices(appOptions);
  let closed: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closed ??= services.app.close();
    return closed;
  };
  onTestFinished(close);
  return { ...services, ...appOptions, processes, close };
}

/** A window at the other end of a channel, and the events that it has heard. */
function openWindow({ app }: Pick<Services, 'app'>, rights = { paths: true }) {
  const [near, far] = channelPair();
  app.serve(far, rights);
  const client = connect<AppContract>(near);
  const heard: { event: EventName; payload: unknown }[] = [];
  const names: EventName[] = ['library.changed', 'library.removed', 'chat.changed', 'chat.removed', 'settings.changed'];
  const answers: EventName[] = ['answer.found', 'answer.phase', 'answer.text', 'answer.ended'];
  const models: EventName[] = ['engine.changed', 'memory.changed'];
  for (const event of [...names, ...answers, ...models]) client.on(event, (payload) => heard.push({ event, payload }));
  const payloads = (event: EventName): unknown[] =>
    heard.flatMap((message) => (message.event === event ? [message.payload] : []));
  return { ...client, near, payloads };
}

async function ready({ engine }: Pick<Services, 'engine'>): Promise<void> {
  await engine.ready();
  await vi.waitFor(() => expect(engine.status().state).toBe('ready'));
}

/** A window on an app with one document that has been read in. */
async function withDocument(writes: () => Writing = () => ({ pieces: ['Henry Winstanley.'] })) {
  const running = start({}, fakeProcesses({ writes }));
  await ready(running);
  const window = openWindow(running);
  const { documents } = await window.request('library.add', {
    sources: [{ kind: 'text', title: 'Eddystone', text: 'Henry Winstanley lit the first tower in 1698.' }],
  });
  await running.ingest.idle();
  const id = documents[0]?.id ?? '';
  return { ...running, window, id };
}

describe('settings', () => {
  test('have defaults, and are kept from run to run', async () => {
    const first = start();
    const window = openWindow(first);
    expect(await window.request('settings.get', {})).toMatchObject({
      device: 'auto',
      threads: null,
      modelId: bundledModelId,
      theme: 'system',
      locale: 'system',
    });
    await window.request('settings.set', { theme: 'dark', threads: 3 });
    await first.close();
    const second = start({ dataFolder: first.dataFolder });
    const changed = { theme: 'dark', threads: 3, device: 'auto' };
    expect(await openWindow(second).request('settings.get', {})).toMatchObject(changed);
  });

  test('a change is heard in every window', async () => {
    const running = start();
    const [one, other] = [openWindow(running), openWindow(running)];
    await one.request('settings.set', { locale: 'de' });
    await vi.waitFor(() => expect(other.payloads('settings.changed')).toMatchObject([{ locale: 'de' }]));
    expect(one.payloads('settings.changed')).toHaveLength(1);
  });

  test('what is not understood, or not there, changes nothing', async () => {
    const window = openWindow(start());
    const before = await window.request('settings.get', {});
    await expect(window.request('settings.set', { theme: 'pink' as 'dark' })).rejects.toMatchObject({
      code: 'bad-request',
    });
    await expect(window.request('settings.set', { theme: 'dark', modelId: 'gpt-9' })).rejects.toMatchObject({
      code: 'not-found',
    });
    expect(await window.request('settings.get', {})).toEqual(before);
    expect(window.payloads('settings.changed')).toEqual([]);
  });

  test('that two windows change at once keep both changes', async () => {
    const running = start();
    const [one, other] = [openWindow(running), openWindow(running)];
    await Promise.all([
      one.request('settings.set', { modelId: 'other' }),
      other.request('settings.set', { theme: 'dark' }),
      one.request('settings.set', { threads: 2 }),
    ]);
    expect(await one.request('settings.get', {})).toMatchObject({ modelId: 'other', theme: 'dark', threads: 2 });
  });

  test('can be changed while the model in use is gone', async () => {
    const window = openWindow(start({ bundledFolder: temporaryFolder() }));
    expect(await window.request('settings.set', { theme: 'dark' })).toMatchObject({ theme: 'dark' });
  });

  test.each([
    '../../../x.gguf',
    './x.gguf',
    'x.gguf',
    'package.json',
    '/x.gguf',
  ])('take no file named %s', async (name) => {
    const window = openWindow(start());
    await expect(window.request('settings.set', { modelId: name })).rejects.toMatchObject({
      code: expect.stringMatching(/^(not-found|forbidden)$/),
    });
    expect(await window.request('settings.get', {})).toMatchObject({ modelId: bundledModelId });
  });

  test('take a model of this machine only once it was added, by a window that may name files', async () => {
    const running = start();
    const path = join(temporaryFolder(), 'tiny.gguf');
    await writeTinyFamily(path, 'qwen3');
    const window = openWindow(running);
    const stranger = openWindow(running, { paths: false });
    await expect(window.request('settings.set', { modelId: path })).rejects.toMatchObject({ code: 'forbidden' });
    const source = { kind: 'path', path } as const;
    await expect(stranger.request('models.add', { source })).rejects.toMatchObject({ code: 'forbidden' });
    await window.request('models.add', { source });
    expect(await window.request('settings.set', { modelId: path })).toMatchObject({ modelId: path });
    expect((await window.request('models.list', {})).map(({ id }) => id)).toEqual([path]);
    await expect(window.request('models.remove', { id: path })).rejects.toMatchObject({ code: 'bad-request' });
    await window.request('settings.set', { modelId: bundledModelId });
    await window.request('models.remove', { id: path });
    expect(await window.request('models.list', {})).toEqual([]);
  });

  test('take no model whose file was damaged; it is listed with what is wrong, and can be removed', async () => {
    const running = start();
    const path = join(temporaryFolder(), 'tiny.gguf');
    await writeTinyFamily(path, 'qwen3');
    const window = openWindow(running);
    await window.request('models.add', { source: { kind: 'path', path } });
    writeFileSync(path, 'This is no model.');
    expect(await window.request('models.list', {})).toEqual([
      { id: path, name: 'tiny', path, bundled: false, problem: expect.stringContaining('it is not a GGUF file') },
    ]);
    await expect(window.request('settings.set', { modelId: path })).rejects.toMatchObject({ code: 'bad-file' });
    await window.request('models.remove', { id: path });
    expect(await window.request('models.list', {})).toEqual([]);
  });

  test('take a model that was sent, and keep its file', async () => {
    const running = start();
    const path = join(temporaryFolder(), 'tiny.gguf');
    await writeTinyFamily(path, 'gemma3');
    const window = openWindow(running, { paths: false });
    const upload = await running.app.receiveUpload(createReadStream(path), new AbortController().signal);
    const added = await window.request('models.add', { source: { kind: 'upload', upload, name: 'Gemma.gguf' } });
    expect(added.path).toBe(join(running.dataFolder, 'models', 'Gemma.gguf'));
    await expect(
      window.request('models.add', { source: { kind: 'upload', upload, name: 'Gemma.gguf' } }),
    ).rejects.toMatchObject({ code: 'not-found' });
  });

  test('damaged ones are as good as none', async () => {
    const first = start();
    first.library.setSetting('settings', { theme: 7 });
    await first.close();
    const window = openWindow(start({ dataFolder: first.dataFolder }));
    expect(await window.request('settings.get', {})).toMatchObject({ theme: 'system' });
  });

  test('the command line overrides them for its run alone', async () => {
    const { fork, asked } = fakeProcesses();
    const first = start({ fork, overrides: { device: 'webgpu', threads: 1 } });
    await ready(first);
    expect(asked[0]).toMatchObject({ method: 'load', params: { device: 'webgpu', threads: 1 } });
    const window = openWindow(first);
    const used = { theme: 'dark', device: 'webgpu', threads: 1 };
    expect(await window.request('settings.set', { theme: 'dark' })).toMatchObject(used);
    expect(await window.request('settings.get', {})).toMatchObject(used);
    await first.close();
    expect(await openWindow(start({ dataFolder: first.dataFolder })).request('settings.get', {})).toMatchObject({
      theme: 'dark',
      device: 'auto',
      threads: null,
    });
  });

  test('a choice in a window ends the command line’s', async () => {
    const { fork, asked } = fakeProcesses();
    const first = start({ fork, overrides: { device: 'webgpu', threads: 1 } });
    await ready(first);
    const window = openWindow(first);
    expect(await window.request('settings.set', { threads: 2 })).toMatchObject({ device: 'webgpu', threads: 2 });
    await vi.waitFor(() =>
      expect(asked.filter(({ method }) => method === 'load').at(-1)).toMatchObject({
        params: { device: 'webgpu', threads: 2 },
      }),
    );
  });
});

describe('the engine', () => {
  const weightsOf = ({ bundledFolder }: { bundledFolder: string }, id: string) =>
    join(bundledFolder, id, 'weights.gguf');
  const loads = ({ processes }: Pick<ReturnType<typeof start>, 'processes'>) =>
    processes.asked.filter(({ method }) => method === 'load').map(({ params }) => params);

  test('is started again with another model, device, threads or form of blocks, and for nothing else', async () => {
    const running = start();
    await ready(running);
    const window = openWindow(running);
    await window.request('settings.set', { theme: 'dark', modelId: bundledModelId });
    expect(loads(running)).toHaveLength(1);
    await window.request('settings.set', { modelId: 'other' });
    await vi.waitFor(() => expect(running.engine.status()).toMatchObject({ info: { modelName: 'Model other' } }));
    await window.request('settings.set', { threads: 1 });
    await vi.waitFor(() => expect(running.engine.status()).toMatchObject({ info: { threads: 1 } }));
    await window.request('settings.set', { blockFormat: 'int4' });
    await vi.waitFor(() => expect(running.engine.status()).toMatchObject({ state: 'ready' }));
    expect(loads(running)).toMatchObject([
      { modelPath: weightsOf(running, bundledModelId), threads: null, streams: { format: 'int8' } },
      { modelPath: weightsOf(running, 'other'), threads: null, streams: { format: 'int8' } },
      { modelPath: weightsOf(running, 'other'), threads: 1, streams: { format: 'int8' } },
      { modelPath: weightsOf(running, 'other'), threads: 1, streams: { format: 'int4' } },
    ]);
    expect(running.processes.running().filter((module) => module === 'engine')).toHaveLength(1);
    const states = window.payloads('engine.changed').map((status) => (status as { state: string }).state);
    expect(states).toEqual(['loading', 'ready', 'loading', 'ready', 'loading', 'ready']);
  });

  test('counts documents anew for another model', async () => {
    const running = await withDocument();
    await vi.waitFor(() => expect(running.library.get(running.id).tokenCount).toBe(8));
    const counted = () => running.processes.asked.filter(({ method }) => method === 'countTokens').length;
    const before = counted();
    await running.window.request('settings.set', { modelId: 'other' });
    await vi.waitFor(() => expect(counted()).toBeGreaterThan(before));
    await vi.waitFor(() => expect(running.library.get(running.id).tokenCount).toBe(8));
  });

  test('takes nothing from the file whose place another has taken, and all of it when that is back', async () => {
    const running = await withDocument();
    const { window, id, memory, library, engine, bundledFolder } = running;
    const counts = () => running.processes.asked.filter(({ method }) => method === 'countTokens').length;
    await vi.waitFor(() => expect(library.get(id).tokenCount).toBe(8));
    await memory.evict(id);
    await vi.waitFor(() => expect(window.payloads('memory.changed').at(-1)).toMatchObject({ state: 'evicted' }));
    const { modelId: first } = await engine.ready();
    const [counted, told] = [counts(), window.payloads('memory.changed').length];
    const [path, aside] = [weightsOf(running, bundledModelId), join(bundledFolder, 'aside')];
    renameSync(path, aside);
    copyFileSync(weightsOf(running, 'other'), path);
    engine.restart();
    expect((await engine.ready()).modelId).not.toBe(first);
    await vi.waitFor(() => expect(counts()).toBeGreaterThan(counted));
    await vi.waitFor(() =>
      expect(window.payloads('memory.changed').slice(told)).toContainEqual(
        expect.objectContaining({ id, state: 'waiting', tokens: 0 }),
      ),
    );
    renameSync(aside, path);
    engine.restart();
    expect((await engine.ready()).modelId).toBe(first);
    expect(memory.list()).toMatchObject([{ id, state: 'evicted' }]);
  });

  test('that is lost is told to the windows, and started again', async () => {
    const running = start();
    await ready(running);
    const window = openWindow(running);
    running.processes.loseEngine();
    await vi.waitFor(() =>
      expect(window.payloads('engine.changed')).toMatchObject([
        { state: 'restarting', reason: expect.stringContaining('SIGSEGV') },
        { state: 'ready' },
      ]),
    );
  });

  test('that cannot load its model says why; everything else works', async () => {
    const refuses = () => new LonghandError('bad-file', 'The model file is damaged.');
    const running = start({}, fakeProcesses({ refuses }));
    await expect(running.engine.ready()).rejects.toMatchObject({ code: 'bad-file' });
    const window = openWindow(running);
    expect(await window.request('engine.status', {})).toEqual({
      state: 'failed',
      reason: 'The model file is damaged.',
    });
    expect(await window.request('library.list', {})).toEqual([]);
  });

  test('that fails is not waited for by what it should read', async () => {
    const running = start({}, fakeProcesses({ refuses: () => new LonghandError('bad-file', 'It is damaged.') }));
    const { documents } = await openWindow(running).request('library.add', {
      sources: [{ kind: 'text', title: 'Eddystone', text: 'Henry Winstanley lit the first tower in 1698.' }],
    });
    await running.ingest.idle();
    running.engine.restart();
    expect(running.engine.status().state).toBe('loading');
    const kept = running.memory.ensure([documents[0]?.id ?? ''], { signal: new AbortController().signal });
    await expect(kept).rejects.toMatchObject({ code: 'process-lost', message: 'It is damaged.' });
  });

  test('without weights says where they should be', async () => {
    const running = start({ bundledFolder: temporaryFolder() });
    await expect(running.engine.ready()).rejects.toMatchObject({ code: 'missing-weights' });
    expect(running.engine.status()).toMatchObject({
      state: 'failed',
      reason: expect.stringContaining(join(running.bundledFolder, bundledModelId)),
    });
  });
});

describe('what was made for a model', () => {
  /** A model that was added, in use for a while, and has prepared weights, blocks and a known state of a document. */
  async function withOwnModel() {
    const running = await withDocument();
    const { window, engine, dataFolder, id } = running;
    const path = join(temporaryFolder(), 'tiny.gguf');
    await writeTinyFamily(path, 'qwen3');
    const choose = async (modelId: string): Promise<string> => {
      await window.request('settings.set', { modelId });
      return (await engine.ready()).modelId;
    };
    await window.request('models.add', { source: { kind: 'path', path } });
    const fingerprint = await choose(path);
    await running.memory.evict(id);
    const made = ['cache', 'memory'].map((folder) => join(dataFolder, folder, `${fingerprint}-something`));
    for (const folder of made) mkdirSync(folder, { recursive: true });
    await choose(bundledModelId);
    mkdirSync(join(dataFolder, 'cache', `${(await engine.ready()).modelId}-something`));
    return { ...running, path, choose, made };
  }

  test('goes with it, and what was made for others stays', async () => {
    const { window, memory, path, choose, made, dataFolder } = await withOwnModel();
    await window.request('models.remove', { id: path });
    expect(made.filter(existsSync)).toEqual([]);
    expect(readdirSync(join(dataFolder, 'cache'))).toHaveLength(1);
    // What it had of documents is forgotten too.
    await window.request('models.add', { source: { kind: 'path', path } });
    await choose(path);
    expect(memory.list()).toMatchObject([{ state: expect.not.stringMatching('evicted') }]);
  });

  test('stays while another file is the same, and goes with that though it is damaged', async () => {
    const { window, path, choose, made } = await withOwnModel();
    const copy = join(temporaryFolder(), 'copy.gguf');
    copyFileSync(path, copy);
    await window.request('models.add', { source: { kind: 'path', path: copy } });
    await window.request('models.remove', { id: path });
    expect(made.filter(existsSync)).toEqual(made);
    for (const modelId of [copy, bundledModelId]) await choose(modelId);
    writeFileSync(copy, 'This is no model.');
    await window.request('models.remove', { id: copy });
    expect(made.filter(existsSync)).toEqual([]);
  });

  test('stays when the model is in use, which cannot be removed', async () => {
    const { window, path, choose, made } = await withOwnModel();
    await choose(path);
    await expect(window.request('models.remove', { id: path })).rejects.toMatchObject({ code: 'bad-request' });
    expect(made.filter(existsSync)).toEqual(made);
  });
});

describe('windows', () => {
  test('all hear of documents and answers; one that is closed does not hold up the others', async () => {
    const running = await withDocument();
    const { window, id } = running;
    const [other, closed] = [openWindow(running), openWindow(running)];
    closed.close();
    const conversation = await window.request('chat.create', { documentIds: [id] });
    await window.request('chat.ask', { id: conversation.id, question: 'Who lit the first tower?' });
    for (const { payloads } of [window, other]) {
      await vi.waitFor(() => expect(payloads('answer.ended')).toHaveLength(1));
      expect(payloads('answer.found')).toMatchObject([{ citations: [{ documentId: id }] }]);
      expect(payloads('answer.text')).toMatchObject([{ offset: 0, text: 'Henry Winstanley.' }]);
      expect(payloads('answer.ended')).toMatchObject([{ message: { state: 'done', text: 'Henry Winstanley.' } }]);
      expect(payloads('chat.changed').at(-1)).toMatchObject({ title: 'Who lit the first tower?' });
    }
    await other.request('library.remove', { id });
    await vi.waitFor(() => expect(window.payloads('library.removed')).toEqual([{ id }]));
    await other.request('chat.remove', { id: conversation.id });
    await vi.waitFor(() => expect(window.payloads('chat.removed')).toEqual([{ id: conversation.id }]));
    expect(closed.payloads('answer.ended')).toEqual([]);
  });

  test('find a conversation again with an answer that is still being written', async () => {
    const running = await withDocument(() => ({ pieces: ['It was'], endless: true }));
    const { id } = await running.window.request('chat.create', { documentIds: [running.id] });
    await running.window.request('chat.ask', { id, question: 'Who lit the first tower?' });
    await vi.waitFor(() => expect(running.window.payloads('answer.text')).toHaveLength(1));
    running.window.close();
    const later = openWindow(running);
    expect((await later.request('chat.open', { id })).messages).toMatchObject([
      { role: 'user' },
      { role: 'assistant', state: 'streaming', text: 'It was', details: { citations: [{ number: 1 }] } },
    ]);
    await later.request('chat.stop', { id });
    await vi.waitFor(() =>
      expect(later.payloads('answer.ended')).toMatchObject([{ message: { state: 'stopped', text: 'It was' } }]),
    );
  });

  test('name files only with the right to', async () => {
    const running = start();
    const path = join(temporaryFolder(), 'a.txt');
    writeFileSync(path, 'Text.');
    const sources = [{ kind: 'path' as const, path }];
    await expect(openWindow(running, { paths: false }).request('library.add', { sources })).rejects.toMatchObject({
      code: 'forbidden',
    });
    expect(await openWindow(running).request('library.add', { sources })).toMatchObject({
      documents: [{ title: 'a' }],
      folders: [],
    });
  });

  test('have folders watched only with the right to, and all of them see which are', async () => {
    const running = start();
    const path = temporaryFolder();
    const [allowed, other] = [openWindow(running), openWindow(running, { paths: false })];
    await expect(other.request('folders.watch', { path })).rejects.toMatchObject({ code: 'forbidden' });
    expect(await allowed.request('library.add', { sources: [{ kind: 'path', path }] })).toMatchObject({
      folders: [path],
    });
    await allowed.request('folders.watch', { path });
    expect(await other.request('folders.list', {})).toEqual([{ path, problem: null }]);
    await other.request('folders.stop', { path });
    expect(await allowed.request('folders.list', {})).toEqual([]);
  });

  test('are told what they sent wrongly', async () => {
    const window = openWindow(start());
    const refusal = { code: 'bad-request' };
    await expect(window.request('chat.fly' as 'chat.list', {})).rejects.toMatchObject(refusal);
    await expect(window.request('library.rename', { id: 7 as unknown as string, title: '' })).rejects.toMatchObject(
      refusal,
    );
    expect(await window.request('app.info', {})).toMatchObject({ version: '1.2.3', shell: 'served' });
  });
});

test('a document has a file for the reader, until it is removed', async () => {
  const { app, window, id } = await withDocument();
  const file = app.documentFile(id);
  expect(file).toMatchObject({ mediaType: expect.stringMatching(/^text\//), byteSize: expect.any(Number) });
  expect(readFileSync(file?.path ?? '', 'utf8')).toContain('Henry Winstanley');
  await window.request('library.remove', { id });
  expect(app.documentFile(id)).toBeUndefined();
  expect(app.documentFile('../library.db')).toBeUndefined();
});

test('closing ends every process and window, stops what is written, and keeps it', async () => {
  const running = await withDocument(() => ({ pieces: ['It was'], endless: true }));
  const { window, id, dataFolder } = running;
  const conversation = await window.request('chat.create', { documentIds: [id] });
  await window.request('chat.ask', { id: conversation.id, question: 'Who lit the first tower?' });
  await vi.waitFor(() => expect(window.payloads('answer.text')).toHaveLength(1));
  await running.close();
  expect(running.processes.running()).toEqual([]);
  await expect(window.request('library.list', {})).rejects.toMatchObject({ code: 'process-lost' });
  const again = openWindow(start({ dataFolder }));
  expect((await again.request('chat.open', { id: conversation.id })).messages.at(-1)).toMatchObject({
    state: 'stopped',
    text: 'It was',
    details: { citations: [{ number: 1 }] },
  });
});

describe('a broken start', () => {
  /** What a start throws; no process may be left behind then. */
  function refusal(dataFolder: string): LonghandError {
    const processes = fakeProcesses();
    let thrown: unknown;
    try {
      start({ dataFolder }, processes);
    } catch (error) {
      thrown = error;
    }
    expect(processes.running()).toEqual([]);
    expect(thrown).toBeInstanceOf(LonghandError);
    return thrown as LonghandError;
  }

  async function filledFolder(): Promise<{ dataFolder: string; file: string; content: Buffer }> {
    const running = start();
    await running.close();
    const file = join(running.dataFolder, 'library.db');
    return { dataFolder: running.dataFolder, file, content: readFileSync(file) };
  }

  test('a file in the place of the data folder', () => {
    const file = join(temporaryFolder(), 'data');
    writeFileSync(file, 'mine');
    expect(refusal(file)).toMatchObject({ code: 'disk', message: expect.stringContaining(file) });
    expect(readFileSync(file, 'utf8')).toBe('mine');
  });

  test('a damaged database', async () => {
    const { dataFolder, file, content } = await filledFolder();
    const damaged = Buffer.concat([Buffer.from('no database '), content.subarray(12)]);
    writeFileSync(file, damaged);
    expect(refusal(dataFolder)).toMatchObject({ code: 'data-corrupt', message: expect.stringContaining(file) });
    expect(readFileSync(file).equals(damaged)).toBe(true);
  });

  test('data of a newer version', async () => {
    const { dataFolder, file, content } = await filledFolder();
    content.writeUInt32BE(9999, 60); // The schema's version in the file's header.
    writeFileSync(file, content);
    expect(refusal(dataFolder)).toMatchObject({ code: 'data-newer', message: expect.stringContaining(basename(file)) });
    expect(readFileSync(file).equals(content)).toBe(true);
  });

  test('a data folder that is in use', () => {
    const running = start();
    expect(refusal(running.dataFolder)).toMatchObject({ code: 'in-use' });
    expect(running.library.list()).toEqual([]);
  });

  test('a folder that something else lies in is used as it is', () => {
    const dataFolder = join(temporaryFolder(), 'data');
    mkdirSync(dataFolder);
    writeFileSync(join(dataFolder, 'mine.txt'), 'mine');
    start({ dataFolder });
    expect(readFileSync(join(dataFolder, 'mine.txt'), 'utf8')).toBe('mine');
  });
});
