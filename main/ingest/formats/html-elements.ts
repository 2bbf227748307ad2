/** A test for elements of these names, whatever the case that the page writes them in. */
export function named(pattern: RegExp): (element: Element) => boolean {
  return ({ tagName }) => pattern.test(tagName);
}
