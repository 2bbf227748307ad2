import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PassageHit } from '../library/schema.ts';
import { type AssembledPrompt, assemblePrompt, type MountedDocument, type PromptRequest } from './prompt.ts';

const documentId = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
/** One token a word, which is near enough for laying out a prompt. */
const countWords = (texts: string[]): Promise<number[]> =>
  Promise.resolve(texts.map((text) => text.split(/\s+/).filter(Boolean).length));

function document(n: number, words: number): MountedDocument {
  return {
    id: documentId(n),
    title: `Book ${n}`,
    tokens: words,
    text: () => Promise.resolve(`word${n} `.repeat(words).trim()),
  };
}

function hit(n: number, words: number): PassageHit {
  return {
    id: n,
    documentId: documentId(n),
    sectionId: 1,
    section: 0,
    ordinal: 0,
    text: `passage${n} `.repeat(words).trim(),
    start: 0,
    end: 1,
    anchor: { kind: 'range', start: 0, end: 1 },
    title: `Book ${n}`,
    score: 1,
  };
}

function request(change: Partial<PromptRequest>): PromptRequest {
  return {
    documents: [],
    hits: [],
    history: [],
    question: 'Who wrote it?',
    contextLength: 4096,
    strategy: 'text',
    countTokens: countWords,
    ...change,
  };
}

async function promptTokens({ system, messages }: AssembledPrompt): Promise<number> {
  const texts = [system, ...messages.map(({ content }) => content)];
  return (await countWords(texts)).reduce((sum, count) => sum + count, 0);
}

describe('a prompt', () => {
  it('holds whole documents as text while they fit, before everything that changes from turn to turn', async () => {
    const documents = [document(1, 1000), document(2, 500)];
    const first = await assemblePrompt(request({ documents, hits: [hit(1, 50)] }));
    expect(first.fits).toBe(true);
    expect(first.system).toContain('# Book 1\n\nword1 word1');
    expect(first.system).toContain('# Book 2\n\nword2 word2');
    expect(first.messages.at(-1)?.content).toMatch(/^From "Book 1": passage1 .*\n\nWho wrote it\?$/s);
    const second = await assemblePrompt(
      request({ documents, history: [{ question: 'Who wrote it?', answer: 'She did.' }], question: 'When?' }),
    );
    expect(second.system).toEqual(first.system);
    expect(second.messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'user']);
  });

  it('holds no document as text when the model attends to what it keeps', async () => {
    const prompt = await assemblePrompt(request({ documents: [document(1, 1000)], strategy: 'kept' }));
    expect(prompt.fits).toBe(true);
    expect(prompt.system).not.toContain('word1');
    expect(prompt.messages).toEqual([{ role: 'user', content: 'Who wrote it?' }]);
  });

  it('holds the passages found when the documents do not fit', async () => {
    const documents = [document(1, 50_000), document(2, 30_000)];
    const prompt = await assemblePrompt(request({ documents, hits: [hit(1, 80), hit(1, 60)] }));
    expect(prompt.fits).toBe(false);
    expect(prompt.messages.at(-1)?.content).toContain('passage1');
    expect(prompt.passages.map(({ hit: { id } }) => id)).toEqual([1, 1]);
  });

  it('holds the rows of a table in lines, under the names of their columns, and counts those too', async () => {
    const documents = [document(1, 50_000)];
    const row = { ...hit(1, 1), text: '| Ann | 3 |', lead: '| Name | Fee |' };
    const given = (passageTokens: number) =>
      assemblePrompt(request({ documents, hits: [row], passageTokens })).then(({ messages, passages }) => [
        messages.at(-1)?.content,
        passages.map(({ tokens }) => tokens),
      ]);
    // Ten words, and four for what stands around them.
    expect(await given(14)).toEqual(['| Name | Fee |\n| Ann | 3 |\n\nWho wrote it?', [10]]);
    expect(await given(13)).toEqual(['Who wrote it?', []]);
    const two = await assemblePrompt(request({ documents: [...documents, document(2, 50_000)], hits: [row] }));
    expect(two.messages.at(-1)?.content).toMatch(/^From "Book 1":\n\| Name \| Fee \|\n\| Ann \| 3 \|\n\n/);
  });

  it('lets the oldest turns give way first, and says so', async () => {
    const turn = (n: number) => ({ question: `q${n} `.repeat(200), answer: `a${n} `.repeat(200) });
    const prompt = await assemblePrompt(request({ history: [turn(1), turn(2), turn(3)] }));
    expect(prompt.messages.map(({ content }) => content.slice(0, 2))).toEqual(['q2', 'a2', 'q3', 'a3', 'Wh']);
    expect(prompt.leftOutTurns).toEqual({ count: 1, tokens: 400 });
  });

  it('always leaves room for the answer', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(6000), { maxLength: 5 }),
        fc.array(fc.tuple(fc.nat(4), fc.integer({ min: 1, max: 400 })), { maxLength: 10 }),
        fc.array(fc.nat(600), { maxLength: 5 }),
        fc.constantFrom(1024, 2048, 8192),
        async (sizes, found, turns, contextLength) => {
          const documents = sizes.map((words, n) => document(n, words));
          const hits = found.filter(([n]) => n < sizes.length).map(([n, words]) => hit(n, words));
          const history = turns.map((words) => ({ question: 'q', answer: 'a '.repeat(words) }));
          const prompt = await assemblePrompt(request({ documents, hits, history, contextLength }));
          expect((await promptTokens(prompt)) + prompt.maxTokens).toBeLessThanOrEqual(contextLength);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('recalls turns that had to make room, closest to the question, as far as they are short enough', async () => {
    const history = Array.from({ length: 30 }, (_, n) => ({ question: `question${n} `.repeat(100), answer: 'Yes.' }));
    history[1] = { question: 'My cat is called Fennel.', answer: 'Noted.' };
    const { messages, recalledTurns, leftOutTurns, read } = await assemblePrompt(
      request({ history, question: 'What is my cat called?', recall: (count) => [1, 2, count - 1] }),
    );
    expect(leftOutTurns.count).toBeGreaterThan(2);
    expect(recalledTurns).toEqual([1, 2, leftOutTurns.count - 1]);
    const last = messages.at(-1)?.content ?? '';
    expect(last).toMatch(
      /Earlier in this conversation:\nMy cat is called Fennel\.\nNoted\.\n\nWhat is my cat called\?$/,
    );
    expect(read.join('\n')).toContain('Fennel');
    expect((await assemblePrompt(request({ history: history.slice(0, 2), recall: () => [0] }))).recalledTurns).toEqual(
      [],
    );
  });
});
