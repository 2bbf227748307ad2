import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { LonghandError } from '../../base/errors.ts';
import type { StreamState } from '../engine/protocol.ts';
import type { EngineStatus } from '../engine/schema.ts';
import type { EngineSupervisor } from '../engine/supervisor.ts';
import { openMemory } from './memory.ts';
import { openMemoryTable } from './memory-table.ts';
import type { Memory } from './schema.ts';
import { addReady, openTestLibrary, plainSummary, sectionOf } from './testing/open-library.ts';
import { streamDouble } from './testing/stream-double.ts';

const { signal } = new AbortController();
const plenty = 1e12;

/** A library with a memory over a double of the engine, which counts a token for each character. */
function setUp({ budget = plenty, modelId = 'tiny', given = openTestLibrary(), streams = streamDouble() } = {}) {
  const { library, database } = given;
  let status = { state: 'ready' } as EngineStatus;
  const engine = {
    streams,
    status: () => status,
    ready: async () => ({ modelId }),
    countTokens: async (texts: string[]) => texts.map((text) => text.length),
  } as unknown as EngineSupervisor;
  const limits = { budget };
  const changes: Memory[] = [];
  const errors: LonghandError[] = [];
  const table = openMemoryTable(database);
  const memory = openMemory({
    library,
    table,
    engine,
    modelId: () => modelId,
    budget: () => limits.budget,
    isConversation: (id) => id.startsWith('c'),
    onChange: (changed) => changes.push(changed),
    onError: (error) => errors.push(error),
  });
  onTestFinished(() => memory.close());
  const add = async (title: string, length = 100): Promise<string> =>
    (await addReady(library, title, [sectionOf(null, 'a'.repeat(length)), sectionOf(null, 'The end.')])).id;
  const stateOf = (id: string) => memory.list().find((one) => one.id === id)?.state;
  return {
    given,
    library,
    memory,
    streams,
    limits,
    changes,
    errors,
    table,
    add,
    stateOf,
    lose: () => {
      status = { state: 'loading', fraction: null };
    },
    fail: (reason: string) => {
      status = { state: 'failed', reason };
    },
    found: () => {
      status = { state: 'ready' } as EngineStatus;
    },
  };
}

describe('what is kept', () => {
  it('is read in the background, in the order in which documents were added, and is told', async () => {
    const { memory, add, streams, changes, stateOf } = setUp();
    const [first, second] = [await add('One'), await add('Two')];
    memory.wake();
    await vi.waitFor(() => expect([stateOf(first), stateOf(second)]).toEqual(['kept', 'kept']));
    expect([...streams.kept.keys()]).toEqual([first, second]);
    expect(changes.map(({ state }) => state)).toContain('reading');
    expect(memory.kept(first)).toMatchObject({ complete: true, tokens: 108 });
  });

  it('of what the person looks at comes first, and of a question before that', async () => {
    const { memory, add, streams } = setUp();
    const [first, second, third] = [await add('One'), await add('Two'), await add('Three')];
    memory.look([second]);
    await memory.ensure([third], { signal });
    await vi.waitFor(() => expect(streams.kept.get(first)?.complete).toBe(true));
    // The one that was looked at was begun first and gave way.
    expect([...streams.kept.keys()].indexOf(third)).toBeLessThan([...streams.kept.keys()].indexOf(first));
  });

  it('is paused, resumed, evicted and read again as the person wants', async () => {
    const { memory, add, streams, stateOf } = setUp();
    const id = await add('One');
    memory.pause(id);
    memory.wake();
    await expect(memory.ensure([id], { signal })).resolves.toBeUndefined();
    await memory.evict(id);
    expect(stateOf(id)).toBe('evicted');
    expect(streams.kept.has(id)).toBe(false);
    memory.resume(id);
    await vi.waitFor(() => expect(stateOf(id)).toBe('kept'));
  });

  it.each([
    { when: 'as it is opened', call: 'open' as const, tokens: 0 },
    { when: 'as a batch of it ends', call: 'read' as const, tokens: 30_000 },
  ])('stays paused when that is said $when', async ({ call, tokens }) => {
    const { memory, add, streams, stateOf } = setUp();
    const id = await add('One', 30_000);
    const paused = vi.fn((result: StreamState) => {
      if (paused.mock.calls.length === 1) memory.pause(id);
      return result;
    });
    const { open, read } = streams;
    if (call === 'open') streams.open = async (params) => paused(await open(params));
    // The engine had read it when it heard of the pause.
    else
      streams.read = async (params, options) => paused(await read(params, paused.mock.calls.length > 0 ? options : {}));
    const other = await add('Two');
    memory.wake();
    await vi.waitFor(() => expect(stateOf(other)).toBe('kept'));
    expect(memory.list().find((one) => one.id === id)).toMatchObject({ state: 'paused', tokens });
    expect(streams.kept.get(id)?.complete).toBe(false);
  });

  it('stays paused for another model, until it is resumed', async () => {
    const { memory, add, given } = setUp();
    const id = await add('One');
    memory.pause(id);
    await memory.close();
    const other = setUp({ given, modelId: 'other' });
    const free = await other.add('Two');
    other.memory.wake();
    await vi.waitFor(() => expect(other.stateOf(free)).toBe('kept'));
    expect(other.stateOf(id)).toBe('paused');
    other.memory.resume(id);
    await vi.waitFor(() => expect(other.stateOf(id)).toBe('kept'));
    expect(setUp({ given }).stateOf(id)).toBe('waiting');
  });

  it('gives way at once when there is less space', async () => {
    const { memory, add, limits, stateOf } = setUp();
    const [old, used] = [await add('Old'), await add('Used')];
    await memory.ensure([old, used], { signal });
    await new Promise((resolve) => setImmediate(resolve));
    limits.budget = 1080;
    memory.wake();
    await vi.waitFor(() => expect([stateOf(old), stateOf(used)]).toContain('evicted'));
    expect([stateOf(old), stateOf(used)].filter((state) => state === 'kept')).toHaveLength(1);
  });

  it.each(['unpinned', 'freed', 'removed'])('what found no space is read once another is %s', async (change) => {
    const { memory, library, add, stateOf } = setUp({ budget: 1500 });
    const first = await add('First');
    await memory.ensure([first], { signal });
    memory.pin(first, true);
    const second = await add('Second');
    await expect(memory.ensure([second], { signal })).rejects.toMatchObject({ code: 'disk' });
    expect(stateOf(second)).toBe('failed');
    if (change === 'unpinned') memory.pin(first, false);
    if (change === 'freed') await memory.evict(first);
    if (change === 'removed') {
      await library.remove(first);
      memory.forget(first);
    }
    await vi.waitFor(() => expect(stateOf(second)).toBe('kept'));
  });

  it('of conversations gives way to documents, the one that was read first before others, and takes none of theirs', async () => {
    const { memory, add, streams, stateOf } = setUp({ budget: 3 * 1080 });
    const read = async (id: string): Promise<void> => {
      const state = await streams.open({ id, header: '', expected: null });
      await memory.makeRoomFor(id, state, 108);
      await streams.read({ id, sections: [{ ordinal: 0, text: 'a'.repeat(108) }], last: true }, {});
    };
    const [older, newer] = ['conversation1', 'conversation2'];
    const first = await add('First');
    await memory.ensure([first], { signal });
    await read(older);
    await read(newer);
    const second = await add('Second');
    await memory.ensure([second], { signal });
    expect([...streams.kept.keys()].toSorted()).toEqual([first, newer, second].toSorted());
    await read(older);
    expect([...streams.kept.keys()].toSorted()).toEqual([first, older, second].toSorted());
    await memory.ensure([await add('Third')], { signal });
    await expect(read(older)).rejects.toMatchObject({ code: 'disk' });
    expect(stateOf(second)).toBe('kept');
  });

  it('gives way to newer documents past the budget, the least recently used first, what is pinned never', async () => {
    const { memory, add, limits, stateOf } = setUp();
    const [pinned, old, used] = [await add('Pinned'), await add('Old'), await add('Used')];
    await memory.ensure([pinned, old, used], { signal });
    memory.pin(pinned, true);
    await new Promise((resolve) => setImmediate(resolve));
    memory.touch([used]);
    // Room for a fourth, once one of the three is gone.
    limits.budget = 3 * 1080;
    const fourth = await add('New');
    await memory.ensure([fourth], { signal });
    expect([stateOf(pinned), stateOf(old), stateOf(fourth)]).toEqual(['kept', 'evicted', 'kept']);
  });

  it('to the bit is kept in fewer before anything gives way, also what is pinned', async () => {
    const { memory, add, limits, stateOf, streams } = setUp({ streams: streamDouble(40) });
    const [pinned, other] = [await add('Pinned'), await add('Other')];
    await memory.ensure([pinned, other], { signal });
    memory.pin(pinned, true);
    await new Promise((resolve) => setImmediate(resolve));
    memory.touch([other]);
    const bytes = (id: string) => memory.list().find((one) => one.id === id)?.bytes;
    expect([bytes(pinned), bytes(other)]).toEqual([4320, 4320]);
    // One of them need not be compacted for it.
    limits.budget = 3 * 4320 - 3240;
    const third = await add('Third');
    await memory.ensure([third], { signal });
    expect([pinned, other, third].map(stateOf)).toEqual(['kept', 'kept', 'kept']);
    expect([pinned, other, third].map(bytes)).toEqual([1080, 4320, 4320]);
    expect(streams.kept.get(pinned)?.bytesPerToken).toBe(10);
  });

  it('by other models gives way before anything else', async () => {
    const { memory, add, streams, stateOf } = setUp({ budget: 5000 });
    const first = await add('One');
    await memory.ensure([first], { signal });
    streams.others = 1e9;
    const second = await add('Two');
    await memory.ensure([second], { signal });
    expect(streams.others).toBe(0);
    expect(stateOf(first)).toBe('kept');
  });

  it('fails with a sentence when nothing can give way, and is tried again when there is more space', async () => {
    const { memory, add, limits, stateOf } = setUp({ budget: 10 });
    const id = await add('One');
    await expect(memory.ensure([id], { signal })).rejects.toThrow('The space for what was read is used up.');
    expect(stateOf(id)).toBe('failed');
    limits.budget = plenty;
    memory.retry();
    await vi.waitFor(() => expect(stateOf(id)).toBe('kept'));
  });

  it('agrees with the disk at each start: what is gone is read again, what belongs to nothing is freed', async () => {
    const first = setUp();
    const id = await first.add('One');
    await first.memory.ensure([id], { signal });
    await first.memory.close();
    first.streams.kept.clear();
    for (const other of ['0rphan', 'c0nversation']) await first.streams.open({ id: other, header: '', expected: null });
    const { memory, streams, stateOf } = setUp(first);
    memory.wake();
    await vi.waitFor(() => expect(streams.kept.get(id)?.complete).toBe(true));
    expect(stateOf(id)).toBe('kept');
    expect([...streams.kept.keys()].sort()).toEqual(['c0nversation', id].sort());
  });

  it('of a document that has another content now is read from its beginning, and nothing of the earlier one stays', async () => {
    const { library, memory, add, streams, stateOf } = setUp();
    const id = await add('One');
    await memory.ensure([id], { signal });
    memory.pin(id, true);
    const replaced = library.replaceContent(id, { kind: 'text', contentHash: 'e'.repeat(64), byteSize: 1 });
    memory.forget(id);
    await replaced;
    library.setState(id, 'reading');
    await library.addSections(id, [sectionOf(null, 'New.')]);
    library.finish(id, plainSummary);
    memory.wake();
    await vi.waitFor(() => expect(stateOf(id)).toBe('kept'));
    expect(streams.kept.get(id)?.sections).toEqual(['New.']);
    expect(memory.list()).toMatchObject([{ id, pinned: true, tokens: 4 }]);
  });

  it('is not read on when its document gets another content meanwhile', async () => {
    const { library, memory, add, streams, stateOf } = setUp();
    const id = await add('One');
    streams.onRead = () => {
      streams.onRead = () => undefined;
      memory.forget(id);
      void library.replaceContent(id, { kind: 'text', contentHash: 'f'.repeat(64), byteSize: 1 });
    };
    memory.wake();
    await vi.waitFor(() => expect(library.get(id)).toMatchObject({ state: 'queued', sectionCount: 0 }));
    await vi.waitFor(() => expect(streams.kept.has(id)).toBe(false));
    expect(stateOf(id)).toBeUndefined();
  });

  it('goes on when the engine is there again', async () => {
    const { memory, add, streams, stateOf, lose, found } = setUp();
    const id = await add('One');
    streams.onRead = () => {
      lose();
      throw new LonghandError('process-lost', 'It stopped.');
    };
    memory.wake();
    await vi.waitFor(() => expect(streams.kept.has(id)).toBe(true));
    await new Promise((resolve) => setImmediate(resolve));
    expect(stateOf(id)).toBe('reading');
    streams.onRead = () => undefined;
    found();
    memory.wake();
    await vi.waitFor(() => expect(stateOf(id)).toBe('kept'));
  });

  it('is told not to be read when the disk is full, and is read once it is not', async () => {
    const { memory, add, table, errors, stateOf } = setUp();
    const id = await add('One');
    const full = new LonghandError('disk', 'The disk is full.');
    const set = vi.spyOn(table, 'set').mockImplementation(() => {
      throw full;
    });
    await expect(memory.ensure([id], { signal })).rejects.toMatchObject({ code: 'disk', message: 'The disk is full.' });
    expect(errors).toMatchObject([{ code: 'disk', message: 'The disk is full.' }]);
    set.mockRestore();
    memory.wake();
    await vi.waitFor(() => expect(stateOf(id)).toBe('kept'));
  });

  it('is not waited for when the engine has failed, before or meanwhile', async () => {
    const { memory, add, lose, fail } = setUp();
    const id = await add('One');
    lose();
    const waited = memory.ensure([id], { signal });
    memory.wake();
    fail('The model is not there.');
    memory.wake();
    const failed = { code: 'process-lost', message: 'The model is not there.' };
    await expect(waited).rejects.toMatchObject(failed);
    await expect(memory.ensure([id], { signal })).rejects.toMatchObject(failed);
  });

  it('is not waited for when the person frees its space meanwhile', async () => {
    const { memory, add, streams } = setUp();
    const id = await add('One');
    let evicted: Promise<void> | undefined;
    streams.onRead = () => {
      evicted ??= memory.evict(id);
    };
    await expect(memory.ensure([id], { signal })).rejects.toThrow('what was kept of it was freed');
    await evicted;
  });

  it('is not waited for when its document is removed meanwhile', async () => {
    const { memory, library, add, streams } = setUp();
    const [one, two] = [await add('One'), await add('Two')];
    let removed: Promise<void> | undefined;
    streams.onRead = () => {
      removed ??= library.remove(two);
      memory.forget(two);
    };
    await expect(memory.ensure([one, two], { signal })).rejects.toMatchObject({ code: 'not-found' });
    await removed;
  });

  it('of a question comes first as long as one question waits for it, though another was stopped', async () => {
    const { memory, add, streams } = setUp();
    const [first, second, third] = [await add('First'), await add('Second'), await add('Third')];
    const stopped = new AbortController();
    const order: string[] = [];
    streams.onRead = (id: string) => {
      if (order.at(-1) !== id) order.push(id);
      if (id === second) stopped.abort();
    };
    const asked = memory.ensure([second, third], { signal });
    await expect(memory.ensure([second, third], { signal: stopped.signal })).rejects.toMatchObject({
      code: 'cancelled',
    });
    await asked;
    expect(order.indexOf(third)).toBe(order.indexOf(second) + 1);
    await vi.waitFor(() => expect(order).toContain(first));
  });

  it('is read on where it turns out to be missing, and left alone where it is whole or not to be read', async () => {
    const { memory, add, streams, changes, stateOf } = setUp();
    const [cut, gone, whole, paused] = [await add('Cut'), await add('Gone'), await add('Whole'), await add('Paused')];
    await memory.ensure([cut, gone, whole], { signal });
    memory.pause(paused);
    const [stream] = [streams.kept.get(cut)];
    if (stream) Object.assign(stream, { sections: stream.sections.slice(0, 1), complete: false });
    streams.kept.delete(gone);
    changes.length = 0;
    const mounted = [
      { stream: cut, tokens: 100, complete: false, damaged: false },
      { stream: whole, tokens: 108, complete: true, damaged: false },
      { stream: paused, tokens: 0, complete: false, damaged: false },
    ];
    expect(memory.mend([whole, paused], mounted)).toBe(false);
    expect(memory.mend([cut, gone, whole, paused], mounted)).toBe(true);
    expect(changes).toMatchObject([cut, gone].map((id) => ({ id, state: 'waiting' })));
    await vi.waitFor(() => expect([cut, gone].map(stateOf)).toEqual(['kept', 'kept']));
    expect([cut, gone].map((id) => streams.kept.get(id)?.complete)).toEqual([true, true]);
    expect(stateOf(paused)).toBe('paused');
  });

  it('and damaged is read again', async () => {
    const { memory, add, changes, stateOf } = setUp();
    const id = await add('One');
    await memory.ensure([id], { signal });
    expect(memory.mend([id], [{ stream: id, tokens: 108, complete: true, damaged: true }])).toBe(true);
    expect(changes.at(-1)).toMatchObject({ state: 'waiting', reason: expect.stringContaining('damaged') });
    await vi.waitFor(() => expect(stateOf(id)).toBe('kept'));
  });

  it('takes as long for who waits for it as its own line says, and longer with others', async () => {
    const { memory, library, changes, add } = setUp();
    const sections = Array.from({ length: 8 }, () => sectionOf(null, 'a'.repeat(24_000)));
    const long = (await addReady(library, 'Long', sections)).id;
    const told = async (...ids: string[]): Promise<[number | null, number | null][]> => {
      const times: [number | null, number | null][] = [];
      await memory.ensure(ids, {
        signal,
        onProgress: (_done, _total, secondsLeft) => times.push([secondsLeft, changes.at(-1)?.secondsLeft ?? null]),
      });
      return times.filter(([secondsLeft]) => secondsLeft !== null);
    };
    const alone = await told(long);
    expect(alone).not.toEqual([]);
    for (const [waited, own] of alone) expect(waited).toBe(own);
    const other = await add('Another', 10_000);
    await memory.ensure([other], { signal });
    for (const id of [long, other]) await memory.evict(id);
    const together = await told(long, other);
    expect(together).not.toEqual([]);
    for (const [waited, own] of together) expect(waited).toBeGreaterThan(own ?? Number.NaN);
  });

  it('is waited for no longer than the question', async () => {
    const { memory, add, streams } = setUp();
    const id = await add('One');
    const controller = new AbortController();
    streams.onRead = () => controller.abort();
    await expect(memory.ensure([id], { signal: controller.signal })).rejects.toMatchObject({ code: 'cancelled' });
  });
});
