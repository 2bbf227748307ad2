import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';
import { deMessages } from './de-messages.ts';
import { createTranslation } from './messages.ts';

const root = join(import.meta.dirname, '../..');

/** Sources whose sentences may come into the window. */
const sources = ['base', 'main', 'native-models', 'renderer'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.tsx?$/.test(name) && !/\.test\.tsx?$|(^|\/)testing\/|^i18n\//.test(name))
    .map((name) => `${folder}/${name}`),
);

/** Errors that a person meets in a terminal, at the start, and those that tell of a program's mistakes. */
const elsewhere = /^main\/(cli|shell)\//;
const technical = new Set(["'internal'", "'cancelled'", "'bad-request'", "'forbidden'"]);
/** What a person cannot do anything about but get the file again, which the sentence around it says. */
const inModelFiles = /^native-models\/formats\/(gguf|safetensors|vocabulary|tokenizer|byte-level-bpe)\.ts$/;

interface Written {
  file: string;
  text: string;
  /** The code of the error whose message it is. */
  code: string | undefined;
}

/** Texts of a source, with {0}, {1}, … for what is put into them. */
function textsOf(file: string): Written[] {
  const tree = ts.createSourceFile(file, readFileSync(join(root, file), 'utf8'), ts.ScriptTarget.Latest, true);
  const found: Written[] = [];
  const textOf = (node: ts.Node): string | undefined => {
    if (ts.isStringLiteralLike(node)) return node.text;
    if (!ts.isTemplateExpression(node)) return undefined;
    return node.head.text + node.templateSpans.map(({ literal }, place) => `{${place}}${literal.text}`).join('');
  };
  const visit = (node: ts.Node, code: string | undefined): void => {
    const text = textOf(node);
    if (text !== undefined) found.push({ file, text, code });
    const isError = ts.isNewExpression(node) && node.expression.getText() === 'LonghandError';
    ts.forEachChild(node, (child) =>
      visit(
        child,
        isError && child === node.arguments?.[1]
          ? node.arguments[0]?.getText()
          : ts.isTemplateSpan(child)
            ? undefined
            : code,
      ),
    );
  };
  visit(tree, undefined);
  return found;
}

const written = sources.flatMap(textsOf);
const withoutPoint = (text: string): string => text.replace(/\.$/, '');

describe('the sentences of main in German', () => {
  const known = new Set(deMessages.map(([english]) => withoutPoint(english)));

  test('are those that it says', () => {
    const said = new Set(written.map(({ text }) => withoutPoint(text)));
    expect(deMessages.map(([english]) => english).filter((english) => !said.has(withoutPoint(english)))).toEqual([]);
  });

  test('are all that it says to a person', () => {
    const missing = written.filter(
      ({ file, text, code }) =>
        code !== undefined &&
        !technical.has(code) &&
        !elsewhere.test(file) &&
        !inModelFiles.test(file) &&
        /\p{L} \p{L}/u.test(text) &&
        !known.has(withoutPoint(text)),
    );
    expect(missing.map(({ file, text }) => `${file}: ${text}`)).toEqual([]);
  });

  test('say each once, and leave nothing out that was put in', () => {
    expect(known.size).toBe(deMessages.length);
    const places = (text: string): string[] => [...new Set(text.match(/\{\d\}/g))].sort();
    const ids = new Set([
      'There is no document with the id {0} in the library.',
      'There is no conversation with the id {0}.',
      'There is no message with the id {0}.',
      'There is no section {0} of {1}.',
    ]);
    for (const [english, german] of deMessages)
      if (!ids.has(english)) expect([english, places(german)]).toEqual([english, places(english)]);
  });
});

describe('a translation', () => {
  const translate = createTranslation(deMessages);

  test('finds a sentence by what it says, whatever is put into it, clauses in it too', () => {
    expect(translate('“Eddystone.pdf” is empty.')).toBe('„Eddystone.pdf“ ist leer.');
    expect(translate('“a.zip” cannot be unpacked: it is damaged.')).toBe(
      '„a.zip“ lässt sich nicht entpacken: es ist beschädigt.',
    );
    expect(translate('“b.docx” in “a.zip” cannot be unpacked: the part word/document.xml is missing.')).toBe(
      '„b.docx“ in „a.zip“ lässt sich nicht entpacken: der Teil word/document.xml fehlt.',
    );
    expect(translate('“b.epub” cannot be read as EPUB: it does not say where its book is.')).toBe(
      '„b.epub“ lässt sich nicht als EPUB lesen: es sagt nicht, wo sein Buch ist.',
    );
    expect(
      translate(
        'A new file in “Letters” could not be added: “a.doc” cannot be read. Save it as DOCX in the program that made it, and add that.',
      ),
    ).toBe(
      'Eine neue Datei in „Letters“ ließ sich nicht hinzufügen: „a.doc“ lässt sich nicht lesen. Speichern Sie es in dem Programm, das es gemacht hat, als DOCX, und fügen Sie das hinzu.',
    );
    expect(translate('The disk is full. Free some space, or lower the space for what was read in the settings.')).toBe(
      'Der Datenträger ist voll. Schaffen Sie Platz, oder geben Sie Gelesenem in den Einstellungen weniger.',
    );
  });

  test('leaves what it does not know as it is, and ends, whatever it is given', () => {
    expect(translate('Nobody wrote this.')).toBe('Nobody wrote this.');
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(translate(text)).toBe(text);
      }),
    );
    const [template] = ['“{0}” cannot be read as {1}: {2}.'];
    expect(translate(template.replace('{2}', '“'.repeat(100_000)))).toContain('lässt sich nicht');
  });

  test('takes the template that says most, and what is empty for nothing put in', () => {
    const small = createTranslation([
      ['{0}: {1}', 'kurz {1} {0}'],
      ['{0} fails: {1}', 'lang {1} {0}'],
    ]);
    expect(small('It fails: badly')).toBe('lang badly It');
    expect(small('It works: well')).toBe('kurz well It works');
    expect(small(': well')).toBe(': well');
  });
});
