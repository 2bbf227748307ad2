/** HTML: converted to Markdown, and then read like it. */
import { LonghandError } from '../../../base/errors.ts';
import type { ReadSummary } from '../../library/library.ts';
import { decoderLabel, encodingOf, provenEncoding } from './encoding.ts';
import type { Format } from './format.ts';
import { markdownSections, markdownTitle } from './markdown.ts';
import { inSteps, readTextFile } from './text.ts';

/** The encoding that the bytes prove, else the one that the page declares, else the likeliest. */
function pageEncoding(bytes: Uint8Array): string {
  const head = new TextDecoder('latin1').decode(bytes.subarray(0, 4096));
  const [, label] = /charset\s*=\s*["']?\s*([\w-]{2,40})/i.exec(head) ?? [];
  return provenEncoding(bytes) ?? (label ? decoderLabel(label) : undefined) ?? encodingOf(bytes);
}

export const html: Format = {
  kind: 'html',
  name: 'HTML',
  extensions: ['html', 'htm', 'xhtml'],
  mediaType: 'text/html',
  maximumBytes: 16 * 1024 ** 2,
  sniff: (start) =>
    /^\s*(?:<\?xml[^>]*>\s*)?(?:<!--[\s\S]*?-->\s*)*<(?:!doctype\s+html|html)\b/i.test(new TextDecoder().decode(start)),
  async *read(input) {
    // The parsers are loaded where files are read, not where the table of formats is looked at.
    const { expandEmptyElements, htmlToMarkdown } = await import('./html-to-markdown.ts');
    const source = await readTextFile(input, pageEncoding);
    let sections: ReturnType<typeof markdownSections>;
    let summary: ReadSummary;
    try {
      const converted = htmlToMarkdown(/^\s*<\?xml/.test(source) ? expandEmptyElements(source) : source, 'article');
      sections = markdownSections(converted.markdown);
      summary = converted.summary;
    } catch (thrown) {
      const code = thrown instanceof LonghandError ? thrown.code : 'bad-file';
      throw new LonghandError(code, `“${input.fileName}” cannot be read as HTML: ${(thrown as Error).message}.`, {
        cause: thrown,
      });
    }
    if (sections.length === 0)
      throw new LonghandError(
        'bad-file',
        `“${input.fileName}” holds no text: the page may need a browser to build it.`,
      );
    yield* inSteps(sections, input.byteSize);
    return { ...summary, title: summary.title ?? markdownTitle(sections) };
  },
};
