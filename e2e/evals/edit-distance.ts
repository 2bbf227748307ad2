/** How far what was heard or read is from what was said or written. */

/** A text's words without case, punctuation and apostrophes. */
export function wordsOf(text: string): string[] {
  return (
    text
      .toLowerCase()
      .replace(/['’]/g, '')
      .match(/[\p{L}\p{N}]+/gu) ?? []
  );
}

/** The fewest words, or characters, to be put in, taken out or exchanged to make one list of the other (Levenshtein). */
export function editDistance(truth: readonly string[], found: readonly string[]): number {
  let row = found.map((_, i) => i + 1);
  row.unshift(0);
  truth.forEach((word, i) => {
    const next = [i + 1];
    found.forEach((other, j) => {
      const exchanged = (row[j] ?? 0) + (word === other ? 0 : 1);
      next.push(Math.min(exchanged, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    });
    row = next;
  });
  return row.at(-1) ?? 0;
}
