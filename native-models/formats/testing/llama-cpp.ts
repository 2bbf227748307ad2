import { getLlama, LlamaLogLevel } from 'node-llama-cpp';

/** Text to token ids by llama.cpp, the reference implementation. Only the vocabulary of the file is loaded. */
export async function openReferenceTokenizer(path: string) {
  const llama = await getLlama({ gpu: false, build: 'never', logLevel: LlamaLogLevel.disabled });
  const model = await llama.loadModel({ modelPath: path, vocabOnly: true });
  return {
    encode: (text: string, parseSpecial: boolean): number[] => model.tokenize(text, parseSpecial),
    close: () => llama.dispose(),
  };
}
