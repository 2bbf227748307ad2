/** What every format's reader takes and gives; `index.ts` is the table of them. */
import type { ReadSummary } from '../../library/library.ts';
import type { Anchor, DocumentKind, Section } from '../../library/schema.ts';
import type { GreyImage, TextLine } from '../../perception/ocr.ts';
import type { ReadProgress } from '../protocol.ts';

/** A piece of a line of a page: characters `start` to `end` of the section's text, and where they stand. */
export interface TextBox {
  start: number;
  end: number;
  /** Fractions of the page's width and height, from the top left corner. */
  left: number;
  right: number;
  top: number;
  bottom: number;
}

/** A row, cue or sentence of a section: characters `start` to `end` of its text, and their own place in the source. */
export interface AnchoredSpan {
  start: number;
  end: number;
  anchor: Anchor;
}

/** A section as a format's reader finds it, not yet divided into passages. */
export type FoundSection = Pick<Section, 'title' | 'level' | 'format' | 'text' | 'anchor'> & {
  /** Where the text stands on its page; none for formats without pages. */
  boxes?: TextBox[];
  /** The parts of the text with a narrower anchor than the section's, in order; all of the section's kind. */
  spans?: AnchoredSpan[];
};

/** One step of reading: the sections that are finished, and how far it has come. */
export interface FoundSections {
  sections: FoundSection[];
  done: number;
  total: number;
  unit: 'pages' | 'slides' | 'sheets' | 'chapters' | 'bytes';
}

export interface FormatInput {
  path: string;
  /** How the file is called, for an error's sentence. */
  fileName: string;
  byteSize: number;
  /** What an encrypted file is opened with. */
  password?: string | undefined;
  /**
   * Gives the lines of text in the picture of a page, and none when they cannot be read; the picture is asked about at
   * this progress. Without it, pages that are pictures are empty.
   */
  readText?(picture: GreyImage, progress: ReadProgress): Promise<TextLine[]>;
}

/** How a kind of file is told from others. */
export interface FileFormat {
  kind: DocumentKind;
  /** What a person calls it, in the list of what can be read. */
  name: string;
  /** File name endings, in lower case, without the dot. */
  extensions: readonly string[];
  mediaType: string;
  maximumBytes: number;
  /** True when a file that begins so can be of this format; formats that are text have no such mark. */
  signature?(start: Uint8Array): boolean;
  /** True when the file's first bytes can only be this format. */
  sniff(start: Uint8Array): boolean;
}

/** A kind of file that is read by its bytes alone. */
export interface Format extends FileFormat {
  /** Reads a file from its beginning, section by section; throws a `LonghandError` for one that cannot be read. */
  read(input: FormatInput): AsyncGenerator<FoundSections, ReadSummary>;
}

/** The most text that one document may hold, in characters: some 50,000 pages. */
export const maximumCharacters = 150_000_000;
