import { describe, expect, it, vi } from 'vitest';
import { makePlans, type Plan } from './plan.ts';
import { type Reader, runItems } from './runner.ts';
import { countTokens, makeBook } from './testing/books.ts';

const books = [makeBook('North', 800)];
const plans = makePlans({
  books,
  countTokens,
  tokens: 8192,
  tasks: ['recall', 'multivalue', 'reuse', 'chat'],
  trials: 2,
  seed: 1,
});

/** Answers and cites everything; or nothing. */
function reader(plan: Plan, knows: boolean): Reader {
  return {
    async ask(question) {
      const item = plan.items.find((it) => it.question === question);
      return {
        text: knows ? (item?.answers.map(([answer]) => answer).join(', ') ?? '') : 'I did not find it.',
        citations: knows ? (item?.evidence.map((quote) => ({ quote })) ?? []) : [],
        timing: null,
        read: { tokensMounted: 8192, tokensAttended: 500 },
      };
    },
  };
}

describe('runItems', () => {
  it('scores what a reader answers', async () => {
    for (const plan of plans) {
      const onOutcome = vi.fn();
      const known = await runItems({ condition: 'longhand', plan, reader: reader(plan, true), onOutcome });
      expect(known.map(({ id }) => id)).toEqual(plan.items.map(({ id }) => id));
      for (const outcome of known)
        expect(outcome).toMatchObject({ right: 1, cited: 1, tokens: 8192, condition: 'longhand', attendedTokens: 500 });
      expect(onOutcome).toHaveBeenCalledTimes(plan.items.length);
      const unknown = await runItems({ condition: 'window', plan, reader: reader(plan, false) });
      for (const outcome of unknown) expect(outcome).toMatchObject({ right: 0, cited: 0 });
    }
  });

  it('hands over what is mounted, the conversation, and room for all that is asked for', async () => {
    for (const plan of plans) {
      const ask = vi.fn(reader(plan, true).ask);
      await runItems({ condition: 'full', plan, reader: { ask } });
      for (const [i, item] of plan.items.entries())
        expect(ask).toHaveBeenNthCalledWith(i + 1, item.question, {
          documents: item.documents,
          history: plan.history,
          maxTokens: 64 + 32 * (item.answers.length - 1),
        });
    }
  });

  it('stops between questions', async () => {
    const [plan] = plans as [Plan];
    const controller = new AbortController();
    const running = runItems({
      condition: 'full',
      plan,
      reader: reader(plan, true),
      signal: controller.signal,
      onOutcome: () => controller.abort(),
    });
    await expect(running).rejects.toMatchObject({ code: 'cancelled' });
  });
});
