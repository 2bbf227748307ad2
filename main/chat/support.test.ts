import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { supportOf, unsupportedClaims } from './support.ts';

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
    ['See `Foo Bar 99` and\n```\nQux 12\n```', []],
    ['## Key Findings 2020\nThe lamp burned.', []],
    ['The answer is 14/11/1698.', ['14/11/1698']],
    ['The answer is 15 November.', ['15']],
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
});
