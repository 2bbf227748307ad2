import { describe, expect, test } from 'vitest';
import { leadOf, longestLookedThrough, tableHeaderBefore } from './lead.ts';

const at = (text: string, place: string): [string, number] => [text, text.indexOf(place)];

describe('a table’s first row', () => {
  const text = 'Members:\n\n| Name | City |\n| :-- | ---: |\n| Ann | Ely |\n| Bo | York |\n\nSeen by | Quist.';

  test.each(['Ann | Ely', '| Bo', 'York'])('is above %s, at a row’s beginning and within it', (place) => {
    expect(tableHeaderBefore(...at(text, place))).toBe('| Name | City |');
  });

  test.each(['Members', '| Name', 'City', 'Seen', 'Quist'])('is not above %s', (place) => {
    expect(tableHeaderBefore(...at(text, place))).toBeUndefined();
  });

  test('is none without a rule below it, nor when it is longer than the rows can be worth', () => {
    expect(tableHeaderBefore(...at('| a | b |\n| c | d |\n| e | f |', '| e'))).toBeUndefined();
    expect(tableHeaderBefore(...at(`| ${'name '.repeat(80)}|\n| --- |\n| e |`, '| e'))).toBeUndefined();
  });

  test('is not looked for far behind, nor long in what only looks like a rule', () => {
    const long = `| Name |\n| --- |\n${'| Ann |\n'.repeat(longestLookedThrough / 8)}`;
    expect(tableHeaderBefore(long, long.length - 8)).toBeUndefined();
    const started = performance.now();
    tableHeaderBefore(...at(`| a |\n|${'-'.repeat(30_000)}x\n| e |`, '| e'));
    expect(performance.now() - started).toBeLessThan(500);
  });
});

describe('the fence of code', () => {
  test.each([
    ['```ts\nconst a = 1;\nconst b = 2;\n```\nProse.', 'const b', '```ts'],
    ['```ts\nconst a = 1;\n```\nProse.', 'Prose', undefined],
    ['````md\n```\ninner\n```\nouter\n````', 'outer', '````md'],
    ['~~~\na\n```\nb\n~~~\nProse.', 'b\n', '~~~'],
    ['Prose.\n```\na', '```', undefined],
  ])('in %j, %j stands behind %s', (text, place, lead) => {
    expect(leadOf(...at(text, place))).toBe(lead);
  });
});
