import fc from 'fast-check';
import { expect, test } from 'vitest';
import { endlessCycle, withoutEndlessCycle } from './repetition.ts';

test('what is said over and over is said once', () => {
  const cycle = fc.uniqueArray(fc.integer({ min: 10, max: 1000 }), { minLength: 1, maxLength: 16 });
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 3 }), cycle, (before, tokens) => {
      const repeated = new Array(10).fill(tokens).flat();
      expect(endlessCycle([...before, ...repeated])).toBe(tokens.length);
      expect(withoutEndlessCycle([...before, ...repeated])).toEqual([...before, ...tokens]);
    }),
  );
});

test('what people repeat is left alone', () => {
  for (const tokens of [[], [1], [1, 1, 1], [1, 2, 1, 2, 1, 2], [5, 6, 7, 5, 6, 7]]) {
    expect(endlessCycle(tokens)).toBeUndefined();
    expect(withoutEndlessCycle(tokens)).toBe(tokens);
  }
});
