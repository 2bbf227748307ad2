/** The sections of documents, with the passages that they are divided into. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { LonghandError } from '../../base/errors.ts';
import type { Database } from './database.ts';
import { tableHeaderBefore } from './lead.ts';
import { indexPassage, type PassageRow, passageColumns, sectionText } from './passage-table.ts';
import { plainText } from './plain-text.ts';
import type { Anchor, Passage, Section, SectionSummary } from './schema.ts';

/** A passage as a reader found it: characters `start` to `end` of its section's text. */
export type NewPassage = Pick<Passage, 'start' | 'end' | 'anchor'>;

/** A section as a reader found it; its ordinal is its place in the stream. */
export type NewSection = Pick<Section, 'title' | 'level' | 'format' | 'text' | 'anchor'> & { passages: NewPassage[] };

export interface SectionTable {
  outline(documentId: string): SectionSummary[];
  /** Sections from the ordinal `from` on, at most `count`. */
  sections(documentId: string, from: number, count: number): Section[];
  /** Adds sections behind those that are there, of which there are `first`. Call it in a transaction. */
  add(documentId: string, first: number, sections: readonly NewSection[]): void;
  /**
   * Puts another text in the place of characters `start` to `end` of a section: what was misheard is corrected. The
   * passages around keep their ids and their anchors, and are found by their new words at once. Gives the section.
   * Throws `not-found`, and `bad-request` for a place that is none of the section's.
   */
  correct(documentId: string, ordinal: number, range: { start: number; end: number }, text: string): Section;
  /** Deletes a document's sections and passages slice by slice. */
  delete(documentId: string): Promise<void>;
  /** The second at which what was read of a recording ends; 0 where nothing was. */
  endSeconds(documentId: string): number;
  /** Indexes anew, slice by slice, what is written in a form of its own. */
  indexAnew(): Promise<void>;
}

/** Passages stored or deleted in one transaction: some ten milliseconds of work. */
const passagesInSlice = 50;

interface SectionRow {
  id: number;
  document_id: string;
  ordinal: number;
  title: string | null;
  level: number;
  format: Section['format'];
  length: number;
  anchor: string;
}

const sectionColumns = 'id, document_id, ordinal, title, level, format, length, anchor';
function sectionSummary(row: SectionRow): SectionSummary {
  return {
    id: row.id,
    documentId: row.document_id,
    ordinal: row.ordinal,
    title: row.title,
    level: row.level,
    format: row.format,
    length: row.length,
    anchor: JSON.parse(row.anchor) as Anchor,
  };
}

function section(row: SectionRow & { text: string }): Section {
  const { length: _, ...summary } = sectionSummary(row);
  return { ...summary, text: row.text };
}

/** Where a character stands when those of `range` became `length` others; within them, at their start or end. */
function moved(at: number, range: { start: number; end: number }, length: number, side: 'start' | 'end'): number {
  if (at <= range.start) return at;
  if (at >= range.end) return at + length - (range.end - range.start);
  return side === 'start' ? range.start : range.start + length;
}

function correctedSection(section: Section, range: { start: number; end: number }, text: string): Section {
  const { anchor } = section;
  const parts = anchor.kind === 'time' ? anchor.parts : undefined;
  return {
    ...section,
    text: section.text.slice(0, range.start) + text + section.text.slice(range.end),
    anchor:
      anchor.kind === 'time' && parts
        ? {
            ...anchor,
            parts: parts.map((part) => ({
              ...part,
              start: moved(part.start, range, text.length, 'start'),
              end: moved(part.end, range, text.length, 'end'),
            })),
          }
        : anchor,
  };
}

/** Cuts sections into slices of about `passagesInSlice` passages; a section is never divided. */
export function slices(sections: readonly NewSection[]): NewSection[][] {
  const all: NewSection[][] = [];
  let size = passagesInSlice;
  for (const next of sections) {
    if (size >= passagesInSlice) {
      all.push([]);
      size = 0;
    }
    all.at(-1)?.push(next);
    size += 1 + next.passages.length;
  }
  return all;
}

export function openSectionTable(database: Database): SectionTable {
  function insertSection(documentId: string, ordinal: number, firstPassage: number, next: NewSection): void {
    const sectionId = database.insert(
      `INSERT INTO sections (document_id, ordinal, title, level, format, text, length, anchor)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
      documentId,
      ordinal,
      next.title,
      next.level,
      next.format,
      next.text,
      next.text.length,
      JSON.stringify(next.anchor),
    );
    next.passages.forEach(({ start, end, anchor }, i) => {
      const text = next.text.slice(start, end);
      const passageId = database.insert(
        `INSERT INTO passages (document_id, section_id, ordinal, text, start, "end", anchor) VALUES (?, ?, ?, ?, ?, ?, ?)`,
        documentId,
        sectionId,
        firstPassage + i,
        text,
        start,
        end,
        JSON.stringify(anchor),
      );
      indexPassage(database, passageId, text, [next.title, tableHeaderBefore(next.text, start)]);
    });
  }

  /** Moves a passage with the text of its section; one whose words change is indexed anew. */
  function correctPassage(
    row: PassageRow,
    section: Section,
    range: { start: number; end: number },
    text: string,
  ): void {
    const start = moved(row.start, range, text.length, 'start');
    const end = moved(row.end, range, text.length, 'end');
    const words = section.text.slice(start, end);
    database.run('UPDATE passages SET text = ?, start = ?, "end" = ? WHERE id = ?', words, start, end, row.id);
    if (words === row.text) return;
    indexPassage(database, row.id, words, [section.title, tableHeaderBefore(section.text, start)]);
    const removed = database.run('DELETE FROM passage_embeddings WHERE passage_id = ?', row.id);
    database.run('UPDATE documents SET embedded_count = embedded_count - ? WHERE id = ?', removed, row.document_id);
  }

  function sections(documentId: string, from: number, count: number): Section[] {
    return database
      .all<SectionRow & { text: string }>(
        `SELECT ${sectionColumns}, text FROM sections WHERE document_id = ? AND ordinal >= ? ORDER BY ordinal LIMIT ?`,
        documentId,
        from,
        count,
      )
      .map(section);
  }

  return {
    sections,
    outline: (documentId) =>
      database
        .all<SectionRow>(`SELECT ${sectionColumns} FROM sections WHERE document_id = ? ORDER BY ordinal`, documentId)
        .map(sectionSummary),
    add(documentId, first, added) {
      const last = database.get<{ last: number | null }>(
        'SELECT max(ordinal) AS last FROM passages WHERE document_id = ?',
        documentId,
      )?.last;
      let passageCount = (last ?? -1) + 1;
      added.forEach((next, i) => {
        insertSection(documentId, first + i, passageCount, next);
        passageCount += next.passages.length;
      });
    },
    correct(id, ordinal, range, text) {
      const [before] = sections(id, ordinal, 1);
      if (before?.ordinal !== ordinal) throw new LonghandError('not-found', `There is no section ${ordinal} of ${id}.`);
      if (range.start > range.end || range.end > before.text.length)
        throw new LonghandError('bad-request', 'There is no such place in the section: it was changed meanwhile.');
      const after = correctedSection(before, range, text);
      database.transaction(() => {
        database.run(
          'UPDATE sections SET text = ?, length = ?, anchor = ?, token_count = NULL WHERE id = ?',
          after.text,
          after.text.length,
          JSON.stringify(after.anchor),
          before.id,
        );
        for (const row of database.all<PassageRow>(
          `SELECT ${passageColumns} FROM passages p WHERE p.section_id = ?`,
          before.id,
        ))
          correctPassage(row, after, range, text);
        database.run(
          'UPDATE documents SET character_count = character_count + ?, token_count = NULL WHERE id = ?',
          after.text.length - before.text.length,
          id,
        );
      });
      return after;
    },
    async delete(documentId) {
      for (const table of ['passages', 'sections']) {
        const sql = `DELETE FROM ${table} WHERE id IN (SELECT id FROM ${table} WHERE document_id = ? LIMIT ${passagesInSlice})`;
        while (database.run(sql, documentId) > 0) await nextTurn();
      }
    },
    endSeconds(documentId) {
      const last = database.get<{ anchor: string }>(
        'SELECT anchor FROM sections WHERE document_id = ? ORDER BY ordinal DESC LIMIT 1',
        documentId,
      );
      const anchor = last && (JSON.parse(last.anchor) as Anchor);
      return anchor?.kind === 'time' ? anchor.endMs / 1000 : 0;
    },
    async indexAnew() {
      const slice = (after: number) =>
        database.all<{ id: number; text: string; start: number; heading: string | null; section_text: string | null }>(
          `SELECT p.id, p.text, p.start, s.title AS heading, ${sectionText('s.id')} AS section_text
           FROM passages p JOIN sections s ON s.id = p.section_id
           WHERE p.id > ? ORDER BY p.id LIMIT ${passagesInSlice}`,
          after,
        );
      for (let rows = slice(0); rows.length > 0; rows = slice(rows.at(-1)?.id ?? 0)) {
        database.transaction(() => {
          for (const { id, text, start, heading, section_text } of rows) {
            const header = tableHeaderBefore(section_text ?? '', start);
            if (header !== undefined || `${text}${heading}` !== plainText(`${text}${heading}`))
              indexPassage(database, id, text, [heading, header]);
          }
        });
        await nextTurn();
      }
    },
  };
}
