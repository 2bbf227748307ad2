import { readdirSync } from 'node:fs';
import { access } from 'node:fs/promises';
import * as ort from 'onnxruntime-node';
import { LonghandError } from '../base/errors.ts';
import { constant, type ElementType, input, type TensorArray } from './graph/graph.ts';
import { type Output, toOnnx } from './graph/onnx.ts';
import { add, matMulIntegers } from './graph/operators.ts';

/**
 * The one file that knows ONNX Runtime. A run blocks the thread it is called on until it is done, so sessions live in
 * a process of their own, and long work is cut into runs with a turn of the event loop between them.
 */

/**
 * Nothing leaves the machine: the runtime's official builds report every session to their maker, and keep a number for the
 * machine on disk, unless this is set before the first session (ONNX Runtime 1.29 and later, on Linux and macOS).
 */
process.env.ORT_DISABLE_TELEMETRY = '1';

export type Device = 'cpu' | 'webgpu';
export type DeviceChoice = 'auto' | Device;

/** A tensor that goes into or comes out of a run. Its data may be changed between runs, its shape may not. */
export type Tensor = ort.Tensor;

export interface Session {
  /** Runs the graph and returns the named outputs. */
  run(inputs: Readonly<Record<string, Tensor>>, outputs: readonly string[]): Promise<Record<string, Tensor>>;
  dispose(): Promise<void>;
}

export interface SessionOptions {
  readonly device: Device;
  readonly threads: number;
  /** The folder of the weights file, when the graph's constants are stored in one. */
  readonly folder?: string | undefined;
  /** Outputs that stay in the device's memory (WebGPU). */
  readonly keepOnDevice?: readonly string[];
}

export function tensor<Type extends ElementType>(
  type: Type,
  shape: readonly number[],
  data: TensorArray<Type>,
): Tensor {
  return new ort.Tensor(type, data, shape);
}

export const floatTensor = (shape: readonly number[], data: Float32Array<ArrayBuffer>): Tensor =>
  tensor('float32', shape, data);
export const integerTensor = (shape: readonly number[], values: ArrayLike<number>): Tensor =>
  tensor('int64', shape, BigInt64Array.from(values as ArrayLike<number> & Iterable<number>, BigInt));

/** A tensor of one truth value. */
export const flagTensor = (value: boolean): Tensor => tensor('bool', [1], Uint8Array.of(Number(value)));

/** The data of a float output. */
export function floats(output: Tensor | undefined): Float32Array {
  if (output?.data instanceof Float32Array) return output.data;
  throw new LonghandError('internal', 'The model returned no floats.');
}

/**
 * The device to run on, and why. `auto` takes WebGPU when the machine has a graphics card that it works with, and the
 * CPU otherwise. A device that was asked for by name is never exchanged for another. Throws `device`.
 */
export async function chooseDevice(choice: DeviceChoice): Promise<{ device: Device; reason: string }> {
  if (choice === 'cpu') return { device: 'cpu', reason: 'The CPU was chosen in the settings.' };
  if (choice === 'webgpu') {
    await probeWebGpu();
    return { device: 'webgpu', reason: 'WebGPU was chosen in the settings.' };
  }
  if (!mayHaveGraphicsCard()) return { device: 'cpu', reason: 'No graphics card was found, so the CPU is used.' };
  try {
    await probeWebGpu();
    return { device: 'webgpu', reason: 'A graphics card was found.' };
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    return { device: 'cpu', reason: `The graphics card cannot be used, so the CPU is: ${detail}` };
  }
}

/** Linux without a render node has software renderers at best, which are far slower than the CPU kernels. */
function mayHaveGraphicsCard(): boolean {
  if (process.platform !== 'linux') return true;
  try {
    return readdirSync('/dev/dri').some((name) => name.startsWith('renderD'));
  } catch {
    return false;
  }
}

async function probeWebGpu(): Promise<void> {
  const x = input('x', 'float32', [1]);
  const session = await createSession([{ name: 'y', type: 'float32', value: add(x, x) }], {
    device: 'webgpu',
    threads: 1,
  });
  await session.run({ x: floatTensor([1], Float32Array.of(1)) }, ['y']);
  await session.dispose();
}

/** A session that computes `outputs`. Throws `device` or `no-memory`. */
export async function createSession(
  outputs: readonly Output[],
  { device, threads, folder, keepOnDevice = [] }: SessionOptions,
): Promise<Session> {
  const { model, externalData } = toOnnx(outputs);
  return openSession(model, device, {
    ...commonOptions(device, threads),
    ...(externalData.length > 0 && { externalData }),
    extra: {
      session: {
        // Threads wait actively within a run only: otherwise those of one session would hold up another's.
        force_spinning_stop: '1',
        ...(device === 'cpu' && (await overflows()) && withoutOverflow),
        ...(folder && { model_external_initializers_file_folder_path: folder }),
      },
    },
    ...(keepOnDevice.length > 0 && {
      preferredOutputLocation: Object.fromEntries(keepOnDevice.map((name) => [name, 'gpu-buffer' as const])),
    }),
  });
}

/** Makes signed weights of 8-bit products unsigned, which are slower. */
const withoutOverflow = { x64quantprecision: '1' };

let overflow: Promise<boolean> | undefined;

/**
 * Whether 8-bit products with signed weights overflow: x86 processors without instructions for them (VNNI) add pairs of
 * products in 16 bits. The runtime has a kernel that does not, but takes it only when it is told to, and then everywhere.
 */
function overflows(): Promise<boolean> {
  overflow ??= (async () => {
    const size = 64;
    const largest = 127;
    const product = matMulIntegers(
      input('x', 'float32', [1, size]),
      {
        quants: constant('int8', [size, 1], new Int8Array(size).fill(largest)),
        scales: constant('float32', [1], Float32Array.of(1)),
      },
      largest,
    );
    const { model } = toOnnx([{ name: 'y', type: 'float32', value: product }]);
    const session = await openSession(model, 'cpu', commonOptions('cpu', 1));
    const { y } = await session.run({ x: floatTensor([1, size], new Float32Array(size).fill(largest)) }, ['y']);
    await session.dispose();
    return floats(y)[0] !== size * largest * largest;
  })();
  return overflow;
}

/**
 * A session that computes what the ONNX file at `path` says, on the CPU. Its threads sleep while they wait, so that it
 * takes nothing from the engine beside it. Throws `missing-weights`, `bad-file`, `device` or `no-memory`.
 */
export async function createSessionFromFile(path: string, threads: number): Promise<Session> {
  await access(path).catch((cause: unknown) => {
    throw new LonghandError('missing-weights', `The weights ${path} cannot be read. Install Longhand again.`, {
      cause,
    });
  });
  return openSession(path, 'cpu', {
    ...commonOptions('cpu', threads),
    extra: { session: { intra_op: { allow_spinning: '0' }, ...((await overflows()) && withoutOverflow) } },
  }).catch((thrown: unknown) => {
    if (!(thrown instanceof LonghandError) || !/protobuf parsing failed/i.test(thrown.message)) throw thrown;
    throw new LonghandError('bad-file', `The weights ${path} are damaged. Install Longhand again.`, { cause: thrown });
  });
}

function commonOptions(device: Device, threads: number): ort.InferenceSession.SessionOptions {
  return {
    executionProviders: [device],
    intraOpNumThreads: threads,
    // The allocator's own pools grow by doubling, and are kept: measured, they cost memory and gain no time.
    enableCpuMemArena: false,
    enableMemPattern: false,
    logSeverityLevel: 3,
  };
}

async function openSession(
  model: Uint8Array | string,
  device: Device,
  options: ort.InferenceSession.SessionOptions,
): Promise<Session> {
  // The runtime's two signatures, for bytes and for a path.
  const created =
    typeof model === 'string'
      ? ort.InferenceSession.create(model, options)
      : ort.InferenceSession.create(model, options);
  const session = await created.catch((cause: unknown) => {
    throw runtimeError(device, cause);
  });
  return {
    async run(inputs, wanted) {
      try {
        return (await session.run(inputs, [...wanted])) as Record<string, Tensor>;
      } catch (cause) {
        throw runtimeError(device, cause);
      }
    },
    dispose: () => session.release(),
  };
}

function runtimeError(device: Device, cause: unknown): LonghandError {
  const text = cause instanceof Error ? cause.message : String(cause);
  if (/bad_alloc|bad allocation|out of memory|failed to allocate/i.test(text)) {
    return new LonghandError('no-memory', 'The machine has not enough free memory for this model. Use a smaller one.', {
      cause,
    });
  }
  if (/failed to get a webgpu adapter/i.test(text)) {
    return new LonghandError('device', 'WebGPU finds no graphics card that it can use. Choose the CPU.', { cause });
  }
  return new LonghandError('device', `The model cannot run on ${device === 'cpu' ? 'the CPU' : 'WebGPU'}: ${text}`, {
    cause,
  });
}
