import { type ModelConfig, type TokenEmbeddings, tokenEmbeddings } from './architectures/index.ts';
import type { GgufFile } from './formats/gguf.ts';
import { canBeMixed, mixedSource } from './mixed-source.ts';
import { createMixing } from './mixing.ts';
import type { Device } from './runtime.ts';
import type { TensorStore } from './tensor-store.ts';
import { openWeights, type Precision, type WeightSource, type Weights } from './weights.ts';

/** What a graph is made of and fed with, in the form that is fastest where it runs. */
export interface PlacedModel {
  readonly embeddings: TokenEmbeddings;
  open(store: TensorStore): Weights;
}

/** How exact a model is to be: with 32-bit floats, slow and large, as a reference, or with quantized weights. */
export type Exactness = 'float' | 'quantized';

const precisions: Readonly<Record<Device, Precision>> = { cpu: 'int8', webgpu: 'stored' };

/** A model of a file, whose weights are read from `source`: the file, or something around it. */
export function placeModel(
  file: GgufFile,
  source: WeightSource,
  config: ModelConfig,
  device: Device,
  exactness: Exactness,
): PlacedModel {
  const precision = exactness === 'float' ? 'float' : precisions[device];
  const mixing = precision === 'int8' && canBeMixed(source, config.hidden) ? createMixing(config.hidden) : undefined;
  const weights = mixing ? mixedSource(source, mixing) : source;
  return {
    embeddings: tokenEmbeddings(file, config, mixing),
    open: (store) => openWeights(weights, store, precision),
  };
}
