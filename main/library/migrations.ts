/**
 * The database's schema as a history: migration `n` (from 0) leads from version `n` to `n + 1`.
 * A migration that has shipped is never edited; a change of the schema is a new row at the end.
 */
export const migrations: readonly string[] = [
  /* 1: documents, their sections and passages, conversations and settings. */ `
  CREATE TABLE settings (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE documents (
    id              TEXT PRIMARY KEY,
    title           TEXT NOT NULL,
    -- 1 once a person chose the title: reading the file again must not replace it.
    title_chosen    INTEGER NOT NULL DEFAULT 0,
    file_name       TEXT NOT NULL,
    kind            TEXT NOT NULL,
    state           TEXT NOT NULL,
    error           TEXT,
    -- SHA-256 of the file, which is also its name below files/; null while the document is being removed.
    content_hash    TEXT UNIQUE,
    byte_size       INTEGER NOT NULL,
    section_count   INTEGER NOT NULL DEFAULT 0,
    character_count INTEGER NOT NULL DEFAULT 0,
    token_count     INTEGER,
    author          TEXT,
    language        TEXT,
    created_at      TEXT,
    empty_sections  INTEGER NOT NULL DEFAULT 0,
    added_at        INTEGER NOT NULL,
    -- Place in the reading queue; a retried document goes to its end.
    queued_at       INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;

  -- AUTOINCREMENT: a stored answer cites sections and passages by number, so a number is never used twice.
  CREATE TABLE sections (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    document_id TEXT NOT NULL REFERENCES documents ON DELETE CASCADE,
    ordinal     INTEGER NOT NULL,
    title       TEXT,
    level       INTEGER NOT NULL,
    format      TEXT NOT NULL,
    text        TEXT NOT NULL,
    length      INTEGER NOT NULL,
    anchor      TEXT NOT NULL,
    token_count INTEGER,
    UNIQUE (document_id, ordinal)
  ) STRICT;

  CREATE TABLE passages (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    document_id TEXT NOT NULL REFERENCES documents ON DELETE CASCADE,
    section_id  INTEGER NOT NULL REFERENCES sections ON DELETE CASCADE,
    ordinal     INTEGER NOT NULL,
    text        TEXT NOT NULL,
    start       INTEGER NOT NULL,
    "end"       INTEGER NOT NULL,
    anchor      TEXT NOT NULL,
    UNIQUE (document_id, ordinal)
  ) STRICT;
  CREATE INDEX passages_of_section ON passages (section_id);

  -- The index holds no text of its own; the triggers keep it in step when rows are deleted, cascades included.
  CREATE VIRTUAL TABLE passage_index USING fts5 (
    text, heading, content = '', contentless_delete = 1, tokenize = 'porter unicode61 remove_diacritics 2'
  );
  CREATE TRIGGER passages_deleted AFTER DELETE ON passages BEGIN
    DELETE FROM passage_index WHERE rowid = old.id;
  END;

  CREATE TABLE conversations (
    number     INTEGER PRIMARY KEY AUTOINCREMENT,
    id         TEXT NOT NULL UNIQUE,
    title      TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
  ) STRICT;

  CREATE TABLE conversation_documents (
    conversation_id TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    document_id     TEXT NOT NULL REFERENCES documents ON DELETE CASCADE,
    position        INTEGER NOT NULL,
    PRIMARY KEY (conversation_id, document_id)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX conversations_of_document ON conversation_documents (document_id);

  CREATE TABLE messages (
    number          INTEGER PRIMARY KEY AUTOINCREMENT,
    id              TEXT NOT NULL UNIQUE,
    conversation_id TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    role            TEXT NOT NULL,
    text            TEXT NOT NULL,
    state           TEXT NOT NULL,
    error           TEXT,
    details         TEXT,
    created_at      INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX messages_of_conversation ON messages (conversation_id, number);

  CREATE VIRTUAL TABLE title_index USING fts5 (
    text, content = '', contentless_delete = 1, tokenize = 'porter unicode61 remove_diacritics 2'
  );
  CREATE TRIGGER conversations_deleted AFTER DELETE ON conversations BEGIN
    DELETE FROM title_index WHERE rowid = old.number;
  END;
  CREATE VIRTUAL TABLE message_index USING fts5 (
    text, content = '', contentless_delete = 1, tokenize = 'porter unicode61 remove_diacritics 2'
  );
  CREATE TRIGGER messages_deleted AFTER DELETE ON messages BEGIN
    DELETE FROM message_index WHERE rowid = old.number;
  END;
  `,
  /* 2: what each model keeps of a document that it has read. */ `
  CREATE TABLE memories (
    document_id TEXT NOT NULL REFERENCES documents ON DELETE CASCADE,
    model_id    TEXT NOT NULL,
    state       TEXT NOT NULL,
    reason      TEXT,
    tokens      INTEGER NOT NULL DEFAULT 0,
    bytes       INTEGER NOT NULL DEFAULT 0,
    used_at     INTEGER NOT NULL,
    PRIMARY KEY (document_id, model_id)
  ) STRICT, WITHOUT ROWID;

  -- 1 for a document that never gives its space to others, whatever the model.
  ALTER TABLE documents ADD COLUMN pinned INTEGER NOT NULL DEFAULT 0;
  `,
  /* 3: passages' embeddings, for searching by meaning. */ `
  CREATE TABLE passage_embeddings (
    passage_id INTEGER PRIMARY KEY REFERENCES passages ON DELETE CASCADE,
    -- 384 signed bytes: the direction of the embedding, whose length is 1.
    vector     BLOB NOT NULL CHECK (length(vector) = 384)
  ) STRICT;

  -- How many of a document's passages have one.
  ALTER TABLE documents ADD COLUMN embedded_count INTEGER NOT NULL DEFAULT 0;
  `,
  /* 4: an embedding for each sentence of a passage, made anew from the text. */ `
  DROP TABLE passage_embeddings;
  CREATE TABLE passage_embeddings (
    passage_id INTEGER PRIMARY KEY REFERENCES passages ON DELETE CASCADE,
    -- 384 signed bytes a sentence: the direction of its embedding, whose length is 1.
    vectors    BLOB NOT NULL CHECK (length(vectors) > 0 AND length(vectors) % 384 = 0)
  ) STRICT;
  UPDATE documents SET embedded_count = 0;
  `,
  /* 5: files that are encrypted. */ `
  -- 1 for a file that is read with a password, which is kept nowhere.
  ALTER TABLE documents ADD COLUMN locked INTEGER NOT NULL DEFAULT 0;
  `,
  /* 6: files of this machine that documents were added from, and whether they have changed since. */ `
  -- Null for what was sent, pasted, or taken out of an archive.
  ALTER TABLE documents ADD COLUMN origin_path TEXT;
  -- Size and time of that file when it was last compared with what is kept.
  ALTER TABLE documents ADD COLUMN origin_look TEXT;
  ALTER TABLE documents ADD COLUMN changed INTEGER NOT NULL DEFAULT 0;
  -- How often another content took the place of the first.
  ALTER TABLE documents ADD COLUMN revision INTEGER NOT NULL DEFAULT 0;
  CREATE INDEX documents_of_origin ON documents (origin_path);
  `,
  /* 7: folders of this machine whose new files are added by themselves. */ `
  CREATE TABLE watched_folders (
    path     TEXT PRIMARY KEY,
    added_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;

  -- The files that were met there, and how they looked: what a person removed from the library does not come back.
  CREATE TABLE watched_files (
    folder TEXT NOT NULL REFERENCES watched_folders ON DELETE CASCADE,
    path   TEXT NOT NULL,
    look   TEXT NOT NULL,
    PRIMARY KEY (folder, path)
  ) STRICT, WITHOUT ROWID;
  `,
  /* 8: scenes of videos. */ `
  CREATE TABLE scenes (
    document_id TEXT NOT NULL REFERENCES documents ON DELETE CASCADE,
    at_ms       INTEGER NOT NULL,
    -- A JPEG file.
    thumbnail   BLOB NOT NULL,
    PRIMARY KEY (document_id, at_ms)
  ) STRICT;
  `,
  /* 9: since when this library is kept (milliseconds): older files in its folder are another's. */ `
  INSERT INTO settings VALUES ('keptSince', CAST(unixepoch() * 1000 AS TEXT));
  `,
  /* 10: files in watched folders that could not be added, which are tried again when they have changed. */ `
  ALTER TABLE watched_files ADD COLUMN refused INTEGER NOT NULL DEFAULT 0;
  `,
];
