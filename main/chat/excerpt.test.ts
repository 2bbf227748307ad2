import { expect, test } from 'vitest';
import { excerptText } from './excerpt.ts';

test.each([
  ['Soft line\nends of  prose.\n\nAnother paragraph.\r\n', 'Soft line ends of prose. Another paragraph.'],
  [
    'Fees:\n\n| Name  | Fee |\n| --- | --- |\n| Ann | 3 |\n\nAll are\nmembers.',
    'Fees:\n| Name | Fee |\n| --- | --- |\n| Ann | 3 |\nAll are members.',
  ],
  [
    'So:\n```py\nif a:\n    b  = 1\n\nc()\n```\nThat\nis all.',
    'So:\n```py\nif a:\n    b  = 1\n\nc()\n```\nThat is all.',
  ],
  ['So:\n\n    if a:\n        b\n\nThat is\n    all.', 'So:\n    if a:\n        b\nThat is all.'],
])('%j is read as %j', (text, read) => {
  expect(excerptText({ text })).toBe(read);
});

test('what goes on with a table or with code is read behind its beginning', () => {
  expect(excerptText({ lead: '| Name | Fee |', text: '| Ann | 3 |\n| Bo | 4 |' })).toBe(
    '| Name | Fee |\n| Ann | 3 |\n| Bo | 4 |',
  );
  expect(excerptText({ lead: '```ts', text: 'const a = 1;\nconst b = 2;' })).toBe(
    '```ts\nconst a = 1;\nconst b = 2;\n```',
  );
  expect(excerptText({ lead: '```ts', text: 'const a = 1;\n```\nThat\nis all.' })).toBe(
    '```ts\nconst a = 1;\n```\nThat is all.',
  );
});
