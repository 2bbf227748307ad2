import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readBytes } from '../testing/read.ts';
import { markdownSections } from './markdown.ts';

const outline = (text: string): [string | null, number][] =>
  markdownSections(text).map(({ title, level }) => [title, level]);

test('sections begin at headings of both kinds', () => {
  const text =
    'Before.\n\n# One\n\nText.\n\nTwo\n===\n\nThree *and* `four`\n---\nText\n\n### [Five](x) ###\n####### no\n#no\n';
  expect(outline(text)).toEqual([
    [null, 0],
    ['One', 1],
    ['Two', 1],
    ['Three and four', 2],
    ['Five', 3],
  ]);
});

test('what looks like a heading in code, tables, lists and rules is none', () => {
  const text = [
    '# Real',
    '```sh\n# comment\n```',
    '~~~~\n~~~\n# still code\n~~~~',
    '- item\n---',
    '| a | b |\n|---|---|',
    '***\n---',
    '    indented\n---',
    '````\n# code to the end',
  ].join('\n\n');
  expect(outline(text)).toEqual([['Real', 1]]);
});

test('the sections are slices of the text, headings included', () => {
  const text = '\n\n# One\n\nText.  \n\n## Two\n\n';
  expect(markdownSections(text).map((section) => section.text)).toEqual(['# One\n\nText.', '## Two']);
  for (const { text: part, anchor } of markdownSections(text))
    expect(anchor.kind === 'range' && text.slice(anchor.start, anchor.end)).toBe(part);
});

test('front matter gives title, author, language and date, and is no text', async () => {
  const text =
    '---\ntitle: "A: Title"\nauthor: Ada\nlang: en\ndate: 2020-02-03\ntags:\n  - x\n---\n# Heading\n\nText.\n';
  const { sections, summary } = await readBytes('a.md', text, 'markdown');
  expect(summary).toEqual({
    title: 'A: Title',
    metadata: { author: 'Ada', language: 'en', createdAt: '2020-02-03' },
    emptySections: 0,
  });
  expect(sections.map((section) => section.text)).toEqual(['# Heading\n\nText.']);
  expect(sections[0]?.anchor).toMatchObject({ start: text.indexOf('# Heading') });
});

test('without front matter the first heading of the first level is the title', async () => {
  const { summary } = await readBytes('a.md', '## Small\n\n# Great\n\n# Other\n', 'markdown');
  expect(summary.title).toBe('Great');
});

test('a long section goes on in untitled parts', () => {
  const sections = markdownSections(`# Long\n\n${'Some words here. '.repeat(2000)}`);
  expect(sections.length).toBeGreaterThan(2);
  expect(sections.map(({ title }) => title)).toEqual(['Long', ...sections.slice(1).map(() => null)]);
});

test('any text is divided into slices that cover it', () => {
  const line = fc.constantFrom(
    '# a',
    '## b #',
    '===',
    '---',
    '```',
    '~~~',
    'text',
    '',
    '- x',
    '> q',
    '| t |',
    '    code',
    '#',
    '\t',
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.array(line).map((lines) => lines.join('\n')),
        fc.string(),
      ),
      (text) => {
        let at = 0;
        for (const { anchor } of markdownSections(text)) {
          if (anchor.kind !== 'range') throw new Error('not a range');
          expect(text.slice(at, anchor.start).trim()).toBe('');
          at = anchor.end;
        }
        expect(text.slice(at).trim()).toBe('');
      },
    ),
  );
});

test('more headings than any document has are refused', async () => {
  await expect(readBytes('a.md', '# a\n'.repeat(200_001), 'markdown')).rejects.toMatchObject({
    code: 'too-large',
    message: expect.stringMatching(/^“a\.md” .*headings\.$/),
  });
});
