import fc from 'fast-check';
import { renderToStaticMarkup } from 'react-dom/server';
import ReactMarkdown from 'react-markdown';
import rehypeHighlight from 'rehype-highlight';
import remarkGfm from 'remark-gfm';
import { describe, expect, test } from 'vitest';
import { answerMarks } from '../chat/answer-marks.ts';
import { alignWithSource, rehypeMarkSource, rehypeMarkText } from './marks.ts';

const mark = { tagName: 'mark', properties: {} };

/** The marked texts of a drawn source, and the whole text. */
function drawRange(source: string, start: number, end: number): { marked: string; html: string } {
  const html = renderToStaticMarkup(
    <ReactMarkdown
      remarkPlugins={[remarkGfm]}
      rehypePlugins={[rehypeHighlight, [rehypeMarkSource, { source, start, end, mark }]]}
    >
      {source}
    </ReactMarkdown>,
  );
  const marked = [...html.matchAll(/<mark>([\s\S]*?)<\/mark>/g)].map(([, text]) => text).join('');
  return { marked, html };
}

function drawSlice(source: string, slice: string): string {
  const start = source.indexOf(slice);
  return drawRange(source, start, start + slice.length).marked;
}

describe('marking a range of the source', () => {
  const source =
    '## The lens\n\nIt was *made* in **Paris** &amp; weighed `two * tons`.\n\n- one item\n- another\n\n| a | b |\n|---|---|\n| cell | last |\n\n```js\nconst lens = 1;\n```\n';

  test.each([
    ['a word', 'weighed', 'weighed'],
    ['words across emphasis', '*made* in **Paris**', 'made in Paris'],
    ['part of emphasized text', 'ari', 'ari'],
    ['a heading and the text below it', '## The lens\n\nIt was', 'The lens\nIt was'],
    ['inline code', 'two * tons', 'two * tons'],
    ['a table cell', 'cell', 'cell'],
    ['list items', '- one item\n- another', 'one item\nanother'],
    ['coloured code', 'const lens', 'const lens'],
  ])('marks %s', (_, slice, expected) => {
    expect(
      drawSlice(source, slice)
        .replace(/<[^>]*>/g, '')
        .replaceAll('\n', ''),
    ).toBe(expected.replaceAll('\n', ''));
  });

  test('marks exactly, also where the source is written otherwise than the text', () => {
    const written = 'A\\*b &copy; Wren &amp; co.\n\n> quoted over\n> two lines here';
    expect(drawSlice(written, 'Wren')).toBe('Wren');
    expect(drawSlice(written, '&copy; Wren &amp;')).toBe('© Wren &amp;');
    expect(drawSlice(written, 'over\n> two')).toBe('over\ntwo');
  });

  test('places every character within its stretch, in order, whatever the texts', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.nat(20), (value, source, from) => {
        const start = Math.min(from, source.length);
        const places = alignWithSource(value, source, start, source.length);
        expect(places).toHaveLength(value.length);
        expect(places).toEqual([...places].sort((a, b) => a - b));
        for (const place of places) expect(place >= start && place <= source.length).toBe(true);
      }),
    );
  });

  test('marks nothing for an empty range', () => {
    expect(drawRange(source, 5, 5).marked).toBe('');
  });

  test('marks exactly the range of plain paragraphs, and changes no text', () => {
    const words = fc.array(fc.stringMatching(/^[a-z]{1,8}$/), { minLength: 1, maxLength: 12 });
    const document = fc
      .array(words, { minLength: 1, maxLength: 4 })
      .map((list) => list.map((w) => w.join(' ')).join('\n\n'));
    fc.assert(
      fc.property(document, fc.nat(), fc.nat(), (text, a, b) => {
        const [start = 0, end = 0] = [a % (text.length + 1), b % (text.length + 1)].sort((x, y) => x - y);
        const { marked, html } = drawRange(text, start, end);
        expect(marked).toBe(text.slice(start, end).replaceAll('\n', ''));
        expect(html.replace(/<[^>]*>/g, '').replaceAll('\n', '')).toBe(text.replaceAll('\n', ''));
      }),
    );
  });
});

describe('marking by text', () => {
  function draw(source: string, unsupported: string[]): string {
    return renderToStaticMarkup(
      <ReactMarkdown rehypePlugins={[[rehypeMarkText, { find: answerMarks(unsupported, [1]) }]]}>
        {source}
      </ReactMarkdown>,
    );
  }

  test('finds a name across emphasis', () => {
    expect(draw('**Tobias** Wren rang.', ['Tobias Wren'])).toBe(
      '<p><strong><mark data-unsupported="true">Tobias</mark></strong><mark data-unsupported="true"> Wren</mark> rang.</p>',
    );
  });

  test('does not find one across paragraphs or list items', () => {
    expect(draw('Tobias\n\nWren', ['Tobias Wren', 'TobiasWren'])).not.toContain('<mark');
    expect(draw('- Tobias\n- Wren', ['Tobias Wren', 'TobiasWren'])).not.toContain('<mark');
  });

  test('leaves code blocks alone', () => {
    expect(draw('```\nWren\n```', ['Wren'])).not.toContain('<mark');
  });

  test('turns a reference into its own element', () => {
    expect(draw('It froze [1].', [])).toBe('<p>It froze<cite data-source="1"> [1]</cite>.</p>');
  });
});
