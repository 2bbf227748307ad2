/** Which of some texts a question is about, by their words: for what has no index of its own. */
import type { Database } from './database.ts';
import { indexedText, matchAny } from './search-query.ts';

/** Places of the texts that hold words of the question, best first (BM25), at most `limit`. */
export function rankTexts(database: Database, texts: readonly string[], question: string, limit: number): number[] {
  const match = matchAny(question);
  if (match === undefined) return [];
  return database.transaction(() => {
    database.run(`CREATE VIRTUAL TABLE temp.texts_to_rank USING fts5 (
      text, content = '', tokenize = 'porter unicode61 remove_diacritics 2'
    )`);
    for (const [place, text] of texts.entries())
      database.run('INSERT INTO temp.texts_to_rank (rowid, text) VALUES (?, ?)', place, indexedText(text));
    const found = database.all<{ place: number }>(
      `SELECT rowid AS place FROM temp.texts_to_rank WHERE texts_to_rank MATCH ? ORDER BY rank, rowid LIMIT ?`,
      match,
      limit,
    );
    database.run('DROP TABLE temp.texts_to_rank');
    return found.map(({ place }) => place);
  });
}
