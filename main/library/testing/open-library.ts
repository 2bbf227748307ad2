import { onTestFinished } from 'vitest';
import { openDatabase } from '../database.ts';
import { type Library, type LibraryListeners, openLibrary } from '../library.ts';
import type { DocumentEntry } from '../schema.ts';
import type { NewSection } from '../section-table.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** A new library in a folder of its own, closed when the test ends. */
export function openTestLibrary(listeners: LibraryListeners = {}, dataFolder = temporaryFolder()) {
  const database = openDatabase(dataFolder);
  let open = true;
  const close = (): void => {
    if (open) database.close();
    open = false;
  };
  onTestFinished(close);
  return { database, dataFolder, library: openLibrary(database, dataFolder, listeners), close };
}

/** Adds a document that waits to be read in. */
export function addQueued(library: Library, title: string): DocumentEntry {
  const file = { fileName: `${title}.txt`, kind: 'text' as const, contentHash: 'f'.repeat(64), byteSize: 1 };
  return library.addDocument({ title, ...file });
}

/** A section whose passages are the given texts, divided by blank lines. */
export function sectionOf(title: string | null, ...texts: string[]): NewSection {
  let start = 0;
  const passages = texts.map((text) => {
    const passage = {
      start,
      end: start + text.length,
      anchor: { kind: 'range' as const, start, end: start + text.length },
    };
    start += text.length + 2;
    return passage;
  });
  const text = texts.join('\n\n');
  return {
    title,
    level: title ? 1 : 0,
    format: 'plain',
    text,
    anchor: { kind: 'range', start: 0, end: text.length },
    passages,
  };
}

export const plainSummary = {
  title: null,
  metadata: { author: null, language: null, createdAt: null },
  emptySections: 0,
};

let contents = 0;

/** Adds a document that is ready, with these sections. */
export async function addReady(library: Library, title: string, sections: NewSection[]): Promise<DocumentEntry> {
  contents += 1;
  const { id } = library.addDocument({
    title,
    fileName: `${title}.txt`,
    kind: 'text',
    contentHash: contents.toString(16).padStart(64, '0'),
    byteSize: 1,
  });
  library.setState(id, 'reading');
  await library.addSections(id, sections);
  library.finish(id, plainSummary);
  return library.get(id);
}
