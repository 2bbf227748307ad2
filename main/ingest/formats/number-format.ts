/**
 * How a number is shown by a format's code (ECMA-376 part 1, 18.8.31): with its currency and other texts, in percent, its
 * thousands in groups, with so many decimals. By a code that asks for more (fractions, powers of ten, numbers in
 * thousands, conditions) it is shown as it is.
 */

/** A number without the noise of its binary form. */
export const plainNumber = (value: number): string => String(Number(value.toPrecision(15)));

/** A longer code is no spreadsheet's. */
export const longestCode = 500;
/** Numbers from here on are written with a power of ten. */
const largest = 1e15;
const mostDigits = 20;

/** What a code is made of: text, a currency, what is not seen, a space as wide as a letter, places of digits. */
const tokens =
  /"(?<quoted>[^"]*)"|\\(?<escaped>.)|\[\$(?<currency>[^\]-]*)[^\]]*\]|(?<unseen>\[[^\]]*\]|\*.)|(?<space>_.)|(?<places>[#0?,]*[#0?][#0?,]*(?:\.[#0?]*)?|\.[#0?]+|general)|(?<other>e[+-]|.)/giu;
/** What does more than stand there as a text. */
const meaningful = /^(?:e[+-]|[@/.,])$/i;

/** A part of a code: the texts around the digits, how these are written, and what the number is multiplied by. */
interface Part {
  before: string;
  digits: (value: number) => string;
  after: string;
  factor: number;
}

function digitsOf(places: string): Part['digits'] | undefined {
  if (/^general$/i.test(places)) return plainNumber;
  const [whole = '', decimals = ''] = places.split('.');
  // Commas behind the digits divide by thousands.
  if (whole.endsWith(',')) return undefined;
  const count = (text: string, digit: RegExp): number => Math.min(mostDigits, text.match(digit)?.length ?? 0);
  const { format } = new Intl.NumberFormat('en-US', {
    useGrouping: whole.includes(','),
    minimumIntegerDigits: Math.max(1, count(whole, /0/g)),
    minimumFractionDigits: count(decimals, /0/g),
    maximumFractionDigits: count(decimals, /[#0?]/g),
  });
  return format;
}

/** A part of a code that is digits with texts around them; undefined for another. */
function partOf(code: string): Part | undefined {
  const texts = { before: '', after: '' };
  let digits: Part['digits'] | undefined;
  let factor = 1;
  for (const { groups = {} } of code.matchAll(tokens)) {
    const { quoted, escaped, currency, space, places, other = '' } = groups;
    if (meaningful.test(other) || (places !== undefined && digits)) return undefined;
    if (other === '%') factor *= 100;
    texts[digits ? 'after' : 'before'] += quoted ?? escaped ?? currency ?? (space ? ' ' : other);
    if (places === undefined) continue;
    digits = digitsOf(places);
    if (!digits) return undefined;
  }
  return digits && { before: texts.before.trimStart(), digits, after: texts.after.trimEnd(), factor };
}

/** The parts of a code, for numbers above and below 0; a semicolon within a text is none between parts. */
function partsOf(code: string): (Part | undefined)[] {
  if (code.length > longestCode || /\[[<>=]/.test(code)) return [];
  return Array.from(code.matchAll(/((?:"[^"]*"|\\.|[^;"\\])*)(?:;|$)/gu), ([, part = '']) => part)
    .slice(0, 2)
    .map(partOf);
}

/** Writes numbers as a format's code shows them. */
export function numberFormat(code: string): (value: number) => string {
  const [positive, negative] = partsOf(code);
  return (value) => {
    const part = value < 0 ? (negative ?? positive) : positive;
    if (!part || Math.abs(value) >= largest) return plainNumber(value);
    const digits = part.digits(Number((Math.abs(value) * part.factor).toPrecision(15)));
    const sign = value < 0 && part !== negative && /[1-9]/.test(digits) ? '-' : '';
    return `${sign}${part.before}${digits}${part.after}`;
  };
}
