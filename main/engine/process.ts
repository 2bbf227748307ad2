/** The engine process: one model, loaded once, and generations one after the other. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { LonghandError } from '../../base/errors.ts';
import { serve } from '../../base/rpc.ts';
import { parentChannel } from '../../base/utility-process.ts';
import { type Engine, loadEngine } from './engine.ts';
import { engineContract, type Prompt } from './protocol.ts';

/** Characters tokenized before other messages (a cancellation, say) are looked at again. */
const charactersAtOnce = 200_000;

let engine: Engine | undefined;

function loaded(): Engine {
  if (!engine) throw new LonghandError('internal', 'The engine was asked before its model was loaded.');
  return engine;
}

function tokensOf(prompt: Prompt): Int32Array {
  return prompt.kind === 'chat'
    ? loaded().encodeChat(prompt.messages)
    : loaded().tokenizer.encode(prompt.text, { parseSpecial: true });
}

serve(
  engineContract,
  {
    async load({ modelId, modelPath, device, threads, cacheFolder, streams }, { signal, progress }) {
      if (engine) throw new LonghandError('internal', 'A model is already loaded in this process.');
      engine = await loadEngine({
        modelPath,
        device,
        threads,
        cacheFolder,
        ...(streams && { streams }),
        onProgress: progress,
        signal,
      });
      const { name, ...info } = engine.info;
      return { ...info, modelId, modelName: name };
    },
    async countTokens({ texts }, { signal }) {
      const counts: number[] = [];
      let characters = 0;
      for (const text of texts) {
        counts.push(loaded().countTokens(text));
        characters += text.length;
        if (characters < charactersAtOnce) continue;
        characters = 0;
        await nextTurn();
        signal.throwIfAborted();
      }
      return counts;
    },
    countPrompt: ({ prompt }) => tokensOf(prompt).length,
    generate({ prompt, ...params }, { signal, progress }) {
      return loaded().generate({
        ...params,
        tokens: tokensOf(prompt),
        signal,
        onPrefill: (reading) => progress({ kind: 'prefill', ...reading }),
        onText: (text) => progress({ kind: 'text', text }),
      });
    },
    openStream: ({ id, header, expected }) => loaded().streams.open(id, header, expected ?? undefined),
    readStream: ({ id, sections, last }, { signal, progress }) =>
      loaded().streams.read(id, sections, last, { signal, onProgress: progress }),
    mendStream: ({ id, block, sections }, { signal }) => loaded().streams.mend(id, block, sections, { signal }),
    reopenStream: ({ id }) => loaded().streams.reopen(id),
    compactStream: ({ id }) => loaded().streams.compact(id),
    async removeStream({ id, everywhere }) {
      await loaded().streams.remove(id, everywhere);
      return {};
    },
    async streamSizes() {
      const { own, others } = await loaded().streams.sizes();
      return { own: Array.from(own, ([id, bytes]) => ({ id, bytes })), others };
    },
    async removeOtherStreams() {
      await loaded().streams.removeOthers();
      return {};
    },
    answer: (request, { signal, progress }) =>
      loaded().streams.answer({
        ...request,
        signal,
        onPrefill: (reading) => progress({ kind: 'prefill', ...reading }),
        onText: (text) => progress({ kind: 'text', text }),
      }),
  },
  parentChannel(),
);
