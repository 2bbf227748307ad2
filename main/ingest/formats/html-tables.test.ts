import fc from 'fast-check';
import { expect, test } from 'vitest';
import { htmlToMarkdown } from './html-to-markdown.ts';

const markdownOf = (html: string): string => htmlToMarkdown(html, 'everything').markdown;

test('the layout of a letter is taken apart: what stands in it is read, each table of data as one', () => {
  const text = markdownOf(
    `<p style="display:none">preheader</p><table role="presentation"><tbody>
     <tr><th><img src="logo.png" alt="Hotel Alba"></th></tr>
     <tr><td><h1>Thank you, Ms. Okafor!</h1><p>Your stay is booked.</p>
       <table><tr><td>Room</td><td>Double, sea view</td></tr><tr><td>Total</td><td>€ 420</td></tr></table>
       <table><tr><td>Call us</td><td>+39 0123</td></tr></table>
       <ul><li>Breakfast</li></ul></td></tr></tbody></table>`,
  );
  expect(text).toMatch(
    /^Hotel Alba\n\n# Thank you, Ms\. Okafor!\n\nYour stay is booked\.\n\n\| Room \| Double, sea view \|\n\| --- \| --- \|\n\| Total \| € 420 \|\n\nCall us \+39 0123\n\n- +Breakfast$/,
  );
});

test('a cell becomes a line, whatever it holds', () => {
  const text = markdownOf(
    `<table class="infobox"><caption>Lighthouse</caption><tr><th colspan=2>Bell<br>Rock</th></tr>
     <tr><th>Engineers</th><td><ul><li><p>Robert Stevenson</p></li><li><a href="x">John Rennie</a></li></ul></td></tr>
     <tr><th>Open</th><td><ul><li>Mon, Tue</li><li>Sat</li></ul></td></tr>
     <tr><th>Notes</th><td><h3>Red || white</h3><hr><blockquote>It &lt;b&gt; stands.</blockquote><pre><code>a
b</code></pre><table><tr><td>1</td></tr><tr><td>2</td></tr></table></td></tr></table>`,
  );
  expect(text).toBe(
    `Lighthouse

| Bell Rock |  |
| --- | --- |
| Engineers | Robert Stevenson, John Rennie |
| Open | Mon, Tue; Sat |
| Notes | Red \\|\\| white It \\<b> stands. \`a b\` 1 2 |`,
  );
});

test('cells over several rows and columns keep the others in their place', () => {
  const text = markdownOf(
    `<table><tr><th>Phase<th>Year<th>Cost</tr><tr><td rowspan=2>One<td>2021<td>£5</tr>
     <tr><td>2022<td>£1,020,000</tr><tr><td>Two<td colspan=2>open</tr><tr><td>Three<td>2025<td rowspan=0>£9</tr></table>`,
  );
  expect(text.split('\n').slice(2)).toEqual([
    '| One | 2021 | £5 |',
    '| One | 2022 | £1,020,000 |',
    '| Two | open |  |',
    '| Three | 2025 | £9 |',
  ]);
});

test('empty rows and columns are none', () => {
  expect(markdownOf('<table><tr><td>a<td><td>b<tr><td>&nbsp;<td><td><tr><td>c<td> <td>d</table>')).toBe(
    '| a | b |\n| --- | --- |\n| c | d |',
  );
});

test('a page of columns is no table', () => {
  const column = `<p>${'The light is shown. '.repeat(40)}</p>`;
  expect(markdownOf(`<table><tr><td>Left<td>Right<tr><td>${column}<td>${column}</table>`)).not.toContain('|');
});

test('text between the cells of a broken table is kept', () => {
  const text = markdownOf('<table>before<form><tr><td>one<td>two<tr><td>three<td>four</form>behind</table>');
  for (const word of ['before', 'one', 'two', 'three', 'four', 'behind']) expect(text).toContain(word);
});

test('spans without end are bounded', () => {
  const text = markdownOf(`<table>${'<tr><td rowspan=65534 colspan=99999>x<td rowspan=0>y'.repeat(2000)}</table>`);
  expect(text.length).toBeLessThan(1_000_000);
  expect(text.match(/y/g)?.length).toBeGreaterThanOrEqual(2000);
});

test('tables in tables to the deepest level are read', () => {
  const text = markdownOf(`${'<table><tr><td>'.repeat(499)}deep${'</table>'.repeat(499)}`);
  expect(text).toBe('deep');
});

test('no table leaves a tag, and no word is lost', () => {
  const piece = fc.constantFrom(
    '<table>',
    '</table>',
    '<table border=1>',
    '<caption>',
    '</caption>',
    '<thead>',
    '<tr>',
    '<th>',
    '<td>',
    '<td rowspan=3>',
    '<td colspan=2>',
    '</td>',
    '<ul><li>',
    '</ul>',
    '<h2>',
    '</h2>',
    '<hr>',
    '<br>',
    '<blockquote>',
    '</blockquote>',
    '<pre><code>',
    '</code></pre>',
    '<div>',
    '</div>',
    'word ',
    'term ',
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
      const text = markdownOf(pieces.join(''));
      expect(text).not.toMatch(/<[a-z/]/i);
      for (const word of ['word', 'term'])
        expect(text.split(word).length).toBeGreaterThanOrEqual(pieces.join('').split(word).length);
    }),
  );
});
