import { describe, expect, test, vi } from 'vitest';
import type { SourceOptions } from '../app/host.ts';
import { mountedDocuments } from '../chat/chat-store.ts';
import { fakeEntry, fakeId } from '../testing/fake-app.ts';
import { setUp } from '../testing/model.ts';

const documents = [1, 2].map((number) => ({ entry: fakeEntry(number), sections: [] }));
const titles = (entries: readonly { title: string }[]): string[] => entries.map(({ title }) => title);

describe('the library', () => {
  test('lists the newest first and follows what main tells', async () => {
    const { model, fake } = await setUp({ documents });
    const { library } = model;
    expect(titles(library.getState().documents)).toEqual(['Document 2', 'Document 1']);
    fake.emit('library.changed', fakeEntry(3));
    fake.emit('library.changed', fakeEntry(1, { title: 'Renamed' }));
    fake.emit('library.removed', { id: fakeId(2) });
    await vi.waitFor(() => expect(titles(library.getState().documents)).toEqual(['Document 3', 'Renamed']));
  });

  test('adds files, mounts them in the open conversation, and says what was refused', async () => {
    const { model } = await setUp({ documents });
    const { library, chat } = model;
    await chat.getState().mountAll(false);
    await library.getState().addFiles([new File([], 'notes.md'), new File([], 'setup.exe')]);
    expect(titles(mountedDocuments(chat.getState(), library.getState().documents))).toEqual(['notes.md']);
    expect(library.getState().refused).toEqual([
      { name: 'setup.exe', reason: 'Files of this kind cannot be read yet.' },
    ]);
    expect(library.getState().uploads).toEqual([]);
    library.getState().dismissRefused();
    expect(library.getState().refused).toEqual([]);
  });

  test('takes a model for what it is, and no document', async () => {
    const { model } = await setUp();
    await model.library.getState().addFiles([new File([], 'Qwen3-0.6B-Q8_0.GGUF'), new File([], 'notes.md')]);
    expect(titles(model.library.getState().documents)).toEqual(['notes.md']);
    expect(model.layout.getState().dialog).toBe('settings');
    await vi.waitFor(() => expect(model.models.getState().models.map(({ name }) => name)).toContain('Qwen3-0.6B-Q8_0'));
  });

  test('shows how far a file has been sent, and stops sending it', async () => {
    let options: SourceOptions | undefined;
    const { model } = await setUp(
      {},
      {
        sourceOf: (_, given) =>
          new Promise((_resolve, reject) => {
            options = given;
            given.signal.addEventListener('abort', () => reject(new DOMException('Stopped.', 'AbortError')));
          }),
      },
    );
    const { library } = model;
    const adding = library.getState().addFiles([new File([], 'large.pdf')]);
    options?.onProgress(0.5);
    expect(library.getState().uploads).toMatchObject([{ name: 'large.pdf', fraction: 0.5 }]);
    library.getState().cancelUpload(library.getState().uploads[0]?.key ?? -1);
    await adding;
    expect(library.getState()).toMatchObject({ uploads: [], refused: [], documents: [] });
  });

  test('one file that cannot be sent does not hold up the others', async () => {
    const { model } = await setUp(
      {},
      {
        sourceOf: async (file) => {
          if (file.name === 'bad.md') throw new Error('The disk is full.');
          return { kind: 'upload', upload: fakeId(900), name: file.name };
        },
      },
    );
    const { library } = model;
    await library.getState().addFiles(['a.md', 'bad.md', 'b.md', 'c.md'].map((name) => new File([], name)));
    expect(titles(library.getState().documents).sort()).toEqual(['a.md', 'b.md', 'c.md']);
    expect(library.getState().refused).toEqual([{ name: 'bad.md', reason: 'The disk is full.' }]);
  });

  test('the last of several searches wins, and an empty one clears the results', async () => {
    const { model } = await setUp({ documents });
    const { library } = model;
    const searches = ['f', 'fo', 'fog'].map((query) => library.getState().search(query));
    await Promise.all(searches);
    expect(library.getState()).toMatchObject({ query: 'fog', results: { hits: [], conversations: [] } });
    expect(model.notices.getState().notices).toEqual([]);
    await library.getState().search(' ');
    expect(library.getState().results).toBeNull();
  });

  test('a file that has changed is read again, and looked for when the person comes back', async () => {
    const { model, fake } = await setUp({ documents });
    fake.emit('library.changed', fakeEntry(1, { changed: true }));
    const first = () => model.library.getState().documents.find(({ id }) => id === fakeId(1));
    await vi.waitFor(() => expect(first()).toMatchObject({ changed: true }));
    await model.library.getState().refresh(fakeId(1));
    await vi.waitFor(() => expect(first()).toMatchObject({ changed: false, revision: 1, state: 'queued' }));
    await model.library.getState().lookForChanges();
    expect(fake.requests).toContain('library.lookForChanges');
    fake.drop();
    await model.library.getState().lookForChanges();
    expect(model.notices.getState().notices).toEqual([]);
  });

  test('a folder that was added can be watched, and watched no longer', async () => {
    const { model } = await setUp(
      {},
      { takesFolders: true, sourceOf: async (file) => ({ kind: 'path', path: `/home/ada/${file.name}/` }) },
    );
    const { library } = model;
    await library.getState().addFiles([new File([], 'reports'), new File([], 'letters')]);
    expect(library.getState().watchable).toEqual(['/home/ada/reports/', '/home/ada/letters/']);
    library.getState().dismissWatchable('/home/ada/letters/');
    await library.getState().watch('/home/ada/reports/');
    expect(library.getState().watchable).toEqual([]);
    await vi.waitFor(() => expect(library.getState().watched).toEqual([{ path: '/home/ada/reports/', problem: null }]));
    await library.getState().addFiles([new File([], 'reports')]);
    expect(library.getState().watchable).toEqual([]);
    await library.getState().stopWatching('/home/ada/reports/');
    await vi.waitFor(() => expect(library.getState().watched).toEqual([]));
  });

  test('a request that fails is told to the person', async () => {
    const { model } = await setUp({ documents });
    await model.library.getState().rename(fakeId(77), 'Nothing');
    expect(model.notices.getState().notices).toMatchObject([{ text: 'This document does not exist any more.' }]);
  });
});
