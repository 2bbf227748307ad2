/**
 * HTML → Markdown. The page is parsed, never run: no script, no request, no style. The article is
 * found by Mozilla's Readability; where that would lose much of the text, all of it is taken.
 */
import { gfm } from '@joplin/turndown-plugin-gfm';
import { Readability } from '@mozilla/readability';
import { parseHTML } from 'linkedom';
import TurndownService from 'turndown';
import { LonghandError } from '../../../base/errors.ts';
import type { ReadSummary } from '../../library/library.ts';

/** What never holds text of the document. */
const neverText =
  'script, style, noscript, template, iframe, object, embed, svg, canvas, button, input, textarea, select, dialog';
/** What surrounds the text on a page that is not one article. */
const aroundText = 'nav, [role="navigation"], [role="banner"], [role="search"], [aria-hidden="true"], [hidden]';

/** An article that holds less than this share of the page's text is not the document. */
const articleShare = 0.6;

/** A web page surrounds its article with other things; a chapter or a letter is all text. */
type WantedContent = 'article' | 'everything';

const maximumElements = 300_000;
/** A page of more elements is no article; looking for one would take a second tree of it. */
const maximumArticleElements = 50_000;
const maximumDepth = 500;

/** Elements that need no end tag, and so do not nest by being left open. */
const leftOpen =
  /^(?:area|base|br|col|embed|hr|img|input|link|meta|source|track|wbr|p|li|dt|dd|t[rhd]|thead|tbody|tfoot|option|optgroup|colgroup|rt|rp|html|head|body)$/i;

/** How many elements begin in a page, at most: comments and scripts are looked through as well. */
function countElements(html: string): number {
  let count = 0;
  for (const _ of html.matchAll(/<[a-z]/gi)) count += 1;
  return count;
}

/** How deep elements nest; what walks the tree takes time or stack by it. */
function depthOf(html: string): number {
  let depth = 0;
  let deepest = 0;
  // Behind the last ">" no tag ends, and each "<" there would be followed to the end of the page.
  const tags = html.slice(0, html.lastIndexOf('>') + 1);
  for (const [, slash, name = '', selfClosing] of tags.matchAll(/<(\/?)([a-z][^\s/>]*)[^>]*?(\/?)>/gi)) {
    if (selfClosing || leftOpen.test(name)) continue;
    depth = slash ? Math.max(0, depth - 1) : depth + 1;
    deepest = Math.max(deepest, depth);
  }
  return deepest;
}

function turndown(): TurndownService {
  const service = new TurndownService({ headingStyle: 'atx', codeBlockStyle: 'fenced', bulletListMarker: '-' });
  service.use(gfm);
  // A picture is its description and a link its words: addresses are not text to be read.
  service.addRule('image', { filter: 'img', replacement: (_, node) => (node as Element).getAttribute('alt') ?? '' });
  service.addRule('link', { filter: 'a', replacement: (content) => content });
  return service;
}

const textLength = (node: { textContent: string | null } | null): number =>
  node?.textContent?.replace(/\s+/g, ' ').trim().length ?? 0;

function meta(document: Document, ...names: string[]): string | null {
  for (const name of names) {
    const content = document.querySelector(`meta[name="${name}"], meta[property="${name}"]`)?.getAttribute('content');
    if (content?.trim()) return content.trim();
  }
  return null;
}

/** An XHTML element that ends where it begins does so in HTML too only if it says so. */
export function expandEmptyElements(xhtml: string): string {
  return xhtml.replace(/<([a-z][\w:-]*)((?:\s[^<>]*)?)\/>/gi, (written, name: string, attributes: string) =>
    leftOpen.test(name) ? written : `<${name}${attributes}></${name}>`,
  );
}

/** The element that holds the document's text, and what is known about it. */
function mainContent(html: string, wanted: WantedContent): { content: Element; summary: ReadSummary } {
  // Before it is parsed: each element takes some kilobytes.
  if (countElements(html) > maximumElements)
    throw new LonghandError('too-large', `it has more than ${maximumElements} elements`);
  if (depthOf(html) > maximumDepth)
    throw new LonghandError('bad-file', `its elements nest deeper than ${maximumDepth} levels`);
  const isPage = /<(?:html|body)[\s>]/i.test(html);
  const { document } = parseHTML(isPage ? html : `<!doctype html><html><body>${html}</body></html>`);
  for (const element of document.querySelectorAll(neverText)) element.remove();
  const article =
    wanted === 'article' && document.querySelectorAll('*').length <= maximumArticleElements
      ? new Readability(document.cloneNode(true) as Document, { serializer: (node) => node as Element }).parse()
      : null;
  const summary: ReadSummary = {
    title: meta(document, 'og:title') ?? (document.title.trim() || null),
    metadata: {
      author: meta(document, 'author', 'article:author') ?? article?.byline?.trim() ?? null,
      language: document.documentElement.getAttribute('lang') || null,
      createdAt: meta(document, 'article:published_time', 'date') ?? article?.publishedTime ?? null,
    },
    emptySections: 0,
  };
  for (const element of document.querySelectorAll(`head, ${aroundText}`)) element.remove();
  const body = textLength(document.body) > 0 ? document.body : document.documentElement;
  const isArticle = article?.content && textLength(article.content) >= articleShare * textLength(body);
  if (!isArticle || !article.content) return { content: body, summary };
  // Readability takes the article's title out of it, as one that stands above it.
  const headings = body.querySelectorAll('h1');
  const [title] = headings;
  if (title && headings.length === 1 && !article.content.textContent?.includes(title.textContent ?? ''))
    article.content.prepend(title);
  return { content: article.content, summary };
}

/** In Markdown a table begins with its heading row; where none is marked as such, it is the first. */
function markHeadingRows(content: Element): void {
  for (const table of content.querySelectorAll('table')) {
    if (table.querySelector('th')) continue;
    for (const cell of table.querySelector('tr')?.querySelectorAll('td') ?? []) {
      const heading = content.ownerDocument.createElement('th');
      heading.append(...cell.childNodes);
      cell.replaceWith(heading);
    }
  }
}

/** The text of a page as Markdown, and what the page says of itself; throws for what cannot be parsed. */
export function htmlToMarkdown(html: string, wanted: WantedContent): { markdown: string; summary: ReadSummary } {
  const { content, summary } = mainContent(html, wanted);
  markHeadingRows(content);
  return { markdown: turndown().turndown(content.innerHTML), summary };
}
