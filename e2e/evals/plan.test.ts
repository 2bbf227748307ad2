import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { depths, type TaskName, taskNames } from './items.ts';
import { makePlans, type Plan, type PlanRequest } from './plan.ts';
import { holds } from './score.ts';
import { tasks } from './tasks/index.ts';
import { countTokens, makeBook } from './testing/books.ts';

const books = [makeBook('North', 2500), makeBook('South', 2500)];

function plan(changes: Partial<PlanRequest>): Plan[] {
  return makePlans({ books, countTokens, tokens: 32_768, tasks: taskNames, trials: 3, seed: 0, ...changes });
}

/** All text that a plan's questions are about. */
function wholeText({ documents, history }: Plan): string {
  return [...documents.map(({ text }) => text), ...history.flatMap(({ question, answer }) => [question, answer])].join(
    '\n',
  );
}

function occurrences(text: string, part: string): number {
  return text.split(part).length - 1;
}

const requests = fc.record({
  seed: fc.integer({ min: 0, max: 2 ** 31 }),
  trials: fc.integer({ min: 1, max: 8 }),
  tokens: fc.constantFrom(8192, 16_384, 65_536),
});
const runs = { numRuns: 12 };

describe('makePlans', () => {
  it('hides every fact that an item needs exactly once, in a document that is mounted', () => {
    fc.assert(
      fc.property(requests, (request) => {
        for (const made of plan(request)) {
          const text = wholeText(made);
          for (const { evidence, answers, documents } of made.items) {
            expect(evidence.length).toBeGreaterThan(0);
            for (const fact of evidence) expect(occurrences(text, fact)).toBe(1);
            expect(answers.length).toBeGreaterThan(0);
            for (const document of documents) expect(made.documents[document]).toBeDefined();
          }
        }
      }),
      runs,
    );
  });

  it('has the answer in the evidence, and misleading answers elsewhere only', () => {
    fc.assert(
      fc.property(requests, (request) => {
        for (const { evidence, answers, wrong, task } of plan(request).flatMap(({ items }) => items)) {
          const told = evidence.join(' ');
          if (task !== 'paraphrase')
            for (const accepted of answers) expect(accepted.some((answer) => told.includes(answer))).toBe(true);
          if (task !== 'aggregate') for (const answer of wrong) expect(told).not.toContain(answer);
          for (const answer of wrong) expect(answers.flat()).not.toContain(answer);
        }
      }),
      runs,
    );
  });

  it('asks no two questions of a text alike, and gives no two of its items the same answer', () => {
    fc.assert(
      fc.property(requests, (request) => {
        const items = plan(request).flatMap((made) => made.items);
        expect(new Set(items.map(({ id }) => id)).size).toBe(items.length);
        for (const layout of ['text', 'documents', 'conversation']) {
          const sharing = items.filter(({ task }) => tasks[task].layout === layout);
          expect(new Set(sharing.map(({ question }) => question)).size).toBe(sharing.length);
          const coded = sharing.flatMap(({ task, answers }) => (task === 'paraphrase' ? [] : answers.flat()));
          expect(new Set(coded).size).toBe(coded.length);
        }
      }),
      runs,
    );
  });

  it('says where the facts stand', () => {
    for (const { documents } of plan({}))
      for (const { text, placed } of documents)
        for (const { fact, start, end } of placed) expect(text.slice(start, end)).toBe(fact.text);
  });

  it('is the same for the same seed and another for another', () => {
    expect(plan({ seed: 7 })).toEqual(plan({ seed: 7 }));
    expect(wholeText(plan({ seed: 7 })[0] as Plan)).not.toBe(wholeText(plan({ seed: 8 })[0] as Plan));
  });

  it('asks the same at every length', () => {
    const tasks: TaskName[] = ['recall', 'multikey', 'paraphrase'];
    const asked = (tokens: number): string[] =>
      plan({ tasks, tokens, trials: 4 }).flatMap(({ items }) => items.map(({ question }) => question));
    expect(asked(16_384)).toEqual(asked(65_536));
  });

  it('makes as many items as there are trials, at each depth for recall', () => {
    const items = plan({ trials: 5 }).flatMap((made) => made.items);
    for (const task of taskNames)
      expect(items.filter((item) => item.task === task)).toHaveLength(task === 'recall' ? 5 * depths.length : 5);
    for (const depth of depths)
      expect(items.filter((item) => item.task === 'recall' && item.depth === depth)).toHaveLength(5);
  });

  it('puts everything in one text where there is room, and deals the trials out where there is not', () => {
    const tasks: TaskName[] = ['recall', 'trace', 'aggregate'];
    expect(plan({ tasks, tokens: 65_536, trials: 6 })).toHaveLength(1);
    const several = plan({ tasks, tokens: 4096, trials: 6 });
    expect(several.length).toBeGreaterThan(1);
    for (const { documents } of several) expect(documents[0]?.tokens).toBeLessThanOrEqual(4096);
    expect(several.flatMap(({ items }) => items)).toHaveLength(6 * (depths.length + 2));
    expect(new Set(several.map(wholeText)).size).toBe(several.length);
  });

  it('refuses a text without room for one trial', () => {
    expect(() => plan({ tokens: 1024 })).toThrow(/no room for one trial/);
  });

  it('has more entries to look up in a longer text', () => {
    const entries = (tokens: number): number =>
      (plan({ tasks: ['kv'], tokens })[0] as Plan).documents[0]?.placed.length ?? 0;
    expect(entries(8192)).toBeLessThan(entries(65_536));
    expect(entries(65_536)).toBeGreaterThan(300);
  });

  it('spreads documents of equal length, mounted in several orders', () => {
    const [made] = plan({ tasks: ['reuse'], trials: 8 });
    expect(made?.documents).toHaveLength(4);
    for (const { tokens } of made?.documents ?? []) expect(tokens).toBeGreaterThan(8192 - 40);
    expect(new Set(made?.items.map(({ documents }) => documents.join())).size).toBeGreaterThan(1);
    for (const { facts, documents } of made?.items ?? [])
      for (const { text, document = 0 } of facts) {
        expect(documents).toContain(document);
        expect(made?.documents[document]?.text).toContain(text);
      }
  });

  it('tells the facts of a conversation in its early turns', () => {
    const [made] = plan({ tasks: ['chat'], trials: 5, tokens: 16_384 });
    const { history = [], items = [] } = made ?? {};
    expect(made?.documents).toEqual([]);
    for (const { evidence } of items) {
      const turn = history.findIndex(({ question }) => question === evidence[0]);
      expect(turn).toBeGreaterThanOrEqual(0);
      expect(turn).toBeLessThan(history.length * 0.35);
    }
    const tokens = history.reduce((sum, { question, answer }) => sum + countTokens(`${question}${answer}`), 0);
    expect(tokens).toBeLessThan(16_384);
    expect(tokens).toBeGreaterThan(16_384 * 0.8);
  });
});

describe('trace', () => {
  it('leads from the name asked for to the value, in the text’s order', () => {
    for (const { question, facts, answers, kind } of plan({ tasks: ['trace'], trials: 6 })[0]?.items ?? []) {
      let name = /called (\w+)\?/.exec(question)?.[1] ?? '';
      let hops = 0;
      for (;;) {
        const fact = facts.find(({ text }) => text.startsWith(`The ledger called ${name} took over`));
        if (!fact) break;
        name = /sum of the ledger called (\w+)\./.exec(fact.text)?.[1] ?? '';
        hops++;
      }
      expect(`${hops} hops`).toBe(kind);
      expect(
        facts.some(({ text }) => text === `The sum written in the ledger called ${name} is ${answers[0]?.[0]}.`),
      ).toBe(true);
    }
  });
});

describe('aggregate', () => {
  it('has the answers as its most frequent words', () => {
    for (const { evidence, answers } of plan({ tasks: ['aggregate'], trials: 4 })[0]?.items ?? []) {
      const counts = new Map<string, number>();
      for (const word of (evidence[0] ?? '').replace(/^.*reads: |\.$/g, '').split(' '))
        counts.set(word, (counts.get(word) ?? 0) + 1);
      const frequent = [...counts].sort((a, b) => b[1] - a[1]).slice(0, answers.length);
      expect(frequent.map(([word]) => word).sort()).toEqual(answers.flat().sort());
    }
  });
});

describe('values', () => {
  it('are found by scoring in the sentence that tells them', () => {
    for (const { evidence, answers, task } of plan({}).flatMap(({ items }) => items))
      if (task !== 'paraphrase')
        for (const accepted of answers) expect(accepted.some((answer) => holds(evidence.join(' '), answer))).toBe(true);
  });
});
