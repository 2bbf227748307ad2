import { describe, expect, it, vi } from 'vitest';
import { openTestLibrary } from '../library/testing/open-library.ts';
import { streamDouble } from '../library/testing/stream-double.ts';
import { openConversationMemories } from './conversation-memory.ts';
import type { Turn } from './prompt.ts';

const id = 'c0';
const turn = (n: number, question = `Question ${n}?`): Turn => ({ question, answer: `Answer ${n}.` });
const { signal } = new AbortController();

function setUp() {
  const streams = streamDouble();
  const { database } = openTestLibrary();
  const memories = openConversationMemories({ streams }, database);
  return { streams, memories, sections: () => streams.kept.get(id)?.sections };
}

describe('a conversation', () => {
  it('is read turn by turn, and goes on where it ended', async () => {
    const { memories, sections } = setUp();
    const turns = [turn(0), turn(1), turn(2)];
    await memories.of(id, turns).read(2, { signal });
    expect(sections()).toEqual([
      'Question: Question 0?\n\nAnswer: Answer 0.',
      'Question: Question 1?\n\nAnswer: Answer 1.',
    ]);
    await memories.of(id, [...turns, turn(3)]).read(4, { signal });
    expect(sections()).toHaveLength(4);
    await memories.of(id, turns).read(3, { signal });
    expect(sections()).toHaveLength(4);
  });

  it('is read ahead of the next question, without the turn that may yet be written anew', async () => {
    const { memories, sections, streams } = setUp();
    memories.prepare(id, [turn(0), turn(1), turn(2)]);
    await vi.waitFor(() => expect(streams.kept.get(id)?.complete).toBe(true));
    expect(sections()).toHaveLength(2);
  });

  it('is read for a question at once, whatever was being read of it', async () => {
    const { memories, sections, streams } = setUp();
    let release = (): void => undefined;
    streams.onRead = () =>
      new Promise((resolve) => {
        release = resolve;
      });
    memories.prepare(id, [turn(0), turn(1)]);
    await vi.waitFor(() => expect(streams.kept.has(id)).toBe(true));
    const asked = memories.of(id, [turn(0), turn(1), turn(2)]).read(2, { signal });
    streams.onRead = () => undefined;
    release();
    await asked;
    expect(sections()).toHaveLength(2);
  });

  it('gives the turns that a question is about, among the first ones', () => {
    const { memories } = setUp();
    const turns = [turn(0, 'My cat is called Fennel.'), turn(1), turn(2, 'What does a cat eat?')];
    expect(memories.of(id, turns).find('What is my cat called?', 2)).toEqual([0]);
    expect(memories.of(id, turns).find('What is my cat called?', 3)).toContain(2);
  });

  it('is freed when it is gone', async () => {
    const { memories, streams } = setUp();
    await memories.of(id, [turn(0)]).read(1, { signal });
    memories.forget(id);
    await vi.waitFor(() => expect(streams.kept.has(id)).toBe(false));
  });
});
