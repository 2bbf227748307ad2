import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LonghandError } from '../../../base/errors.ts';
import { decodeXml, descendants, elementOf, parseXml, textOf, xmlElements } from './xml.ts';

test('elements, attributes and text, whatever their prefixes', () => {
  const root = parseXml(
    `<?xml version="1.0"?><!-- a > b --><w:doc xmlns:w="x" w:a="1 &lt; 2" b='>'><w:p>One &amp; <w:b/>t&#119;o</w:p><![CDATA[<raw>]]></w:doc>`,
  );
  expect(root).toMatchObject({ name: 'doc', attributes: { 'w:a': '1 < 2', b: '>' } });
  expect(textOf(elementOf(root, 'p'))).toBe('One & two');
  expect(textOf(root)).toBe('One & two<raw>');
});

test('elements come one after the other, those that are asked for whole', () => {
  const source = '<a><row n="1"><c>x</c></row><row n="2"/><b><row n="3">y<row>z</row></row></b></a>';
  const met = [...xmlElements(source, new Set(['row']))].map(({ element, whole }) => [
    element.name,
    whole,
    textOf(element),
  ]);
  expect(met).toEqual([
    ['a', false, ''],
    ['row', true, 'x'],
    ['row', true, ''],
    ['b', false, ''],
    ['row', true, 'yz'],
  ]);
});

test('encodings are told by mark and declaration', () => {
  const text = '<?xml version="1.0" encoding="windows-1251"?><a/>';
  expect(decodeXml(Buffer.from(text.replace('<a/>', '\xcf'), 'latin1'))).toContain('П');
  expect(decodeXml(Buffer.from('\ufeff<a>ü</a>', 'utf16le'))).toBe('<a>ü</a>');
  expect(decodeXml(Buffer.from('<a>ü</a>'))).toBe('<a>ü</a>');
});

describe('hostile XML', () => {
  test('entities do not expand, and nothing is fetched', () => {
    const laughs = Array.from({ length: 9 }, (_, i) => `<!ENTITY l${i + 1} "${`&l${i};`.repeat(10)}">`).join('');
    const source = `<?xml version="1.0"?><!DOCTYPE a [<!ENTITY l0 "ha"><!ENTITY file SYSTEM "file:///etc/passwd">${laughs}]><a>&l9;&file;</a>`;
    expect(textOf(parseXml(source))).toBe('&l9;&file;');
  });

  test('depth is bounded, and damage is told', () => {
    expect(() => parseXml('<a>'.repeat(100_000))).toThrow(LonghandError);
    for (const source of ['', 'text', '<a>', '<a></b>', '<a b="', '<!-- ', '<a><![CDATA[', '<', '</a>', '< >'])
      expect(() => parseXml(source)).toThrow(LonghandError);
  });

  test('one tag of a million attributes takes no longer than it should', () => {
    const source = `<a ${'b="c" '.repeat(300_000)}/>`;
    expect(parseXml(source).attributes.b).toBe('c');
    expect(() => parseXml(`<a ${'b="c" '.repeat(300_000)}`)).toThrow(LonghandError);
  });

  test('any text ends in elements or in a clear error', () => {
    const piece = fc.constantFrom(
      '<',
      '>',
      '/',
      'a',
      '"',
      "'",
      '=',
      ' ',
      '<!',
      '[',
      ']',
      '<?',
      '?>',
      '--',
      '<a>',
      '</a>',
      '&x;',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        try {
          expect([...descendants(parseXml(pieces.join('')), 'a')]).toBeInstanceOf(Array);
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(LonghandError);
        }
      }),
    );
  });
});
