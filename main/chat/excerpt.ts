/** How a passage is put before a model: prose in one line, tables and code in lines of their own. */
import { fenceAfter, isTableRow } from '../library/lead.ts';
import type { Passage } from '../library/schema.ts';

const indented = /^(?: {4}|\t)\s*\S/;
const oneSpaced = (line: string): string => line.replace(/\s+/g, ' ').trim();

/** Line ends within prose become spaces; those of a table's rows and of code, fenced or indented, stay. */
function joinProse(text: string): string {
  let fence: string | undefined;
  /** Whether indented lines are code here: they are no paragraph that goes on. */
  let mayBeCode = true;
  let joined = '';
  let keptLast = false;
  for (const line of text.split('\n')) {
    const wasFenced = fence !== undefined;
    fence = fenceAfter(fence, line);
    const isCode: boolean = wasFenced || fence !== undefined || (mayBeCode && indented.test(line));
    const isKept = isCode || isTableRow(line);
    const content = isCode ? line.trimEnd() : oneSpaced(line);
    mayBeCode = isCode || line.trim() === '';
    if (content === '' && !isCode) continue;
    if (joined !== '') joined += keptLast || isKept ? '\n' : ' ';
    joined += content;
    keptLast = isKept;
  }
  return fence === undefined ? joined : `${joined}\n${/^[`~]+/.exec(fence)?.[0] ?? ''}`;
}

/** A passage as the model reads it, behind the names of its table's columns or the fence of its code. */
export function excerptText({ lead, text }: Pick<Passage, 'lead' | 'text'>): string {
  return joinProse(lead === undefined ? text : `${lead}\n${text}`);
}
