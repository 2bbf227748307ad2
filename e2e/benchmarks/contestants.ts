import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadEngine } from '../../main/engine/engine.ts';

/** The engines that are compared, behind one interface. */

export type Message =
  | { readonly kind: 'load'; readonly modelPath: string; readonly threads: number; readonly contextLength: number }
  | { readonly kind: 'run'; readonly tokens: readonly number[]; readonly generated: number }
  | { readonly kind: 'memory' };

export type Reply =
  | { readonly kind: 'load'; readonly ms: number }
  | { readonly kind: 'run'; readonly measured: Measured; readonly cpuSeconds: number }
  | { readonly kind: 'memory'; readonly bytes: number }
  | { readonly kind: 'failed'; readonly reason: string };

export interface Measured {
  readonly promptTokens: number;
  readonly prefillMs: number;
  /** From the first generated token to the last, and how many came in that time. */
  readonly decodeMs: number;
  readonly decodeTokens: number;
}

export interface Contestant {
  load(modelPath: string, threads: number, contextLength: number): Promise<void>;
  /** Reads the tokens, none of them from before, and generates greedily. */
  run(tokens: readonly number[], generated: number): Promise<Measured>;
}

export const contestants = { longhand, llamaCpp } as const;

function longhand(): Contestant {
  let engine: Awaited<ReturnType<typeof loadEngine>> | undefined;
  let runs = 0;
  const sampling = { temperature: 0, topP: 1, topK: 0, minP: 0, repetitionPenalty: 1, seed: 0 };
  return {
    async load(modelPath, threads, contextLength) {
      engine = await loadEngine({
        modelPath,
        device: 'cpu',
        threads,
        contextLength,
        cacheFolder: join(tmpdir(), 'longhand-benchmark'),
      });
    },
    async run(tokens, generated) {
      if (!engine) throw new Error('Not loaded.');
      // Another first token each time, so that nothing can be reused.
      const prompt = Int32Array.from(tokens);
      prompt[0] = 100 + runs++;
      return engine.generate({ tokens: prompt, maxTokens: generated, sampling, stop: [] });
    },
  };
}

/** llama.cpp as node-llama-cpp sets it up, with its own choice of kernels, batch size and attention. */
function llamaCpp(): Contestant {
  type Sequence = import('node-llama-cpp').LlamaContextSequence;
  let sequence: Sequence | undefined;
  return {
    async load(modelPath, threads, contextLength) {
      const { getLlama, LlamaLogLevel } = await import('node-llama-cpp');
      const llama = await getLlama({ gpu: false, build: 'never', logLevel: LlamaLogLevel.error, maxThreads: threads });
      const model = await llama.loadModel({ modelPath });
      const context = await model.createContext({ contextSize: contextLength, threads });
      sequence = context.getSequence();
    },
    async run(tokens, generated) {
      if (!sequence) throw new Error('Not loaded.');
      await sequence.clearHistory();
      const prompt = tokens as Parameters<Sequence['evaluate']>[0];
      const began = performance.now();
      // The last token is read by the generation below, so that it is not read twice.
      await sequence.evaluateWithoutGeneratingNewTokens(prompt.slice(0, -1));
      let firstAt = 0;
      let made = 0;
      for await (const _ of sequence.evaluate(prompt.slice(-1), { temperature: 0, yieldEogToken: true })) {
        if (made === 0) firstAt = performance.now();
        if (++made === generated) break;
      }
      return {
        promptTokens: tokens.length,
        prefillMs: firstAt - began,
        decodeMs: performance.now() - firstAt,
        decodeTokens: made - 1,
      };
    },
  };
}
