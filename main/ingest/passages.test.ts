import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { FoundSection } from './formats/format.ts';
import { passageRanges, passagesOf } from './passages.ts';

const texts = (text: string): string[] => passageRanges(text).map(({ start, end }) => text.slice(start, end));
const words = (text: string): number => text.split(/\s+/).length;

const sentence = (n: number, length = 12): string => `Sentence ${n} ${'of the story '.repeat(length / 3)}ends.`;
const story = (count: number): string => Array.from({ length: count }, (_, i) => sentence(i)).join(' ');

test('passages are a few whole sentences', () => {
  const passages = texts(story(60));
  expect(passages.length).toBeGreaterThan(5);
  for (const passage of passages) {
    expect(passage).toMatch(/^Sentence .* ends\.$/s);
    expect(words(passage)).toBeGreaterThanOrEqual(50);
    expect(words(passage)).toBeLessThanOrEqual(140);
  }
});

test('a short section is one passage, an empty one has none', () => {
  expect(texts('  # Heading\n\nOne sentence. ')).toEqual(['# Heading\n\nOne sentence.']);
  expect(texts(' \n ')).toEqual([]);
});

test('lines wrapped by hand do not end sentences, list items do', () => {
  const wrapped = story(20).replaceAll(' story', '\nstory');
  for (const passage of texts(wrapped)) expect(passage).toMatch(/ends\.$/);
  const list = Array.from({ length: 40 }, (_, i) => `- item ${i} without a full stop`).join('\n');
  for (const passage of texts(list)) expect(passage).toMatch(/^- item/);
});

test('an abbreviation does not end a passage', () => {
  const text = `${'word '.repeat(85)}said Dr. Varga to the cook. ${sentence(2, 60)}`;
  expect(texts(text)[0]).toMatch(/Varga to the cook\.$/);
});

test('a passage ends with its paragraph when it is long enough', () => {
  const paragraph = `${'word '.repeat(60)}end.`;
  expect(texts(`${paragraph}\n\n${paragraph}\n\n${paragraph}`)).toEqual([paragraph, paragraph, paragraph]);
});

test('a heading begins a passage', () => {
  const opening = `${'word '.repeat(30)}end.`;
  const text = `${opening}\n\nFour towers on one rock\n\n${sentence(1, 60)}`;
  expect(texts(text)).toEqual([opening, `Four towers on one rock\n\n${sentence(1, 60)}`]);
});

test('a table is divided between rows', () => {
  const rows = Array.from(
    { length: 40 },
    (_, i) => `| Hana Petrov Jr. ${i} | Ely | 2017-02-11 | Paid? Yes! In full. |`,
  );
  const passages = texts(
    `All members.\n\n| Member | City | Joined | Fee |\n| --- | --- | --- | --- |\n${rows.join('\n')}\n\nThat is all.`,
  );
  expect(passages.length).toBeGreaterThan(5);
  expect(passages[0]).toMatch(/^All members\.\n\n\| Member /);
  for (const passage of passages.slice(1, -1)) expect(passage).toMatch(/^(?:\| Hana .* \|\n?)+$/);
  expect(passages.at(-1)).toMatch(/^\| Hana .* \|\n\nThat is all\.$/s);
});

const answers = Array.from({ length: 6 }, (_, i) => `Answer ${i}: ${'yes you can '.repeat(8)}at most stations.`);

test.each([
  ['with an empty line between', (i: number) => `Can I pay for ${i} in euros?\n\n${answers[i]}`, '\n\n'],
  ['at once behind it', (i: number) => `Can I pay for ${i} in euros?\n${answers[i]}`, '\n\n'],
  ['in bold', (i: number) => `**Can I pay for ${i} in euros?**\n${answers[i]}`, '\n'],
  ['in bold without a mark', (i: number) => `__Paying for ${i} in euros__\n${answers[i]}`, '\n'],
])('a question begins a passage and stays with its answer: %s', (_, entry, between) => {
  const entries = answers.map((_answer, i) => entry(i));
  expect(texts(entries.join(between))).toEqual(entries);
});

test('what someone asks in a story begins no passage', () => {
  const said = Array.from(
    { length: 12 },
    (_, i) => `— Who is there, number ${i}?\n\nNobody answered him from the dark of it.`,
  );
  for (const passage of texts(said.join('\n\n')).slice(0, -1)) expect(words(passage)).toBeGreaterThan(50);
});

test('sentences without end are divided between words', () => {
  const endless = Array.from({ length: 2000 }, (_, i) => `w${i}`).join(' ');
  const passages = texts(endless);
  expect(passages.length).toBeGreaterThan(15);
  expect(passages.join(' ')).toBe(endless);
  expect(Math.max(...passages.map(words))).toBeLessThanOrEqual(140);
  const chinese = '灯塔在夜里发光，船只因此得以安全航行'.repeat(200);
  expect(texts(chinese).join('')).toBe(chinese);
  expect(Math.max(...texts(chinese).map((passage) => passage.length))).toBeLessThanOrEqual(300);
});

test('passages cover all text but white space, in order, without overlap, and divide no word', () => {
  const piece = fc.constantFrom(
    'word',
    'Dr.',
    'end.',
    ' ',
    '\n',
    '\n\n',
    '- ',
    '# ',
    '| ',
    '…',
    '灯塔',
    '。',
    '😀',
    'e\u0301',
    '\t',
    '?',
    ')',
  );
  const text = fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 300 }),
    fc.array(piece, { maxLength: 400 }).map((pieces) => pieces.join('')),
    fc.array(fc.string({ unit: 'grapheme-ascii', maxLength: 12 }), { maxLength: 300 }).map((parts) => parts.join(' ')),
  );
  fc.assert(
    fc.property(text, (content) => {
      const ranges = passageRanges(content);
      let at = 0;
      for (const { start, end } of ranges) {
        expect(start).toBeGreaterThanOrEqual(at);
        expect(end).toBeGreaterThan(start);
        expect(content.slice(at, start).trim()).toBe('');
        at = end;
      }
      expect(content.slice(at).trim()).toBe('');
      for (const { end } of ranges.slice(0, -1)) expect(/^[a-z]{2}$/.test(content.slice(end - 1, end + 1))).toBe(false);
    }),
    { numRuns: 300 },
  );
});

describe('anchors', () => {
  const box = (start: number, end: number, top: number) => ({
    start,
    end,
    left: 0.1,
    right: 0.9,
    top,
    bottom: top + 0.02,
  });

  test('of speech: a sentence without an end is divided where its times are known', () => {
    const parts = [
      'so we went on',
      'without a stop for a breath or a comma',
      'until all the lamps on the quay were lit',
    ];
    const text = parts.join(' ');
    let at = 0;
    const spans = parts.map((part, i) => {
      const start = at;
      at += part.length + 1;
      const anchor = { kind: 'time' as const, startMs: 5000 * i, endMs: 5000 * i + 4500 };
      return { start, end: start + part.length, anchor };
    });
    const section: FoundSection = {
      title: null,
      level: 0,
      format: 'plain',
      text,
      anchor: { kind: 'time', startMs: 0, endMs: 14_500 },
      spans,
    };
    expect(passagesOf(section).map(({ start, end, anchor }) => [text.slice(start, end), anchor])).toEqual([
      [`${parts[0]} ${parts[1]}`, { kind: 'time', startMs: 0, endMs: 9500 }],
      [parts[2], { kind: 'time', startMs: 10_000, endMs: 14_500 }],
    ]);
  });

  test('of a page: the boxes of its lines, clipped to the passage', () => {
    const text = `${'word '.repeat(85)}end. Next ${'more '.repeat(90)}.`;
    const first = text.indexOf(' Next');
    const section: FoundSection = {
      title: null,
      level: 0,
      format: 'plain',
      text,
      anchor: { kind: 'page', page: 3, boxes: [] },
      boxes: [box(0, 300, 0.1), box(300, 600, 0.13), box(600, text.length, 0.16)],
    };
    const [one, two] = passagesOf(section);
    expect(one?.end).toBe(first);
    const share = (first - 300) / 300;
    expect(one?.anchor).toMatchObject({
      kind: 'page',
      page: 3,
      boxes: [
        { x: 0.1, y: 0.1, width: expect.closeTo(0.8) },
        { x: 0.1, y: 0.13, width: expect.closeTo(0.8 * share) },
      ],
    });
    expect(two?.anchor).toMatchObject({
      boxes: [{ x: expect.closeTo(0.1 + 0.8 * ((first + 1 - 300) / 300)) }, { x: 0.1 }],
    });
  });

  test('of a text: characters of the document', () => {
    const section: FoundSection = {
      title: null,
      level: 0,
      format: 'markdown',
      text: 'A sentence.',
      anchor: { kind: 'range', start: 100, end: 111 },
    };
    expect(passagesOf(section)).toEqual([{ start: 0, end: 11, anchor: { kind: 'range', start: 100, end: 111 } }]);
  });

  test('of what is said: the second of each sentence, short ones together', () => {
    const sentences = [
      'Good morning.',
      'The bridge is painted green in the spring of next year.',
      'Captain Miller keeps the spare key under the flower pot.',
      'Yes.',
    ];
    const text = sentences.join(' ');
    const spans = sentences.map((sentence, i) => {
      const start = text.indexOf(sentence);
      return {
        start,
        end: start + sentence.length,
        anchor: { kind: 'time' as const, startMs: 4000 * i, endMs: 4000 * i + 3000 },
      };
    });
    const anchor = { kind: 'time' as const, startMs: 0, endMs: 15_000 };
    const section: FoundSection = { title: null, level: 0, format: 'plain', text, anchor, spans };
    expect(passagesOf(section).map((passage) => [text.slice(passage.start, passage.end), passage.anchor])).toEqual([
      [sentences.slice(0, 2).join(' '), { kind: 'time', startMs: 0, endMs: 7000 }],
      [sentences.slice(2).join(' '), { kind: 'time', startMs: 8000, endMs: 15_000 }],
    ]);
  });
});
