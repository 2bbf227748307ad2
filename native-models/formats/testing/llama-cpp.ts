import { getLlama, LlamaLogLevel, type Token } from 'node-llama-cpp';

/** llama.cpp, the reference implementation. */
const startLlama = () => getLlama({ gpu: false, build: 'never', logLevel: LlamaLogLevel.disabled });

/** Text to token ids. Only the vocabulary of the file is loaded. */
export async function openReferenceTokenizer(path: string) {
  const llama = await startLlama();
  const model = await llama.loadModel({ modelPath: path, vocabOnly: true });
  return {
    encode: (text: string, parseSpecial: boolean): number[] => model.tokenize(text, parseSpecial),
    close: () => llama.dispose(),
  };
}

/**
 * The logarithms of the probabilities that the model of the file gives to each token behind each of `tokens`, computed
 * in 32-bit floats.
 */
export async function referenceLogProbabilities(path: string, tokens: Int32Array): Promise<Float64Array[]> {
  const llama = await startLlama();
  try {
    const model = await llama.loadModel({ modelPath: path });
    const context = await model.createContext({
      contextSize: tokens.length + 1,
      flashAttention: false,
      experimentalKvCacheKeyType: 'F32',
      experimentalKvCacheValueType: 'F32',
    });
    const asked = Array.from(tokens, (id): [Token, { generateNext: { probabilities: true; options: object } }] => [
      id as Token,
      { generateNext: { probabilities: true, options: { temperature: 1, topK: 0, topP: 1, minP: 0 } } },
    ]);
    const answers = await context.getSequence().controlledEvaluate(asked);
    return answers.map((answer) => {
      const probabilities = answer?.next.probabilities ?? new Map<Token, number>();
      const logs = new Float64Array(model.fileInfo.metadata.tokenizer.ggml.tokens.length).fill(Number.NaN);
      for (const [id, probability] of probabilities) logs[id] = Math.log(probability);
      return logs;
    });
  } finally {
    await llama.dispose();
  }
}
