import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isCancelled, LonghandError } from '../../../base/errors.ts';
import { fixture, readBytes } from '../testing/read.ts';

const paragraph = 'The light was shown for the first time on 1 February 1811, and it is still shown today. '.repeat(4);

const page = (body: string, head = ''): string =>
  `<!doctype html><html lang="en-GB"><head><title>Bell Rock</title>${head}</head><body>${body}</body></html>`;

async function markdownOf(html: string | Uint8Array): Promise<string> {
  const { sections } = await readBytes('a.html', html, 'html');
  return sections.map(({ text }) => text).join('\n\n');
}

test('an article becomes Markdown sections, without what surrounds it', async () => {
  const html = page(
    `<nav><a href="/">Home</a> <a href="/shop">Buy a mug</a></nav>
     <article><h1>The Bell Rock</h1><p>${paragraph}</p><p>${paragraph}</p><h2>Its builder</h2>
     <p>Robert <b>Stevenson</b>, see <a href="https://example.org/x">his diary</a>. <img src="x.png" alt="A tower"></p>
     <table><tr><th>Light</th><th>Height</th></tr><tr><td>Bell Rock</td><td>35 m</td></tr></table>
     <pre><code>Fl 5s</code></pre><p>${paragraph}</p></article><script>document.write('never')</script>`,
    '<meta name="author" content="A. Keeper"><meta property="article:published_time" content="2011-02-01">',
  );
  const { sections, summary } = await readBytes('bell.html', html, 'html');
  const text = sections.map((section) => section.text).join('\n\n');
  expect(summary).toMatchObject({
    title: 'Bell Rock',
    metadata: { author: 'A. Keeper', language: 'en-GB', createdAt: '2011-02-01' },
  });
  expect(sections.map(({ title }) => title)).toContain('Its builder');
  expect(text).toContain('Robert **Stevenson**, see his diary. A tower');
  expect(text).toMatch(/\| Bell Rock \| 35 m \|/);
  expect(text).toMatch(/```\nFl 5s\n```/);
  expect(text).not.toMatch(/mug|never|example\.org/);
});

test('a page that is not one article is taken whole', async () => {
  const lists = ['Alpha', 'Beta', 'Gamma'].map((name) => `<h2>${name}</h2><ul><li>${name} one<li>${name} two</ul>`);
  const text = await markdownOf(page(lists.join('')));
  for (const name of ['Alpha', 'Beta', 'Gamma']) expect(text).toContain(`${name} two`);
});

describe('a page that stands whole in a form', () => {
  const fields =
    '<input value="Never 1"><textarea>Never 2</textarea><select><option>Never 3</select><button>Never 4</button>';
  const inForm = (body: string): string =>
    page(`<form id="aspnetForm" method="post" action="./Page.aspx">${fields}${body}</form>`);

  test('is an article where it holds one, with the forms within', async () => {
    const paragraphs = `<p>${paragraph}</p>`.repeat(4);
    const inner = '<form><p>Its lamp burns oil.</p></form>';
    const text = await markdownOf(
      inForm(`<div class="sidebar">Buy a mug</div><div><h1>The Bell Rock</h1>${paragraphs}${inner}</div>`),
    );
    expect(text).toContain('# The Bell Rock');
    expect(text.match(/still shown today/g)).toHaveLength(16);
    expect(text).toContain('Its lamp burns oil.');
    expect(text).not.toMatch(/Never|mug/);
  });

  test('is taken whole where it is none, without the fields to be filled in', async () => {
    const text = await markdownOf(inForm('<h2>Lights</h2><ul><li>Bell Rock<li>Skerryvore</ul>'));
    expect(text).toMatch(/^## Lights\s+-\s+Bell Rock\s+-\s+Skerryvore$/);
  });
});

test('a real page of a browser loses no word', async () => {
  const html = readFileSync(fixture('sources/a-short-history-of-the-lighthouse.html'), 'utf8');
  const text = await markdownOf(html);
  for (const fact of ['Sostratus of Cnidus', 'seven ounces', '920 millimetres', 'Treasure Island', '82.5 m', 'CC0 1.0'])
    expect(text).toContain(fact);
});

test('a fragment without html and body is read', async () => {
  expect(await markdownOf('<p>Only a paragraph.')).toContain('Only a paragraph.');
});

test('the declared encoding counts when the bytes are not UTF-8', async () => {
  const html = Buffer.from(page('<p>\xcf\xf0\xe8\xe2\xe5\xf2</p>', '<meta charset="windows-1251">'), 'latin1');
  expect(await markdownOf(html)).toContain('Привет');
});

describe('hostile pages', () => {
  test('nothing is run or fetched', async () => {
    const html = page(`<p onclick="globalThis.broken = 1">${paragraph}</p><script>globalThis.broken = 1</script>
      <img src="http://127.0.0.1:9/x" onerror="globalThis.broken = 1"><iframe src="http://127.0.0.1:9/"></iframe>`);
    await markdownOf(html);
    expect(globalThis).not.toHaveProperty('broken');
  });

  test('nesting without end is refused with a sentence', async () => {
    await expect(readBytes('deep.html', '<div>'.repeat(100_000), 'html')).rejects.toMatchObject({
      code: 'bad-file',
      message: expect.stringContaining('deep.html'),
    });
  });

  test('more elements than there is memory for are refused before they are parsed', async () => {
    await expect(readBytes('long.html', '<p>a '.repeat(300_001), 'html')).rejects.toMatchObject({
      code: 'too-large',
      message: expect.stringContaining('300000 elements'),
    });
  });

  test('a page without text says so', async () => {
    await expect(
      readBytes('app.html', page('<div id="root"></div><script src="x"></script>'), 'html'),
    ).rejects.toMatchObject({
      code: 'bad-file',
      message: expect.stringContaining('holds no text'),
    });
  });

  test('any mixture of tags ends in text or in a clear error', async () => {
    const piece = fc.constantFrom(
      '<div>',
      '</div>',
      '<table>',
      '<tr><td>',
      '</td>',
      '<p>',
      '<a href=x>',
      '<!--',
      '-->',
      '<svg>',
      '<pre><code>',
      '</code></pre>',
      '<li>',
      '<ul>',
      'text ',
      '&amp;',
      '&#0;',
      '<template>',
      '<html>',
      '<body>',
      '<head>',
      '<title>',
      '\0',
      '<h1>',
      '</h1>',
      '<img alt="x">',
      '<math>',
      '<![CDATA[',
    );
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 60 }), async (pieces) => {
        const result = await readBytes('fuzz.html', pieces.join(''), 'html').catch((thrown: unknown) => thrown);
        if (result instanceof Error) {
          expect(result).toBeInstanceOf(LonghandError);
          expect(isCancelled(result)).toBe(false);
        }
      }),
    );
  });
});
