import { LonghandError } from '../../base/errors.ts';
import { createPairMerger, createPairTable } from './pair-merging.ts';
import { type PreTokenizer, pieces } from './pre-tokenizers.ts';
import { maximumTokens, type TextModel, type Vocabulary } from './vocabulary.ts';

/**
 * Byte-level BPE (GPT-2 and most models since): text is cut into pieces, each piece is its UTF-8 bytes, and
 * bytes are merged in the order of the merge list. In the vocabulary a byte is written as one printable character.
 */

/** The character that stands for each byte: itself when printable in Latin-1, else one after U+0100. */
const byteCharacters: readonly string[] = (() => {
  let substitutes = 0;
  return Array.from({ length: 256 }, (_, byte) => {
    const printable = (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
    return String.fromCharCode(printable ? byte : 256 + substitutes++);
  });
})();

const byteOfCharacter: ReadonlyMap<string, number> = new Map(
  byteCharacters.map((character, byte) => [character, byte]),
);

/** Pieces remembered with their tokens. Prose uses few different ones; the bound is for all else. */
const rememberedPieces = 2 ** 16;
const longestRemembered = 64;

const utf8 = new TextEncoder();

/** `merges`: pairs of tokens with a space between, in order. Throws `bad-file` when the list does not follow that form. */
export function createByteLevelModel(
  vocabulary: Vocabulary,
  merges: readonly string[],
  preTokenizer: PreTokenizer,
): TextModel {
  const { plain } = vocabulary;
  if (merges.length > maximumTokens) {
    throw new LonghandError('bad-file', `The model file's tokenizer has ${merges.length} merges.`);
  }
  const byteTokens = byteCharacters.map((character) => plain.get(character) ?? -1);
  const results = new Int32Array(merges.length);
  const table = createPairTable(merges.length);
  merges.forEach((merge, rank) => {
    const space = merge.indexOf(' ', 1);
    if (space < 0) throw new LonghandError('bad-file', `The model file's tokenizer has a malformed merge, "${merge}".`);
    const left = plain.get(merge.slice(0, space));
    const right = plain.get(merge.slice(space + 1));
    const result = plain.get(merge.slice(0, space) + merge.slice(space + 1));
    // A merge of what is not in the vocabulary can never happen.
    if (left === undefined || right === undefined || result === undefined) return;
    results[rank] = result;
    table.add(left, right, rank);
  });
  const mergePairs = createPairMerger({
    find: table.get,
    rank: (merge) => merge,
    result: (merge) => results[merge] as number,
  });
  const remembered = new Map<string, readonly number[]>();

  const canEncode = (character: string): boolean =>
    utf8.encode(character).every((byte) => (byteTokens[byte] as number) >= 0);

  /**
   * The bytes of a piece. Some vocabularies lack the bytes of rare characters, which become replacement characters:
   * never the unknown token, which is a control token in some models.
   */
  function bytesOf(piece: string): Uint8Array {
    const bytes = utf8.encode(piece);
    if (bytes.every((byte) => (byteTokens[byte] as number) >= 0)) return bytes;
    const replacement = canEncode('\ufffd') ? '\ufffd' : '';
    return utf8.encode(Array.from(piece, (character) => (canEncode(character) ? character : replacement)).join(''));
  }

  function encodePiece(piece: string): readonly number[] {
    const bytes = bytesOf(piece);
    if (preTokenizer.wholePieces) {
      const whole = plain.get(Array.from(bytes, (byte) => byteCharacters[byte]).join(''));
      if (whole !== undefined) return [whole];
    }
    return mergePairs(Array.from(bytes, (byte) => byteTokens[byte] as number));
  }

  return {
    encodeText(text, ids) {
      for (const piece of pieces(text, preTokenizer)) {
        let tokens = remembered.get(piece);
        if (!tokens) {
          tokens = encodePiece(piece);
          if (remembered.size >= rememberedPieces) remembered.clear();
          if (piece.length <= longestRemembered) remembered.set(piece, tokens);
        }
        for (const token of tokens) ids.push(token);
      }
    },
    plainBytes(id) {
      const text = vocabulary.texts[id] ?? '';
      return Uint8Array.from(
        Array.from(text).flatMap((character) => byteOfCharacter.get(character) ?? [...utf8.encode(character)]),
      );
    },
    leadingSpace: false,
  };
}
