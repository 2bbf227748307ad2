/** Characters that are not seen: hyphens for a line's end, and marks of where a line may or may not break. */
const unseen = /[\u00AD\u200B\u2060\uFEFF]/gu;

/** A text without what is not seen. */
export function withoutUnseen(text: string): string {
  return text.replace(unseen, '');
}

/**
 * A text as it is compared and searched: without what is not seen, and with one way of writing where there are several
 * (ligatures, accents apart from their letters, wide digits). Its characters are no longer at their places.
 */
export function plainText(text: string): string {
  return withoutUnseen(text).normalize('NFKC');
}
