import { Buffer } from 'node:buffer';
import { LonghandError } from '../../base/errors.ts';
import { createByteLevelModel } from './byte-level-bpe.ts';
import type { GgufMetadata } from './gguf.ts';
import { preTokenizer } from './pre-tokenizers.ts';
import { createSentencePieceModel } from './sentencepiece.ts';
import { readVocabulary, splitter, type TextModel, type Vocabulary } from './vocabulary.ts';

export interface EncodeOptions {
  /**
   * Whether the texts of control tokens become those tokens. Leave it off for anything a person or a document
   * wrote: there "<|im_end|>" is ten characters and nothing else.
   */
  readonly parseSpecial?: boolean;
  /** Whether the sequence begins with the BOS token; `addsBos` says what the model expects. */
  readonly addBos?: boolean;
}

/** Turns token ids, one at a time, into text of whole characters. */
export interface StreamDecoder {
  /** The characters that became complete with this token; empty while one is still unfinished. */
  push(id: number): string;
  /** What is left at the end: a replacement character for a character that was never finished. */
  end(): string;
}

export interface Tokenizer {
  encode(text: string, options?: EncodeOptions): Int32Array;
  /**
   * The text of whole sequences, without control tokens. For the byte-level kind it is the exact inverse of `encode`
   * for well-formed text. Invalid UTF-8 becomes replacement characters.
   */
  decode(ids: Iterable<number>): string;
  /** A token's own bytes, which may be part of a character. A control token's are those of its text. */
  tokenBytes(id: number): Uint8Array;
  /** Decodes a continuation: nothing is trimmed at its beginning, and control tokens are left out. */
  streamDecoder(): StreamDecoder;
  readonly vocabularySize: number;
  readonly bos: number | undefined;
  readonly eos: number | undefined;
  /** Whether the model expects its sequences to begin with the BOS token. */
  readonly addsBos: boolean;
  readonly endOfGeneration: ReadonlySet<number>;
  isControl(id: number): boolean;
  /** The ids of the control tokens by their texts. */
  readonly controlTokens: ReadonlyMap<string, number>;
}

const nothing = new Uint8Array(0);

interface Kind {
  readonly model: TextModel;
  readonly addsBos: boolean;
}

/** By `tokenizer.ggml.model`. */
const kinds: Readonly<Record<string, (metadata: GgufMetadata, vocabulary: Vocabulary) => Kind>> = {
  gpt2(metadata, vocabulary) {
    const pre = preTokenizer(metadata.string('tokenizer.ggml.pre', 'default'));
    const merges = metadata.strings('tokenizer.ggml.merges');
    return { model: createByteLevelModel(vocabulary, merges, pre), addsBos: pre.addsBos };
  },
  llama(metadata, vocabulary) {
    const scores = metadata.numbers('tokenizer.ggml.scores');
    const size = vocabulary.texts.length;
    if (scores.length !== size) {
      throw new LonghandError('bad-file', `The model file has ${size} tokens but ${scores.length} token scores.`);
    }
    const addSpacePrefix = metadata.boolean('tokenizer.ggml.add_space_prefix', true);
    return { model: createSentencePieceModel(vocabulary, scores, addSpacePrefix), addsBos: true };
  },
};

/**
 * The tokenizer that a GGUF file describes.
 * Throws `unsupported` for a kind that is not known, `bad-file` when the description is incomplete.
 */
export function createTokenizer(metadata: GgufMetadata): Tokenizer {
  const name = metadata.string('tokenizer.ggml.model');
  const createKind = Object.hasOwn(kinds, name) ? kinds[name] : undefined;
  if (!createKind) {
    throw new LonghandError('unsupported', `The model's tokenizer is of the kind "${name}", which is not known.`);
  }
  const vocabulary = readVocabulary(metadata);
  const { model, addsBos } = createKind(metadata, vocabulary);
  const { texts, control, userDefined, isControl, bos } = vocabulary;
  const splitUserDefined = splitter(userDefined);
  const splitSpecial = splitter(new Map([...control, ...userDefined]));
  const userDefinedIds = new Set(userDefined.values());
  const utf8 = new TextEncoder();

  /** Filled as tokens are met: a document repeats a small part of the vocabulary. */
  const knownBytes: (Uint8Array | undefined)[] = new Array(texts.length);

  function tokenBytes(id: number): Uint8Array {
    const known = knownBytes[id] ?? bytesOf(id);
    knownBytes[id] = known;
    return known;
  }

  function bytesOf(id: number): Uint8Array {
    const text = texts[id];
    if (text === undefined) {
      throw new LonghandError('bad-request', `There is no token ${id}; the vocabulary has ${texts.length}.`);
    }
    return isControl(id) || userDefinedIds.has(id) ? utf8.encode(text) : model.plainBytes(id);
  }

  function streamDecoder(): StreamDecoder {
    // The decoder keeps unfinished characters; by default it would also swallow a byte order mark.
    const characters = new TextDecoder('utf-8', { ignoreBOM: true });
    return {
      push: (id) => (isControl(id) ? '' : characters.decode(tokenBytes(id), { stream: true })),
      end: () => characters.decode(),
    };
  }

  return {
    encode(text, { parseSpecial = false, addBos = false } = {}) {
      const ids: number[] = [];
      if (addBos && bos !== undefined) ids.push(bos);
      for (const part of parseSpecial ? splitSpecial(text) : splitUserDefined(text)) {
        if (typeof part === 'number') ids.push(part);
        else model.encodeText(part, ids);
      }
      return Int32Array.from(ids);
    },
    decode(ids) {
      const parts = Array.from(ids, (id) => (isControl(id) ? nothing : tokenBytes(id)));
      const text = Buffer.concat(parts).toString('utf8');
      return model.leadingSpace && text.startsWith(' ') ? text.slice(1) : text;
    },
    tokenBytes,
    streamDecoder,
    vocabularySize: texts.length,
    bos,
    eos: vocabulary.eos,
    addsBos: metadata.boolean('tokenizer.ggml.add_bos_token', addsBos) && bos !== undefined,
    endOfGeneration: vocabulary.endOfGeneration,
    isControl,
    controlTokens: control,
  };
}
