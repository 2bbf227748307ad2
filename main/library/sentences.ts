/** Text → sentences: what passages are made of, and what is embedded. */

/** Characters of a text. */
export interface Range {
  start: number;
  end: number;
}

/** A line's end within a sentence, not before a list item, table row or heading. */
const softLineEnd = /(?<!\n)\n(?![ \t]*(?:\n|[|#>]|[-*+•][ \t]|\d{1,3}[.)][ \t]))/g;
/** An ending that is no sentence's end, whatever the rules of the script say. */
const abbreviation =
  /(?:^|[\s(])(?:\p{Lu}|Dr|Mr|Mrs|Ms|Prof|St|No|Nos|vol|ed|eds|cf|vs|pp?|e\.g|i\.e|Fig|figs?|ca?|approx)\.\s*$/u;

const sentences = new Intl.Segmenter(undefined, { granularity: 'sentence' });
/** Sentences are looked for in stretches of about this many characters, which bounds the segmenter's work. */
const stretch = 20_000;

/** The ends of stretches of text, at paragraphs' ends where there are any. */
function stretchEnd(text: string, start: number): number {
  if (text.length - start <= stretch) return text.length;
  const paragraph = text.lastIndexOf('\n\n', start + stretch);
  if (paragraph > start) return paragraph + 2;
  const space = text.lastIndexOf(' ', start + stretch);
  return space > start ? space + 1 : start + stretch;
}

/** The sentences of a text, one after the other, white space included. */
export function* sentenceRanges(text: string): Generator<Range> {
  for (let start = 0, end = 0; start < text.length; start = end) {
    end = stretchEnd(text, start);
    let from = start;
    for (const { segment, index } of sentences.segment(text.slice(start, end).replace(softLineEnd, ' '))) {
      const to = start + index + segment.length;
      if (to < end && abbreviation.test(segment)) continue;
      yield { start: from, end: to };
      from = to;
    }
    if (from < end) yield { start: from, end };
  }
}
