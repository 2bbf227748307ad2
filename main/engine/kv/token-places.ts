import type { Tokenizer } from '../../../native-models/formats/tokenizer.ts';

/**
 * The character (UTF-16 unit) of `text` at which each of its tokens begins. A token that begins within a character is
 * said to begin with it. Exact for tokenizers that keep every byte; others may be off by a leading space.
 */
export function characterStarts(tokenizer: Tokenizer, ids: Int32Array, text: string): Uint32Array {
  const starts = new Uint32Array(ids.length);
  let byte = 0;
  let character = 0;
  /** Bytes of the characters before `character`. */
  let counted = 0;
  for (const [index, id] of ids.entries()) {
    while (character < text.length) {
      const size = utf8Bytes(text, character);
      if (counted + size > byte) break;
      counted += size;
      character += size === 4 ? 2 : 1;
    }
    starts[index] = Math.min(character, text.length);
    byte += tokenizer.tokenBytes(id).length;
  }
  return starts;
}

/** Bytes in UTF-8 of the character at a place; an unpaired surrogate becomes a replacement character. */
function utf8Bytes(text: string, at: number): number {
  const point = text.codePointAt(at) as number;
  if (point < 0x80) return 1;
  if (point < 0x800) return 2;
  return point < 0x10000 ? 3 : 4;
}
