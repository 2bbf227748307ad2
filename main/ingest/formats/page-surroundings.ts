/** What stands on a page and is none of its text: what is not shown, and what surrounds the text. */
import { named } from './html-elements.ts';

/** What an element and all within it hold. */
interface Contents {
  /** Letters and digits. */
  letters: number;
  /** Those of them that stand in links. */
  linked: number;
  /** Things to press or to fill in. */
  controls: number;
  /** It holds the page's main part, an article or the page's heading, or is one. */
  isMain: boolean;
}

/** True for what is none of the page's text, by itself and by what it holds. */
type Test = (element: Element, contents: Contents, inArticle: boolean) => boolean;

const isArticle = named(/^article$/i);
const isLink = named(/^a$/i);
const isMainPart = named(/^(?:body|main|article|h1)$/i);
const isHeading = named(/^h[1-6]$/i);
const isControl = named(/^(?:button|input|select|textarea)$/i);

/** Measures an element and, on the way, all within it. */
function measure(element: Element, known: Map<Element, Contents>): Contents {
  const contents: Contents = { letters: 0, linked: 0, controls: 0, isMain: isMainPart(element) };
  for (const node of isControl(element) ? [] : element.childNodes) {
    if (node.nodeType === 3) contents.letters += (node.textContent ?? '').replace(/[^\p{L}\p{N}]+/gu, '').length;
    if (node.nodeType !== 1) continue;
    const within = measure(node as Element, known);
    contents.letters += within.letters;
    contents.linked += within.linked;
    contents.controls += within.controls;
    contents.isMain ||= within.isMain;
  }
  if (isLink(element)) contents.linked = contents.letters;
  if (isControl(element) || element.getAttribute('role') === 'button') contents.controls += 1;
  known.set(element, contents);
  return contents;
}

/** A page is not without text but for this share of it: where so little would be left, nothing is taken out. */
const leastLeft = 1 / 3;

/** Takes out what a test is true for, unless it is most of the page. */
function removeWhere(body: Element, test: Test): void {
  const known = new Map<Element, Contents>();
  const { letters } = measure(body, known);
  const most = letters * (1 - leastLeft);
  const found: Element[] = [];
  let taken = 0;
  const look = (element: Element, inArticle: boolean): void => {
    for (const child of element.children) {
      const contents = known.get(child);
      if (!contents) continue;
      if (contents.letters <= most && test(child, contents, inArticle)) {
        found.push(child);
        taken += contents.letters;
      } else look(child, inArticle || isArticle(child));
    }
  };
  look(body, false);
  if (taken <= most) for (const element of found) element.remove();
}

const hidingStyle = /(?:^|[;\s])(?:display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all)/i;

/** True for what a browser does not show; a picture in place of a formula is hidden from those only who hear the page. */
function isHidden(element: Element): boolean {
  const hidden = element.getAttribute('hidden');
  return (
    (hidden !== null && hidden !== 'until-found') ||
    hidingStyle.test(element.getAttribute('style') ?? '') ||
    (element.getAttribute('aria-hidden') === 'true' && !/fallback-image/.test(element.getAttribute('class') ?? ''))
  );
}

const surroundingRole =
  /^(?:navigation|banner|contentinfo|search|complementary|(?:alert)?dialog|menu(?:bar)?|toolbar)$/i;
const isNavigation = named(/^nav$/i);
/** An article has asides and a footer of its own. */
const isOfPage = named(/^(?:aside|footer)$/i);

/** What surroundings are called in their class or id, and what else must be so. */
const callings: readonly { name: RegExp; test: (contents: Contents) => boolean }[] = [
  { name: /breadcrumb|sidebar|^(?:(?:site|page|global)[-_]?)?footer$/i, test: () => true },
  { name: /(?:cookie|consent|gdpr).*(?:banner|bar|dialog|layer|modal|notice|overlay|popup)/i, test: () => true },
  { name: /cookie|consent|gdpr/i, test: ({ controls }) => controls > 0 },
  { name: /menu|nav(?:bar|igation)?(?![a-z])/i, test: ({ letters, linked }) => linked > letters / 2 },
];
/** A name that tells of something else on the page. */
const otherName = /^(?:has|no|with|without)[-_]/i;

function isCalledSurrounding(element: Element, contents: Contents): boolean {
  const names = `${element.getAttribute('class') ?? ''} ${element.id}`
    .split(/\s+/)
    .filter((name) => !otherName.test(name));
  return callings.some(({ name, test }) => test(contents) && names.some((called) => name.test(called)));
}

const isSurrounding: Test = (element, contents, inArticle) =>
  isNavigation(element) ||
  surroundingRole.test(element.getAttribute('role') ?? '') ||
  (!inArticle && isOfPage(element)) ||
  (!inArticle && !contents.isMain && !isHeading(element) && isCalledSurrounding(element, contents));

/** Takes out what the page does not show. */
export function removeHidden(body: Element): void {
  removeWhere(body, isHidden);
}

/** Takes out what surrounds the text of a web page: its menus, its footer, what it asks about cookies. */
export function removeSurroundings(body: Element): void {
  removeWhere(body, isSurrounding);
}
