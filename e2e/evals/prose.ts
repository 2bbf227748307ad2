/** Running text as paragraphs of whole sentences. */

/** A name's part or an abbreviation, after which a full stop ends no sentence. */
const abbreviation =
  /(?:^|[\s(“"'])(?:\p{Lu}|Mr|Mrs|Ms|Dr|St|Prof|Rev|Esq|Hon|Capt|Col|Gen|No|Vol|Ch|vs|viz|cf|e\.g|i\.e)\.$/u;
const possibleEnd = /[.!?…]["'”’)\]]*\s+(?=["'“‘([]*[\p{Lu}\p{N}])/gu;

/** The sentences of a paragraph, without the space between them. */
export function sentencesOf(paragraph: string): string[] {
  const text = paragraph.replace(/\s+/g, ' ').trim();
  const sentences: string[] = [];
  let from = 0;
  for (const match of text.matchAll(possibleEnd)) {
    const end = match.index + match[0].trimEnd().length;
    const sentence = text.slice(from, end);
    if (abbreviation.test(sentence)) continue;
    sentences.push(sentence);
    from = match.index + match[0].length;
  }
  if (from < text.length) sentences.push(text.slice(from));
  return sentences;
}

/** The paragraphs of a plain text: what empty lines divide. Lines without a letter (rules, page numbers) are left out. */
export function paragraphsOf(text: string): string[] {
  return text
    .split(/\n[^\S\n]*\n/)
    .map((paragraph) => paragraph.replace(/\s+/g, ' ').trim())
    .filter((paragraph) => /\p{L}/u.test(paragraph));
}
