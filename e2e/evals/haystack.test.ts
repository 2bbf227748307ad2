import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildHaystack, type Fact, type Haystack } from './haystack.ts';
import { sentencesOf } from './prose.ts';
import { countTokens, makeBook } from './testing/books.ts';

const books = [makeBook('North', 200), makeBook('South', 150), makeBook('East', 3)];

/** Facts that are all different; some in groups. */
const facts = fc
  .array(fc.record({ depth: fc.double({ min: 0, max: 1, noNaN: true }), grouped: fc.boolean() }), { maxLength: 25 })
  .map((drawn) =>
    drawn.map(
      ({ depth, grouped }, i): Fact => ({
        text: `The secret number ${i} is ${1000 + i}.`,
        depth,
        ...(grouped && { group: `group ${i % 3}` }),
      }),
    ),
  );

const requests = fc.record({
  facts,
  tokens: fc.integer({ min: 1500, max: 12_000 }),
  seed: fc.string(),
});

/** The prose that is left when the facts are cut out, as sentences. */
function proseOf({ text, placed }: Haystack): string[] {
  const kept = placed.map(({ start }, i) => text.slice(placed[i - 1]?.end ?? 0, start));
  return [...kept, text.slice(placed.at(-1)?.end ?? 0)].flatMap((part) => part.split(/\n\n+/)).flatMap(sentencesOf);
}

describe('buildHaystack', () => {
  it('says where each fact stands', () => {
    fc.assert(
      fc.property(requests, (request) => {
        const { text, placed } = buildHaystack({ books, countTokens, ...request });
        expect(placed.map(({ fact }) => fact.text).sort()).toEqual(request.facts.map((fact) => fact.text).sort());
        for (const [i, { fact, start, end }] of placed.entries()) {
          expect(text.slice(start, end)).toBe(fact.text);
          expect(text.indexOf(fact.text, start + 1)).toBe(-1);
          expect(start).toBeGreaterThanOrEqual(placed[i - 1]?.end ?? 0);
        }
      }),
    );
  });

  it('puts facts between sentences and leaves these as they were, in order', () => {
    fc.assert(
      fc.property(requests, (request) => {
        const prose = proseOf(buildHaystack({ books, countTokens, ...request }));
        const all = books.flatMap(({ paragraphs }) => paragraphs.flatMap(sentencesOf));
        const first = all.indexOf(prose[0] ?? '');
        expect(first).toBeGreaterThanOrEqual(0);
        expect(prose).toEqual(prose.map((_, i) => all[(first + i) % all.length]));
      }),
    );
  });

  it('keeps to the depths, as far as there is room', () => {
    fc.assert(
      fc.property(requests, (request) => {
        const { placed } = buildHaystack({ books, countTokens, ...request });
        const leaders = new Map(request.facts.map(({ group, depth }) => [group, depth] as const).reverse());
        for (const { fact, depth } of placed) {
          const wanted = fact.group === undefined ? fact.depth : (leaders.get(fact.group) ?? 0);
          // Many facts may want the same place; each then takes up to a few of some hundred sentences.
          expect(Math.abs(depth - wanted)).toBeLessThan(0.03 + (request.facts.length * 300) / request.tokens / 4);
        }
      }),
    );
  });

  it('places a single fact exactly at its depth', () => {
    for (const depth of [0, 0.25, 0.5, 0.75, 1]) {
      const { placed } = buildHaystack({
        books,
        countTokens,
        tokens: 8000,
        seed: 'one',
        facts: [{ text: 'Here.', depth }],
      });
      expect(placed[0]?.depth).toBeCloseTo(depth, 2);
    }
  });

  it('keeps a group together, in order, as a paragraph', () => {
    const group = ['One.', 'Two.', 'Three.'].map((text, i) => ({ text, depth: i / 4, group: 'g' }));
    const { text } = buildHaystack({ books, countTokens, tokens: 4000, seed: 'group', facts: group });
    expect(text).toMatch(/(?:^|\n\n)One\. Two\. Three\.\n\n/);
  });

  it('has about as many tokens as asked for, never more', () => {
    fc.assert(
      fc.property(requests, (request) => {
        const { tokens, text } = buildHaystack({ books, countTokens, ...request });
        expect(tokens).toBeLessThanOrEqual(request.tokens);
        expect(tokens).toBeGreaterThan(request.tokens - 40);
        expect(countTokens(text)).toBeLessThanOrEqual(request.tokens);
      }),
    );
  });

  it('is the same for the same seed, and begins elsewhere for another', () => {
    const make = (seed: string): string => buildHaystack({ books, countTokens, tokens: 2000, seed, facts: [] }).text;
    expect(make('a')).toBe(make('a'));
    expect(new Set(['a', 'b', 'c', 'd'].map(make)).size).toBeGreaterThan(1);
  });

  it('goes on with further books, and says when prose stands there twice', () => {
    const short = [makeBook('Left', 20), makeBook('Right', 20)];
    const all = short.flatMap(({ paragraphs }) => paragraphs).join(' ');
    const once = buildHaystack({ books: short, countTokens, tokens: countTokens(all) - 100, seed: 's', facts: [] });
    expect(once).toMatchObject({ repeated: false });
    expect(once.books.sort()).toEqual(['Left', 'Right']);
    const twice = buildHaystack({ books: short, countTokens, tokens: countTokens(all) * 2, seed: 's', facts: [] });
    expect(twice.repeated).toBe(true);
    expect(twice.tokens).toBeGreaterThan(countTokens(all) * 1.9);
  });

  it('refuses more facts than fit', () => {
    const many = Array.from({ length: 500 }, (_, i) => ({ text: `Fact number ${i} of very many facts.`, depth: 0.5 }));
    expect(() => buildHaystack({ books, countTokens, tokens: 2000, seed: 's', facts: many })).toThrow(/do not fit/);
  });
});
