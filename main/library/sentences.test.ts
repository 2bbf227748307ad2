import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sentenceRanges } from './sentences.ts';

const sentencesOf = (text: string): string[] =>
  Array.from(sentenceRanges(text), ({ start, end }) => text.slice(start, end));

const sentence = fc
  .array(fc.constantFrom('the', 'Tower', 'of', 'Lisbon', 'was', 'mended', 'by', 'Dr.', 'Prado', '4,711', 'years'), {
    minLength: 1,
    maxLength: 40,
  })
  .map((words) => `She saw ${words.join(' ')}${'.'}`);

test('sentences are the same in a long text as in a short one, wherever a stretch ends', () => {
  const paragraph = fc.array(sentence, { minLength: 1, maxLength: 30 });
  fc.assert(
    fc.property(fc.array(paragraph, { minLength: 1, maxLength: 6 }), (paragraphs) => {
      const long = paragraphs.map((each) => each.join(' ')).join('\n\n');
      const each = paragraphs.flatMap((sentences) => sentences.flatMap((one) => sentencesOf(one)));
      const found = sentencesOf(long).map((one) => one.trim());
      expect(found.filter((one) => one !== '')).toEqual(each);
    }),
    { numRuns: 50 },
  );
});

test('they cover all of any text, in order, and none goes on for ever', () => {
  const text = fc
    .array(fc.oneof(fc.string({ unit: 'binary', maxLength: 40 }), fc.constantFrom('\n', '\n\n', '. ', 'e.g. ', '。')))
    .map((parts) => parts.join('').repeat(40));
  fc.assert(
    fc.property(text, (any) => {
      expect(sentencesOf(any).join('')).toBe(any);
    }),
  );
  const endless = 'and on '.repeat(20_000);
  expect(sentencesOf(endless).join('')).toBe(endless);
  expect(Math.max(...sentencesOf(endless).map((one) => one.length))).toBeLessThanOrEqual(16_000);
});

test('a line’s end within a sentence does not end it; a list’s item and an abbreviation neither', () => {
  expect(sentencesOf('The tower was mended by Dr. Prado\nin 1911. It stands.\n\nA list\n- one\n- two')).toEqual([
    'The tower was mended by Dr. Prado\nin 1911. ',
    'It stands.\n',
    '\n',
    'A list\n',
    '- one\n',
    '- two',
  ]);
});

test.each([
  'Der Turm wurde am 14. November 1698 entzündet.',
  'Das kostete z. B. Henry Winstanley bzw. Nr. 5 viel, d. h. ca. 20 Mio. Mark usw. Geld.',
  'Er stand seit dem 17. Jh. hier, vgl. Abb. 3 und Bd. 2 der 3. Auflage, u. a. Seite 5.',
  'Er stand im 19. Jahrhundert v. Chr. Geburt.',
])('a German ordinal or abbreviation does not end a sentence: %s', (german) => {
  expect(sentencesOf(`${german} Danach stand er.`)).toEqual([`${german} `, 'Danach stand er.']);
});

test.each([
  ['I am 14. ', 'He is 15.'],
  ['It was lit in 1698. ', 'November came.'],
  ['We solve for z. ', 'Both are right.'],
  ['They chose number 12. ', 'Then they left.'],
])('English is not taken for German: %s%s', (first, second) => {
  expect(sentencesOf(first + second)).toEqual([first, second]);
});

test('a table’s row is one sentence, and ends one before it; its first row has the rule below it', () => {
  const lines = [
    'Our members\n',
    '| Name | Fee |\n| --- | --- |\n',
    '| Hana Petrov Jr. | Paid? Yes! In full. |\n',
    '| Dr. | 3. |\n',
    'All of them are there. ',
    'Ask.',
  ];
  expect(sentencesOf(lines.join(''))).toEqual(lines);
});

test.each([
  ['**Can I pay in euros?**\n', 'Yes, you can.'],
  ['__Is it open on Sundays?__ ', 'It is.'],
  ['(See *Tides of the Humber.*) ', 'Then go.'],
  ['He said “_Never!_” ', 'They left.'],
  ['Is it open? ', '**Always.**'],
  ['It is open.\n', '* Always'],
])('the marks that close a sentence are its own: %j, %j', (first, second) => {
  expect(sentencesOf(first + second)).toEqual([first, second]);
});

test('a line in bold ends the sentence before it', () => {
  expect(sentencesOf('A list without points\n**Opening hours**')).toEqual([
    'A list without points\n',
    '**Opening hours**',
  ]);
});
