/**
 * Text with form feeds → its pages, as programs write it that take the text out of a PDF. Words are put together that
 * a line's end divides, and the lines that stand at the top or bottom of most pages are read once.
 */

/** So many lines at a page's top and bottom may be its header and footer. */
const marginLines = 2;
/** A header stands on this share of the pages, left ones and right ones each having their own, … */
const headerShare = 0.4;
/** … and on no fewer than this. */
const fewestHeaders = 3;

/** What a line would say on each page if it were a header: its first or last number counts with the pages. */
function headerKeys(line: string, page: number): string[] {
  const words = line.replace(/\s+/g, ' ').trim();
  const counted = (number: string): string => `#${Number(number) - page}`;
  return [words, words.replace(/\d{1,6}/, counted), words.replace(/\d{1,6}(?=\D*$)/, counted)];
}

/** The numbers of the lines that may be a page's header or footer. */
function marginOf(lines: readonly string[]): number[] {
  const filled = lines.flatMap((line, i) => (line.trim() ? i : []));
  return [...new Set([...filled.slice(0, marginLines), ...filled.slice(-marginLines)])];
}

/** Takes out lines at the top and bottom of pages that stand on most of them, but for the first time. */
function withoutHeaders(pages: readonly string[][]): string[][] {
  const margins = pages.map((lines, page) => {
    const keysOf = (i: number): string[] => headerKeys(lines[i] ?? '', page);
    return new Map(marginOf(lines).map((i) => [i, keysOf(i)]));
  });
  const counts = new Map<string, number>();
  for (const margin of margins)
    for (const key of new Set([...margin.values()].flat())) counts.set(key, (counts.get(key) ?? 0) + 1);
  const fewest = Math.max(fewestHeaders, headerShare * pages.length);
  const seen = new Set<string>();
  return pages.map((lines, page) => {
    const kept = lines.filter((_, i) => {
      const header = margins[page]?.get(i)?.find((key) => (counts.get(key) ?? 0) >= fewest);
      const isKnown = header !== undefined && seen.has(header);
      if (header !== undefined) seen.add(header);
      return !isKnown;
    });
    // A page that is all "header" is a form that repeats: it is text.
    return kept.some((line) => line.trim()) ? kept : lines;
  });
}

/** A word with a line's end in it: "Haupt-" and "und Nebenstraße" are several. */
const divided =
  /(?<![\p{L}-])(\p{L}{2,40})[-\u2010\u00ad]\n[ \t]*(?!(?:and|or|to|und|oder|bis|bzw|et|ou|en|of|och|y|e|o)(?!\p{L}))(\p{Ll}\p{L}{0,40})([^\s\p{L}-]*)[ \t]*\n?/gu;

/** Puts words together that a line's end divides; what is written with a hyphen elsewhere keeps it. */
function joinDivided(text: string, compounds: ReadonlySet<string>): string {
  return text.replace(divided, (_, start: string, end: string, mark: string) => {
    const hyphen = compounds.has(`${start}-${end}`.toLowerCase()) ? '-' : '';
    return `${start}${hyphen}${end}${mark}\n`;
  });
}

/** The pages of a text that holds form feeds; one without text is empty. */
export function textPages(text: string): string[] {
  const compounds = new Set(Array.from(text.matchAll(/\p{L}{2,40}-\p{Ll}{1,40}/gu), ([word]) => word.toLowerCase()));
  return withoutHeaders(text.split('\f').map((page) => page.split('\n'))).map((lines) =>
    joinDivided(lines.join('\n'), compounds).trim(),
  );
}
