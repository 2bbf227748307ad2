/** What documents say of themselves, where it says something. */

/** The file name that a program left in place of a title. */
const fileNameTitle =
  /^(?:untitled|(?:powerpoint )?presentation\d*|document\d*|book\d*|.*\.(?:docx?|od[tsp]|rtf|tex|dvi|indd|pages|pptx?|xlsx?|pdf|html?))$/i;

/** A title in one line; null for what is none. */
export function usableTitle(title: unknown): string | null {
  if (typeof title !== 'string') return null;
  const clean = title
    .replace(/[\0\s]+/g, ' ')
    .replace(/^Microsoft (?:Word|PowerPoint|Excel) - /i, '')
    .trim();
  return clean && !fileNameTitle.test(clean) ? clean.slice(0, 300) : null;
}

/** A name, language or date; null for what is empty. */
export const usableText = (value: unknown): string | null =>
  typeof value === 'string' && value.trim() ? value.trim().slice(0, 300) : null;
