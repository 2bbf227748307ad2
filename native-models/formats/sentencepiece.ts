import { createPairMerger } from './pair-merging.ts';
import type { TextModel, Vocabulary } from './vocabulary.ts';

/**
 * SentencePiece's BPE kind (Llama 2, Mistral, Gemma): characters are merged into tokens, the token of the highest
 * score first; a space is written "▁", and a character that is in no token becomes its UTF-8 bytes.
 *
 * Unlike llama.cpp, and like SentencePiece, control and byte tokens are never the result of merging:
 * a document that contains "</s>" cannot end the sequence.
 */

const space = '▁';

/** A run without any place where merging must stop is cut here, which can change a token there. */
const longestPiece = 2 ** 16;

/** Pieces remembered with their tokens, as in byte-level BPE. */
const rememberedPieces = 2 ** 16;
const longestRemembered = 64;

const utf8 = new TextEncoder();

/** `scores` has a score for each token. `addSpacePrefix`: text begins with a space that is not in it. */
export function createSentencePieceModel(
  vocabulary: Vocabulary,
  scores: readonly number[],
  addSpacePrefix: boolean,
): TextModel {
  const { plain, unknown, texts, bytes } = vocabulary;
  const ranks = ranksOf(scores);
  const joined = joinedCharacters(plain.keys());
  const remembered = new Map<string, readonly number[]>();

  /** A character that is not a token itself is a symbol below zero. */
  const symbolOf = (character: string): number => plain.get(character) ?? -1 - (character.codePointAt(0) ?? 0);
  const textOf = (symbol: number): string =>
    symbol < 0 ? String.fromCodePoint(-1 - symbol) : (texts[symbol] as string);
  const mergePairs = createPairMerger({
    find: (left, right) => plain.get(textOf(left) + textOf(right)) ?? -1,
    rank: (token) => ranks[token] as number,
    result: (token) => token,
  });

  function encodeSymbol(symbol: number): readonly number[] {
    if (symbol >= 0) return [symbol];
    const fallback = Array.from(utf8.encode(textOf(symbol)), (byte) => bytes[byte] as number);
    if (fallback.every((token) => token >= 0)) return fallback;
    return unknown === undefined ? [] : [unknown];
  }

  function encodePiece(piece: string): readonly number[] {
    const known = remembered.get(piece);
    if (known) return known;
    const tokens = mergePairs(Array.from(piece, symbolOf)).flatMap(encodeSymbol);
    if (remembered.size >= rememberedPieces) remembered.clear();
    if (piece.length <= longestRemembered) remembered.set(piece, tokens);
    return tokens;
  }

  return {
    encodeText(text, ids) {
      if (text === '') return;
      const spaced = (addSpacePrefix ? ` ${text}` : text).replaceAll(' ', space);
      for (const piece of unjoinedPieces(spaced, joined)) {
        for (const token of encodePiece(piece)) ids.push(token);
      }
    },
    plainBytes(id) {
      const byte = bytes.indexOf(id);
      return byte >= 0 ? Uint8Array.of(byte) : utf8.encode((texts[id] ?? '').replaceAll(space, ' '));
    },
    leadingSpace: addSpacePrefix,
  };
}

/** For each token the number of different scores above its own. */
function ranksOf(scores: readonly number[]): Int32Array {
  const order = [...new Set(scores)].sort((a, b) => b - a);
  const rankOfScore = new Map(order.map((score, rank) => [score, rank]));
  return Int32Array.from(scores, (score) => rankOfScore.get(score) ?? 0);
}

const pairKey = (left: number, right: number): number => left * 0x110000 + right;

/** All pairs of characters that stand side by side in any token. No merge ever crosses another pair. */
function joinedCharacters(tokens: Iterable<string>): ReadonlySet<number> {
  const pairs = new Set<number>();
  for (const token of tokens) {
    let previous = -1;
    for (const character of token) {
      const codePoint = character.codePointAt(0) ?? 0;
      if (previous >= 0) pairs.add(pairKey(previous, codePoint));
      previous = codePoint;
    }
  }
  return pairs;
}

/** Cuts a text wherever no token can reach across, which changes nothing and makes pieces short. */
function* unjoinedPieces(text: string, joined: ReadonlySet<number>): Generator<string> {
  let start = 0;
  let previous = -1;
  for (let index = 0; index < text.length; ) {
    const codePoint = text.codePointAt(index) ?? 0;
    const cut = !joined.has(pairKey(previous, codePoint)) || index - start >= longestPiece;
    if (cut && index > start) {
      yield text.slice(start, index);
      start = index;
    }
    previous = codePoint;
    index += codePoint > 0xffff ? 2 : 1;
  }
  if (start < text.length) yield text.slice(start);
}
