import { mkdir, mkdtemp, open, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { LonghandError } from '../base/errors.ts';
import { type Constant, input } from './graph/graph.ts';
import { weightsFile } from './graph/onnx.ts';
import { add, multiply } from './graph/operators.ts';
import { createSession, floats, floatTensor } from './runtime.ts';
import { type MadeTensor, memoryStore, type TensorStore, withFileStore } from './tensor-store.ts';

let parent: string;
let folder: string;
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'longhand-tensors-'));
  folder = join(parent, 'model', 'token');
});
afterEach(async () => {
  vi.restoreAllMocks();
  await rm(parent, { recursive: true, force: true });
});

const float = (...values: number[]): MadeTensor => ({
  type: 'float32',
  shape: [values.length],
  data: Float32Array.from(values),
});
const makeWeights = async () => ({ scales: float(1, 2, 3), quants: bytes(7, 8) });
const makeOthers = async () => ({ it: float(0.5) });

function bytes(...values: number[]): MadeTensor {
  // A part of a larger buffer, as read from a file.
  return { type: 'uint8', shape: [values.length], data: Uint8Array.from([255, ...values]).subarray(1) };
}

interface Stored {
  readonly made: number;
  readonly weights: Record<string, Constant>;
  readonly others: Record<string, Constant>;
}

/** Uses the folder as an engine does, and counts what had to be made. */
function prepare(path = folder): Promise<Stored> {
  return withFileStore(path, async (store) => {
    let made = 0;
    const counted = (make: () => Promise<Record<string, MadeTensor>>) => () => {
      made++;
      return make();
    };
    const weights = await store.tensors('weights', counted(makeWeights));
    const others = await store.tensors('others', counted(makeOthers));
    return { made, weights, others };
  });
}

async function storedBytes({ data }: Constant): Promise<number[]> {
  if (ArrayBuffer.isView(data)) throw new Error('This constant is in memory.');
  const file = await readFile(join(folder, weightsFile));
  return [...file.subarray(data.offset, data.offset + data.byteLength)];
}

/** What lies in the folder that the store's folder is made in. */
const siblings = async (): Promise<string[]> => (await readdir(dirname(folder)).catch(() => [])).sort();

describe('tensors in memory', () => {
  it('are made once for each name, also when they are asked for at the same time', async () => {
    const store = memoryStore();
    const make = vi.fn(makeWeights);
    const [first, second] = await Promise.all([store.tensors('a', make), store.tensors('a', make)]);
    expect(make).toHaveBeenCalledOnce();
    expect(first.scales).toBe(second.scales);
    expect(first.scales).toMatchObject({ kind: 'constant', type: 'float32', shape: [3] });
    expect((await store.tensors('b', makeOthers)).it?.data).toEqual(Float32Array.of(0.5));
  });
});

describe('tensors in a folder', () => {
  it('are made the first time and found the next', async () => {
    const first = await prepare();
    expect(first.made).toBe(2);
    expect(await prepare()).toEqual({ ...first, made: 0 });
    expect(await siblings()).toEqual([basename(folder)]);
  });

  it('are what was made: type, shape and bytes', async () => {
    const { weights, others } = await prepare();
    expect(weights.scales).toMatchObject({ type: 'float32', shape: [3] });
    expect(weights.quants).toMatchObject({ type: 'uint8', shape: [2] });
    expect(await storedBytes(weights.quants as Constant)).toEqual([7, 8]);
    expect(await storedBytes(weights.scales as Constant)).toEqual([...new Uint8Array(Float32Array.of(1, 2, 3).buffer)]);
    expect(await storedBytes(others.it as Constant)).toEqual([...new Uint8Array(Float32Array.of(0.5).buffer)]);
  });

  it('begin at a page of memory each, as mapping them wants', async () => {
    const { weights, others } = await prepare();
    const offsets = [weights.scales, weights.quants, others.it].map((made) =>
      made && 'offset' in made.data ? made.data.offset : undefined,
    );
    expect(offsets).toEqual([0, 4096, 8192]);
  });

  it('are made once for each name', async () => {
    const make = vi.fn(makeOthers);
    await withFileStore(folder, async (store) => {
      expect(await store.tensors('a', make)).toEqual(await store.tensors('a', make));
    });
    expect(make).toHaveBeenCalledOnce();
  });

  it('compute in the runtime as they do in memory', async () => {
    const large = Float32Array.from({ length: 20_000 }, (_, index) => index);
    const build = async (store: TensorStore) => {
      const { factor } = await store.tensors('factor', async () => ({
        factor: { type: 'float32', shape: [large.length], data: large },
      }));
      const { it: one } = await store.tensors('one', async () => ({ it: float(1) }));
      const x = input('x', 'float32', [1]);
      return [{ name: 'y', type: 'float32' as const, value: add(multiply(x, factor as Constant), one as Constant) }];
    };
    const run = async (outputs: Awaited<ReturnType<typeof build>>, weights?: string) => {
      const session = await createSession(outputs, { device: 'cpu', threads: 1, folder: weights });
      const { y } = await session.run({ x: floatTensor([1], Float32Array.of(2)) }, ['y']);
      await session.dispose();
      return floats(y);
    };
    const expected = large.map((value) => 2 * value + 1);
    expect(await run(await build(memoryStore()))).toEqual(expected);
    expect(await run(await withFileStore(folder, build), folder)).toEqual(expected);
    expect(await run(await withFileStore(folder, build), folder)).toEqual(expected);
  });
});

describe('a folder of tensors', () => {
  it('appears only when it is complete', async () => {
    await withFileStore(folder, async (store) => {
      await store.tensors('weights', makeWeights);
      expect(await siblings()).not.toContain(basename(folder));
    });
    expect((await readdir(folder)).sort()).toEqual(['index.json', weightsFile]);
  });

  it('does not appear, and nothing else stays, when making it fails', async () => {
    const failure = new LonghandError('cancelled', 'Stopped.');
    const attempt = withFileStore(folder, async (store) => {
      await store.tensors('weights', makeWeights);
      throw failure;
    });
    await expect(attempt).rejects.toBe(failure);
    expect(await siblings()).toEqual([]);
    expect((await prepare()).made).toBe(2);
  });

  it('stays as it was when using it fails', async () => {
    await prepare();
    const attempt = withFileStore(folder, async () => {
      throw new LonghandError('no-memory', 'Too large.');
    });
    await expect(attempt).rejects.toMatchObject({ code: 'no-memory' });
    expect((await prepare()).made).toBe(0);
  });

  it.each([
    {
      name: 'one byte of its weights is another',
      damage: async () => {
        const path = join(folder, weightsFile);
        const content = await readFile(path);
        content[4096] = (content[4096] ?? 0) ^ 1;
        await writeFile(path, content);
      },
    },
    { name: 'its weights are cut short', damage: () => truncate(join(folder, weightsFile), 4097) },
    { name: 'its weights are gone', damage: () => rm(join(folder, weightsFile)) },
    { name: 'its index is gone', damage: () => rm(join(folder, 'index.json')) },
    { name: 'its index is cut short', damage: () => truncate(join(folder, 'index.json'), 10) },
    { name: 'its index is of another version', damage: () => changeIndex((index) => ({ ...index, version: -1 })) },
    { name: 'its index is no object', damage: () => writeFile(join(folder, 'index.json'), 'null') },
    {
      name: 'there is a file in its place',
      damage: async () => {
        await rm(folder, { recursive: true });
        await writeFile(folder, 'a file');
      },
    },
  ])('is made anew when $name', async ({ damage }) => {
    await prepare();
    await damage();
    const { made, weights } = await prepare();
    expect(made).toBe(2);
    expect(await storedBytes(weights.quants as Constant)).toEqual([7, 8]);
    expect((await prepare()).made).toBe(0);
    expect(await siblings()).toEqual([basename(folder)]);
  });

  it.each([
    { state: 'not there yet', before: async () => undefined },
    { state: 'complete', before: () => prepare() },
  ])('that is $state is freed of what ended processes left beside it', async ({ before }) => {
    await before();
    const [ended, foreign] = [4_000_001, 4_000_002];
    vi.spyOn(process, 'kill').mockImplementation((id) => {
      if (id === process.pid) return true;
      const code = id === foreign ? 'EPERM' : 'ESRCH';
      throw Object.assign(new Error(`kill ${code}`), { code, syscall: 'kill' });
    });
    const kept = [`token-${process.pid}-aBc123`, `token-${foreign}-aBc123`, 'notes', 'token-of-others'];
    for (const name of [`token-${ended}-aBc123`, `device-${ended}-aBc123`, 'host-aBc123', ...kept]) {
      await mkdir(join(dirname(folder), name), { recursive: true });
      await writeFile(join(dirname(folder), name, weightsFile), 'begun');
    }
    await prepare();
    expect(await siblings()).toEqual([basename(folder), ...kept].sort());
  });

  it('names the process in what is not complete yet', async () => {
    await withFileStore(folder, async () => {
      expect(await siblings()).toEqual([expect.stringMatching(`^token-${process.pid}-`)]);
    });
  });

  it.each([
    { taken: 'in parts', most: 3, outcome: { made: 2 } },
    { taken: 'not at all', most: 0, outcome: { code: 'disk' } },
  ])('whose tensors the system takes $taken is whole or not there', async ({ most, outcome }) => {
    await limitWrites(most);
    expect(await prepare().catch((thrown: unknown) => thrown)).toMatchObject(outcome);
    if (most === 0) return expect(await siblings()).toEqual([]);
    const { weights } = await prepare();
    expect(await storedBytes(weights.scales as Constant)).toEqual([...new Uint8Array(Float32Array.of(1, 2, 3).buffer)]);
  });

  it('that was made by an older version is replaced as a whole', async () => {
    await prepare();
    await changeIndex((index) => ({ ...index, version: 0 }));
    await writeFile(join(folder, 'left-over'), '');
    await prepare();
    expect((await readdir(folder)).sort()).toEqual(['index.json', weightsFile]);
  });

  it('that cannot be written is an error of the disk that names it', async () => {
    const file = join(parent, 'file');
    await writeFile(file, '');
    await expect(prepare(join(file, 'token'))).rejects.toMatchObject({
      code: 'disk',
      message: expect.stringContaining(file),
    });
  });
});

async function changeIndex(change: (index: object) => object): Promise<void> {
  const path = join(folder, 'index.json');
  await writeFile(path, JSON.stringify(change(JSON.parse(await readFile(path, 'utf8')))));
}

/** From now on the system takes so many bytes of a file's at once. */
async function limitWrites(most: number): Promise<void> {
  const probe = await open(join(parent, 'probe'), 'w');
  const prototype = Object.getPrototypeOf(probe) as typeof probe;
  await probe.close();
  const { write } = prototype;
  vi.spyOn(prototype, 'write').mockImplementation(function (
    this: typeof probe,
    bytes: Uint8Array,
    offset: number,
    length: number,
    position: number,
  ) {
    if (most === 0) return Promise.resolve({ bytesWritten: 0, buffer: bytes });
    return Reflect.apply(write, this, [bytes, offset, Math.min(length, most), position]) as never;
  } as never);
}
