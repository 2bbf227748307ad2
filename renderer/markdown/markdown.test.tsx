import { renderToStaticMarkup } from 'react-dom/server';
import { beforeAll, expect, test } from 'vitest';
import { startI18n } from '../i18n/i18n.ts';
import { Markdown } from './markdown.tsx';

beforeAll(async () => void (await startI18n()));

const draw = (text: string): string => renderToStaticMarkup(<Markdown text={text} math={false} />);

test('raw HTML stays text', () => {
  const html = draw('<script>alert(1)</script>\n\n<img src=x onerror="alert(1)"> and <b onclick="x()">bold</b>');
  expect(html).not.toMatch(/<(script|img|b)\b/);
  expect(html).toContain('&lt;script&gt;');
});

test.each([
  ['<anna@field.example>', 1],
  ['https://field.example/offer', 1],
  ['[the offer](https://field.example/offer)', 2],
])('an address that is the text of its link is shown once: %s', (markdown, times) => {
  const shown = draw(markdown)
    .replace(/<button[^>]*>/g, '')
    .match(/field\.example|the offer/g);
  expect(shown).toHaveLength(times);
});

test('a link opens nothing: it is a button that names its address', () => {
  const html = draw('[the report](https://example.org/report)');
  expect(html).not.toContain('<a');
  expect(html).toMatch(/<button type="button"[^>]*title="https:\/\/example.org\/report"/);
});

test.each([
  'javascript:alert(1)',
  'data:text/html,x',
  'file:///etc/passwd',
  '/relative',
  '//host/x',
])('an address of another kind is only its text: %s', (address) => {
  expect(draw(`[click](${address})`)).not.toMatch(/<a|<button/);
});

test('each block is set in the direction of its own writing', () => {
  const html = draw('# كتاب\n\nText\n\n- تونس\n\n  > صفاقس\n\n| a |\n|---|\n| ب |\n\n    code');
  for (const tag of ['h1', 'p', 'li', 'blockquote', 'th', 'td']) expect(html).toMatch(new RegExp(`<${tag} dir="auto"`));
  // A paragraph with a direction of its own would not count for the list or the quotation around it.
  expect(html).toMatch(/<li dir="auto">\s*<p>/);
  expect(html).toMatch(/<blockquote dir="auto">\s*<p>/);
  expect(html).toContain('<pre dir="ltr">');
});

test('a picture is not loaded', () => {
  const html = draw('![a lighthouse](https://example.org/a.png)');
  expect(html).not.toContain('<img');
  expect(html).not.toContain('example.org');
  expect(html).toContain('a lighthouse');
});
