/** The engine as the rest of the app sees it. */
import { z } from 'zod';

export const device = z.enum(['cpu', 'webgpu']);
export const devicePreference = z.enum(['auto', 'cpu', 'webgpu']);
/** How exactly keys and values are kept: see kv/block-format.ts. */
export const blockFormatName = z.enum(['int8', 'int4']);

/** The model in use and how it runs. */
export const engineInfo = z.object({
  /** The fingerprint of its file, by which all that is kept for it is known; on the command line it may be its name. */
  modelId: z.string(),
  modelName: z.string(),
  architecture: z.string(),
  contextLength: z.int(),
  vocabularySize: z.int(),
  parameters: z.int(),
  device,
  /** Why this device: a sentence. */
  deviceReason: z.string(),
  threads: z.int(),
  memoryBytes: z.int(),
  loadMs: z.number(),
});

export const engineStatus = z.discriminatedUnion('state', [
  z.object({ state: z.literal('loading'), fraction: z.number().min(0).max(1).nullable() }),
  z.object({ state: z.literal('ready'), info: engineInfo }),
  /** The process was lost and is being started again. */
  z.object({ state: z.literal('restarting'), reason: z.string() }),
  /** It can't run: `reason` says why and what to do. */
  z.object({ state: z.literal('failed'), reason: z.string() }),
]);

export type Device = z.output<typeof device>;
export type DevicePreference = z.output<typeof devicePreference>;
export type EngineInfo = z.output<typeof engineInfo>;
export type EngineStatus = z.output<typeof engineStatus>;
