/** The title of a web page, without the name of its site. */

const inLine = (text: string): string => text.replace(/\s+/g, ' ').trim();
const same = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

/** What stands between a page's title and its site's. */
const separator = / (?:[|·•»–—-]|::) /g;
const longestTitle = 1000;

/**
 * Cuts the site's name off a page's title.
 *
 * @param siteNames what the page calls its site
 * @param headings the page's headings of the first level
 */
export function titleWithoutSite(title: string, siteNames: readonly string[], headings: readonly string[]): string {
  const line = inLine(title);
  if (line.length > longestTitle) return line;
  const isSite = (text: string): boolean => siteNames.some((name) => same(inLine(name), text));
  const isHeading = (text: string): boolean => headings.some((heading) => same(inLine(heading), text));
  for (const { 0: mark, index } of line.matchAll(separator)) {
    const first = line.slice(0, index);
    const rest = line.slice(index + mark.length);
    if (isHeading(first) || isSite(rest)) return first;
    if (isSite(first)) return rest;
  }
  return line;
}
