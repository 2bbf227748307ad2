import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LonghandError } from '../../../base/errors.ts';
import { corpus, leadsTo, recall } from '../testing/corpus.ts';
import { readBytes } from '../testing/read.ts';
import { formatOf } from './index.ts';

describe.each(corpus)('$fileName', ({ fileName, kind, bytes, texts, title, author, probes }) => {
  test('is told by its name, and by its bytes where they can tell it', () => {
    const start = bytes.subarray(0, 4096);
    expect(formatOf(fileName, start, bytes.length).kind).toBe(kind);
    const isMarked = formatOf(fileName, start, bytes.length).signature !== undefined;
    if (isMarked) expect(formatOf('unnamed', start, bytes.length).kind).toBe(kind);
  });

  test('every word is read, and what it says of itself', async () => {
    const { sections, summary, progress } = await readBytes(fileName, bytes, kind);
    const read = sections.map(({ text }) => text).join('\n\n');
    expect(recall(texts, read)).toBeGreaterThanOrEqual(0.99);
    expect(summary).toMatchObject({ title, metadata: { author } });
    expect(progress.every(({ done, total }) => done <= total)).toBe(true);
  });

  test('passages lead to their place', async () => {
    const { sections } = await readBytes(fileName, bytes, kind);
    for (const { quote, anchor } of probes) {
      const found = sections.flatMap(({ text, passages }) =>
        passages.filter(({ start, end }) => text.slice(start, end).includes(quote)),
      );
      expect(found.length).toBeGreaterThan(0);
      for (const passage of found) expect(leadsTo(passage.anchor, anchor)).toBe(true);
    }
  });

  test('cut off anywhere or with any bytes changed it ends in text or in a clear error', async () => {
    const readOrRefuse = async (damaged: Uint8Array): Promise<void> => {
      const result = await readBytes(fileName, damaged, kind).catch((thrown: unknown) => thrown);
      if (!(result instanceof Error)) return;
      expect(result).toBeInstanceOf(LonghandError);
      expect(result.message).toMatch(new RegExp(`^“${fileName}” .*\\.$`, 's'));
    };
    await fc.assert(
      fc.asyncProperty(fc.double({ min: 0, max: 1, noNaN: true }), (share) =>
        readOrRefuse(bytes.subarray(0, Math.floor(share * bytes.length))),
      ),
      { numRuns: 15 },
    );
    const change = fc.record({ at: fc.double({ min: 0, max: 0.9999, noNaN: true }), byte: fc.nat(255) });
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 12 }), async (changes) => {
        const damaged = Uint8Array.from(bytes);
        for (const { at, byte } of changes) damaged[Math.floor(at * damaged.length)] = byte;
        await readOrRefuse(damaged);
      }),
      { numRuns: 25 },
    );
  });
});
