/**
 * Makes a model's Markdown safe to draw at any moment of its writing: what is half-finished is
 * completed or held back for a moment, and mathematics gets the delimiters that the parser knows.
 */

interface Fence {
  marker: string;
  length: number;
}

/** The fence a line opens or closes, given the one that is open. */
function fenceAfter(line: string, open: Fence | null): Fence | null {
  const match = /^ {0,3}(`{3,}|~{3,})(.*)$/.exec(line);
  const run = match?.[1];
  if (!run) return open;
  if (!open) return run[0] === '`' && match[2]?.includes('`') ? null : { marker: run[0] ?? '', length: run.length };
  const closes = run[0] === open.marker && run.length >= open.length && match[2]?.trim() === '';
  return closes ? null : open;
}

/** The text as alternating stretches outside and inside fenced code; code keeps its fences. */
function splitFences(text: string): { code: boolean; text: string }[] {
  const parts: { code: boolean; text: string }[] = [];
  let fence: Fence | null = null;
  for (const line of text.split(/(?<=\n)/)) {
    const next = fenceAfter(line.replace(/\n$/, ''), fence);
    const code = fence !== null || next !== null;
    const last = parts.at(-1);
    if (last && last.code === code && !(code && fence === null)) last.text += line;
    else parts.push({ code, text: line });
    fence = next;
  }
  return parts;
}

/** True when the text ends inside fenced code. */
function endsInFence(text: string): boolean {
  let fence: Fence | null = null;
  for (const line of text.split('\n')) fence = fenceAfter(line, fence);
  return fence !== null;
}

/** Inline code, which mathematics must not be looked for in, or a dollar sign that is escaped already. */
const codeOrEscape = /(`+)(?:(?!\1)[\s\S])*?[^`]\1(?!`)|\\\$/g;

function outsideCode(text: string, change: (text: string) => string): string {
  let changed = '';
  let last = 0;
  for (const match of text.matchAll(codeOrEscape)) {
    changed += change(text.slice(last, match.index)) + match[0];
    last = match.index + match[0].length;
  }
  return changed + change(text.slice(last));
}

/**
 * Inline mathematics by Pandoc's rule: no space inside the dollars, and no digit after the closing
 * one, so that "$5 and $10" stays an amount of money.
 */
const inlineMath = /\$\$[\s\S]*?\$\$|\$(?![\s$])(?:[^$\n]*[^\s$\\])?\$(?![\d$])/g;

function escapeLoneDollars(text: string): string {
  let changed = '';
  let last = 0;
  for (const match of text.matchAll(inlineMath)) {
    if (match[0] === '$$') continue;
    changed += text.slice(last, match.index).replaceAll('$', '\\$') + match[0];
    last = match.index + match[0].length;
  }
  return changed + text.slice(last).replaceAll('$', '\\$');
}

/** True when every dollar sign of the text delimits mathematics, so that it can be parsed as such unchanged. */
export function dollarsAreMath(text: string): boolean {
  return splitFences(text).every(({ code, text: part }) => {
    if (code) return true;
    let clean = true;
    outsideCode(part, (prose) => {
      if (prose.replace(inlineMath, '').includes('$')) clean = false;
      return prose;
    });
    return clean;
  });
}

/** Rewrites `\(…\)` and `\[…\]` to dollar delimiters and escapes dollar signs that delimit nothing. */
export function normalizeMath(text: string): string {
  if (!/[$]|\\[([]/.test(text)) return text;
  return splitFences(text)
    .map(({ code, text: part }) =>
      code
        ? part
        : outsideCode(part, (prose) =>
            escapeLoneDollars(
              prose
                .replace(/\\\[([\s\S]+?)\\\]/g, (_, body: string) => `$$${body}$$`)
                .replace(/\\\(\s*([^\n]+?)\s*\\\)/g, (_, body: string) => `$${body}$`),
            ),
          ),
    )
    .join('');
}

/** Where the last block of the text begins. */
function lastBlockStart(text: string): number {
  const blank = [...text.matchAll(/\n[ \t]*\n/g)].at(-1);
  return blank ? blank.index + blank[0].length : 0;
}

/** Delimiters of display mathematics: how each opens and closes. */
const displayMath = [
  ['$$', '$$'],
  ['\\[', '\\]'],
  ['\\(', '\\)'],
] as const;

/** Cuts the text before display mathematics that is still open. */
function withoutOpenMath(text: string): string {
  let kept = text;
  for (const [opener, closer] of displayMath) {
    let at = kept.indexOf(opener);
    while (at >= 0) {
      const end = kept.indexOf(closer, at + opener.length);
      if (end < 0) {
        kept = kept.slice(0, at);
        break;
      }
      at = kept.indexOf(opener, end + closer.length);
    }
  }
  return kept;
}

/** What closes the emphasis, strikethrough and code that the text leaves open. */
function closersOf(text: string): string {
  const open: string[] = [];
  for (const match of text.matchAll(/\\[\s\S]|`+|\*{1,3}|~~/g)) {
    const [marker] = match;
    if (marker.startsWith('\\')) continue;
    const inCode = open.at(-1)?.startsWith('`') ?? false;
    if (inCode && marker !== open.at(-1)) continue;
    const before = text[match.index - 1] ?? '\n';
    const after = text[match.index + marker.length] ?? '\n';
    const isCode = marker.startsWith('`');
    if (open.at(-1) === marker && (isCode || /\S/.test(before))) open.pop();
    else if (isCode || /\S/.test(after)) open.push(marker);
  }
  return open.reverse().join('');
}

/**
 * Text that is still being written, so that it can be drawn now: open emphasis and code are closed;
 * a link or mathematics that has only begun, and a line that may yet turn into an underline, is
 * held back. Fenced code is left alone: it may stay open.
 */
export function completeMarkdown(text: string): string {
  if (endsInFence(text)) return text;
  const start = lastBlockStart(text);
  const block = withoutOpenMath(text.slice(start))
    // A last line of nothing but marks is a list item, rule, underline or fence in the making.
    .replace(/(^|\n)[ \t]*(?:[-=*_+~`#>|:\s]{1,3}|\d{1,3}[.)])[ \t]*$/, '$1')
    // A link or picture whose address has not ended shows its text.
    .replace(/!?\[([^\]\n]*)\]\([^)\s]*$/, '$1')
    .replace(/!?\[([^\]\n]*)$/, '$1')
    // Emphasis that opens at the very end has nothing to emphasize yet.
    .replace(/(^|[\s(])(?:\*{1,3}|~~|`)$/, '$1');
  return text.slice(0, start) + block + closersOf(block);
}
