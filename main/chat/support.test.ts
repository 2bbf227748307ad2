import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { supportOf, unsupportedClaims, vocabularyOf } from './support.ts';

const read = [
  'The lighthouse at Eddystone was first lit on 14 November 1698 by Henry Winstanley. It stood 1,250 feet from the reef.',
  'Twenty-one keepers served there, and the lamp burned sixty candles. Zoë Müller kept the log.',
];

describe('unsupported claims', () => {
  it.each([
    ['It was lit by Henry Winstanley in 1698.', []],
    ['Henry Winstanley lit it on 14 November 1698.', []],
    ["Winstanley's lamp burned 60 candles and 21 keepers served.", []],
    ['It stood 1250 feet away.', []],
    ['Zoe Muller kept the log.', []],
    ['It was lit by John Smeaton in 1759.', ['John Smeaton', '1759']],
    ['Paris is the capital.', ['Paris']],
    ['However, the keepers were Additionally paid.', []],
    ['1. The lamp\n2. The reef', []],
    ['See `Foo Bar 99` and\n```\nQux 12\n```', ['Foo Bar', '99']],
    ['## Key Findings 2020\nThe lamp burned.', ['2020']],
    ['## The mayor is John Smith, 55', ['John Smith', '55']],
    ['## 3. Summary\n### Step 4: The lamp\n**Step 5:** The reef', []],
    ['The answer is 14/11/1698.', []],
    ['The answer is 14/10/1698.', ['14/10/1698']],
    ['The answer is 15 November.', ['15 November']],
  ])('in %j are %j', (answer, expected) => {
    const names = expected.filter((claim) => !/^\d/.test(claim));
    const numbers = expected.filter((claim) => /^\d/.test(claim));
    expect(unsupportedClaims(answer, read)).toEqual([...names, ...numbers]);
  });

  it('are none when the answer quotes what was read', () => {
    const text = read.join(' ');
    fc.assert(
      fc.property(fc.nat(text.length), fc.nat(text.length), (a, b) => {
        const words = text.slice(Math.min(a, b), Math.max(a, b)).split(' ').slice(1, -1).join(' ');
        expect(unsupportedClaims(words, read)).toEqual([]);
      }),
    );
  });

  it('leave German nouns alone, but not numbers', () => {
    const answer =
      'Der alte Turm stand auf einem Felsen im Meer, und die Wärter trugen das Öl in Eimern über die Treppe zur Lampe, 77 Stufen hoch.';
    expect(unsupportedClaims(answer, ['nichts'])).toEqual(['77']);
  });

  describe('in English, also where an answer is little but names', () => {
    const nothing = ['Nothing of it is in the text that was read.'];
    it.each([
      ['It was first lit by John Smeaton in the year 1759.', ['John Smeaton', '1759']],
      ['The lighthouse was designed by John Smeaton of the Royal Society.', ['John Smeaton', 'Royal Society']],
      ['According to the report, Maria Gonzalez signed the treaty in Paris.', ['Maria Gonzalez', 'Paris']],
      ['He met Anna Karenina in Moscow, and they left.', ['Anna Karenina', 'Moscow']],
      ['The book was written by Charles Dickens.', ['Charles Dickens']],
      ['The companies are Acme Corporation and Globex Industries.', ['Acme Corporation', 'Globex Industries']],
      [
        'The founders were John Smith, Mary Jones, Peter Brown, and Anna White.',
        ['John Smith', 'Mary Jones', 'Peter Brown', 'Anna White'],
      ],
      ['Henry Winstanley', ['Henry Winstanley']],
    ])('%s', (answer, expected) => {
      expect(unsupportedClaims(answer, nothing)).toEqual(expected);
      expect(unsupportedClaims(answer, [answer])).toEqual([]);
    });
  });

  describe('in German, where nouns are no names', () => {
    const texts = [
      'Der Leuchtturm von Eddystone wurde am 14. November 1698 von Henry Winstanley angezündet, dem Baumeister.',
      'Die Königliche Gesellschaft bezahlte 20 t Kohle. Peter Müller führte das Buch der Wärter.',
    ];
    it.each([
      ['Der Leuchtturm wurde gebaut.', []],
      ['Das Buch beschreibt den Untergang.', []],
      ['Henry Winstanley', []],
      ['Das war Henry Winstanley.', []],
      ['Henry Winstanleys Leuchtturm wurde 1698 angezündet.', []],
      ['Sie gehörte der Königlichen Gesellschaft.', []],
      ['Verbrannt wurden 20 Tonnen Kohle.', []],
      ['Herr Peter Müller führte das Buch.', []],
      ['Der Turm wurde von John Smeaton gebaut.', ['John Smeaton']],
      ['John Smeaton', ['John Smeaton']],
      ['Anna Schmidt führte 1759 das Buch.', ['Anna Schmidt', '1759']],
      ['Die Gesellschaft und der Wärter Otto Brandt zahlten im Jahr 1701.', ['Wärter Otto Brandt', '1701']],
    ])('%s', (answer, expected) => {
      expect(unsupportedClaims(answer, texts)).toEqual(expected);
    });

    it('also from texts of another language, where a noun before a name is translated', () => {
      expect(unsupportedClaims('Das war der Baumeister Henry Winstanley aus Eddystone.', read)).toEqual([]);
      expect(unsupportedClaims('Das war der Baumeister John Smeaton.', read)).toEqual(['Baumeister John Smeaton']);
    });
  });

  describe('are none where names with digits, and numbers, are written in another way', () => {
    it.each([
      ['Vitamin B12 and H2O and CO2 in FY2023, the A380.', 'FY2023: vitamin B12, CO\u2082, H2O. The A380.'],
      ['The SmolLM2-135M model hears 16 kHz, as the iPhone does.', 'SmolLM2-135M: 16 kHz. The iPhone does, too.'],
      ['It cost 1250 euros.', 'It cost 1 250 euros.'],
      ['It cost 1,250 euros.', 'It cost 1\u00A0250 euros.'],
      ['It cost 1250 euros.', 'It cost 1\u202F250 euros.'],
      ['It cost 1250 francs.', 'It cost 1’250 francs.'],
      ['It cost 1250.50 euros.', 'Es kostete 1.250,50 Euro.'],
      ['Pi is 3.14.', 'Pi ist 3,14.'],
      ['The mass is 1250 kg, or 1.25.', 'The mass is 1.250 kg.'],
      ['It was built 1698–1759.', 'It was built from 1698 to 1759.'],
      ['It was built 1698–1759.', 'It was built 1698-1759.'],
      ['It was in 1998.', 'في عام ١٩٩٨'],
      ['في عام ١٩٩٨', 'It was in 1998.'],
      ['It held 200 houses.', 'It held two hundred houses.'],
      ['It held two hundred and five houses.', 'It held 205 houses.'],
      ['Twenty-three keepers came.', '23 keepers came.'],
      ['There were 1,300,000 of them.', 'There were one million three hundred thousand of them.'],
      ['It is Winstanley’s Office.', 'The o\uFB03ce of Win\u00ADstanley.'],
    ])('%s', (answer, text) => {
      expect(unsupportedClaims(answer, [text])).toEqual([]);
    });

    it.each([
      ['Vitamin B6 helps.', 'Vitamin B12 helps 6 of them.', ['Vitamin B6']],
      ['It had twenty-three keepers and seven lamps.', 'It had two keepers and three lamps.', ['twenty-three']],
      ['It had 20 keepers.', 'It had twenty-one keepers.', ['20']],
      ['It was built 1698–1760.', 'It was built 1698–1759.', ['1760']],
      ['It cost 1251 euros.', 'It cost 1 250 euros.', ['1251']],
    ])('but found in %s', (answer, text, expected) => {
      expect(unsupportedClaims(answer, [text])).toEqual(expected);
    });
  });

  describe('are none where a right answer writes it in another way:', () => {
    it.each([
      // Dates and times of day.
      ['The kettle was bought on March 14, 2025.', 'Bought: 2025-03-14'],
      ['It was sent on 3 June 2025.', '2025-06-03T07:14:00Z'],
      ['It was sent in June 2025.', '2025-06-03T07:14:00Z'],
      ['It was on 2023-10-12.', 'It was on 12 October 2023.'],
      ['It was on 10.12.2023.', 'It was on 12 October 2023.'],
      ['It was on 12.10.2023.', 'It was on 12 October 2023.'],
      ['It was on 10/12/23.', 'It was on 12 October 2023.'],
      ['The contribution rises from 1 January 2026.', 'Der Beitrag steigt ab 1. Januar 2026.'],
      ['Der Beitrag steigt ab dem 1. März 2026.', 'It rises from March 1st, 2026.'],
      ['Der Termin ist am 14.3. in Bern.', 'It is on 14 March.'],
      ['It was in Feb 2025.', 'It was in February 2025.'],
      ['It was on 14 March 2025 and on 16 March 2025.', 'from 14 to 16 March 2025'],
      ['It was on March 21.', 'We met on March 14 and 21, 2025.'],
      ['It was on 14 March 2025.', 'Events of 2025: on 14 March, a concert'],
      ['It begins at 7:30 pm.', 'It begins at 19:30.'],
      ['Es beginnt um 7.30 Uhr.', 'It begins at 7:30 am.'],
      ['Es beginnt um 19 Uhr.', 'It begins at 7 p.m. today.'],
      ['It ends at 9 pm, not at 7 pm.', 'It is open from 7 to 9 pm.'],
      // Words that are no names.
      [
        "I'm sorry, I don't know. I've looked. They're out. You're right. Don't worry. It’s late, I’d say. Can't be.",
        '',
      ],
      ['Mr. Reyes and Ms. Natarajan, Mrs. Reyes and Dr. Natarajan', 'Daniel Reyes and Priya Natarajan'],
      ['The law firm writes to Herr Reyes and to Frau Natarajan.', 'law firm: Daniel Reyes and Priya Natarajan'],
      ['Dear Daniel, OK. Maybe it is so.', 'Daniel'],
      ['It is EUR 5.', '€5'],
      ['It is USD 5.', '5 dollars'],
      // Words in another form.
      ['The Tenant pays.', 'the tenants'],
      ['The Landlords and the Parties agree.', 'each landlord and each party'],
      ['The Halvorsens and the O’Connells came.', "Anna Halvorsen and Mary O'Connell"],
      ['The Halvorsen house has its Total Cost.', 'The Halvorsens paid the total costs.'],
      ['He is Jürgen Grossmann of Muenchen.', 'Juergen Großmann, München'],
      ['He is Jürgen Großmann of München.', 'Jurgen Grossmann, Muenchen'],
      ['It is in the US state.', 'It is in the U.S. state.'],
      // Amounts.
      ['It cost £1.9 million.', 'It cost £1.9m.'],
      ['It cost £1.9m.', 'It cost £1.9 million.'],
      ['It cost £1.9 million.', '| in £m | 1.9 |'],
      ['They were 1,200,000.', 'They were 1.2 million.'],
      ['They were 1.2 million.', 'They were 1,200,000.'],
      ['They were 5 thousand and 2.5 billion.', '5k, 2,5 Milliarden'],
      ['Es waren 1,2 Mio. und 3 Mrd. und 5 Tsd. Euro.', '1.2 million, 3,000,000,000 and 5,000'],
      ['Es waren zwei Millionen und 4 Millionen.', '2,000,000 and 4 million'],
      ['It was $2,427, or 37% of it.', 'It was $2,427.08, or 37.2 % of it.'],
      ['It takes 2.5 cups, ½ tsp and 1 1/2 cups.', '2½ cups, 1/2 tsp and 1½ cups'],
      ['The 3rd came 5km in 30min in the 1990s, with 60W.', '3 came 5 km in 30 minutes in 1990 with 60 watts'],
      ['Unit 3B heats to 350°F.', 'unit 3b heats to 350 °F'],
      ['It pulls 5kN.', 'It pulls 5 kN.'],
      ['It is in Section 4.', 'It is in Section 4.2.1.'],
      ['Es waren 223, und es waren zwölf.', 'zweihundertdreiundzwanzig, 12'],
      ['Sieben Prozent sind es.', '7 %'],
      ['Das ist Frau Schmidt.', 'Anna Schmidt'],
    ])('%s', (answer, text) => {
      expect(unsupportedClaims(answer, [text])).toEqual([]);
    });
  });

  describe('are inventions, even where a part of them stands in what was read:', () => {
    it.each([
      ['It ended on 14 June 2026.', 'from 14 March 2025 to 30 June 2026', ['14 June 2026']],
      ['Am 5. Mai 2025 ist es so weit.', 'im Mai 2025, Raum 5', ['5. Mai 2025']],
      ['1. Januar 2026', 'der 2. Januar 2026', ['1. Januar 2026']],
      ['It begins at 7:30 am.', 'It begins at 19:30.', ['7:30 am']],
      ['It is 5%.', 'It is 3.5%.', ['5']],
      ['It is 3%.', 'It is 3.5%.', ['3']],
      ['It takes 8 months.', 'It costs $2,427.08.', ['8']],
      ['It costs CHF 50.', 'It costs CHF 54.50.', ['50']],
      ['It has 5 million people.', 'It has 5 keepers.', ['5 million']],
      ['It cost 1,000,000.', 'It cost 1.2 million.', ['1,000,000']],
      ['Unit 4C', 'Unit 3B, on floor 4', ['4C']],
      ['She lives in 3C.', 'She lives in 3B.', ['3C']],
      ['Emily came. Sally ran. Italy won. July is hot.', 'x', ['Emily', 'Sally', 'Italy', 'July']],
      ['Kelly Brown came. Certainly, she did.', 'x', ['Kelly Brown']],
      ['It takes 2½ tsp and ¾ celeriac.', 'It takes 1½ tsp and ¼ celeriac.', ['2½', '¾']],
      ['Take ½ onion.', 'Take 1½ onions.', ['½']],
      ['It is three percent of it.', 'It is 4 percent of it.', ['three']],
      ['Es sind sieben Prozent, und es sind zwölf.', 'Es sind 8 Prozent.', ['sieben', 'zwölf']],
      ['Es sind drei Millionen.', 'Es sind 3.', ['drei Millionen']],
      ['Frau Schmidt ist zuständig, nicht Herr Meier.', 'die Frau und der Herr', ['Schmidt', 'Meier']],
      ['Das ist Dr. Vogel.', 'Das ist der Arzt.', ['Vogel']],
      ['Reyes’ll pay it.', 'x', ['Reyes’ll']],
      ['It costs EUR 5.', '$5', ['EUR']],
    ])('%s', (answer, text, expected) => {
      expect(unsupportedClaims(answer, [text])).toEqual(expected);
    });
  });

  it.each([
    ['Es ist das Konto DE89 3704 004', 'Es ist das Konto DE89 3704 0044 0532.', ['004']],
    ['It was lit by Henry Winst', 'It was lit by Henry Winstanley.', ['Henry Winst']],
    ['It was lit in 16', 'It was lit in 1698.', ['16']],
    ['It was lit by John Smeaton. It burned', 'It was lit by Henry Winstanley.', ['John Smeaton']],
  ])('are not the half word or number that an answer was cut in: %s', (answer, text, whole) => {
    expect(unsupportedClaims(answer, [text])).toEqual(whole);
    expect(unsupportedClaims(answer, [text], { cut: true })).toEqual(whole.includes('John Smeaton') ? whole : []);
  });

  it('are found in any text without failing', () => {
    fc.assert(fc.property(fc.string({ unit: 'grapheme' }), (text) => Array.isArray(unsupportedClaims(text, [text]))));
  });
});

describe('support', () => {
  it('is greater from the passage that holds the answer', () => {
    const question = 'Who first lit the lighthouse?';
    const answer = 'Henry Winstanley first lit it in 1698.';
    const [holds = '', other = ''] = read;
    expect(supportOf(holds, answer, question)).toBeGreaterThan(0.9);
    expect(supportOf(other, answer, question)).toBeLessThan(0.2);
  });

  it('is given by writing without spaces, as it is quoted', () => {
    const answer = '亨利·温斯坦利首次点亮灯塔。';
    expect(supportOf('灯塔于1698年由亨利·温斯坦利首次点亮。', answer, '谁点亮了灯塔？')).toBeGreaterThan(0.5);
    expect(supportOf('后来毁坏了。', answer, '谁点亮了灯塔？')).toBeLessThan(0.2);
  });

  it('is none for an answer that only repeats the question', () => {
    expect(supportOf(read[0] ?? '', 'The lighthouse', 'Which lighthouse?')).toBe(0);
  });

  describe('for an answer that adds little to its question', () => {
    const question = 'May I keep a dog?';
    const answer = 'The Landlord may keep a dog.';
    const premises = 'The Landlord lets the premises at Elm Street 5 to the Tenant.';
    const rent = 'The Tenant pays the rent of CHF 900 to the Landlord each month.';
    const cleaning = 'The Tenant shall keep the premises clean, and the Landlord may see them.';
    const repairs = 'The Landlord pays for repairs.';
    const pets = 'The Tenant may not keep a dog without consent of the Landlord.';

    it('is less than half from a passage that is not about the question', () => {
      expect(supportOf(premises, answer, question)).toBeLessThan(0.5);
      expect(supportOf(rent, answer, question)).toBeLessThan(0.5);
      expect(supportOf(pets, answer, question)).toBeGreaterThan(0.9);
    });

    it('depends on the rarer words where others are in nearly all passages', () => {
      const vocabularies = [premises, rent, cleaning, repairs, pets].map(vocabularyOf);
      const support = [premises, rent, cleaning, repairs].map((one) => supportOf(one, answer, question, vocabularies));
      expect(Math.max(...support)).toBeLessThan(0.5);
      expect(supportOf(pets, answer, question, vocabularies)).toBeGreaterThan(0.9);
    });

    it('is given to what holds the name and any of the question, in other words too', () => {
      const asked = 'Who built the lighthouse?';
      expect(supportOf('The lighthouse was erected by Smeaton.', 'Smeaton.', asked)).toBeGreaterThan(0.5);
      expect(supportOf('The bridge was painted by Smeaton.', 'Smeaton.', asked)).toBeLessThan(0.5);
      expect(supportOf('Who built the lighthouse is not known.', 'Smeaton.', asked)).toBe(0);
    });

    it('is as much as it was where the question says not what it is about', () => {
      expect(read.map((one) => supportOf(one, 'In 1698.', 'And when was that?'))).toEqual([1, 0]);
    });

    it('does not want words of a question in another language', () => {
      const vocabularies = [...read, rent].map(vocabularyOf);
      const support = read.map((one) => supportOf(one, 'Winstanley.', 'Wer baute den Turm?', vocabularies));
      expect(support).toEqual([1, 0]);
    });
  });
});
