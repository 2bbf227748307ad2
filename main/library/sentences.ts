/** Text → sentences: what passages are made of, and what is embedded. */

/** Characters of a text. */
export interface Range {
  start: number;
  end: number;
}

/** A row of a table with its line's end; the rule below a table's first row belongs to that. */
const tableRow = /^[ \t]*\|[^\n]*(?:\n[ \t]*\|[ \t:|]*-[-\t\r :|]*$)?\n?/gm;
/** A row in which nothing ends a sentence, and behind which one ends. */
const rowAsSentence = (row: string): string => row.replace(/\n$/, '\u2029').replace(/\n/g, ' ').replace(/\S/g, '|');

/** A line's end within a sentence, not before a list item, table row, heading or line in bold. */
const softLineEnd =
  /(?<!\n)\n(?![ \t]*(?:\n|[|#>]|[-*+•][ \t]|\d{1,3}[.)][ \t]|\*\*[^*\n]+\*\*[ \t]*(?:\n|$)|__[^_\n]+__[ \t]*(?:\n|$)))/g;
/** Marks that close what the sentence before them stands in. */
const closingMarks = /(?<=\S)[*_)\]}”’"'»]+(?=\s|$)[ \t]*\n?/y;
/** An ending that is no sentence's end, whatever the rules of the script say. */
const abbreviation =
  /(?:^|[\s(])(?:\p{Lu}|Dr|Mr|Mrs|Ms|Prof|St|No|Nos|vol|ed|eds|cf|vs|pp?|e\.g|i\.e|Fig|figs?|ca?|approx)\.\s*$/u;

/** German abbreviations, none of which is a word of English that may end a sentence. */
const germanAbbreviations =
  'z. B.|d. h.|u. a.|u. U.|z. T.|o. Ä.|i. d. R.|v. Chr.|n. Chr.|Abb.|Aufl.|Bd.|bzw.|evtl.|ggf.|Hrsg.|inkl.|Jh.|Kap.|Mio.|Mrd.|Nr.|sog.|usw.|vgl.';
const months = 'Januar|Februar|März|April|Mai|Juni|Juli|August|September|Oktober|November|Dezember';
/** Points of German that end no sentence: of abbreviations, and of ordinals ("im 19. Jahrhundert", "am 14. November"). */
const germanPoint = new RegExp(
  [
    `(?<!\\p{L})(?:${germanAbbreviations.replace(/\./g, '\\.').replace(/ /g, '[ \\u00A0\\u202F]?')})`,
    '(?<=(?<!\\p{L})(?:vom|zum|zur|dem|den|der|des|das|im|beim)\\s)\\d{1,2}\\.(?=\\s)',
    `(?<=(?<!\\p{L})(?:[Aa]m|[Aa]b|[Bb]is|[Ss]eit|und)\\s)\\d{1,2}\\.(?=\\s(?:${months}))`,
  ].join('|'),
  'gu',
);

const sentences = new Intl.Segmenter(undefined, { granularity: 'sentence' });
/** Sentences are looked for in stretches of about so many characters: each takes a time that grows with its stretch. */
const stretch = 1_000;
/** What goes on for so long is no sentence: it ends where a word does. */
const longestStretch = 16_000;

/** Where a stretch of text ends: at a paragraph's end where there is one, which no sentence goes past, or at a word's. */
function stretchEnd(text: string, start: number, length: number): { end: number; isWhole: boolean } {
  const rest = text.slice(start, start + length);
  if (start + length >= text.length) return { end: text.length, isWhole: true };
  const paragraph = rest.lastIndexOf('\n\n');
  if (paragraph > 0) return { end: start + paragraph + 2, isWhole: true };
  const space = rest.lastIndexOf(' ');
  return { end: start + (space > 0 ? space + 1 : length), isWhole: false };
}

/** The sentences of a text, one after the other, white space included. */
export function* sentenceRanges(text: string): Generator<Range> {
  const lines = text
    .replace(tableRow, rowAsSentence)
    .replace(softLineEnd, ' ')
    // Something as long that ends no sentence.
    .replace(germanPoint, (found) => found.replaceAll('.', ','));
  let from = 0;
  let length = stretch;
  while (from < text.length) {
    const start = from;
    const { end, isWhole } = stretchEnd(lines, start, length);
    for (const { segment, index } of sentences.segment(lines.slice(start, end))) {
      const segmentEnd = start + index + segment.length;
      if (segmentEnd <= from) continue;
      // The last one may go on in the next stretch, which begins with it.
      if (segmentEnd === end && !isWhole) break;
      if (segmentEnd < end && abbreviation.test(segment)) continue;
      closingMarks.lastIndex = segmentEnd;
      const to = segmentEnd + (closingMarks.exec(lines)?.[0].length ?? 0);
      yield { start: from, end: to };
      from = to;
    }
    if (from > start) length = stretch;
    else if (length < longestStretch) length *= 4;
    else {
      yield { start, end };
      from = end;
    }
  }
}
