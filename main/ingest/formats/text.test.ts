import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readBytes } from '../testing/read.ts';
import { decodeText, looksBinary } from './encoding.ts';
import { parts } from './parts.ts';

const utf16 = (text: string, bigEndian: boolean): Buffer => {
  const bytes = Buffer.from(text, 'utf16le');
  return bigEndian ? bytes.swap16() : bytes;
};

describe('encodings', () => {
  const text = 'Fanale di Genova, la “Lanterna”: 77 m, café.';
  test.each([
    ['UTF-8', Buffer.from(text)],
    ['UTF-8 with a mark', Buffer.from(`\ufeff${text}`)],
    ['UTF-16 little endian with a mark', utf16(`\ufeff${text}`, false)],
    ['UTF-16 big endian with a mark', utf16(`\ufeff${text}`, true)],
    ['UTF-16 little endian', utf16(text, false)],
    ['UTF-16 big endian', utf16(text, true)],
    ['Windows-1252', Buffer.from(text.replace('“', '\x93').replace('”', '\x94'), 'latin1')],
  ])('%s', (_, bytes) => {
    expect(decodeText(bytes)).toBe(text);
    expect(looksBinary(bytes)).toBe(false);
  });

  test('a stray byte does not make UTF-8 something else', () => {
    const bytes = Buffer.concat([
      Buffer.from('Überall ähnliche Öfen für größere Häuser, schön überdacht. '),
      Buffer.from([0xff]),
    ]);
    expect(decodeText(bytes)).toContain('größere');
  });

  test('line ends become line feeds', () => {
    expect(decodeText(Buffer.from('a\r\nb\rc\nd'))).toBe('a\nb\nc\nd');
  });

  test('pictures, archives and random bytes are not text', () => {
    expect(looksBinary(Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 0x0d]))).toBe(true);
    expect(looksBinary(Buffer.from('PK\x03\x04\x14\x00\x08\x00', 'latin1'))).toBe(true);
  });
});

test('sections are parts of the text, and their anchors its characters', async () => {
  const text = Array.from({ length: 400 }, (_, i) => `Paragraph ${i} ${'and so on '.repeat(12)}.`).join('\r\n\r\n');
  const { sections, summary } = await readBytes('long.txt', text, 'text');
  const normal = text.replaceAll('\r\n', '\n');
  expect(sections.length).toBeGreaterThan(3);
  for (const { text: part, anchor, passages } of sections) {
    expect(anchor.kind === 'range' && normal.slice(anchor.start, anchor.end)).toBe(part);
    expect(part.length).toBeLessThanOrEqual(12_000);
    expect(part).toMatch(/^Paragraph/);
    for (const passage of passages)
      expect(passage.anchor.kind === 'range' && normal.slice(passage.anchor.start, passage.anchor.end)).toBe(
        part.slice(passage.start, passage.end),
      );
  }
  expect(summary.title).toBeNull();
});

test('an empty file and a binary one are refused by name', async () => {
  await expect(readBytes('empty.txt', ' \n ', 'text')).rejects.toMatchObject({
    code: 'bad-file',
    message: expect.stringContaining('empty.txt'),
  });
  await expect(readBytes('picture.txt', Buffer.alloc(100), 'text')).rejects.toMatchObject({ code: 'bad-file' });
});

const loneSurrogate = /\p{Cs}/u;

test('parts cover all text but white space and never divide a character', () => {
  const content = fc.oneof(
    fc
      .array(fc.constantFrom('a '.repeat(500), 'b'.repeat(5000), '\n\n', '. ', '😀'.repeat(3000), '\n'), {
        maxLength: 20,
      })
      .map((p) => p.join('')),
    fc.string(),
  );
  fc.assert(
    fc.property(content, (text) => {
      let at = 0;
      for (const { start, end } of parts(text, 0, text.length)) {
        expect(text.slice(at, start).trim()).toBe('');
        expect(end - start).toBeLessThanOrEqual(12_000);
        if (!loneSurrogate.test(text)) expect(text.slice(start, end)).not.toMatch(loneSurrogate);
        at = end;
      }
      expect(text.slice(at).trim()).toBe('');
    }),
  );
});
