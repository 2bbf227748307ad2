import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRandom } from './random.ts';

describe('createRandom', () => {
  it('gives the same for the same seed, and something else for another', () => {
    fc.assert(
      fc.property(fc.string(), (seed) => {
        const draw = (name: string): number[] => {
          const random = createRandom(name);
          return Array.from({ length: 5 }, () => random.next());
        };
        expect(draw(seed)).toEqual(draw(seed));
        expect(draw(seed)).not.toEqual(draw(`${seed}!`));
      }),
    );
  });

  it('stays within bounds and reaches both', () => {
    const random = createRandom(1);
    const drawn = new Set(Array.from({ length: 500 }, () => random.integer(3, 7)));
    expect([...drawn].sort()).toEqual([3, 4, 5, 6, 7]);
  });

  it('spreads evenly', () => {
    const random = createRandom('even');
    const counts = new Array<number>(10).fill(0);
    for (let i = 0; i < 10_000; i++) {
      const bin = random.integer(0, 9);
      counts[bin] = (counts[bin] ?? 0) + 1;
    }
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(150);
  });

  it('shuffles without losing anything', () => {
    fc.assert(
      fc.property(fc.array(fc.integer()), fc.integer(), (list, seed) => {
        const by = (a: number, b: number): number => a - b;
        expect(createRandom(seed).shuffle(list).sort(by)).toEqual([...list].sort(by));
      }),
    );
  });

  it('forks independently of what was drawn before', () => {
    const [fresh, used] = [createRandom(5), createRandom(5)];
    used.next();
    expect(used.fork('a').next()).toBe(fresh.fork('a').next());
    expect(fresh.fork('b').next()).not.toBe(fresh.fork('a').next());
  });

  it('refuses to pick from nothing', () => {
    expect(() => createRandom(0).pick([])).toThrow(RangeError);
  });
});
