import fc from 'fast-check';
import { expect, test } from 'vitest';
import { settings } from '../../main/ipc/contract.ts';
import { budgetOf, gigabytes, spaceBounds } from './memory-budget.ts';

const accepted = (bytes: number): boolean => settings.shape.memoryBudget.safeParse(bytes).success;

test('a number of gigabytes becomes bytes', () => {
  expect(budgetOf('20')).toBe(20e9);
  expect(budgetOf(' 0.5 ')).toBe(5e8);
});

test.each(['', ' ', 'much', '-1', '0', '0.2', '18000', 'Infinity', 'NaN'])('"%s" is refused', (typed) => {
  expect(budgetOf(typed)).toBeNull();
});

test('whatever is let through, main accepts', () => {
  for (const edge of [spaceBounds.least, spaceBounds.most]) expect(accepted(budgetOf(String(edge)) ?? 0)).toBe(true);
  fc.assert(
    fc.property(fc.double({ min: -1, max: 20_000, noNaN: true }), (value) => {
      const bytes = budgetOf(String(value));
      expect(bytes === null || accepted(bytes)).toBe(true);
    }),
  );
});

test('what is shown can be typed again', () => {
  fc.assert(
    fc.property(fc.integer({ min: 2 ** 28, max: 2 ** 44 }), (bytes) => {
      expect(budgetOf(String(gigabytes(bytes)))).not.toBeNull();
    }),
  );
});
