import fc from 'fast-check';
import { expect, test } from 'vitest';
import { columnName, formatCells, parseCell, parseCells } from './cells.ts';
import { joinAnchors } from './join-anchors.ts';

test('columns are named as sheets name them', () => {
  expect([0, 25, 26, 701, 702, 16_383].map(columnName)).toEqual(['A', 'Z', 'AA', 'ZZ', 'AAA', 'XFD']);
  expect(parseCell('$B$3')).toEqual({ column: 1, row: 2 });
  for (const name of ['', 'A', '3', 'A0', 'ABCD1', 'A12345678', 'R1C1']) expect(parseCell(name)).toBeUndefined();
});

test('a range that was written is read again', () => {
  const place = fc.tuple(fc.nat(16_383), fc.nat(1_048_575));
  fc.assert(
    fc.property(place, place, ([a, b], [c, d]) => {
      const range = { left: Math.min(a, c), right: Math.max(a, c), top: Math.min(b, d), bottom: Math.max(b, d) };
      expect(parseCells(formatCells(range))).toEqual(range);
    }),
  );
});

test('joined anchors cover both, where something does', () => {
  const cells = (sheet: string, name: string) => ({ kind: 'cells', sheet, cells: name }) as const;
  expect(joinAnchors(cells('S', 'B2:C3'), cells('S', 'A3:B9'))).toEqual(cells('S', 'A2:C9'));
  expect(joinAnchors(cells('S', 'B2'), cells('T', 'A3'))).toEqual(cells('S', 'B2'));
  const time = (startMs: number, endMs: number) => ({ kind: 'time', startMs, endMs }) as const;
  expect(joinAnchors(time(5, 9), time(2, 7))).toEqual(time(2, 9));
});
