/** Colours for code blocks that name their language. */
import rehypeHighlight from 'rehype-highlight';
import './code.css';
import type { Extra } from './extras.ts';

export const code: Extra = { remark: [], rehype: [[rehypeHighlight, { detect: false }]] };
