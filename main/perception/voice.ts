/**
 * Sound → how likely each frame of it is speech. The model is Silero VAD (https://github.com/snakers4/silero-vad): a
 * small recurrent network that hears 32 ms at a time, and the 4 ms before them.
 */
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { LonghandError, throwIfCancelled } from '../../base/errors.ts';
import { createSessionFromFile, floats, floatTensor, integerTensor } from '../../native-models/runtime.ts';
import { frameSamples, sampleRate, voiceStateLength } from './protocol.ts';

export interface VoiceDetector {
  /**
   * The probability of speech, 0 to 1, in each frame of 512 samples at 16 kHz, and the state to go on with.
   * Throws `cancelled` when the signal fires, and what the runtime throws.
   */
  detect(
    samples: Float32Array,
    state: Float32Array | null,
    signal?: AbortSignal,
  ): Promise<{ probabilities: Float32Array<ArrayBuffer>; state: Float32Array<ArrayBuffer> }>;
  dispose(): Promise<void>;
}

const memoryShape = [2, 1, 128];
const memoryLength = 256;
const contextSamples = voiceStateLength - memoryLength;
/** Frames between two turns of the event loop: some tens of milliseconds of work. */
const framesInTurn = 64;

/** Opens the model of a folder, model.onnx. Throws `missing-weights`, `bad-file`, `device` or `no-memory`. */
export async function openVoiceDetector(folder: string): Promise<VoiceDetector> {
  // A frame is too little work to be divided.
  const session = await createSessionFromFile(join(folder, 'model.onnx'), 1);
  const sr = integerTensor([], [sampleRate]);

  return {
    async detect(samples, before, signal) {
      if (samples.length % frameSamples !== 0)
        throw new LonghandError('bad-request', `${samples.length} samples are no whole number of frames.`);
      const state = Float32Array.from(before ?? new Float32Array(voiceStateLength));
      let memory = state.slice(0, memoryLength);
      const probabilities = new Float32Array(samples.length / frameSamples);
      for (let frame = 0; frame < probabilities.length; frame++) {
        const input = new Float32Array(contextSamples + frameSamples);
        input.set(state.subarray(memoryLength));
        input.set(samples.subarray(frame * frameSamples, (frame + 1) * frameSamples), contextSamples);
        const { output, stateN } = await session.run(
          { input: floatTensor([1, input.length], input), state: floatTensor(memoryShape, memory), sr },
          ['output', 'stateN'],
        );
        probabilities[frame] = floats(output)[0] ?? 0;
        memory = Float32Array.from(floats(stateN));
        state.set(input.subarray(frameSamples), memoryLength);
        if (frame % framesInTurn === framesInTurn - 1) {
          await nextTurn();
          throwIfCancelled(signal);
        }
      }
      state.set(memory);
      return { probabilities, state };
    },
    dispose: () => session.dispose(),
  };
}
