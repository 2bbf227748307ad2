import { describe, expect, test } from 'vitest';
import { blocksText, type Piece, pageBlocks } from './pdf-layout.ts';

/** A letter is half an em wide; the em is 1/50 of the page, a line 1/40 of its height. */
const em = 0.02;

function piece(text: string, left: number, baseline: number, size = em): Piece {
  return {
    text,
    left,
    right: left + (text.length * size) / 2,
    baseline,
    top: baseline - 0.8 * size,
    bottom: baseline + 0.2 * size,
    em: size,
    rightToLeft: false,
  };
}

const column = (left: number, from: number, texts: string[]): Piece[] =>
  texts.map((text, i) => piece(text, left, from + i * 0.025));

const textOf = (pieces: Piece[]): string => blocksText(pageBlocks(pieces)).text;

/** Lines that fill a column of 30 characters. */
const full = (name: string, count: number): string[] =>
  Array.from({ length: count }, (_, i) => `${name}${i} `.padEnd(30, 'xy '));

describe('columns', () => {
  const left = full('left', 6);
  const right = full('right', 6);

  test('are read one after the other, however they were drawn', () => {
    const rows = left.flatMap((text, i) => [
      piece(text, 0.1, 0.2 + i * 0.025),
      piece(right[i] ?? '', 0.55, 0.2 + i * 0.025),
    ]);
    const text = textOf(rows);
    expect(text.indexOf('left5')).toBeLessThan(text.indexOf('right0'));
    expect(textOf(rows.toReversed())).toBe(text);
  });

  test('whose lines do not stand at the same height', () => {
    const text = textOf([
      ...column(0.1, 0.2, full('left', 8)),
      ...column(0.55, 0.2, full('right', 4)),
      ...column(0.55, 0.309, full('late', 4)),
    ]);
    expect(text.indexOf('left7')).toBeLessThan(text.indexOf('right0'));
    expect(text.indexOf('right3')).toBeLessThan(text.indexOf('late0'));
  });

  test('with a heading across, above and between', () => {
    const heading = (text: string, at: number): Piece => piece(text.padEnd(60, '.'), 0.1, at, 0.026);
    const text = textOf([
      heading('Part one', 0.15),
      ...column(0.1, 0.2, left),
      ...column(0.55, 0.2, right),
      heading('Part two', 0.4),
      ...column(0.1, 0.45, full('below', 5)),
      ...column(0.55, 0.45, full('beside', 5)),
    ]);
    const order = ['Part one', 'left0', 'left5', 'right0', 'right5', 'Part two', 'below0', 'beside0'];
    const places = order.map((word) => text.indexOf(word));
    expect(places).toEqual(places.toSorted((a, b) => a - b));
    expect(places).not.toContain(-1);
  });

  test('three of them', () => {
    const narrow = (name: string): string[] => full(name, 6).map((line) => line.slice(0, 22));
    const text = textOf([
      ...column(0.7, 0.2, narrow('c')),
      ...column(0.1, 0.2, narrow('a')),
      ...column(0.4, 0.2, narrow('b')),
    ]);
    expect(text.indexOf('a5')).toBeLessThan(text.indexOf('b0'));
    expect(text.indexOf('b5')).toBeLessThan(text.indexOf('c0'));
  });
});

test('the cells of a table stay in their rows', () => {
  const rows = ['Averil', 'Brannoch', 'Corvane', 'Dunmarrow', 'Farrow'].flatMap((name, i) => [
    piece(name, 0.1, 0.2 + i * 0.025),
    piece(`${i} m`, 0.6, 0.2 + i * 0.025),
  ]);
  expect(textOf(rows).split('\n')).toEqual([
    'Averil\t0 m',
    'Brannoch\t1 m',
    'Corvane\t2 m',
    'Dunmarrow\t3 m',
    'Farrow\t4 m',
  ]);
});

test('paragraphs end at gaps and begin with indents; short lines keep their end', () => {
  const text = textOf([
    ...column(0.1, 0.2, ['The first paragraph goes on here', 'and ends.']),
    piece('  '.trimEnd(), 0.1, 0.25),
    ...column(0.14, 0.25, ['An indented one begins with it']),
    ...column(0.1, 0.275, ['and fills the following line too', 'and ends.']),
    ...column(0.1, 0.37, ['After a gap there is another one', 'short', 'end']),
  ]);
  expect(text).toBe(
    'The first paragraph goes on here and ends.\n\nAn indented one begins with it and fills the following line too and ends.\n\nAfter a gap there is another one short\nend',
  );
});

test('a word that a line’s end divides is joined, with the boxes of both halves', () => {
  const { text, boxes } = blocksText(
    pageBlocks(column(0.1, 0.2, ['It is a lighthouse of extraordi-', 'nary height, built in Ge-', 'Noa'])),
  );
  expect(text).toBe('It is a lighthouse of extraordinary height, built in Ge-\nNoa');
  expect(boxes.map(({ start, end }) => text.slice(start, end))).toEqual([
    'It is a lighthouse of extraordi',
    'nary height, built in Ge-',
    'Noa',
  ]);
});

test('words are divided by the gaps between pieces, not by the pieces', () => {
  const width = (text: string): number => (text.length * em) / 2;
  const first = piece('light', 0.1, 0.2);
  const joined = piece('house', 0.1 + width('light'), 0.2);
  const apart = piece('keeper', 0.1 + width('lighthouse') + 0.3 * em, 0.2);
  expect(textOf([first, joined, apart])).toBe('lighthouse keeper');
});

test('text drawn twice for bold counts once, and a raised number stays in its line', () => {
  const bold = piece('Eddystone', 0.1, 0.2);
  const raised = { ...piece('2', 0.1 + 0.09, 0.194, 0.012) };
  expect(textOf([bold, { ...bold, left: bold.left + 0.0002, right: bold.right + 0.0002 }, raised])).toBe('Eddystone2');
});

test('text from right to left is read in that direction', () => {
  const rtl = (text: string, left: number): Piece => ({ ...piece(text, left, 0.2), rightToLeft: true });
  expect(textOf([rtl('שלום', 0.3), rtl('עולם', 0.25)])).toBe('שלום עולם');
});
