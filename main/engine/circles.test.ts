import { describe, expect, it } from 'vitest';
import { repetitionAtEnd } from '../../base/repetition.ts';
import { circles } from './generate.ts';

/** What is found at the first token at which something is, and which that is. */
function noticed(tokens: readonly number[]): { at: number; repeated: number } | undefined {
  for (const at of tokens.keys()) {
    const found = repetitionAtEnd(tokens.slice(0, at + 1), circles);
    if (found) return { at, repeated: found.repeated };
  }
  return undefined;
}

const upTo = (end: number, from = 0): number[] => Array.from({ length: end - from }, (_, index) => from + index);
const times = (count: number, stretch: readonly number[]): number[] =>
  Array.from({ length: count }, () => stretch).flat();

describe('repeated tokens', () => {
  it('are a stretch that comes for the third time, all of it', () => {
    const stretch = upTo(30);
    const begin = upTo(1040, 1000);
    expect(noticed([...begin, ...times(2, stretch), ...stretch.slice(0, -1)])).toBeUndefined();
    expect(noticed([...begin, ...times(3, stretch)])).toEqual({ at: 40 + 89, repeated: 60 });
  });

  it('may be few that come very often', () => {
    expect(noticed(times(32, [7]))).toBeUndefined();
    expect(noticed(times(33, [7]))).toEqual({ at: 32, repeated: 32 });
    expect(noticed(times(30, [7, 8]))).toMatchObject({ repeated: 32 });
  });

  it('are none where each time is a little different, or longer than a page', () => {
    expect(noticed(upTo(50).flatMap((line) => [...upTo(20), 100 + line]))).toBeUndefined();
    expect(noticed(times(3, upTo(257)))).toBeUndefined();
    expect(noticed(times(3, upTo(256)))).toMatchObject({ repeated: 512 });
  });
});
