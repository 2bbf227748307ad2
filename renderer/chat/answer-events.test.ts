import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { AnswerPhase, Message } from '../../main/ipc/contract.ts';
import { exchanges, passOf, withAsked, withMessage, withText } from './answer-events.ts';

function message(id: string, role: Message['role'], changes: Partial<Message> = {}): Message {
  const base = { conversationId: 'c', text: '', error: null, details: null, createdAt: 0 };
  return { ...base, id, role, state: role === 'user' ? 'done' : 'streaming', ...changes };
}

const asked = [message('q', 'user', { text: 'Who?' }), message('a', 'assistant')];

describe('text events', () => {
  test('written in pieces of any size, the answer is whole', () => {
    fc.assert(
      fc.property(fc.array(fc.string(), { maxLength: 30 }), (pieces) => {
        let messages = asked;
        let offset = 0;
        for (const text of pieces) {
          const result = withText(messages, { messageId: 'a', offset, text });
          expect(result.gap).toBe(false);
          messages = result.messages;
          offset += text.length;
        }
        expect(messages[1]?.text).toBe(pieces.join(''));
      }),
    );
  });

  test('events that were already part of a fetched answer change nothing', () => {
    const held = withMessage(asked, message('a', 'assistant', { text: 'It was Mara' }));
    const { messages, gap } = withText(held, { messageId: 'a', offset: 7, text: 'Mara' });
    expect(gap).toBe(false);
    expect(messages[1]?.text).toBe('It was Mara');
  });

  test('a gap is told and leaves the text as it is', () => {
    const held = withMessage(asked, message('a', 'assistant', { text: 'It was' }));
    const { messages, gap } = withText(held, { messageId: 'a', offset: 20, text: 'Wren' });
    expect(gap).toBe(true);
    expect(messages[1]?.text).toBe('It was');
  });

  test('text of an answer that is not known yet is a gap', () => {
    expect(withText([], { messageId: 'a', offset: 0, text: 'It' })).toEqual({ messages: [], gap: true });
  });
});

describe('the reply to a question', () => {
  test('appends question and answer', () => {
    const [question, answer] = asked;
    if (!question || !answer) throw new Error('two messages');
    expect(withAsked([], { question, answer }).map(({ id }) => id)).toEqual(['q', 'a']);
  });

  test('does not undo an end that overtook it', () => {
    const ended = message('a', 'assistant', { text: 'Mara.', state: 'done' });
    const [question, answer] = asked;
    if (!question || !answer) throw new Error('two messages');
    expect(withAsked([ended], { question, answer })).toEqual([question, ended]);
  });
});

test('messages are paired, also where a question or an answer is missing', () => {
  const [question, answer] = asked;
  const stray = message('s', 'assistant');
  const open = message('o', 'user');
  expect(exchanges([stray, ...asked, open])).toEqual([
    { question: null, answer: stray },
    { question, answer },
    { question: open, answer: null },
  ]);
});

describe('a pass over all of the documents', () => {
  const part = { documentId: 'd', title: 'One', section: 0, start: 0, end: 1, text: 'Henry.' };
  const passing: AnswerPhase = { phase: 'passing', done: 0, total: 5, secondsLeft: null };
  const stored = message('a', 'assistant', {
    details: {
      citations: [],
      read: { documents: [], tokensMounted: 0, tokensAttended: 0, tokensReused: 0, leftOut: [] },
      timing: null,
      unsupported: [],
      model: '',
      device: 'cpu',
      pass: { task: 'list', windows: 4, parts: [part, part] },
    } as unknown as Message['details'],
  });

  test('is shown as it was stored, until it goes on with what still stands of it', () => {
    expect(passOf(stored, undefined)).toMatchObject({ windows: 4, parts: { length: 2 } });
    expect(passOf(stored, { phase: passing, citations: [], pass: null })).toEqual({ windows: 5, parts: [part, part] });
    const pass = { task: 'list' as const, windows: 5, parts: [part] };
    expect(passOf(stored, { phase: passing, citations: [], pass })).toEqual({ windows: 5, parts: [part] });
    expect(passOf(message('b', 'assistant'), undefined)).toBeUndefined();
  });
});
