import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type FakeForward, type FakeSequence, fakeForward } from '../testing/fake-forward.ts';
import { type Held, keepSequences, type Limits, type Sequences } from './sequences.ts';

const roomy: Limits = { count: 4, bytes: 1000 };

/** Takes a sequence and reads all of the tokens into it, as a generation does. */
async function use(forward: FakeForward, sequences: Sequences, tokens: number[], expected = tokens.length) {
  const held = sequences.take(tokens, expected);
  const reused = held.tokens.length;
  await read(forward, held, tokens.slice(reused));
  return { held, reused };
}

async function read(forward: FakeForward, held: Held, tokens: number[]): Promise<void> {
  await forward.run(held.sequence, Int32Array.from(tokens), []);
  held.tokens.push(...tokens);
}

const tokensOf = ({ sequence }: Held): readonly number[] => (sequence as FakeSequence).tokens;
const live = ({ sequences }: FakeForward): FakeSequence[] => sequences.filter(({ disposed }) => disposed === 0);

describe('kept sequences', () => {
  it('begin with nothing', () => {
    const forward = fakeForward();
    const held = keepSequences(forward, roomy).take([1, 2, 3], 5);
    expect(held.tokens).toEqual([]);
    expect(held.sequence.length).toBe(0);
  });

  it('go on in the same memory when all of one is wanted', async () => {
    const forward = fakeForward();
    const sequences = keepSequences(forward, roomy);
    const first = await use(forward, sequences, [1, 2, 3]);
    const second = await use(forward, sequences, [1, 2, 3, 4]);
    expect(second.reused).toBe(3);
    expect(second.held.sequence).toBe(first.held.sequence);
    expect(tokensOf(second.held)).toEqual([1, 2, 3, 4]);
  });

  it('leave the last token to be read, whose logits are wanted', async () => {
    const forward = fakeForward();
    const sequences = keepSequences(forward, roomy);
    await use(forward, sequences, [1, 2, 3]);
    expect((await use(forward, sequences, [1, 2, 3])).reused).toBe(2);
    expect((await use(forward, sequences, [1])).reused).toBe(0);
  });

  it('are copied when another goes a different way, so that both can go on', async () => {
    const forward = fakeForward();
    const sequences = keepSequences(forward, roomy);
    await use(forward, sequences, [1, 2, 3, 4]);
    const other = await use(forward, sequences, [1, 2, 9, 9]);
    expect(other.reused).toBe(2);
    expect(tokensOf(other.held)).toEqual([1, 2, 9, 9]);
    expect((await use(forward, sequences, [1, 2, 3, 4, 5])).reused).toBe(4);
    expect((await use(forward, sequences, [1, 2, 9, 9, 9])).reused).toBe(4);
  });

  it('are cut where the device cannot copy them', async () => {
    const forward = fakeForward({ onDevice: true });
    const sequences = keepSequences(forward, roomy);
    const first = await use(forward, sequences, [1, 2, 3, 4], 8);
    const other = await use(forward, sequences, [1, 2, 9], 8);
    expect(other.reused).toBe(2);
    expect(other.held.sequence).toBe(first.held.sequence);
    expect(tokensOf(other.held)).toEqual([1, 2, 9]);
  });

  it('are cut, not copied, when memory has no room for both', async () => {
    const forward = fakeForward();
    const sequences = keepSequences(forward, { count: 4, bytes: 6 });
    const first = await use(forward, sequences, [1, 2, 3, 4]);
    const other = await use(forward, sequences, [1, 2, 9]);
    expect(other.reused).toBe(2);
    expect(other.held.sequence).toBe(first.held.sequence);
  });

  it('share the longest beginning there is', async () => {
    const forward = fakeForward();
    const sequences = keepSequences(forward, roomy);
    for (const tokens of [
      [1, 5],
      [1, 2, 3, 5],
      [1, 2, 5],
    ])
      await use(forward, sequences, tokens);
    expect((await use(forward, sequences, [1, 2, 3, 4])).reused).toBe(3);
  });

  it('of a fixed size are passed over when what comes does not fit', async () => {
    const forward = fakeForward({ onDevice: true });
    const sequences = keepSequences(forward, roomy);
    const small = await use(forward, sequences, [1, 2, 3], 4);
    const large = await use(forward, sequences, [1, 2, 3, 4, 5], 8);
    expect(large.reused).toBe(0);
    expect(large.held.sequence).not.toBe(small.held.sequence);
  });

  it('that were not used for longest are dropped first', async () => {
    const forward = fakeForward();
    const sequences = keepSequences(forward, { count: 3, bytes: 1000 });
    const [first, second, third] = [
      await use(forward, sequences, [1, 1]),
      await use(forward, sequences, [2, 2]),
      await use(forward, sequences, [3, 3]),
    ];
    await use(forward, sequences, [1, 1, 1]);
    await use(forward, sequences, [4, 4]);
    const disposed = [first, second, third].map(({ held }) => (held.sequence as FakeSequence).disposed);
    // Its memory may be used again instead.
    expect(live(forward)).toHaveLength(3);
    expect(disposed[0]).toBe(0);
    expect(disposed[2]).toBe(0);
    expect((await use(forward, sequences, [1, 1, 1, 1])).reused).toBe(3);
    expect((await use(forward, sequences, [3, 3, 3])).reused).toBe(2);
    expect((await use(forward, sequences, [2, 2, 2])).reused).toBe(0);
  });

  it('stay in use however large they are', async () => {
    const forward = fakeForward();
    const sequences = keepSequences(forward, { count: 4, bytes: 3 });
    await use(forward, sequences, [1, 2]);
    const large = await use(forward, sequences, [5, 6, 7, 8, 9]);
    expect(tokensOf(large.held)).toEqual([5, 6, 7, 8, 9]);
    expect((await use(forward, sequences, [5, 6, 7, 8, 9, 10])).reused).toBe(5);
  });

  it('are all given back in the end', async () => {
    const forward = fakeForward();
    const sequences = keepSequences(forward, roomy);
    for (const tokens of [
      [1, 1],
      [2, 2],
      [1, 2],
    ])
      await use(forward, sequences, tokens);
    sequences.dispose();
    expect(forward.sequences.map(({ disposed }) => disposed)).toEqual([1, 1, 1]);
  });

  it.each([
    { name: 'that can be copied', onDevice: false },
    { name: 'of a fixed size', onDevice: true },
  ])('$name hold what they say, the longest beginning, and never more than is allowed', async ({ onDevice }) => {
    const request = fc.record({
      tokens: fc.array(fc.nat(1), { minLength: 1, maxLength: 8 }),
      more: fc.array(fc.nat(1), { maxLength: 4 }),
    });
    const limits = fc.record({ count: fc.integer({ min: 2, max: 4 }), bytes: fc.integer({ min: 4, max: 40 }) });
    await fc.assert(
      fc.asyncProperty(limits, fc.array(request, { maxLength: 20 }), async (bounds, requests) => {
        const forward = fakeForward({ onDevice });
        const sequences = keepSequences(forward, bounds);
        for (const { tokens, more } of requests) {
          const expected = tokens.length + more.length;
          const longest = Math.max(
            0,
            ...live(forward)
              .filter(({ room }) => room >= expected)
              .map(({ tokens: known }) => Math.min(commonBeginning(known, tokens), tokens.length - 1)),
          );
          const { held, reused } = await use(forward, sequences, tokens, expected);
          expect(reused).toBe(longest);
          await read(forward, held, more);
          expect(tokensOf(held)).toEqual([...tokens, ...more]);
          expect((held.sequence as FakeSequence).disposed).toBe(0);
          const kept = live(forward);
          expect(kept.length).toBeLessThanOrEqual(bounds.count);
          const bytes = kept.reduce((sum, sequence) => sum + sequence.bytes, 0);
          expect(bytes).toBeLessThanOrEqual(Math.max(bounds.bytes, held.sequence.bytes));
        }
        sequences.dispose();
        expect(forward.sequences.every(({ disposed }) => disposed === 1)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});

function commonBeginning(a: readonly number[], b: readonly number[]): number {
  const differs = a.findIndex((token, at) => token !== b[at]);
  return differs < 0 ? Math.min(a.length, b.length) : differs;
}
