/**
 * Does what was read bear out what was written? A small model guesses; a guess shows first in names
 * and numbers, and those can be looked up word for word in the text the answer was written from.
 */

interface Claim {
  /** As it stands in the answer. */
  text: string;
  /** Normalized words or numbers, all of which must occur in the text that was read. */
  keys: string[];
}

const wordPattern = /[\p{L}\p{M}][\p{L}\p{M}'’]*/gu;
const numberPattern = /\p{Nd}+(?:[.,:/\u2013-]\p{Nd}+)*/gu;
/** One or more capitalized words in a row, such as "Ada Lovelace" or "NASA". */
const namePattern = /\p{Lu}[\p{L}\p{M}\p{Nd}'’-]*(?:[ \u00A0]\p{Lu}[\p{L}\p{M}\p{Nd}'’-]*)*/gu;

const units =
  'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen';
const tens = 'twenty thirty forty fifty sixty seventy eighty ninety';
const numberWords = new Map<string, number>([
  ...units.split(' ').map((word, value): [string, number] => [word, value]),
  ...tens.split(' ').map((word, index): [string, number] => [word, 20 + 10 * index]),
]);

/** Words that often begin a sentence without being names. */
const sentenceOpeners = new Set(
  `a about according additionally after all also although among an and another any are as at based be because before below
  both but by can consequently despite did do does due during each either even every finally first following for from
  further furthermore given had has have he hence her here his how however i if in indeed instead is it its last later
  like many may meanwhile more moreover most much my neither never next no none nor not note now of on once one only or
  other our out overall over per perhaps please rather second several she similarly since so some sometimes sorry still
  such sure than thank that the their them then there therefore these they third this those though through throughout
  thus to today together too two under unfortunately unlike until up upon use using was we were what when where whereas
  whether which while who whose why will with within without would yes yet you your answer chapter conclusion document
  documents example figure page passage passages question section see consider let make note try summary table text`.split(
    /\s+/,
  ),
);

/** Lower case, without diacritics and without a possessive ending. */
export function normalizeWord(word: string): string {
  return word
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/['’]s$/u, '')
    .replace(/['’]/gu, '');
}

/** A number without thousands separators: "1,250" and "1250" are the same claim. */
function normalizeNumber(number: string): string {
  const digits = number.normalize('NFKC');
  return /^\d{1,3}([.,]\d{3})+$/.test(digits) ? digits.replace(/[.,]/g, '') : digits;
}

/** Everything that a claim can be checked against: the words and numbers of a text. */
export function vocabularyOf(text: string): Set<string> {
  const vocabulary = new Set<string>();
  let previous = -1;
  for (const [word] of text.matchAll(wordPattern)) {
    const normalized = normalizeWord(word);
    vocabulary.add(normalized);
    const value = numberWords.get(normalized) ?? -1;
    if (value >= 0) vocabulary.add(String(value));
    // "twenty-one" is read as two words.
    if (previous >= 20 && value > 0 && value < 10) vocabulary.add(String(previous + value));
    previous = value;
  }
  for (const [number] of text.matchAll(numberPattern)) {
    vocabulary.add(normalizeNumber(number));
    for (const part of number.split(/[:/\u2013-]|[.,](?!\d{3}\b)/u)) vocabulary.add(normalizeNumber(part));
  }
  return vocabulary;
}

/** The answer without code, headings and list numbers, in which capitals and digits mean something else. */
function prose(answer: string): string {
  return answer
    .replace(/```[\s\S]*?(?:```|$)/g, '\n')
    .replace(/`[^`\n]*`/g, ' ')
    .replace(/^#{1,6} .*$/gm, '')
    .replace(/^\s*(?:\d{1,3}[.)]|[-*+])\s+/gm, '\n');
}

function numberClaims(text: string): Claim[] {
  return [...text.matchAll(numberPattern)].map(([number]) => ({ text: number, keys: [normalizeNumber(number)] }));
}

/** True where a capital only marks a beginning: of the text, a line, a sentence or a quotation. */
function beginsSentence(text: string, index: number): boolean {
  return (
    /(?:^|[.!?:;\n]["'”’)*_]*\s*["'“‘(*_]*|\n)\s*["'“‘(*_]*$/u.test(text.slice(Math.max(0, index - 12), index)) ||
    index === 0
  );
}

function nameClaims(text: string): Claim[] {
  const claims: Claim[] = [];
  for (const match of text.matchAll(namePattern)) {
    let words = match[0].split(/[ \u00A0]/u);
    if (beginsSentence(text, match.index)) {
      const first = normalizeWord(words[0] ?? '');
      if (sentenceOpeners.has(first) || first.endsWith('ly')) words = words.slice(1);
    }
    words = words.filter((word) => !sentenceOpeners.has(normalizeWord(word)));
    if (words.length > 0 && words.some((word) => word.length > 1))
      claims.push({
        text: words.join(' '),
        keys: words.flatMap((word) => word.split('-').filter(Boolean).map(normalizeWord)),
      });
  }
  return claims;
}

/** German and its like write every noun with a capital: there a capital is no sign of a name. */
function capitalizesNouns(text: string): boolean {
  const inside = [...text.matchAll(/[\p{Ll}\p{M},] (\p{L})/gu)].map(([, letter]) => letter ?? '');
  return inside.length >= 8 && inside.filter((letter) => /\p{Lu}/u.test(letter)).length > inside.length * 0.22;
}

function claimsOf(answer: string): Claim[] {
  const text = prose(answer);
  return capitalizesNouns(text) ? numberClaims(text) : [...nameClaims(text), ...numberClaims(text)];
}

/** Names and numbers of the answer that stand nowhere in `read`, in their order, each once. */
export function unsupportedClaims(answer: string, read: Iterable<string>): string[] {
  const vocabulary = new Set<string>();
  for (const text of read) for (const key of vocabularyOf(text)) vocabulary.add(key);
  const missing = claimsOf(answer).filter(({ keys }) => !keys.every((key) => vocabulary.has(key)));
  return [...new Set(missing.map(({ text }) => text))];
}

/** The words that carry meaning, for comparing an answer with a passage. */
function contentKeys(text: string): Set<string> {
  const keys = new Set<string>();
  for (const key of vocabularyOf(text))
    if (/^\d/.test(key) || (key.length > 3 && !sentenceOpeners.has(key))) keys.add(key);
  return keys;
}

/**
 * How much of what the answer adds to the question stands in the passage: 0 to 1, with names and
 * numbers counted five times as much as other words.
 */
export function supportOf(passage: string, answer: string, question: string): number {
  const asked = vocabularyOf(question);
  const inPassage = vocabularyOf(passage);
  const claimed = new Set(claimsOf(answer).flatMap(({ keys }) => keys));
  let found = 0;
  let all = 0;
  for (const key of new Set([...contentKeys(answer), ...claimed])) {
    if (asked.has(key)) continue;
    const weight = claimed.has(key) ? 5 : 1;
    all += weight;
    if (inPassage.has(key)) found += weight;
  }
  return all === 0 ? 0 : found / all;
}
