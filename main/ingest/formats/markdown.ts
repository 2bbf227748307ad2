/** Markdown: sections by headings, as CommonMark defines them (https://spec.commonmark.org/0.31.2/#atx-headings). */

import { LonghandError } from '../../../base/errors.ts';
import { fenceAfter } from '../../library/lead.ts';
import type { ReadSummary } from '../../library/library.ts';
import { namingErrors } from './failures.ts';
import type { Format, FormatInput, FoundSection, FoundSections } from './format.ts';
import { parts, trimmed } from './parts.ts';
import { inSteps, readTextFile } from './text.ts';

interface Heading {
  title: string;
  level: number;
  /** Where the heading's first line begins. */
  start: number;
}

const maximumHeadings = 200_000;

const atxHeading = /^ {0,3}(#{1,6})(?:[ \t]+(.*?))?(?:[ \t]+#+)?[ \t]*$/;
const setextUnderline = /^ {0,3}(=+|-+)[ \t]*$/;
/** Lines that a setext underline does not turn into a heading: blank, code, quotes, lists, tables, rules. */
const notParagraph =
  /^(?:\s*$| {4}|\t|\s{0,3}(?:>|[-*+][ \t]|\d+[.)][ \t]|\||#{1,6}[ \t]|[-*_][ \t]*[-*_][ \t]*[-*_]))/;

/** A heading's text without marks of emphasis, code and links. */
function plainTitle(markdown: string): string {
  return markdown
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/[*_`~]+/g, '')
    .replace(/\\(.)/g, '$1')
    .trim();
}

/** The headings of a Markdown text from `offset` on; what stands in fenced code is none. */
function headings(text: string, offset: number): Heading[] {
  const found: Heading[] = [];
  let openFence: string | undefined;
  let previous = { line: '', start: offset };
  let start = offset;
  while (start < text.length) {
    const newline = text.indexOf('\n', start);
    const end = newline < 0 ? text.length : newline;
    const line = text.slice(start, end);
    const before = openFence;
    openFence = fenceAfter(before, line);
    const isCode = before !== undefined || openFence !== undefined;
    if (!isCode) {
      const [, marks, atxTitle = ''] = atxHeading.exec(line) ?? [];
      const [, underline] = setextUnderline.exec(line) ?? [];
      if (found.length >= maximumHeadings)
        throw new LonghandError('too-large', `it has more than ${maximumHeadings} headings`);
      if (marks) found.push({ title: plainTitle(atxTitle), level: marks.length, start });
      else if (underline && !notParagraph.test(previous.line))
        found.push({ title: plainTitle(previous.line), level: underline[0] === '=' ? 1 : 2, start: previous.start });
    }
    previous = { line: isCode ? '' : line, start };
    start = end + 1;
  }
  return found;
}

/** Simple `key: value` lines of the YAML front matter, and where the text after it begins. */
function frontMatter(text: string): { fields: Map<string, string>; end: number } {
  const match = /^---[ \t]*\n([\s\S]{0,20000}?)\n(?:---|\.\.\.)[ \t]*(?:\n|$)/.exec(text);
  const fields = new Map<string, string>();
  for (const line of match?.[1]?.split('\n') ?? []) {
    const [, key, value] = /^(\w+):[ \t]*(.+?)[ \t]*$/.exec(line) ?? [];
    if (key && value) fields.set(key.toLowerCase(), value.replace(/^(["'])(.*)\1$/, '$2'));
  }
  return { fields, end: match?.[0].length ?? 0 };
}

/** Sections of a Markdown text: each from its heading to the next one; a long one is continued in untitled parts. */
export function markdownSections(text: string, offset = 0): FoundSection[] {
  const marks: { title: string | null; level: number; start: number }[] = [
    { title: null, level: 0, start: offset },
    ...headings(text, offset),
  ];
  return marks.flatMap(({ title, level, start }, i) => {
    const range = trimmed(text, { start, end: marks[i + 1]?.start ?? text.length });
    return parts(text, range.start, range.end).map(
      (part, n): FoundSection => ({
        title: n === 0 && title ? title : null,
        level: n === 0 ? level : 0,
        format: 'markdown',
        text: text.slice(part.start, part.end),
        anchor: { kind: 'range', ...part },
      }),
    );
  });
}

/** The title that a Markdown text gives itself: its first heading of the first level. */
export function markdownTitle(sections: FoundSection[]): string | null {
  return sections.find(({ level }) => level === 1)?.title ?? null;
}

async function* readMarkdown(input: FormatInput): AsyncGenerator<FoundSections, ReadSummary> {
  const text = await readTextFile(input);
  const { fields, end } = frontMatter(text);
  const sections = markdownSections(text, end);
  yield* inSteps(sections, input.byteSize);
  return {
    title: fields.get('title') ?? markdownTitle(sections),
    metadata: {
      author: fields.get('author') ?? null,
      language: fields.get('lang') ?? fields.get('language') ?? null,
      createdAt: fields.get('date') ?? null,
    },
    emptySections: 0,
  };
}

export const markdown: Format = {
  kind: 'markdown',
  name: 'Markdown',
  extensions: ['md', 'markdown', 'mdown', 'mkd'],
  mediaType: 'text/markdown',
  maximumBytes: 64 * 1024 ** 2,
  sniff: () => false,
  read: namingErrors('Markdown', readMarkdown),
};
