/** Words as they are compared, in English and German: how they are spelled, how they are inflected, what they are for. */

/** A word or number in all the ways in which it may stand in a text, the usual one first. */
export type Readings = readonly string[];

export const wordPattern = /[\p{L}\p{M}][\p{L}\p{M}'’]*/gu;

/** Letters that do not come apart into one of the alphabet and its mark. */
const otherLetters: Readonly<Record<string, string>> = { ß: 'ss', æ: 'ae', œ: 'oe', ø: 'o', ł: 'l', đ: 'd', ı: 'i' };
/** How umlauts are written where there are none. */
const umlauts: Readonly<Record<string, string>> = { ä: 'ae', ö: 'oe', ü: 'ue' };

/** Lower case, without diacritics and without the ending of a possessive or a contraction ("Reyes'll", "they're"). */
export function normalizeWord(word: string): string {
  if (/^[a-z]+$/.test(word)) return word;
  return word
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[ßæœøłđı]/g, (letter) => otherLetters[letter] ?? letter)
    .replace(/['’](?:[sdm]|re|ve|ll)$/, '')
    .replace(/['’]/g, '');
}

/** A word as it is compared, and with its umlauts written out: "München" is "Munchen" or "Muenchen". */
export function wordReadings(word: string): Readings {
  const written = word.toLowerCase().replace(/[äöü]/g, (letter) => umlauts[letter] ?? letter);
  return [...new Set([normalizeWord(word), normalizeWord(written)])];
}

const wordsOf = (words: string): ReadonlySet<string> => new Set(words.split(/\s+/).map(normalizeWord));

/** Words that say who someone is to the writer, and nothing of the name after them. */
const titles = wordsOf(`dr doktor frau herr herrn hr madam miss mister mr mrs ms mx prof professor professorin sir`);

/** Words that often begin a sentence without being names; of adverbs in -ly those that do, as "Emily" and "Italy" do, too. */
const sentenceOpeners = wordsOf(
  `a about according after again all also although always among an and another any anyone anything anyway are as at based
  be because before below besides best both but by can consider could dear despite did do does due during each either
  even everyone everything every few find first following for from further furthermore given good great had has have he
  hello hence her here hi his how however i if in indeed instead is it its just last later let like likewise look make
  many may maybe me meanwhile might more moreover most much must my neither never nevertheless next no nobody none
  nonetheless nor not note nothing now of often ok okay on once one only or other others otherwise our out over overall
  per perhaps people please rather regardless regards right second see several shall she should similar since so some
  someone something sometimes soon sorry still such sure than thank thanks that the their them then there thereafter
  therefore these they third this those though through throughout thus to today together tomorrow too true two under
  unless unlike until up upon use using was we were what whatever when whenever where whereas wherever whether which
  while who whose why will with within without would yes yesterday yet you your yours
  absolutely accordingly actually additionally allegedly alternatively annually apparently approximately arguably
  basically briefly broadly certainly chiefly clearly collectively commonly comparatively consequently conversely
  correctly critically currently daily definitely directly early effectively entirely especially essentially eventually
  evidently exactly explicitly finally firstly formally formerly fortunately frequently fully fundamentally generally
  globally gradually hardly historically hopefully hourly ideally immediately implicitly importantly incidentally
  increasingly initially interestingly ironically jointly kindly largely lastly lately legally likely literally locally
  mainly merely monthly mostly namely nationally naturally nearly newly normally notably obviously occasionally
  officially openly originally partially particularly partly personally physically possibly potentially practically
  precisely predominantly presently presumably previously primarily principally probably publicly quarterly quickly
  rarely readily really recently regrettably regularly relatively reportedly respectively roughly sadly secondly
  seemingly separately seriously sharply shortly significantly similarly simply simultaneously sincerely slightly slowly
  solely specifically steadily strictly strongly subsequently successfully suddenly supposedly surely surprisingly
  technically temporarily thankfully thirdly thoroughly totally traditionally truly typically ultimately
  understandably undoubtedly unfortunately unlikely unusually usually virtually weekly widely yearly`,
);

/** Words of headings, and of what a writer says of the text itself. */
const headingWords = wordsOf(
  `analysis answer answers background chapter comparison conclusion conclusions contents description detail details
  document documents example examples fact facts figure finding findings information introduction key list main note
  notes overview page passage passages point points question questions recommendation recommendations result results
  schritt section step steps summary table takeaway takeaways text timeline zusammenfassung`,
);

/** Whether a word of an English answer may be capitalized without being a name; "don't" and its like are no names either. */
export function isCommonWord(word: string): boolean {
  const key = normalizeWord(word);
  return /n['’]t$/i.test(word) || sentenceOpeners.has(key) || headingWords.has(key) || titles.has(key);
}

/** Words that tell German from languages that write their nouns small, and words that tell those from it. */
const german = wordsOf(
  `auf aus bei das dass dem den der durch ein eine einem einen einer eines es für haben hatte im ist mit nach nicht oder sich
  sind uhr und unter vom von vor waren war wird wurde wurden zu zum zur zwischen über`,
);
const smallNouns = wordsOf(
  `and are as at be by for from had has he his is it its of on or she that the their they this to were which with
  af att de det du een el en est et het la le les los och og que som til un une van y`,
);

/** Words before a German name, or at a sentence's beginning, that are none of it. */
const germanOpeners = wordsOf(
  `aber alle als am an anfang angaben auch auf aus bei beim bis da dabei daher damals dann das dem den der des dessen die
  dies diese diesem diesen dieser dieses doch dort durch ein eine einem einen einer eines ende er es firma für gegen
  hier ich ihr ihre im in ist ja jahr jede jeder kein keine könig königin laut mit mitte nach nein nicht nur ob
  obwohl oder ohne schon sein seine seit sie so sowie stadt um und unter vom von vor während wann war warum was weil wenn
  wer wie wir wo wurde zu zum zur zwischen zwar über`,
);

export const isTitle = (word: string): boolean => titles.has(normalizeWord(word));

/** Whether a word of a German answer is none of the name beside it. */
export function isGermanCommonWord(word: string): boolean {
  return isTitle(word) || germanOpeners.has(normalizeWord(word));
}

/** Above 0 where more of the words are German's than of languages that write their nouns small. */
export function germanLead(words: Iterable<string>): number {
  let lead = 0;
  for (const word of words) lead += Number(german.has(word)) - Number(smallNouns.has(word));
  return lead;
}

/** A German word, and without the ending of its case. */
export const germanReadings = (word: string): Readings =>
  word.length > 4 ? [word, word.replace(/(?:e[mnrs]?|[ns])$/, '')] : [word];

/** What an English noun may be in its other number, by its ending. */
const otherNumbers: readonly { ending: RegExp; becomes: string }[] = [
  { ending: /(?<=..[^s])$/, becomes: 's' },
  { ending: /(?<=s|x|z|ch|sh)$/, becomes: 'es' },
  { ending: /(?<=[^aeiou])y$/, becomes: 'ies' },
  { ending: /(?<=..[^su])s$/, becomes: '' },
  { ending: /(?<=s|x|z|ch|sh)es$/, becomes: '' },
  { ending: /ies$/, becomes: 'y' },
];

/** An English word and, as a noun, in its other number: "landlords" and "landlord". */
export function englishReadings(word: string): Readings {
  const forms = otherNumbers.filter(({ ending }) => ending.test(word));
  return [word, ...forms.map(({ ending, becomes }) => word.replace(ending, becomes))];
}

/** Ways of writing a currency: its code, its sign, its name. */
const currencies: readonly Readings[] = [
  ['eur', '€', 'euro', 'euros'],
  ['usd', '$', 'dollar', 'dollars'],
  ['gbp', '£', 'pound', 'pounds'],
  ['jpy', '¥', 'yen'],
  ['chf', 'fr', 'franken', 'franc', 'francs'],
];
const currencyReadings = new Map(currencies.flatMap((all) => all.map((one) => [one, all])));

/** A word of a name and everything else that says the same of a currency. */
export const sameCurrency = (word: string): Readings => currencyReadings.get(word) ?? [word];
