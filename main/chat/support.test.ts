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

  it('is none for an answer that only repeats the question', () => {
    expect(supportOf(read[0] ?? '', 'The lighthouse', 'Which lighthouse?')).toBe(0);
  });
});
