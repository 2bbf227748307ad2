/** A model over a Longhand in memory, for tests. */
import { vi } from 'vitest';
import { createConnection } from '../app/connection.ts';
import type { Host } from '../app/host.ts';
import { createModel, type Model } from '../app/model.ts';
import { createFakeApp, type FakeApp, type FakeOptions } from './fake-app.ts';

export interface Setup {
  model: Model;
  fake: FakeApp;
}

const forever = (): Promise<void> => new Promise(() => undefined);

/** Makes both and waits until the model has loaded. A lost connection stays lost, unless `pause` ends. */
export async function setUp(options: FakeOptions = {}, host: Partial<Host> = {}, pause = forever): Promise<Setup> {
  const fake = createFakeApp(options);
  let uploads = 0;
  const full: Host = {
    open: fake.open,
    takesFolders: false,
    sourceOf: async (file) => ({
      kind: 'upload',
      upload: `00000000-0000-4000-9000-${String(uploads++).padStart(12, '0')}`,
      name: file.name,
    }),
    ...host,
  };
  const model = createModel(full, createConnection(full.open, pause));
  const { library, chat, settings, engine } = model;
  await vi.waitFor(() => {
    const loaded = library.getState().loaded && chat.getState().loaded;
    if (!loaded || !settings.getState().settings || !engine.getState().status) throw new Error('still loading');
  });
  return { model, fake };
}
