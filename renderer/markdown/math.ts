/** Mathematics in Markdown. KaTeX is bounded: no links, no files, few macro expansions. */
import 'katex/dist/katex.min.css';
import rehypeKatex from 'rehype-katex';
import remarkMath from 'remark-math';
import type { Extra } from './extras.ts';

export const math: Extra = {
  remark: [remarkMath],
  rehype: [[rehypeKatex, { trust: false, strict: 'ignore', maxExpand: 200, maxSize: 20, errorColor: 'currentColor' }]],
};
