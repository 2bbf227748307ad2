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
import { plainTables } from './html-tables.ts';
import { tableRule } from './markdown-writer.ts';
import { removeHidden, removeSurroundings } from './page-surroundings.ts';
import { titleWithoutSite } from './page-title.ts';

/** What never holds text of the document; in Wikipedia's headings stands "[edit]". */
const neverText = 'script, style, noscript, template, iframe, object, embed, svg, canvas, dialog, .mw-editsection';
/** What is filled in or pressed. */
const controls = 'button, input, textarea, select';
/** What leads through a book or a letter. */
const navigation = 'nav, [role="navigation"], [role="banner"], [role="search"]';

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

/** A row of a table that `plainTables` wrote; the first one is followed by the line under the headings. */
function rowMarkdown(content: string, row: Element): string {
  return row.previousElementSibling ? `\n${content}|` : `\n${content}|\n${tableRule(row.children.length)}`;
}

function turndown(): TurndownService {
  const service = new TurndownService({ headingStyle: 'atx', codeBlockStyle: 'fenced', bulletListMarker: '-' });
  const escapeText = service.escape.bind(service);
  // What a page shows as "<b>" is no tag.
  service.escape = (text) => escapeText(text).replace(/<(?=[A-Za-z/!?])/g, '\\<');
  service.use(gfm);
  // In place of the plugin's, which leaves some tables in HTML.
  service.addRule('tableCell', {
    filter: ['th', 'td'],
    replacement: (content) => `| ${content.replace(/\s+/g, ' ').trim().replace(/\|/g, '\\|')} `,
  });
  service.addRule('tableRow', { filter: 'tr', replacement: (content, node) => rowMarkdown(content, node as Element) });
  service.addRule('table', { filter: 'table', replacement: (content) => `\n\n${content.trim()}\n\n` });
  // A picture is its description and a link its words: addresses are not text to be read.
  service.addRule('image', {
    filter: 'img',
    replacement: (_, node) => service.escape((node as Element).getAttribute('alt') ?? ''),
  });
  service.addRule('link', { filter: 'a', replacement: (content) => content });
  return service;
}

const textLength = (node: { textContent: string | null } | null): number =>
  node?.textContent?.replace(/\s+/g, ' ').trim().length ?? 0;

/** What the page says of itself under these names. */
function metas(document: Document, ...names: string[]): string[] {
  return names.flatMap((name) => {
    const content = document.querySelector(`meta[name="${name}"], meta[property="${name}"]`)?.getAttribute('content');
    return content?.trim() || [];
  });
}

const meta = (document: Document, ...names: string[]): string | null => metas(document, ...names)[0] ?? null;

function titleOf(document: Document): string | null {
  const headings = [...document.querySelectorAll('h1')].slice(0, 20).map(({ textContent }) => textContent ?? '');
  const title = meta(document, 'og:title') ?? document.title;
  return titleWithoutSite(title, metas(document, 'og:site_name', 'application-name'), headings) || null;
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
  const title = titleOf(document);
  removeHidden(document.documentElement);
  if (wanted === 'article') removeSurroundings(document.documentElement);
  for (const element of document.querySelectorAll(wanted === 'article' ? controls : `${controls}, ${navigation}`))
    element.remove();
  const article =
    wanted === 'article' && document.querySelectorAll('*').length <= maximumArticleElements
      ? new Readability(document.cloneNode(true) as Document, { serializer: (node) => node as Element }).parse()
      : null;
  const summary: ReadSummary = {
    title,
    metadata: {
      author: meta(document, 'author', 'article:author') ?? article?.byline?.trim() ?? null,
      language: document.documentElement.getAttribute('lang') || null,
      createdAt: meta(document, 'article:published_time', 'date') ?? article?.publishedTime ?? null,
    },
    emptySections: 0,
  };
  document.head.remove();
  const body = textLength(document.body) > 0 ? document.body : document.documentElement;
  const isArticle = article?.content && textLength(article.content) >= articleShare * textLength(body);
  if (!isArticle || !article.content) return { content: body, summary };
  // Readability takes the article's title out of it, as one that stands above it.
  const headings = body.querySelectorAll('h1');
  const [heading] = headings;
  if (heading && headings.length === 1 && !article.content.textContent?.includes(heading.textContent ?? ''))
    article.content.prepend(heading);
  return { content: article.content, summary };
}

/** The text of a page as Markdown, and what the page says of itself; throws for what cannot be parsed. */
export function htmlToMarkdown(html: string, wanted: WantedContent): { markdown: string; summary: ReadSummary } {
  const { content, summary } = mainContent(html, wanted);
  plainTables(content);
  return { markdown: turndown().turndown(content.innerHTML), summary };
}
