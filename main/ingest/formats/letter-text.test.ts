import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sentenceRanges } from '../../library/sentences.ts';
import { readBytes } from '../testing/read.ts';
import { letterText } from './letter-text.ts';

const letter = `Dear Mr. Quist,

thank you for the report, which the harbour board has read with the greatest
interest. Its questions follow:
- When will the dredger be back, and who pays for the days that she is not at
  work?
- Is the bell cast?

On Mon, 6 January 2025 at 23:40, Torvald Quist <torvald@example.org>
wrote:
> The breakwater will be finished in the spring of the year after next. Could you
> also tell me whether the granite from Hessle has come?
>
>> Please send the drawings.
>> Ingrid

Kind regards
Ingrid
-- 
Ingrid Östergård
Harbour office`;

test('a sentence is one, quoted or not, and what is a line of its own stays one', () => {
  expect(letterText(letter)).toBe(`Dear Mr. Quist,

thank you for the report, which the harbour board has read with the greatest interest. Its questions follow:
- When will the dredger be back, and who pays for the days that she is not at
  work?
- Is the bell cast?

On Mon, 6 January 2025 at 23:40, Torvald Quist <torvald@example.org> wrote:

> The breakwater will be finished in the spring of the year after next. Could you also tell me whether the granite from Hessle has come?

> > Please send the drawings.
> > Ingrid

Kind regards
Ingrid

--
Ingrid Östergård
Harbour office`);
});

test('the sentences of a quote are found whole', () => {
  const text = letterText(letter);
  const sentences = [...sentenceRanges(text)].map(({ start, end }) => text.slice(start, end).trim());
  expect(sentences).toContain('Could you also tell me whether the granite from Hessle has come?');
});

test('lines that are joined with their marks are parted from them, and other signs stay', async () => {
  const source = (format: string): string =>
    `From: a@example.org\nSubject: Hi\nContent-Type: text/plain; format=${format}\n\n` +
    '> The breakwater will be finished in the spring. Could you \n> also tell me whether the heap is > 30 m?\n';
  const { sections } = await readBytes('a.eml', source('flowed'), 'email');
  expect(sections[1]?.text).toBe(
    '> The breakwater will be finished in the spring. Could you also tell me whether the heap is > 30 m?',
  );
});

test('nothing but marks and white space is lost', () => {
  const piece = fc.constantFrom(
    '> ',
    '>',
    '\n',
    '\n\n',
    '-- \n',
    'a word ',
    'Long words of a line '.repeat(3),
    '- ',
    '| x',
    '漢字',
  );
  const content = (text: string): string => text.replace(/[\s>]+/g, '');
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
      const text = pieces.join('');
      expect(content(letterText(text))).toBe(content(text));
    }),
  );
});

test('the head tells the date of the sender, the metadata the moment', async () => {
  const source = 'From: a@example.org\nSubject: Hi\nDate: Mon, 06 Jan 2025 23:40:00 -0500\n\nText';
  const { sections, summary } = await readBytes('a.eml', source, 'email');
  expect(sections[0]?.text).toContain('**Date:** Mon, 6 January 2025, 23:40 (UTC−05:00)');
  expect(summary.metadata.createdAt).toBe('2025-01-07T04:40:00.000Z');
});
