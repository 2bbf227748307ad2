/** Reads a file into sections and passages, step by step: what the reading process does, as plain logic. */
import { LonghandError } from '../../base/errors.ts';
import type { ReadSummary } from '../library/library.ts';
import type { DocumentKind } from '../library/schema.ts';
import type { NewSection } from '../library/section-table.ts';
import { type FormatInput, maximumCharacters } from './formats/format.ts';
import { formatOfKind } from './formats/index.ts';
import { passagesOf } from './passages.ts';
import type { ReadProgress } from './protocol.ts';

export interface ReadInput extends FormatInput {
  kind: DocumentKind;
}

export interface ReadStep {
  sections: NewSection[];
  progress: ReadProgress;
}

/** A step is given when it holds this many characters, or this many sections. */
const charactersInStep = 40_000;
const sectionsInStep = 10;

/** The most sections that one document may have. */
const maximumSections = 200_000;

/**
 * Reads a file from its beginning to its end; what it gives is bounded in every step and as a whole.
 * Throws a `LonghandError` that names the file: `bad-file`, `unsupported` or `too-large`.
 */
export async function* readDocument(input: ReadInput): AsyncGenerator<ReadStep, ReadSummary> {
  const found = formatOfKind(input.kind).read(input);
  let sectionCount = 0;
  let characterCount = 0;
  let waiting: NewSection[] = [];
  let waitingCharacters = 0;
  let progress: ReadProgress = { done: 0, total: input.byteSize, unit: 'bytes' };
  for (;;) {
    const step = await found.next();
    if (step.done) {
      if (waiting.length > 0) yield { sections: waiting, progress };
      return step.value;
    }
    const { sections, ...counts } = step.value;
    progress = counts;
    for (const found of sections) {
      const { boxes: _, spans: __, ...section } = found;
      sectionCount += 1;
      characterCount += section.text.length;
      waitingCharacters += section.text.length;
      if (sectionCount > maximumSections || characterCount > maximumCharacters)
        throw new LonghandError(
          'too-large',
          `“${input.fileName}” is too long: at most ${maximumSections} sections and ${maximumCharacters} characters can be read.`,
        );
      waiting.push({ ...section, passages: passagesOf(found) });
    }
    if (waitingCharacters >= charactersInStep || waiting.length >= sectionsInStep) {
      yield { sections: waiting, progress };
      waiting = [];
      waitingCharacters = 0;
    }
  }
}
