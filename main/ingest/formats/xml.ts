/**
 * XML → elements, one after the other or as a tree. Small on purpose: no document type definition is
 * ever processed, so entities cannot expand and nothing is fetched; depth and number are bounded.
 * Elements are known by their names without prefix, attributes by their names as they are written.
 */
import { LonghandError } from '../../../base/errors.ts';

export interface XmlElement {
  name: string;
  attributes: Readonly<Record<string, string>>;
  children: (XmlElement | string)[];
}

const maximumDepth = 500;
const maximumElements = 20_000_000;
/** Of a tree, which is held in memory. */
const maximumTreeElements = 1_500_000;

const malformed = (what: string): LonghandError => new LonghandError('bad-file', `its XML is damaged: ${what}`);

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** Text with the five entities of XML and character numbers replaced; any other name stays as it is written. */
function decodeEntities(text: string): string {
  if (!text.includes('&')) return text;
  return text.replace(/&(?:#(\d{1,7})|#x([\da-f]{1,6})|(\w{1,8}));/gi, (written, decimal, hex, name) => {
    if (name) return entities[name as string] ?? written;
    const code = decimal ? Number(decimal) : Number.parseInt(hex as string, 16);
    return code > 0 && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff) ? String.fromCodePoint(code) : '\ufffd';
  });
}

const localName = (name: string): string => name.slice(name.indexOf(':') + 1);

const attribute = /([^\s=]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g;

const noAttributes: Readonly<Record<string, string>> = Object.freeze(Object.create(null));

function parseAttributes(text: string): Record<string, string> {
  const attributes: Record<string, string> = Object.create(null);
  for (const [, name = '', double, single] of text.matchAll(attribute))
    attributes[name] = decodeEntities(double ?? single ?? '');
  return attributes;
}

type Token =
  | { kind: 'open'; name: string; attributes: Readonly<Record<string, string>>; empty: boolean }
  | { kind: 'close'; name: string }
  | { kind: 'text'; text: string };

/** The end of a tag: the first ">" outside quotation marks. */
function tagEnd(source: string, start: number): number {
  const mark = /["'>]/g;
  mark.lastIndex = start;
  for (;;) {
    const found = mark.exec(source);
    if (!found) throw malformed('a tag does not end');
    if (found[0] === '>') return found.index;
    const closing = source.indexOf(found[0], found.index + 1);
    if (closing < 0) throw malformed('an attribute does not end');
    mark.lastIndex = closing + 1;
  }
}

/** The end of a document type declaration, whose content is passed over. */
function declarationEnd(source: string, start: number): number {
  const end = source.indexOf('>', start);
  const subset = source.indexOf('[', start);
  if (subset < 0 || (end >= 0 && end < subset)) return end;
  const close = source.indexOf(']', subset);
  return close < 0 ? -1 : source.indexOf('>', close);
}

/** What is passed over or taken as it stands: how it begins, and how it ends. */
const wholes: readonly { opener: string; closer: string; isText: boolean }[] = [
  { opener: '<!--', closer: '-->', isText: false },
  { opener: '<![CDATA[', closer: ']]>', isText: true },
  { opener: '<?', closer: '?>', isText: false },
];

function* tokens(source: string): Generator<Token> {
  let at = 0;
  while (at < source.length) {
    const open = source.indexOf('<', at);
    const end = open < 0 ? source.length : open;
    if (end > at) yield { kind: 'text', text: decodeEntities(source.slice(at, end)) };
    if (open < 0) return;
    const whole = wholes.find(({ opener }) => source.startsWith(opener, open));
    if (whole) {
      const start = open + whole.opener.length;
      const close = source.indexOf(whole.closer, start);
      if (close < 0) throw malformed(`${whole.opener} does not end`);
      if (whole.isText) yield { kind: 'text', text: source.slice(start, close) };
      at = close + whole.closer.length;
    } else if (source[open + 1] === '!') {
      const close = declarationEnd(source, open);
      if (close < 0) throw malformed('a declaration does not end');
      at = close + 1;
    } else {
      const close = tagEnd(source, open + 1);
      yield tag(source.slice(open + 1, close));
      at = close + 1;
    }
  }
}

function tag(content: string): Token {
  if (content.startsWith('/')) return { kind: 'close', name: localName(content.slice(1).trim()) };
  const empty = content.endsWith('/');
  const inner = empty ? content.slice(0, -1) : content;
  const space = inner.search(/\s/);
  const name = space < 0 ? inner : inner.slice(0, space);
  if (!name) throw malformed('a tag has no name');
  return {
    kind: 'open',
    name: localName(name),
    attributes: space < 0 ? noAttributes : parseAttributes(inner.slice(space)),
    empty,
  };
}

/** An element as it is met: with all its content when it is `whole`, else at its beginning. */
export interface MetElement {
  element: XmlElement;
  whole: boolean;
}

/**
 * The elements of a document in order, without a tree of it. Those with a name in `taken` come whole, once they end;
 * all others come empty, when they begin. Throws `bad-file` for what is not well formed.
 */
export function* xmlElements(source: string, taken: ReadonlySet<string>): Generator<MetElement> {
  const open: { name: string; element: XmlElement | undefined }[] = [];
  let count = 0;
  let kept = 0;
  for (const token of tokens(source)) {
    const parent = open.at(-1)?.element;
    if (token.kind === 'text') {
      parent?.children.push(token.text);
    } else if (token.kind === 'open') {
      count += 1;
      if (count > maximumElements || open.length >= maximumDepth)
        throw new LonghandError('too-large', 'its XML has too many elements, or they nest too deep');
      const element: XmlElement = { name: token.name, attributes: token.attributes, children: [] };
      const takes = parent !== undefined || taken.has(token.name);
      if (parent === undefined) kept = 0;
      kept += 1;
      if (takes && kept > maximumTreeElements) throw new LonghandError('too-large', 'its XML has too many elements');
      parent?.children.push(element);
      if (!takes) yield { element, whole: false };
      if (!token.empty) open.push({ name: token.name, element: takes ? element : undefined });
      else if (takes && !parent) yield { element, whole: true };
    } else {
      const ended = open.pop();
      if (ended?.name !== token.name) throw malformed(`</${token.name}> ends what it did not begin`);
      if (ended.element && !open.at(-1)?.element) yield { element: ended.element, whole: true };
    }
  }
  if (open.length > 0) throw malformed(`<${open.at(-1)?.name}> does not end`);
}

/** A document as a tree; throws `bad-file` for what is not well formed. */
export function parseXml(source: string): XmlElement {
  const root: XmlElement = { name: '', attributes: {}, children: [] };
  const first = /<(?![?!])([^\s/>]+)/.exec(source.slice(0, 100_000))?.[1];
  if (!first) throw malformed('it holds no element');
  for (const { element, whole } of xmlElements(source, new Set([localName(first)])))
    if (whole) root.children.push(element);
  const [top] = elementsOf(root);
  if (!top) throw malformed('it holds no element');
  return top;
}

/** The encoding of XML: by its byte order mark, else as it declares, else UTF-8. */
export function decodeXml(bytes: Uint8Array): string {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return new TextDecoder('utf-16le').decode(bytes);
  if (first === 0xfe && second === 0xff) return new TextDecoder('utf-16be').decode(bytes);
  const head = new TextDecoder('latin1').decode(bytes.subarray(0, 200));
  const [, label = 'utf-8'] = /^[^<]*<\?xml[^>]*encoding\s*=\s*["']([\w-]{2,40})["']/.exec(head) ?? [];
  try {
    return new TextDecoder(label).decode(bytes);
  } catch {
    return new TextDecoder('utf-8').decode(bytes);
  }
}

/** An element's elements, of one name when it is given. */
export function elementsOf({ children }: XmlElement, name?: string): XmlElement[] {
  return children.filter(
    (child): child is XmlElement => typeof child !== 'string' && (name === undefined || child.name === name),
  );
}

/** The first element of this name within another. */
export function elementOf(element: XmlElement | undefined, name: string): XmlElement | undefined {
  return element && elementsOf(element, name)[0];
}

/** All elements of these names below another, in document order; what is below one of them is not looked at. */
export function* descendants(element: XmlElement, ...names: string[]): Generator<XmlElement> {
  for (const child of elementsOf(element))
    if (names.includes(child.name)) yield child;
    else yield* descendants(child, ...names);
}

/** All text below an element. */
export function textOf(element: XmlElement | undefined): string {
  return element?.children.map((child) => (typeof child === 'string' ? child : textOf(child))).join('') ?? '';
}
