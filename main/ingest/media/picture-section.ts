/** The text of an image → its one section, each line with its place; a description of what it shows comes first. */
import type { TextLine } from '../../perception/ocr.ts';
import type { FoundSection, TextBox } from '../formats/format.ts';

/** A line so much further below the one before, in parts of its height, begins a paragraph. */
const paragraphGap = 0.9;

export function pictureSection(lines: readonly TextLine[], description = ''): FoundSection {
  const boxes: TextBox[] = [];
  let text = description && lines.length > 0 ? `${description}\n\n` : description;
  lines.forEach((line, i) => {
    const before = lines[i - 1];
    if (before) {
      const gap = line.y - (before.y + before.height);
      // Beside each other; one below the other; or with a gap between them.
      if (gap < -before.height / 2) text += ' ';
      else text += gap > paragraphGap * line.height ? '\n\n' : '\n';
    }
    const start = text.length;
    text += line.text;
    const { x, y, width, height } = line;
    boxes.push({ start, end: text.length, left: x, right: x + width, top: y, bottom: y + height });
  });
  return { title: null, level: 0, format: 'plain', text, anchor: { kind: 'page', page: 1, boxes: [] }, boxes };
}
