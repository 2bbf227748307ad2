import { describe, expect, test, vi } from 'vitest';
import { fakeEntry, fakeId, fakeMemory } from '../testing/fake-app.ts';
import { setUp } from '../testing/model.ts';
import { spaceUsed } from './memory-store.ts';

const documents = [1, 2].map((number) => ({ entry: fakeEntry(number), sections: [] }));
const memories = [fakeMemory(1), fakeMemory(2, { state: 'reading', bytes: 4_000_000, secondsLeft: 30 })];

async function setUpMemory() {
  const { model, fake } = await setUp({ documents, memories });
  await vi.waitFor(() => expect(Object.keys(model.memory.getState().memories)).toHaveLength(2));
  const stateOf = (number: number) => model.memory.getState().memories[fakeId(number)];
  return { model, fake, memory: model.memory.getState(), stateOf };
}

describe('what the model keeps', () => {
  test('follows what main tells, and goes with its document', async () => {
    const { model, fake, stateOf } = await setUpMemory();
    expect(stateOf(2)).toMatchObject({ state: 'reading', secondsLeft: 30 });
    fake.emit('memory.changed', fakeMemory(2, { tokens: 3000 }));
    await vi.waitFor(() => expect(stateOf(2)).toMatchObject({ state: 'kept' }));
    await model.library.getState().remove(fakeId(2));
    await vi.waitFor(() => expect(stateOf(2)).toBeUndefined());
    expect(stateOf(1)).toBeDefined();
  });

  test('can be paused, read on, kept always, and given up', async () => {
    const { memory, stateOf } = await setUpMemory();
    await memory.pause(fakeId(2));
    await vi.waitFor(() => expect(stateOf(2)).toMatchObject({ state: 'paused' }));
    await memory.resume(fakeId(2));
    await vi.waitFor(() => expect(stateOf(2)).toMatchObject({ state: 'reading' }));
    await memory.pin(fakeId(1), true);
    await vi.waitFor(() => expect(stateOf(1)).toMatchObject({ pinned: true }));
    await memory.evict(fakeId(1));
    await vi.waitFor(() => expect(stateOf(1)).toMatchObject({ state: 'evicted', bytes: 0 }));
  });

  test('a request that fails is told to the person', async () => {
    const { model, memory } = await setUpMemory();
    await memory.pause(fakeId(77));
    expect(model.notices.getState().notices).toMatchObject([{ text: 'This document does not exist any more.' }]);
  });

  test('is fetched again for another model', async () => {
    const { model, fake } = await setUpMemory();
    const asked = (): number => fake.requests.filter((method) => method === 'memory.list').length;
    await model.settings.getState().change({ theme: 'dark' });
    expect(asked()).toBe(1);
    await model.settings.getState().change({ modelId: 'another' });
    await vi.waitFor(() => expect(asked()).toBe(2));
  });

  test('takes the space of all documents together', () => {
    const none = fakeMemory(3, { state: 'waiting', bytes: 0 });
    const all = Object.fromEntries([...memories, none].map((memory) => [memory.id, memory]));
    expect(spaceUsed(all)).toEqual({ bytes: 15_000_000, documents: 2 });
    expect(spaceUsed({})).toEqual({ bytes: 0, documents: 0 });
  });
});

describe('what the person looks at', () => {
  test('is what is mounted, after what is open in the reader', async () => {
    const { model, fake } = await setUpMemory();
    await vi.waitFor(() => expect(fake.lookedAt).toEqual([fakeId(2), fakeId(1)]));
    await model.chat.getState().mount(fakeId(2), false);
    await vi.waitFor(() => expect(fake.lookedAt).toEqual([fakeId(1)]));
    model.reader.getState().open(fakeId(2));
    await vi.waitFor(() => expect(fake.lookedAt).toEqual([fakeId(2), fakeId(1)]));
    model.reader.getState().close();
    await vi.waitFor(() => expect(fake.lookedAt).toEqual([fakeId(1)]));
  });

  test('is told once, and again after the connection was lost', async () => {
    const { model, fake } = await setUp({ documents, memories }, {}, async () => undefined);
    const told = (): number => fake.requests.filter((method) => method === 'memory.look').length;
    await vi.waitFor(() => expect(told()).toBe(1));
    fake.emit('library.changed', fakeEntry(1, { title: 'Renamed' }));
    model.reader.getState().open(fakeId(2));
    await vi.waitFor(() => expect(model.library.getState().documents[1]?.title).toBe('Renamed'));
    expect(told()).toBe(1);
    fake.drop();
    await vi.waitFor(() => expect(told()).toBe(2));
  });
});
