import { describe, expect, it, vi } from 'vitest';
import { LonghandError } from '../../base/errors.ts';
import type { Connection, ConnectionState } from '../app/connection.ts';
import type { FromDecoder, ToDecoder } from './decoder-messages.ts';
import { type DecoderWorker, decodeForMain } from './decoding.ts';

const task = { id: 'one', kind: 'video' as const, fileName: 'phone.mp4', from: 0 };
const sound: FromDecoder = { kind: 'sound', samples: '', end: 1 };

vi.stubGlobal('location', { href: 'http://127.0.0.1/' });

/** A main that hands out one recording and answers pieces with `give`, and a worker that is told what to say. */
function setUp(give: () => Promise<{ wanted: boolean }>) {
  const requests: { name: string; params: unknown }[] = [];
  let listener: ((state: ConnectionState) => void) | undefined;
  let taken = 0;
  const connection = {
    onState(added: (state: ConnectionState) => void) {
      listener = added;
      return () => undefined;
    },
    request(name: string, params: unknown) {
      requests.push({ name, params });
      if (name === 'media.take') return taken++ === 0 ? Promise.resolve(task) : new Promise(() => undefined);
      return name === 'media.give' ? give() : Promise.resolve({});
    },
  };
  const told: ToDecoder[] = [];
  const worker: DecoderWorker = {
    postMessage: (message) => told.push(message),
    onmessage: null,
    onerror: null,
    terminate: vi.fn(),
  };
  decodeForMain(connection as unknown as Connection, () => worker);
  listener?.('open');
  const say = (data: FromDecoder): void => worker.onmessage?.({ data } as MessageEvent<FromDecoder>);
  return { requests, told, worker, say, takes: () => requests.filter(({ name }) => name === 'media.take').length };
}

describe('decoding for main', () => {
  it('sends piece after piece, and takes the next recording at the end', async () => {
    const { told, worker, say, takes } = setUp(async () => ({ wanted: true }));
    await vi.waitFor(() => expect(told).toHaveLength(1));
    expect(told[0]).toMatchObject({ kind: 'start', url: 'http://127.0.0.1/documents/one/file', fileName: 'phone.mp4' });
    say(sound);
    await vi.waitFor(() => expect(told).toHaveLength(2));
    say({ kind: 'end', problem: null, leftOut: null });
    await vi.waitFor(() => expect(takes()).toBe(2));
    expect(worker.terminate).toHaveBeenCalled();
  });

  it('tells what was refused, and takes the next recording', async () => {
    const { requests, told, say, takes } = setUp(async () => {
      throw new LonghandError('bad-request', 'The picture is too high.');
    });
    await vi.waitFor(() => expect(told).toHaveLength(1));
    say(sound);
    await vi.waitFor(() => expect(takes()).toBe(2));
    expect(requests.find(({ name }) => name === 'media.end')?.params).toEqual({
      id: 'one',
      problem: '“phone.mp4” could not be decoded: The picture is too high.',
      leftOut: null,
    });
  });
});
