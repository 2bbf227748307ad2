/** Sets each block in the direction of its own writing. */
import type { Element, Root } from 'hast';

const blocks = new Set(['p', 'li', 'blockquote', 'td', 'th', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6']);
/** They take their direction from their paragraphs, which therefore have none of their own. */
const holders = new Set(['li', 'blockquote']);

function direct(parent: Root | Element): void {
  const held = parent.type === 'element' && holders.has(parent.tagName);
  for (const child of parent.children) {
    if (child.type !== 'element') continue;
    if (blocks.has(child.tagName) && !(held && child.tagName === 'p')) child.properties.dir = 'auto';
    direct(child);
  }
}

export function rehypeDirections() {
  return (tree: Root): void => direct(tree);
}
