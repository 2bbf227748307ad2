import { parseHTML } from 'linkedom';
import { describe, expect, test } from 'vitest';
import { htmlToMarkdown } from './html-to-markdown.ts';
import { removeSurroundings } from './page-surroundings.ts';
import { titleWithoutSite } from './page-title.ts';

const page = (body: string): string => `<!doctype html><html><body>${body}</body></html>`;
const textOf = (body: string): string => htmlToMarkdown(page(body), 'article').markdown;

const news = 'The council voted on Tuesday to repair the breakwater, and the work begins in the spring.';

test('of a page with a short text only the text is read', () => {
  const text = textOf(
    `<div id="cookie-banner"><h2>We value your privacy</h2><p>We use cookies to make it better.</p><button>Accept</button></div>
     <div class="consent"><p>Partners want to know you.</p><button>Yes</button></div>
     <div class="site-menu"><a href="/">Home</a> <a href="/news">News</a> <a href="/sport">Sport</a></div>
     <p class="breadcrumbs"><a href="/">Home</a> › Council</p>
     <main><h1>Council repairs breakwater</h1><p>${news}</p><p>It was built in 1873.</p></main>
     <aside>Most read: a cat in a tree</aside><div role="contentinfo">Imprint</div>
     <footer><a href="/terms">Terms</a> © 2025 Echo</footer>`,
  );
  // Readability gives an article's title the second level.
  expect(text).toBe(`## Council repairs breakwater\n\n${news}\n\nIt was built in 1873.`);
});

test.each([
  ['a section about cookies', `<h2 id="cookies">Cookies</h2><div class="cookies"><p>We bake them daily.</p></div>`],
  ['the menu of a restaurant', '<section class="menu"><h2>Menu</h2><p>Herring with dill, eleven crowns.</p></section>'],
  ['the footer of an article', `<article><p>${news}</p><footer>By A. Keeper</footer></article>`],
  ['the layout around a text', `<div class="has-sidebar sidebar-layout"><h1>Report</h1><p>${news}</p></div>`],
])('%s is text', (_, body) => {
  const { document } = parseHTML(page(`${body}<p>${news.repeat(3)}</p>`));
  const { textContent } = document.body;
  removeSurroundings(document.body);
  expect(document.body.textContent).toBe(textContent);
});

test('a page that would be almost empty without them keeps its surroundings', () => {
  expect(textOf(`<nav><p>${news}</p></nav><p>Hello.</p>`)).toContain(news);
  expect(textOf(`<nav><p>${news}</p></nav><div class="sidebar"><p>${news}</p></div><p>Hello to you.</p>`)).toContain(
    news,
  );
});

describe('what is not shown', () => {
  test.each([
    'style="color:red; DISPLAY : none"',
    'style="visibility:hidden"',
    'style="mso-hide:all"',
    'hidden',
    'aria-hidden="true"',
  ])('is not read: %s', (attribute) => {
    const { markdown } = htmlToMarkdown(page(`<p ${attribute}>Never</p><p>${news}</p>`), 'everything');
    expect(markdown).toBe(news);
  });

  test('is read where a page is hidden whole until a script shows it', () => {
    expect(textOf(`<div style="display:none"><p>${news}</p></div>`)).toBe(news);
  });

  test('a formula’s picture is read, and what is found by a search only', () => {
    const picture = '<img class="mwe-math-fallback-image-inline" aria-hidden="true" alt="E=mc">';
    const { markdown } = htmlToMarkdown(`<p>${news} ${picture}</p><p hidden="until-found">More</p>`, 'everything');
    expect(markdown).toBe(`${news} E=mc\n\nMore`);
  });
});

test('the headings of Wikipedia are without their links', () => {
  const heading = '<h2>History<span class="mw-editsection">[<a href="x">edit</a>]</span></h2>';
  expect(textOf(`${heading}<p>${news}</p>`)).toBe(`## History\n\n${news}`);
});

test('the title is without the name of the site', () => {
  const html = `<html><head><title>Council repairs breakwater | The Northern Echo-Times</title>
    <meta property="og:site_name" content="The Northern Echo-Times"></head><body><p>${news}</p></body></html>`;
  expect(htmlToMarkdown(html, 'article').summary.title).toBe('Council repairs breakwater');
  expect(titleWithoutSite('Bell Rock - Wikipedia', [], ['Bell Rock'])).toBe('Bell Rock');
  expect(titleWithoutSite('Echo – Bell Rock – a light', ['Echo'], [])).toBe('Bell Rock – a light');
  expect(titleWithoutSite('Bell Rock - a light', ['Echo'], ['Lights'])).toBe('Bell Rock - a light');
});
