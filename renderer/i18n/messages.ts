/**
 * What main says to a person, in the language of the window. Main's sentences are written in English where they arise, and the
 * command line and logs show them so; the window looks them up by what they say, as gettext does, with what was put into them
 * left open: "“{0}” is empty." A sentence that is not in the table stays English.
 */

/** An English sentence or clause with `{0}`, `{1}`, … for what differs, in this order, and the same in another language. */
export type Messages = readonly (readonly [english: string, translated: string])[];

interface Template {
  /** What stands around what differs. */
  literals: readonly string[];
  translated: string;
}

/** Clauses in a sentence are translated too, this deep. */
const deepest = 3;

/** Readers take the point of a sentence away, or put one behind a clause. */
const withoutPoint = (text: string): string => text.replace(/\.$/, '');

/** What differs, where the text follows the template; undefined otherwise. */
function differing({ literals }: Template, text: string): string[] | undefined {
  const [first = '', ...others] = literals;
  if (!text.startsWith(first)) return undefined;
  const found: string[] = [];
  let at = first.length;
  for (const [place, literal] of others.entries()) {
    const isLast = place === others.length - 1;
    const end = isLast ? text.length - literal.length : text.indexOf(literal, at + 1);
    if (end <= at || !text.startsWith(literal, end)) return undefined;
    found.push(text.slice(at, end));
    at = end + literal.length;
  }
  return at === text.length ? found : undefined;
}

/** Gives what translates a message. */
export function createTranslation(messages: Messages): (message: string) => string {
  const templates = messages
    .map(([english, translated]): Template => ({ literals: withoutPoint(english).split(/\{\d\}/), translated }))
    // The one that says most is meant: "“{0}” cannot be read as {1}: {2}", not "“{0}” cannot be read: {1}".
    .sort((a, b) => b.literals.join('').length - a.literals.join('').length);

  function translate(text: string, depth: number): string {
    const bare = withoutPoint(text);
    for (const template of templates) {
      const parts = differing(template, bare);
      if (!parts) continue;
      const inserted = parts.map((part) => (depth < deepest ? translate(part, depth + 1) : part));
      const made = withoutPoint(template.translated).replace(/\{(\d)\}/g, (_, place) => inserted[Number(place)] ?? '');
      return text === bare ? made : `${withoutPoint(made)}.`;
    }
    return text;
  }
  return (message) => translate(message, 0);
}
