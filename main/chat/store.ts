/** Conversations and their messages, as they are kept in the library's database. */
import { randomUUID } from 'node:crypto';
import { LonghandError } from '../../base/errors.ts';
import type { Database } from '../library/database.ts';
import { indexedText, matchAll } from '../library/search-query.ts';
import { type AnswerDetails, answerDetails, type Conversation, type Message } from './schema.ts';

export type NewMessage = Pick<Message, 'role' | 'text' | 'state'>;
export type MessageChange = Partial<Pick<Message, 'text' | 'state' | 'error' | 'details'>>;

export interface ChatStore {
  /** Starts a conversation with these documents mounted; throws `not-found` for a document that is not there. */
  create(title: string, documentIds: readonly string[]): Conversation;
  /** All conversations, last used first; with a query those whose title, or one of whose messages, holds all its words. */
  list(query?: string): Conversation[];
  /** Whether there is a conversation of this id. */
  has(id: string): boolean;
  /** One conversation; throws `not-found`. */
  get(id: string): Conversation;
  /** Its messages, oldest first; throws `not-found`. */
  messages(id: string): Message[];
  rename(id: string, title: string): Conversation;
  remove(id: string): void;
  /** Mounts exactly these documents, in this order. */
  mount(id: string, documentIds: readonly string[]): Conversation;
  append(conversationId: string, message: NewMessage): Message;
  /** Changes a message; throws `not-found`. */
  update(messageId: string, change: MessageChange): Message;
  removeMessage(messageId: string): void;
}

interface ConversationRow {
  number: number;
  id: string;
  title: string;
  created_at: number;
  updated_at: number;
}

interface MessageRow {
  number: number;
  id: string;
  conversation_id: string;
  role: Message['role'];
  text: string;
  state: Message['state'];
  error: string | null;
  details: string | null;
  created_at: number;
}

/** Stored details; those of an older form are left out rather than shown wrongly. */
function storedDetails(json: string | null): AnswerDetails | null {
  return json === null ? null : (answerDetails.safeParse(JSON.parse(json)).data ?? null);
}

function message(row: MessageRow): Message {
  return {
    id: row.id,
    conversationId: row.conversation_id,
    role: row.role,
    text: row.text,
    state: row.state,
    error: row.error,
    details: storedDetails(row.details),
    createdAt: row.created_at,
  };
}

/** Opens the store. Answers that were being written when the last run ended are `stopped`, with what stands. */
export function openChatStore(database: Database): ChatStore {
  for (const { number } of database.all<MessageRow>(`SELECT number FROM messages WHERE state = 'streaming'`))
    database.transaction(() => {
      database.run(`UPDATE messages SET state = 'stopped' WHERE number = ?`, number);
      indexMessage(number);
    });

  function indexMessage(number: number): void {
    const row = database.get<{ text: string }>('SELECT text FROM messages WHERE number = ?', number);
    if (row)
      database.run('INSERT OR REPLACE INTO message_index (rowid, text) VALUES (?, ?)', number, indexedText(row.text));
  }

  function conversationRow(id: string): ConversationRow {
    const row = database.get<ConversationRow>('SELECT * FROM conversations WHERE id = ?', id);
    if (!row) throw new LonghandError('not-found', `There is no conversation with the id ${id}.`);
    return row;
  }

  function messageRow(id: string): MessageRow {
    const row = database.get<MessageRow>('SELECT * FROM messages WHERE id = ?', id);
    if (!row) throw new LonghandError('not-found', `There is no message with the id ${id}.`);
    return row;
  }

  function conversation(row: ConversationRow): Conversation {
    const documents = database.all<{ id: string }>(
      'SELECT document_id AS id FROM conversation_documents WHERE conversation_id = ? ORDER BY position',
      row.id,
    );
    return {
      id: row.id,
      title: row.title,
      documentIds: documents.map(({ id }) => id),
      createdAt: row.created_at,
      updatedAt: row.updated_at,
    };
  }

  const get = (id: string): Conversation => conversation(conversationRow(id));

  function touch(id: string): void {
    database.run('UPDATE conversations SET updated_at = ? WHERE id = ?', Date.now(), id);
  }

  function storeMounts(id: string, documentIds: readonly string[]): void {
    database.run('DELETE FROM conversation_documents WHERE conversation_id = ?', id);
    [...new Set(documentIds)].forEach((documentId, position) => {
      const found = database.get('SELECT 1 FROM documents WHERE id = ? AND content_hash IS NOT NULL', documentId);
      if (!found)
        throw new LonghandError('not-found', `There is no document with the id ${documentId} in the library.`);
      database.run(
        'INSERT INTO conversation_documents (conversation_id, document_id, position) VALUES (?, ?, ?)',
        id,
        documentId,
        position,
      );
    });
  }

  function matching(query: string): ConversationRow[] {
    const match = matchAll(query);
    if (!match) return [];
    return database.all<ConversationRow>(
      `SELECT * FROM conversations
       WHERE number IN (SELECT rowid FROM title_index WHERE title_index MATCH ?)
          OR id IN (SELECT m.conversation_id FROM message_index JOIN messages m ON m.number = message_index.rowid
                    WHERE message_index MATCH ?)
       ORDER BY updated_at DESC, number DESC`,
      match,
      match,
    );
  }

  return {
    get,
    has: (id) => database.get('SELECT 1 FROM conversations WHERE id = ?', id) !== undefined,
    create(title, documentIds) {
      const id = randomUUID();
      const now = Date.now();
      database.transaction(() => {
        const number = database.insert(
          'INSERT INTO conversations (id, title, created_at, updated_at) VALUES (?, ?, ?, ?)',
          id,
          title,
          now,
          now,
        );
        database.run('INSERT INTO title_index (rowid, text) VALUES (?, ?)', number, indexedText(title));
        storeMounts(id, documentIds);
      });
      return get(id);
    },
    list(query) {
      const rows = query?.trim()
        ? matching(query)
        : database.all<ConversationRow>('SELECT * FROM conversations ORDER BY updated_at DESC, number DESC');
      return rows.map(conversation);
    },
    messages(id) {
      conversationRow(id);
      return database
        .all<MessageRow>('SELECT * FROM messages WHERE conversation_id = ? ORDER BY number', id)
        .map(message);
    },
    rename(id, title) {
      const { number } = conversationRow(id);
      database.transaction(() => {
        database.run('UPDATE conversations SET title = ? WHERE id = ?', title, id);
        database.run('INSERT OR REPLACE INTO title_index (rowid, text) VALUES (?, ?)', number, indexedText(title));
      });
      return get(id);
    },
    remove(id) {
      conversationRow(id);
      database.run('DELETE FROM conversations WHERE id = ?', id);
    },
    mount(id, documentIds) {
      conversationRow(id);
      database.transaction(() => storeMounts(id, documentIds));
      return get(id);
    },
    append(conversationId, { role, text, state }) {
      conversationRow(conversationId);
      const id = randomUUID();
      database.transaction(() => {
        const number = database.insert(
          'INSERT INTO messages (id, conversation_id, role, text, state, created_at) VALUES (?, ?, ?, ?, ?, ?)',
          id,
          conversationId,
          role,
          text,
          state,
          Date.now(),
        );
        if (state !== 'streaming') indexMessage(number);
        touch(conversationId);
      });
      return message(messageRow(id));
    },
    update(messageId, change) {
      const row = messageRow(messageId);
      const next = { ...message(row), ...change };
      database.transaction(() => {
        database.run(
          'UPDATE messages SET text = ?, state = ?, error = ?, details = ? WHERE number = ?',
          next.text,
          next.state,
          next.error,
          next.details && JSON.stringify(next.details),
          row.number,
        );
        // An answer is searched once it stands, not at each of its words.
        if (next.state !== 'streaming') indexMessage(row.number);
        touch(row.conversation_id);
      });
      return next;
    },
    removeMessage(messageId) {
      const { number } = messageRow(messageId);
      database.run('DELETE FROM messages WHERE number = ?', number);
    },
  };
}
