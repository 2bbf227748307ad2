/** Marks stretches of a drawn document: names that stand nowhere, references, a cited passage. */
import type { Element, ElementContent, Root, RootContent, Text } from 'hast';

/** A stretch of text to wrap, by offsets into the text it was found in. */
export interface Mark {
  start: number;
  end: number;
  /** Name and properties of the element it is wrapped in. */
  tagName: string;
  properties: Element['properties'];
}

/** A text node, and where each of its characters stands in the text that offsets count in. */
interface Located {
  node: Text;
  parent: Root | Element;
  places: readonly number[];
}

const blocks = new Set(['p', 'li', 'td', 'th', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'dt', 'dd', 'blockquote', 'div']);

function isElement(node: RootContent): node is Element {
  return node.type === 'element';
}

function hasClass(element: Element, name: string): boolean {
  const { className } = element.properties;
  return Array.isArray(className) && className.includes(name);
}

/** The first character of a text node that stands at `offset` or after it. */
function firstAt(places: readonly number[], offset: number): number {
  const index = places.findIndex((place) => place >= offset);
  return index < 0 ? places.length : index;
}

/** The text node cut where marks begin and end, with the marked pieces wrapped. */
function cut({ node, places }: Located, marks: readonly Mark[]): ElementContent[] {
  const pieces: ElementContent[] = [];
  let at = 0;
  for (const mark of marks) {
    const start = Math.max(firstAt(places, mark.start), at);
    const end = firstAt(places, mark.end);
    if (start >= end) continue;
    if (start > at) pieces.push({ type: 'text', value: node.value.slice(at, start) });
    pieces.push({
      type: 'element',
      tagName: mark.tagName,
      properties: { ...mark.properties },
      children: [{ type: 'text', value: node.value.slice(start, end) }],
    });
    at = end;
  }
  if (at === 0) return [node];
  if (at < node.value.length) pieces.push({ type: 'text', value: node.value.slice(at) });
  return pieces;
}

/** The places of `length` characters that stand one after the other from `offset`. */
function consecutive(offset: number, length: number): number[] {
  return Array.from({ length }, (_, index) => offset + index);
}

function apply(located: readonly Located[], marks: readonly Mark[]): void {
  const sorted = [...marks].sort((a, b) => a.start - b.start);
  for (const text of located) {
    const index = text.parent.children.indexOf(text.node);
    if (index >= 0) text.parent.children.splice(index, 1, ...cut(text, sorted));
  }
}

/**
 * A rehype plugin that looks for marks in the text of each block (paragraph, cell, heading), across
 * emphasis and other inline elements; code and mathematics are left alone.
 */
export function rehypeMarkText({ find }: { find: (text: string) => Mark[] }) {
  function collect(parent: Root | Element, into: { located: Located[]; text: string }): void {
    for (const child of [...parent.children]) {
      if (child.type === 'text') {
        into.located.push({ node: child, parent, places: consecutive(into.text.length, child.value.length) });
        into.text += child.value;
      } else if (isElement(child) && child.tagName !== 'pre' && !hasClass(child, 'katex')) {
        if (blocks.has(child.tagName)) mark(child);
        else collect(child, into);
      }
    }
  }

  function mark(block: Root | Element): void {
    const into = { located: [], text: '' };
    collect(block, into);
    const marks = find(into.text);
    if (marks.length > 0) apply(into.located, marks);
  }

  return (tree: Root): void => mark(tree);
}

/** How far ahead a character of drawn text is looked for in its source. */
const furthestAhead = 48;

/**
 * Where each character of drawn text stands in the stretch of Markdown it came from. Where the two
 * differ (escapes, entities, the marks of quoted lines) each character is looked for from where the
 * last one stood; one that is written otherwise (an entity) stands where it would be.
 */
export function alignWithSource(value: string, source: string, from: number, to: number): number[] {
  const found = source.slice(from, to).indexOf(value);
  if (found >= 0) return consecutive(from + found, value.length);
  const places: number[] = [];
  let next = from;
  for (const unit of value.split('')) {
    const ahead = source.slice(next, Math.min(next + furthestAhead, to)).indexOf(unit);
    const place = Math.min(ahead < 0 ? next : next + ahead, to);
    places.push(place);
    next = ahead < 0 ? place : place + 1;
  }
  return places;
}

interface SourceRange {
  /** The Markdown that was parsed. */
  source: string;
  /** Characters of `source` to mark. */
  start: number;
  end: number;
  mark: Pick<Mark, 'tagName' | 'properties'>;
}

/** A rehype plugin that marks what characters `start` to `end` of the Markdown source became. */
export function rehypeMarkSource({ source, start, end, mark }: SourceRange) {
  /** The text nodes below an element whose text all came from one stretch of the source, as code does. */
  function ofStretch(element: Element, from: number, to: number): Located[] {
    const places = alignWithSource(textOf(element), source, from, to);
    const located: Located[] = [];
    let done = 0;
    const take = (parent: Element): void => {
      for (const child of parent.children) {
        if (child.type === 'text') {
          located.push({ node: child, parent, places: places.slice(done, done + child.value.length) });
          done += child.value.length;
        } else if (isElement(child)) take(child);
      }
    };
    take(element);
    return located;
  }

  function below(parent: Root | Element): Located[] {
    return parent.children.flatMap((child): Located[] => {
      const from = child.position?.start.offset;
      const to = child.position?.end.offset;
      const placed = from !== undefined && to !== undefined;
      if (child.type === 'text')
        return placed ? [{ node: child, parent, places: alignWithSource(child.value, source, from, to) }] : [];
      if (!isElement(child) || hasClass(child, 'katex')) return [];
      return child.tagName === 'code' && placed ? ofStretch(child, from, to) : below(child);
    });
  }

  return (tree: Root): void => apply(below(tree), [{ start, end, ...mark }]);
}

function textOf(element: Element): string {
  return element.children
    .map((child) => (child.type === 'text' ? child.value : isElement(child) ? textOf(child) : ''))
    .join('');
}
