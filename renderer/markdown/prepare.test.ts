import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { completeMarkdown, dollarsAreMath, normalizeMath } from './prepare.ts';

describe('half-finished Markdown', () => {
  test.each([
    ['emphasis that is open', 'It was **very lou', 'It was **very lou**'],
    ['nested emphasis', 'It was **very *lou', 'It was **very *lou***'],
    ['emphasis that has only begun', 'It was **', 'It was '],
    ['code that is open', 'Call `strokes(', 'Call `strokes(`'],
    ['asterisks inside code', 'Call `a * b`', 'Call `a * b`'],
    ['a product of numbers', 'It is 2 * 3', 'It is 2 * 3'],
    ['a link whose address goes on', 'See [the report](https://exam', 'See the report'],
    ['a link whose text goes on', 'See [the rep', 'See the rep'],
    ['a finished link', 'See [the report](a.html)', 'See [the report](a.html)'],
    ['a reference', 'It froze [1]', 'It froze [1]'],
    ['display mathematics that is open', 'So\n\n$$\\frac{1}{', 'So\n\n'],
    ['an underline in the making', 'The lens\n--', 'The lens\n'],
    ['a list item in the making', '- one\n- ', '- one\n'],
    ['an open fence', '```python\nx = **', '```python\nx = **'],
    ['a closed fence before open emphasis', '```\n**\n```\n\nand **so', '```\n**\n```\n\nand **so**'],
    ['escaped asterisks', 'five \\*stars', 'five \\*stars'],
  ])('completes %s', (_, text, completed) => {
    expect(completeMarkdown(text)).toBe(completed);
  });

  test('leaves finished paragraphs as they are, whatever follows', () => {
    fc.assert(
      fc.property(fc.string(), (tail) => {
        const done = 'One **finished** paragraph.\n\n';
        expect(completeMarkdown(done + tail).startsWith(done)).toBe(true);
      }),
    );
  });

  test('takes any text in time that grows with its length', () => {
    const hostile = [
      '*'.repeat(20_000),
      '['.repeat(20_000),
      '`'.repeat(20_000),
      '$$\\(\\['.repeat(4000),
      '\n\n*'.repeat(8000),
    ];
    for (const text of hostile) expect(completeMarkdown(text).length).toBeLessThanOrEqual(3 * text.length);
  });
});

describe('mathematics', () => {
  test.each([
    ['brackets to dollars', '\\(x^2\\) and \\[ y \\]', '$x^2$ and $$ y $$'],
    ['money', 'It cost $5 and $10.', 'It cost \\$5 and \\$10.'],
    ['money and mathematics', 'For $5, $x$ is $12.', 'For \\$5, $x$ is \\$12.'],
    ['inline mathematics', 'Here $n = 120\\,t$ holds.', 'Here $n = 120\\,t$ holds.'],
    ['display mathematics', '$$\na $ b\n$$', '$$\na $ b\n$$'],
    ['inline code', 'Type `echo $HOME` or `\\(`', 'Type `echo $HOME` or `\\(`'],
    ['fenced code', '```sh\necho $A $B\n```\nand $5', '```sh\necho $A $B\n```\nand \\$5'],
    ['escaped dollars', 'a \\$5 note', 'a \\$5 note'],
    ['text without any', 'Nothing here.', 'Nothing here.'],
  ])('normalizes %s', (_, text, normal) => {
    expect(normalizeMath(text)).toBe(normal);
  });

  test('normal text stays normal', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('$', 'x', ' ', '5', '\n', '\\', '`', '(', ')') }), (text) => {
        const once = normalizeMath(text);
        expect(normalizeMath(once)).toBe(once);
      }),
    );
  });

  test.each([
    ['Here $x$ and $$y$$.', true],
    ['It cost $5.', false],
    ['```\n$A\n```', true],
    ['No dollars.', true],
  ])('sees whether all dollars of %j are mathematics', (text, expected) => {
    expect(dollarsAreMath(text)).toBe(expected);
  });
});
