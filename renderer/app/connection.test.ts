import { describe, expect, test, vi } from 'vitest';
import { LonghandError } from '../../base/errors.ts';
import { createFakeApp, fakeEntry } from '../testing/fake-app.ts';
import { type ConnectionState, createConnection, NoConnection, reconnectDelay } from './connection.ts';

/** A connection to a fake whose pauses end when the test says so. */
function setUp() {
  const fake = createFakeApp({ documents: [{ entry: fakeEntry(1), sections: [] }] });
  const waiting: { ms: number; go(): void }[] = [];
  const pause = (ms: number): Promise<void> => new Promise((go) => waiting.push({ ms, go }));
  const open = vi.fn(fake.open);
  const states: ConnectionState[] = [];
  const connection = createConnection(open, pause);
  connection.onState((state) => states.push(state));
  const opened = (): Promise<void> => vi.waitFor(() => expect(connection.state()).toBe('open'));
  return { fake, open, waiting, states, connection, opened };
}

describe('the connection', () => {
  test('answers requests once it is open, and refuses them before', async () => {
    const { connection, opened } = setUp();
    await expect(connection.request('library.list', {})).rejects.toMatchObject({ code: 'process-lost' });
    await opened();
    expect(await connection.request('library.list', {})).toHaveLength(1);
  });

  test('opens again after it was lost, and keeps its listeners', async () => {
    const { fake, waiting, states, connection, opened } = setUp();
    const changed = vi.fn();
    const stop = connection.on('library.changed', changed);
    await opened();
    fake.drop();
    await vi.waitFor(() => expect(connection.state()).toBe('lost'));
    waiting.shift()?.go();
    await opened();
    fake.emit('library.changed', fakeEntry(2));
    await vi.waitFor(() => expect(changed).toHaveBeenCalledTimes(1));
    stop();
    fake.emit('library.changed', fakeEntry(2));
    await connection.request('library.list', {});
    expect(changed).toHaveBeenCalledTimes(1);
    expect(states).toEqual(['open', 'lost', 'open']);
  });

  test('tells when it is refused, and goes on trying', async () => {
    const { fake, open, waiting, states, connection, opened } = setUp();
    await opened();
    open.mockRejectedValueOnce(new LonghandError('forbidden', 'Started anew.'));
    fake.drop();
    await vi.waitFor(() => expect(connection.state()).toBe('lost'));
    waiting.shift()?.go();
    await vi.waitFor(() => expect(connection.state()).toBe('refused'));
    waiting.shift()?.go();
    await opened();
    expect(states).toEqual(['open', 'lost', 'refused', 'open']);
  });

  test('rejects what was under way when it was lost, and what is asked while there is none', async () => {
    const { fake, connection, opened } = setUp();
    await opened();
    const request = connection.request('library.list', {});
    fake.drop();
    await expect(request).rejects.toBeInstanceOf(NoConnection);
    await expect(connection.request('library.list', {})).rejects.toBeInstanceOf(NoConnection);
  });

  test('waits longer after each attempt that failed, and no longer than the bound', async () => {
    const { open, waiting, connection } = setUp();
    open.mockRejectedValue(new Error('refused'));
    await vi.waitFor(() => expect(connection.state()).toBe('open'));
    expect([0, 1, 2, 3, 4, 9].map(reconnectDelay)).toEqual([500, 1000, 2000, 4000, 8000, 8000]);
    expect(waiting).toEqual([]);
  });

  test('counts the attempts that failed one after the other', async () => {
    const fake = createFakeApp();
    const open = vi
      .fn(fake.open)
      .mockRejectedValueOnce(new Error('refused'))
      .mockRejectedValueOnce(new Error('refused'));
    const waits: number[] = [];
    const connection = createConnection(open, async (ms) => void waits.push(ms));
    await vi.waitFor(() => expect(connection.state()).toBe('open'));
    expect(waits).toEqual([reconnectDelay(1), reconnectDelay(2)]);
  });
});
