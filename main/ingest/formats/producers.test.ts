/** What LibreOffice writes, and what a person would get out of it: fixtures/make-office.mjs makes the files. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { archiveOf } from '../containers/containers.ts';
import { corpus, leadsTo, recall } from '../testing/corpus.ts';
import { fixture, readBytes } from '../testing/read.ts';
import { formatOf, sniffedBytes } from './index.ts';

const written = [
  'report.docx',
  'report.odt',
  'report.rtf',
  'report.epub',
  'slides.pptx',
  'slides.odp',
  'catch.xlsx',
  'catch.ods',
];

describe.each(written)('%s', (name) => {
  const source = { report: 'report.docx', slides: 'slides.pptx', catch: 'catch.xlsx' }[name.split('.')[0] ?? ''];
  const told = corpus.find(({ fileName }) => fileName === source);
  const kind = corpus.find(({ fileName }) => fileName === name)?.kind;
  if (!told || !kind) throw new Error(`There is no ${name}.`);

  test('it is told by its bytes alone', () => {
    const bytes = readFileSync(fixture(`office/${name}`));
    const start = bytes.subarray(0, sniffedBytes);
    expect(archiveOf('unnamed', start)).toBeUndefined();
    expect(formatOf('unnamed', start, bytes.length).kind).toBe(kind);
  });

  test('every word is read, the title and author are known, and passages lead to their place', async () => {
    const { sections, summary } = await readBytes(name, readFileSync(fixture(`office/${name}`)), kind);
    expect(recall(told.texts, sections.map(({ text }) => text).join('\n\n'))).toBeGreaterThanOrEqual(0.99);
    expect(summary).toMatchObject({ title: told.title, metadata: { author: told.author } });
    for (const { quote, anchor } of told.probes) {
      const found = sections.flatMap(({ text, passages }) =>
        passages.filter(({ start, end }) => text.slice(start, end).includes(quote)),
      );
      expect(found.length).toBeGreaterThan(0);
      for (const passage of found) expect(leadsTo(passage.anchor, anchor)).toBe(true);
    }
  });
});
