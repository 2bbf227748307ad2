/** The models that can be chosen: those that ship, and any GGUF file named by its path. */
import { existsSync, statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { totalmem } from 'node:os';
import { basename, extname, isAbsolute, join, resolve, sep } from 'node:path';
import { isCancelled, LonghandError } from '../../base/errors.ts';
import { readModelConfig } from '../../native-models/architectures/index.ts';
import { type GgufFile, type GgufHeader, openGguf } from '../../native-models/formats/gguf.ts';
import { createTokenizer } from '../../native-models/formats/tokenizer.ts';
import type { ModelEntry } from './schema.ts';

/** The model that a new installation starts with. */
export const bundledModelId = 'smollm2-135m-instruct';

/** Tokens that an answer usually attends to. */
const usualTokens = 2048;
/** Of the process around a model. */
const processBytes = 200e6;
/** For each weight: 8 bits and, in blocks of 32, its share of a scale. */
const bytesOfWeight = 1.13;

/** About how much memory a model takes while it answers. Throws what a file throws that cannot be run. */
function estimateMemory(header: GgufHeader): number {
  const { layers, keyValueHeads, headSize } = readModelConfig(header);
  let weights = 0;
  for (const { elements } of header.tensors.values()) weights += elements * bytesOfWeight;
  const attended = usualTokens * layers * keyValueHeads * headSize * 2 * Float32Array.BYTES_PER_ELEMENT;
  return Number((processBytes + weights + attended).toPrecision(2));
}

/**
 * What a GGUF file says of itself. Throws `bad-file` or `not-found`, naming the file, and `unsupported` for a model that
 * cannot be run.
 */
export const describeModel = (path: string, id: string, bundled: boolean): Promise<ModelEntry> =>
  withFile(path, (file) => entryOf(file, id, bundled));

/** The same of a model that is new here: its tokenizer, which takes longer to make than all the rest, is tried too. */
export const describeNewModel = (path: string, id: string): Promise<ModelEntry> =>
  withFile(path, (file) => {
    const entry = entryOf(file, id, false);
    createTokenizer(file.metadata);
    return entry;
  });

async function withFile<Result>(path: string, look: (file: GgufFile) => Result): Promise<Result> {
  const file = await openGguf(path);
  try {
    return look(file);
  } finally {
    await file.close();
  }
}

/** What a model is called, by its file. */
export const modelNameOf = (path: string): string => basename(path, extname(path));

function entryOf(file: GgufFile, id: string, bundled: boolean): ModelEntry {
  const { metadata, tensors, path } = file;
  const memoryBytes = estimateMemory(file);
  const architecture = metadata.string('general.architecture');
  let parameters = 0;
  for (const tensor of tensors.values()) parameters += tensor.elements;
  return {
    id,
    name: modelNameOf(path),
    path,
    bundled,
    architecture,
    parameters,
    contextLength: metadata.number(`${architecture}.context_length`),
    byteSize: file.size,
    memoryBytes,
    fits: memoryBytes < totalmem(),
    license: metadata.has('general.license') ? metadata.string('general.license') : null,
  };
}

/**
 * The models of a folder with one folder a model. One that is damaged is left out here; choosing it says why.
 */
export async function listModels(bundledFolder: string): Promise<ModelEntry[]> {
  const models: ModelEntry[] = [];
  for (const id of await folderNames(bundledFolder)) {
    const weights = await ggufIn(join(bundledFolder, id));
    if (!weights) continue;
    try {
      models.push(await describeModel(weights, id, true));
    } catch (thrown) {
      if (isCancelled(thrown)) throw thrown;
    }
  }
  return models;
}

/**
 * The model that a command line names: the whole path of a file, or an id as it is. It is asked once, at the start,
 * because only there a name means a file of the folder that the person is in.
 */
export function modelNamed(name: string): string {
  const isPath = name.includes('/') || name.includes(sep) || /\.gguf$/i.test(name);
  return isPath || isFile(name) ? resolve(name) : name;
}

/** The weights of a model by the id of one that ships, or by the whole path of a GGUF file. */
export async function findModel(
  idOrPath: string,
  bundledFolder: string,
): Promise<{ modelId: string; modelPath: string }> {
  if (isAbsolute(idOrPath)) return { modelId: resolve(idOrPath), modelPath: resolve(idOrPath) };
  const folders = await folderNames(bundledFolder);
  const weights = folders.includes(idOrPath) ? await ggufIn(join(bundledFolder, idOrPath)) : undefined;
  if (weights) return { modelId: idOrPath, modelPath: weights };
  if (idOrPath === bundledModelId)
    throw new LonghandError(
      'missing-weights',
      `The weights of ${bundledModelId} are missing from ${join(bundledFolder, bundledModelId)}. Install Longhand again, or choose a GGUF file with --model PATH.`,
    );
  const ids = (await listModels(bundledFolder)).map(({ id }) => id);
  throw new LonghandError(
    'not-found',
    `There is no model "${idOrPath}". Name one of ${ids.map((id) => `"${id}"`).join(', ') || 'those that ship (none is installed)'}, or the path of a GGUF file.`,
  );
}

function isFile(path: string): boolean {
  return existsSync(path) && statSync(path).isFile();
}

async function folderNames(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
}

async function ggufIn(folder: string): Promise<string | undefined> {
  const names = await readdir(folder).catch(() => []);
  const name = names.find((candidate) => candidate.endsWith('.gguf'));
  return name && join(folder, name);
}
