/** What is marked in an answer: references to its sources, and what stands nowhere in what was read. */
import type { Mark } from '../markdown/marks.ts';

const letterOrDigit = /[\p{L}\p{N}]/u;

function isWordEdge(text: string, at: number): boolean {
  const before = text[at - 1];
  const after = text[at];
  return !(before && after && letterOrDigit.test(before) && letterOrDigit.test(after));
}

/** Where `item` stands in `text` as whole words. */
function occurrences(text: string, item: string): { start: number; end: number }[] {
  const found: { start: number; end: number }[] = [];
  if (item === '') return found;
  for (let start = text.indexOf(item); start >= 0; start = text.indexOf(item, start + item.length)) {
    const end = start + item.length;
    if (isWordEdge(text, start) && isWordEdge(text, end)) found.push({ start, end });
  }
  return found;
}

/**
 * A function that finds the marks of a stretch of answer text: `[n]` where source n exists, and each
 * name or number of `unsupported`. Marks do not overlap; the first and longest wins.
 */
export function answerMarks(unsupported: readonly string[], sources: readonly number[]): (text: string) => Mark[] {
  return (text) => {
    const references = [...text.matchAll(/\s*\[(\d{1,3})\]/g)].flatMap((match): Mark[] => {
      const number = Number(match[1]);
      if (!sources.includes(number)) return [];
      const end = match.index + match[0].length;
      return [{ start: match.index, end, tagName: 'cite', properties: { dataSource: number } }];
    });
    const missing = unsupported.flatMap((item) =>
      occurrences(text, item).map(
        ({ start, end }): Mark => ({ start, end, tagName: 'mark', properties: { dataUnsupported: true } }),
      ),
    );
    const sorted = [...references, ...missing].sort((a, b) => a.start - b.start || b.end - a.end);
    const marks: Mark[] = [];
    for (const mark of sorted) if (mark.start >= (marks.at(-1)?.end ?? 0)) marks.push(mark);
    return marks;
  };
}
