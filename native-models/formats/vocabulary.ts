import { LonghandError } from '../../base/errors.ts';
import type { GgufMetadata } from './gguf.ts';

/** Token types of a GGUF file (`llama_token_type`). */
const tokenType = { unknown: 2, control: 3, userDefined: 4, byte: 6 } as const;

/** Tokens that end a generation, by their texts: files often name only one of theirs. */
const endTexts: ReadonlySet<string> = new Set([
  '</s>',
  '<eos>',
  '<|endoftext|>',
  '<|end_of_text|>',
  '<|im_end|>',
  '<|end|>',
  '<|eot_id|>',
  '<|eom_id|>',
  '<end_of_turn>',
  '<turn|>',
  '<|return|>',
  '<|call|>',
  '<EOT>',
  '[EOT]',
  '[EOS]',
  '<end_of_utterance>',
  '<｜end▁of▁sentence｜>',
]);

/** Bounds for what a file can ask for. The largest vocabularies in use have 262,144 tokens and merges about as many. */
export const maximumTokens = 2 ** 21;
const maximumSpecialText = 2 ** 20;

/** Written like a control token, whatever the file calls its type: a document must not be able to utter it. */
const looksLikeControl = /^<[|｜].+[|｜]>$/u;

/** The token table of a GGUF file. */
export interface Vocabulary {
  readonly texts: readonly string[];
  /** Ids of the tokens that text can become by merging, by their texts: no control, unknown or byte tokens. */
  readonly plain: ReadonlyMap<string, number>;
  /** Tokens that structure a prompt: never made from a person's text, never shown. By their texts. */
  readonly control: ReadonlyMap<string, number>;
  /** Tokens that are recognised in any text before it is cut into pieces. By their texts. */
  readonly userDefined: ReadonlyMap<string, number>;
  /** The fallback token of each byte (`<0x0A>`), or -1. */
  readonly bytes: Int32Array;
  isControl(id: number): boolean;
  readonly bos: number | undefined;
  readonly eos: number | undefined;
  readonly unknown: number | undefined;
  readonly endOfGeneration: ReadonlySet<number>;
}

/** What a kind of tokenizer knows about text without special tokens. */
export interface TextModel {
  /** Appends the tokens of the text. */
  encodeText(text: string, ids: number[]): void;
  /** The bytes of a token that is neither a control nor a user-defined one. */
  plainBytes(id: number): Uint8Array;
  /** Whether `encodeText` puts a space before the text, which decoding takes away again. */
  readonly leadingSpace: boolean;
}

/** Reads the token table. Throws `bad-file` when it is absent or contradicts itself. */
export function readVocabulary(metadata: GgufMetadata): Vocabulary {
  const texts = metadata.strings('tokenizer.ggml.tokens');
  const types = metadata.numbers('tokenizer.ggml.token_type', []);
  if (texts.length === 0) throw new LonghandError('bad-file', 'The model file has an empty vocabulary.');
  if (types.length !== 0 && types.length !== texts.length) {
    throw new LonghandError('bad-file', `The model file has ${texts.length} tokens but ${types.length} token types.`);
  }
  if (texts.length > maximumTokens) throw new LonghandError('bad-file', `The model file has ${texts.length} tokens.`);
  const plain = new Map<string, number>();
  const control = new Map<string, number>();
  const userDefined = new Map<string, number>();
  const bytes = new Int32Array(256).fill(-1);
  texts.forEach((text, id) => {
    const type = types[id];
    const byte = type === tokenType.byte ? fallbackByte(text) : undefined;
    if (byte !== undefined) bytes[byte] = id;
    else if (isControlToken(text, type)) addFirst(control, text, id);
    else if (type === tokenType.userDefined) addFirst(userDefined, text, id);
    else addFirst(plain, text, id);
  });
  // All of them become one regular expression.
  const special = [...control.keys(), ...userDefined.keys()].reduce((length, text) => length + text.length, 0);
  if (special > maximumSpecialText) {
    throw new LonghandError('bad-file', `The model file has special tokens of ${special} characters altogether.`);
  }
  const controlIds = new Set(control.values());
  const ends = [...endTexts].flatMap((text) => control.get(text) ?? []);
  const named = ['eos', 'eot', 'eom'].flatMap((name) => namedToken(metadata, name, texts.length) ?? []);
  return {
    texts,
    plain,
    control,
    userDefined,
    bytes,
    isControl: (id) => controlIds.has(id),
    bos: namedToken(metadata, 'bos', texts.length),
    eos: namedToken(metadata, 'eos', texts.length),
    unknown: namedToken(metadata, 'unknown', texts.length),
    endOfGeneration: new Set([...named, ...ends]),
  };
}

function isControlToken(text: string, type: number | undefined): boolean {
  if (text === '') return false;
  if (type === tokenType.control || type === tokenType.unknown) return true;
  return endTexts.has(text) || (type === tokenType.userDefined && looksLikeControl.test(text));
}

function addFirst(ids: Map<string, number>, text: string, id: number): void {
  if (!ids.has(text)) ids.set(text, id);
}

/** The byte of a token such as `<0x0A>`. */
function fallbackByte(text: string): number | undefined {
  const [, digits] = /^<0x([0-9a-fA-F]{2})>$/.exec(text) ?? [];
  return digits === undefined ? undefined : Number.parseInt(digits, 16);
}

function namedToken(metadata: GgufMetadata, name: string, size: number): number | undefined {
  const key = `tokenizer.ggml.${name}_token_id`;
  if (!metadata.has(key)) return undefined;
  const id = metadata.number(key);
  if (Number.isInteger(id) && id >= 0 && id < size) return id;
  throw new LonghandError('bad-file', `The model file says "${key}" is ${id}, but it has ${size} tokens.`);
}

/**
 * A function that cuts a text at every occurrence of one of the given texts and puts their ids there.
 * The leftmost occurrence counts, and the longest among those that begin at the same place.
 */
export function splitter(tokens: ReadonlyMap<string, number>): (text: string) => (string | number)[] {
  if (tokens.size === 0) return (text) => [text];
  const expression = new RegExp(`(${alternatives(tokens.keys())})`, 'gu');
  // A captured separator is part of what split returns, at every odd index.
  return (text) =>
    text
      .split(expression)
      .map((part, index) => (index % 2 === 1 ? (tokens.get(part) ?? part) : part))
      .filter((part) => part !== '');
}

/** The source of an expression that matches any of the texts, the longest first. */
export function alternatives(texts: Iterable<string>): string {
  return [...texts]
    .sort((a, b) => b.length - a.length)
    .map((text) => text.replace(/[\\^$.*+?()[\]{}|/-]/g, (character) => `\\${character}`))
    .join('|');
}
